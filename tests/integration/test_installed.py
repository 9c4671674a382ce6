# SPDX-License-Identifier: GPL-2.0-or-later
"""The wheel in a fresh environment, used from elsewhere; the hook under the real pre-commit.

tests/vm/test_installed.py boots a kernel with it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import FAKE, MAIL, RENAME

ROOT = Path(__file__).resolve().parent.parent.parent


def run(*argv, cwd, home, ok=0):
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
    env |= {k: v for k, v in os.environ.items() if k.lower().startswith(("pip_", "http", "no_prox"))
            or k in {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}}
    done = subprocess.run([str(a) for a in argv], cwd=cwd, env=env, check=False,
                          capture_output=True, text=True, timeout=280)
    assert done.returncode == ok, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def fresh(tmp_path_factory):
    """``bin/`` of an environment that the wheel has been installed into, made read-only."""
    top = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", top, ROOT, cwd=top, home=top)
    run(sys.executable, "-m", "venv", top / "venv", cwd=top, home=top)
    (wheel,) = top.glob("*.whl")
    run(top / "venv/bin/pip", "install", "-q", wheel, "pre-commit", cwd=top, home=top)
    return top / "venv" / "bin"


@pytest.fixture
def elsewhere(tmp_path):
    """A folder with a patch for the toy kernel, and nothing of ours."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "1.patch").write_text(MAIL.format(tag="", subject="Rename", diff=RENAME))
    return tmp_path / "work"


def test_what_stands_beside_harness_in_a_checkout_is_in_the_wheel(fresh, elsewhere, tmp_path):
    harness = fresh / "harness"
    assert "warning" in run(harness, "explain", "fixes", cwd=elsewhere, home=tmp_path)
    text = run(harness, "explain", "coalesced-io-last-published-late", cwd=elsewhere,
               home=tmp_path, ok=2)
    assert "docs/rules.md" in text
    assert "recipients" in run(harness, "explain", "recipient", cwd=elsewhere, home=tmp_path,
                               ok=2), "all rules are known"
    run(harness, "generate", "--out", tmp_path / "c", cwd=elsewhere, home=tmp_path)
    assert list((tmp_path / "c").glob("*/*.c"))


def test_lint_and_uapi_of_a_series(fresh, elsewhere, tmp_path):
    tree = ("--tree", FAKE, "--cache", tmp_path / "cache")
    text = run(fresh / "harness", "lint", "1.patch", *tree, cwd=elsewhere, home=tmp_path)
    assert "&& harness lint 1.patch --tree" in " ".join(text.split())
    text = run(fresh / "harness", "uapi", "1.patch", *tree, cwd=elsewhere, home=tmp_path, ok=1)
    assert "renamed to kind" in text


def test_without_a_series_it_says_what_to_do(fresh, elsewhere, tmp_path):
    text = run(fresh / "harness", "check", cwd=elsewhere, home=tmp_path, ok=2)
    assert "no SERIES given" in text
    assert "harness demo" in text


def git(folder, *argv, home):
    return run("git", "-c", "user.name=A Developer", "-c", "user.email=a@example.org",
               *argv, cwd=folder, home=home)


@pytest.fixture
def clone(tmp_path):
    """A clone of a toy kernel with one commit on top of what it was cloned from."""
    origin, work = tmp_path / "origin", tmp_path / "clone"
    subprocess.run(["cp", "-r", FAKE, origin], check=True)
    for name in ("Kconfig", "MAINTAINERS"):
        (origin / name).touch()
    git(origin, "init", "-q", "-b", "master", home=tmp_path)
    git(origin, "add", ".", home=tmp_path)
    git(origin, "commit", "-qm", "A toy kernel", home=tmp_path)
    run("git", "clone", "-q", origin, work, cwd=tmp_path, home=tmp_path)
    path = work / "drivers/toy/toy.c"
    path.write_text(path.read_text().replace("return 0;", "return 0; /* done */"))
    git(work, "commit", "-qam", "toy: Say that it is done\n\nSo that it is known.\n\n"
        "Signed-off-by: A Developer <a@example.org>", home=tmp_path)
    return work


def test_in_a_kernel_tree_the_default_is_what_is_not_upstream(fresh, clone, tmp_path):
    text = run(fresh / "harness", "lint", "--json", cwd=clone / "drivers", home=tmp_path)
    assert '"title": "toy: Say that it is done"' in text
    git(clone, "branch", "--unset-upstream", home=tmp_path)
    text = run(fresh / "harness", "lint", cwd=clone, home=tmp_path, ok=2)
    assert "no upstream" in text


def test_the_hook_runs_under_pre_commit(fresh, clone, tmp_path):
    """pre-commit itself clones this project, installs it and runs the hook."""
    text = run(fresh / "pre-commit", "try-repo", "--hook-stage", "pre-push", ROOT, "harness-lint",
               "--verbose", cwd=clone, home=tmp_path)
    assert "Passed" in text
    assert "Say that it is done" in text
