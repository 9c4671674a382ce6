# SPDX-License-Identifier: GPL-2.0-or-later
"""Progress, colours, folders, and the command that repeats a run."""

import argparse
import sys

import pytest

from harness import settings
from harness.cli import console
from harness.errors import UsageError
from harness.model import Finding, Location, Severity


class Screen:
    """Standard error that is a terminal, or not."""

    def __init__(self, tty):
        self.tty, self.text = tty, ""

    def isatty(self):
        return self.tty

    def write(self, text):
        self.text += text

    def flush(self):
        pass


@pytest.fixture
def screen(monkeypatch):
    def make(*, tty, term="xterm", columns="40"):
        fake = Screen(tty)
        monkeypatch.setattr(sys, "stderr", fake)
        monkeypatch.setenv("TERM", term)
        monkeypatch.setenv("COLUMNS", columns)
        return fake
    return make


def test_a_terminal_has_one_line_that_changes(screen):
    out = screen(tty=True)
    say = console.Progress(quiet=False)
    say("building")
    say("x" * 100)
    say.done()
    assert "\n" not in out.text
    assert out.text.endswith("\r\x1b[K")
    assert max(len(part) for part in out.text.split("\r\x1b[K")) == 39


@pytest.mark.parametrize("where", [{"tty": False}, {"tty": True, "term": "dumb"}])
def test_elsewhere_steps_that_come_by_the_hundred_are_thinned_out(screen, where, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: clock[0])
    out = screen(**where)
    say = console.Progress(quiet=False)
    say("building")
    for _ in range(10):
        clock[0] += 1
        say("[CC 1] a.o")
    clock[0] += 10
    say("[CC 2] b.o")
    say.done()
    assert [line.split("s ", 1)[1] for line in out.text.splitlines()] == ["building", "[CC 2] b.o"]
    assert "\r" not in out.text


def test_quiet_says_nothing(screen):
    out = screen(tty=True)
    say = console.Progress(quiet=True)
    say("building")
    say.found("lint", (Finding("r", Severity.ERROR, "bad"),), "")
    say.done()
    assert out.text == ""


def test_what_a_check_found_is_shown_at_once_and_notes_are_not(screen):
    out = screen(tty=False)
    say = console.Progress(quiet=False)
    many = tuple(Finding("r", Severity.ERROR, f"bad {n}", Location("a.c", n)) for n in range(20))
    say.found("uapi", (*many, Finding("r", Severity.NOTE, "a note")), "1 header")
    assert "uapi: done (1 header)" in out.text
    assert out.text.count("error: ") == 8
    assert many[0].id in out.text
    assert "a note" not in out.text
    out.text = ""
    say.found("lint", (), "")
    assert "lint: no findings" in out.text
    out.text = ""
    say.found("boot-base", (), "")
    assert out.text == "", "other stages speak up only when they found something"
    say.found("boot-base", many[:1], "")
    assert "boot-base: done" in out.text


@pytest.mark.parametrize(("env", "tty", "colours"), [
    ({}, True, True), ({}, False, False), ({"NO_COLOR": "1"}, True, False),
    ({"FORCE_COLOR": "1"}, False, True), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False)])
def test_colours(monkeypatch, env, tty, colours):
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: tty, raising=False)
    assert console.use_color() is colours


def test_the_folder_of_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named = console.run_folder(argparse.Namespace(out="here"), tmp_path)
    assert named == tmp_path / "here"
    one, two = (console.run_folder(argparse.Namespace(out=None), tmp_path) for _ in range(2))
    assert one != two
    assert one.parent == two.parent == tmp_path / "runs"
    assert one.is_dir()


def test_the_command_that_repeats_a_run(monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "CHECKOUT", True)
    monkeypatch.chdir(settings.ROOT)
    assert console.reproduce(["check", "a b"]) == f"cd {settings.ROOT} && ./run check 'a b'"
    monkeypatch.chdir(tmp_path)
    assert console.reproduce(["check"]) == f"cd {tmp_path} && {settings.ROOT}/run check"
    monkeypatch.setattr(settings, "CHECKOUT", False)
    (tmp_path / "a b").mkdir()
    monkeypatch.chdir(tmp_path / "a b")
    assert console.reproduce(["check"]) == f"cd '{tmp_path}/a b' && harness check"


def test_two_runs_do_not_write_to_the_same_folder(tmp_path):
    with console.alone_in(tmp_path), pytest.raises(
            UsageError, match="another run is writing there"), console.alone_in(tmp_path):
        pytest.fail("both hold it")
    with console.alone_in(tmp_path):  # it is free again
        pass
