# SPDX-License-Identifier: GPL-2.0-or-later
"""What scripts find in a guest."""

import zlib

import pytest

from harness.build import root
from harness.build.root import Root
from harness.build.selftests import Selftests
from harness.build.selftree import Folder
from harness.errors import ToolMissingError
from harness.guest.boot import Command
from harness.run.suites import rooted
from tests.unit.run.toys import raises

FOLDER = Folder({"t/run.sh": (0o755, zlib.compress(b"echo\n"))}, {"t/link": "run.sh"})
MADE = Selftests((), (("run.sh", "bash"),), (), FOLDER)
SCRIPT = Command("run.sh", rooted.wrapper("t", "run.sh", "bash"))


@pytest.fixture(autouse=True)
def packages(monkeypatch):
    rooted._root.cache_clear()
    monkeypatch.setattr(root, "make", lambda: Root({"usr/bin/bash": (0o755, b"ELF")}, {
        "bin": "usr/bin"}))
    yield
    rooted._root.cache_clear()


def test_a_root_and_the_folder_of_the_target():
    first, second = rooted.load(MADE, [SCRIPT]).archives
    assert b"usr/bin/bash" in first
    assert b"selftests/t/run.sh" in second
    assert b"selftests/t/link" in second


def test_without_scripts_there_is_nothing():
    assert rooted.load(Selftests(), []) == rooted.NOTHING
    assert rooted.load(MADE, [Command("a", b"\x7fELF")]) == rooted.NOTHING


def test_where_there_can_be_no_root_each_script_says_why(monkeypatch):
    assert rooted.able(MADE) == MADE
    rooted._root.cache_clear()
    monkeypatch.setattr(root, "make", raises(ToolMissingError(
        "mawk", needed_for="scripts", package="mawk")))
    made = rooted.able(MADE)
    assert made.scripts == ()
    assert made.failed[0][0] == "run.sh"
    assert "mawk" in made.failed[0][1]
    assert rooted.able(Selftests()) == Selftests()


def test_a_script_runs_in_its_own_folder():
    assert rooted.wrapper("net/x", "a/run.sh", "bash") == (
        b"#!/bin/sh\ncd '/selftests/net/x' && exec bash './a/run.sh'\n")


def test_answers_depend_on_what_there_is():
    one = Command("a", b"1")
    keys = {rooted.parts(rooted.NOTHING, [one]), rooted.parts(rooted.load(MADE, [SCRIPT]), [one]),
            rooted.parts(rooted.NOTHING, [Command("a", b"2")])}
    assert len(keys) == 3
