# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs that are interrupted, meet a full disk or one another, on the toy kernel."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.conftest import CODE
from tests.integration.test_hostile_builds import FAKE, running


@pytest.fixture
def tool(tmp_path, fake):
    """``tool(*argv)``: the command line on the toy kernel, with a cache of its own."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "tiny.config").write_text("CONFIG_TOY=y\n")
    script = ("import sys, pathlib; from harness.build import kconfig; "
              "from harness.cli import main; "
              f"kconfig.DATA = pathlib.Path({str(data)!r}); sys.exit(main.run(sys.argv[1:]))")

    def start(*argv):
        return subprocess.Popen([sys.executable, "-c", script, *map(str, argv)], text=True,
                                env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "xdg")},
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return start


def end(child):
    out, err = child.communicate(timeout=120)
    return child.returncode, out, err


def slow(tree, seconds):
    text = (FAKE / "Makefile").read_text().replace(
        "vmlinux: $(addprefix", f"slow:\n\t@sleep {seconds}\nvmlinux: slow $(addprefix")
    (tree / "Makefile").write_text(text)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_goes_on_where_it_stopped(tool, mail, tmp_path, how):
    tree, out = tmp_path / "fake", tmp_path / "out"
    slow(tree, 98763)
    with tool("build", mail(CODE), "--tree", tree, "--out", out) as child:
        until = time.monotonic() + 30
        while not running("sleep 98763") and time.monotonic() < until:
            time.sleep(0.1)
        child.send_signal(how)
        started = time.monotonic()
        code, _, err = end(child)
    assert code == 130
    assert "interrupted" in err
    assert time.monotonic() - started < 8
    assert not running("sleep 98763")
    report = json.loads((out / "report.json").read_text())
    assert report["verdict"] == "infrastructure"
    assert "NOT_RUN" in {s["status"] for s in report["stages"]}
    (tree / "Makefile").write_text((FAKE / "Makefile").read_text())
    with tool("build", "--resume", out) as child:
        code, said, err = end(child)
    assert code == 0, err
    assert str(out) in said
    with tool("check", "--resume", out) as child:  # once more: all of it is there
        assert "cached" in end(child)[1]


def test_no_run_to_go_on_with_is_wrong_use(tool, tmp_path):
    with tool("check", "--resume", tmp_path / "nothing") as child:
        code, _, err = end(child)
    assert code == 2
    assert "no run to go on with" in err


def test_two_at_once_build_the_base_once_and_are_both_right(tool, mail, tmp_path):
    makefile = tmp_path / "fake" / "Makefile"
    makefile.write_text(makefile.read_text().replace("tinyconfig:\n", "tinyconfig:\n\t@sleep 1\n"))
    path = mail(CODE)
    rows = [tool("build", path, "--tree", tmp_path / "fake", "--out", tmp_path / f"out{n}")
            for n in range(3)]
    ends = [end(child) for child in rows]
    assert [code for code, _, _ in ends] == [0, 0, 0], [err for _, _, err in ends]
    built = [(tmp_path / f"out{n}/log").read_text().count(" tinyconfig\n") for n in range(3)]
    assert sum(built) == 2, "one has configured the base, and one has built it"
    assert not list((tmp_path / "xdg/harness/work").iterdir())


def test_a_full_disk_is_said_and_the_run_can_be_repeated(tool, mail, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.json").symlink_to("/dev/full")
    with tool("lint", mail(CODE), "--out", out) as child:
        code, _, err = end(child)
    assert code == 5
    assert "No space left" in err
    assert "Traceback" not in err


def test_a_place_that_cannot_be_written_is_said(tool, mail):
    with tool("lint", mail(CODE), "--out", Path("/proc/nowhere")) as child:
        code, _, err = end(child)
    assert code == 2
    assert "/proc/nowhere" in err
    assert "Traceback" not in err
