# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders give markers; tests without one cannot start a process."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from harness.system import proc, sandbox
from harness.uapi import batch

HERE = Path(__file__).parent
# HARNESS_EXAMPLES=100000 pytest tests/unit/guest: so many once. What a busy machine takes for one
# is no result.
settings.register_profile("harness", deadline=None,
                          max_examples=int(os.environ.get("HARNESS_EXAMPLES", "300")))
settings.load_profile("harness")
# A background job of a shell starts with SIGINT ignored, and its children too: what Ctrl-C does
# could not be tested then.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--write-expected", action="store_true",
                     help="write tests/expected/ anew; git diff shows what changes")


@pytest.fixture
def expected(request):
    """``expected("a/b.txt", text)`` compares with the file of that name in tests/expected/."""
    def compare(name, text):
        path = HERE / "expected" / name
        if request.config.getoption("--write-expected"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        assert path.read_text("utf-8") == text, (
            f"{path} differs; if it should: pytest --write-expected, and look at git diff")
    return compare


def pytest_collection_modifyitems(items):
    for item in items:
        folder = Path(item.fspath).relative_to(HERE).parts[0]
        if folder in {"integration", "vm"}:
            item.add_marker(getattr(pytest.mark, folder))


@pytest.fixture(autouse=True)
def _no_processes(request, monkeypatch):
    if request.node.get_closest_marker("integration") or request.node.get_closest_marker("vm"):
        return

    def refuse(argv, **_):
        pytest.fail(f"a unit test started {argv[0]}")

    monkeypatch.setattr(proc, "start", refuse)


@pytest.fixture(autouse=True)
def _compilers_are_asked_for():
    batch.installed.cache_clear()


@pytest.fixture(scope="session")
def box():
    """The sandbox; where it cannot work the tests say so instead of passing."""
    return sandbox.get(enabled=True)


@pytest.fixture
def data():
    return HERE / "data"
