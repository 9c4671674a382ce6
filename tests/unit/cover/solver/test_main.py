# SPDX-License-Identifier: GPL-2.0-or-later
"""A request comes in, an answer goes out."""

import io
import json
import os
import sys

import kconfiglib
import pytest

from harness.cover.solver import __main__ as main

KCONFIG = """config ARCH
 string
 default "$(SRCARCH)"
source "arch/$(SRCARCH)/Kconfig"
"""


@pytest.fixture
def request_of(tmp_path, monkeypatch):
    """``request_of(wants, ...)``: the answer to a request about a toy tree."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    limit = sys.getrecursionlimit()
    (tmp_path / "arch/toy").mkdir(parents=True)
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "arch/toy/Kconfig").write_text(
        'config A\n bool "a"\nconfig B\n bool "b"\n depends on !A\n')
    (tmp_path / "config").write_text("CONFIG_A=y\n")

    def ask(wants, keep=(), **env):
        asked = {"env": {"srctree": str(tmp_path), "SRCARCH": "toy", **env},
                 "config": str(tmp_path / "config"), "keep": list(keep), "wants": wants}
        out = io.StringIO()
        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(asked)))
        monkeypatch.setattr(sys, "stdout", out)
        assert main.main() == 0
        return json.loads(out.getvalue())
    yield ask
    sys.setrecursionlimit(limit)


def test_an_answer_has_configurations_and_reasons(request_of):
    found = request_of([[[["B", True]]], [[["Z", True]], [["A", True]]], [[["Z", True]]]])
    assert found == {
        "configurations": [{"settings": [["B", "y"], ["A", "n"]], "met": [0]},
                           {"settings": [], "met": [1]}],
        "unmet": {"2": "Z is defined nowhere for this architecture"}}


def test_what_is_to_be_kept_is_asked_for_too(request_of):
    found = request_of([[[["B", True]]]], keep=[["A", True]])
    assert [row["met"] for row in found["configurations"]] == [[], [0]]


def test_the_environment_is_the_requests(request_of):
    with pytest.raises(kconfiglib.KconfigError, match="arch/none/Kconfig"):
        request_of([], SRCARCH="none")
