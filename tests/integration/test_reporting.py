# SPDX-License-Identifier: GPL-2.0-or-later
"""Reports on the command line: formats, other tools' manners, history."""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from harness.cli import main
from harness.settings import ROOT
from tests.integration.conftest import CODE, FAKE, RENAME


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))


@pytest.fixture
def tree(fake, tmp_path):
    return str(tmp_path / "fake")


@pytest.fixture
def run_of(mail, tree, tmp_path, capsys):
    """``run_of("v1", diff)``: the folder of a lint or uapi run."""
    def go(name, diff, command="lint"):
        out = tmp_path / name
        main.run([command, str(mail(diff, name=f"{name}.patch")), "--tree", tree, "-q",
                 "--out", str(out)])
        capsys.readouterr()
        return out
    return go


@pytest.mark.parametrize("name", ["terminal", "json", "mail", "junit", "sarif", "kcidb", "ktap",
                                  "github", "html"])
def test_every_format_to_stdout_and_to_a_file(run_of, capsys, tmp_path, name):
    out = run_of("one", RENAME, "uapi")
    assert main.run(["report", str(out), "--format", name]) == 0
    said = capsys.readouterr().out
    assert said.strip()
    target = tmp_path / "file"
    assert main.run(["report", str(out), "--format", name, "-o", str(target)]) == 0
    assert capsys.readouterr().out == ""
    assert target.read_text().split() == said.split()


def test_a_run_is_in_the_history_and_two_can_be_compared(run_of, capsys):
    one, two = run_of("one", RENAME, "uapi"), run_of("two", CODE, "uapi")
    assert main.run(["history", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [r["out"] for r in rows] == [str(two), str(one)]
    assert main.run(["diff", str(one), str(two), "--json"]) == 0
    changed = json.loads(capsys.readouterr().out)
    assert any(i.startswith("uapi-source") for i in changed["gone"])
    assert main.run(["diff", "2", "1"]) == 1, "what is new is an error"
    assert "uapi-source" in capsys.readouterr().out
    assert main.run(["report", "1", "--format", "ktap"]) == 0
    assert "uapi-source" in capsys.readouterr().out


def test_no_run_is_wrong_use(capsys, tmp_path):
    assert main.run(["report", str(tmp_path / "nothing")]) == 2
    assert main.run(["report", "77"]) == 2
    assert "harness history" in capsys.readouterr().err


@pytest.mark.parametrize("case", [
    ("b4", RENAME, 1), ("nipa", RENAME, 1), ("bisect", RENAME, 1), ("bisect", CODE, 125),
    ("bisect", CODE.replace("zone->size)", "zone->sise)"), 125)])
def test_as_another_tool(mail, tree, capsys, case):
    tool, diff, code = case
    got = main.run(["uapi", str(mail(diff)), "--tree", tree, "-q", "--as", tool])
    assert got == code
    said = capsys.readouterr().out
    if tool == "b4":
        assert all(t.startswith(("ERROR: ", "WARNING: ")) for t in said.splitlines())
    else:
        assert len(said.splitlines()) == 1


def test_nipa_gets_its_line_where_it_wants_it(mail, tree, capsys):
    reader, writer = os.pipe()
    os.environ["DESC_FD"] = str(writer)
    try:
        assert main.run(["uapi", str(mail(RENAME)), "--tree", tree, "-q", "--as", "nipa"]) == 1
    finally:
        del os.environ["DESC_FD"]
        os.close(writer)
    with os.fdopen(reader) as pipe:
        assert "uapi" in pipe.read()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("more", [(), ("--series",)])
def test_b4_gets_json_about_the_mail_on_stdin(mail, tree, more):
    done = subprocess.run([sys.executable, "-m", "harness", "b4-check", "--tree", tree, *more],
                          input=mail(RENAME).read_text(), capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    rows = {r["tool"]: r for r in json.loads(done.stdout)}
    assert rows["harness-uapi"]["status"] == "fail"
    assert "pad" in rows["harness-uapi"]["summary"]
    assert all(set(r) == {"tool", "status", "summary", "url", "details"} for r in rows.values())


@pytest.mark.parametrize("text", ["", "Subject: hello\n\nno patch\n", "\x00\xff" * 100])
def test_b4_is_told_when_there_is_no_patch(text):
    done = subprocess.run([sys.executable, "-m", "harness", "b4-check"], input=text,
                          capture_output=True, text=True, check=False)
    rows = json.loads(done.stdout)
    assert rows[0]["status"] == "fail"
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


@pytest.fixture
def reviewed(tmp_path, mail, monkeypatch):
    """A kernel tree with a series in b4's review branch, its cover letter, and the tracking file.

    ``reviewed(**series)``: what b4 has written down besides.
    """
    tree = tmp_path / "linux"
    shutil.copytree(FAKE, tree)
    for name in ("Kconfig", "MAINTAINERS"):
        (tree / name).touch()

    def git(*line, text=""):
        who = ("-c", "user.name=T", "-c", "user.email=t@example.org")
        return subprocess.run(["git", "-C", str(tree), *who, *line], check=True, input=text,
                              capture_output=True, text=True).stdout.strip()

    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-qm", "base")
    git("checkout", "-qb", "b4/review/toy-1")
    git("am", "-q", str(mail(RENAME)))
    git("format-patch", "-q", "--cover-letter", "--thread", "-o", str(tmp_path / "out"), "main")
    cover, patch = sorted((tmp_path / "out").iterdir())
    text = cover.read_text().replace("*** SUBJECT HERE ***", "toy: Rename it").replace(
        "*** BLURB HERE ***", "It is better so.")
    cover.write_text(text)
    blob = git("hash-object", "-w", "--stdin", text=text + patch.read_text())
    git("checkout", "-q", "main")

    def ask(given, *more, **series):
        (tmp_path / "track.json").write_text(json.dumps({"series": {
            "change-id": "toy-1", "thread-blob": blob, **series}}))
        monkeypatch.setenv("B4_TRACKING_FILE", str(tmp_path / "track.json"))
        done = subprocess.run(
            [sys.executable, "-m", "harness", "b4-check", *more], input=given.read_text(),
            cwd=tree, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
            text=True, check=False)
        assert done.returncode == 0, done.stderr
        return {r["tool"]: r for r in json.loads(done.stdout)}
    ask.cover, ask.patch = cover, patch
    return ask


def test_b4_gives_the_cover_alone_and_the_series_is_where_it_says(reviewed):
    rows = reviewed(reviewed.cover, "--series")
    assert rows["harness-uapi"]["status"] == "fail"
    assert "pad" in rows["harness-uapi"]["summary"]
    assert reviewed(reviewed.patch)["harness-uapi"]["status"] == "fail"


@pytest.mark.parametrize("series", [
    {"thread-blob": ""}, {"thread-blob": "0" * 40}, {"thread-blob": 7},
    {"thread-blob": "--help"}, {"change-id": "../x", "thread-blob": None}])
def test_b4_is_told_that_a_cover_alone_was_not_looked_at(reviewed, series):
    rows = reviewed(reviewed.cover, "--series", **series)
    assert [r["status"] for r in rows.values()] == ["warn"]
    assert "NOT_RUN" in rows["harness-run"]["summary"]


def test_a_rule_with_a_typo_is_no_green_run(mail, capsys):
    assert main.run(["lint", str(mail(CODE)), "-q", "--rule", "nope"]) == 2
    assert "no such rule" in capsys.readouterr().err
    for word in ("fixes-tag", "uapi-*", "checkpatch-camelcase"):
        assert main.run(["lint", str(mail(CODE)), "-q", "--rule", word]) in {0, 1, 2}


def test_an_interrupt_is_no_word_about_the_patch(tmp_path):
    """--as bisect and Ctrl-C: 130 ends the bisection, 125 would go on with it."""
    with subprocess.Popen([sys.executable, "-m", "harness", "lint", "-", "--as", "bisect", "-q"],
                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as child:
        time.sleep(2)
        child.terminate()
        child.communicate(timeout=30)
        assert child.returncode == 130


@pytest.mark.parametrize(("tool", "code"), [("bisect", 128), ("nipa", 250)])
def test_wrong_use_is_no_word_about_the_patch(mail, tool, code):
    assert main.run(["lint", str(mail(CODE)), "--tree", "/nowhere", "--as", tool, "-q"]) == code


def test_a_damaged_history_hides_no_result(mail, tmp_path, capsys):
    place = tmp_path / "xdg" / "harness"
    place.mkdir(parents=True)
    (place / "history.sqlite").write_bytes(b"garbage" * 1000)
    assert main.run(["lint", str(mail(CODE)), "-q", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    assert "PASS" in said.out
    assert "history.sqlite" in said.err
