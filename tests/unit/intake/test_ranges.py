# SPDX-License-Identifier: GPL-2.0-or-later
"""Ranges as git takes them; what real commits give is in tests/integration/test_inputs.py."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import trees
from harness.intake import ranges
from harness.model import Tree
from tests.unit.intake.test_inputs import TWO, received, refused


@pytest.fixture
def history(monkeypatch, commands):
    """Two commits and no merge between the ends of every range."""
    asked = []

    def obtain(text, cache, say):
        asked.append(text)
        return Tree("/home/me/linux", Path("/bare"), "c" * 40 if len(asked) == 1 else "b" * 40, "")

    monkeypatch.setattr(trees, "obtain", obtain)
    commands.asked = asked
    commands.say("merge-base", "b" * 40, "c" * 40, out=b"a" * 40 + b"\n")
    commands.say("rev-list", "--count", out=b"2\n")
    commands.say("rev-list", "--merges", out=b"0\n")
    commands.say("rev-list", "--no-merges", out=b"2\n")
    commands.say("log")
    commands.say("format-patch", out=TWO)
    return commands


@pytest.mark.parametrize(("text", "tip", "start"), [
    ("~/linux@v1..main", "~/linux@main", "~/linux@v1"),
    ("~/linux@v1...main", "~/linux@main", "~/linux@v1"),
    ("/t@@{upstream}..HEAD", "/t@HEAD", "/t@@{upstream}"),
    ("v1..", ".@HEAD", ".@v1"),
    ("HEAD~2..HEAD", ".@HEAD", ".@HEAD~2"),
    ("@{upstream}..HEAD", ".@HEAD", ".@@{upstream}"),
    ("/t@..main", "/t@main", "/t@HEAD"),
])
def test_a_range_is_commits_of_a_tree_or_of_the_one_here(tmp_path, history, text, tip, start):
    got = received(text, tmp_path)
    assert history.asked == [tip, start]
    assert (got.kind, got.base) == ("git-range", "a" * 40)
    assert got.tree == f"{tip.partition('@')[0]}@{'a' * 40}"
    assert [m.source for m in got.mails] == ["linux#1", "linux#2"]
    assert got.notices == ()


def test_the_commits_of_a_range_are_sent_as_mails_would_be(tmp_path, history):
    received("v1..main", tmp_path)
    for row in history.calls[1:]:
        assert f"{'a' * 40}..{'c' * 40}" in row, row
    (argv,) = [row for row in history.calls if "format-patch" in row]
    assert {"--git-dir=/bare", "--numbered", "--no-renames", "--binary", "--stdout"} <= set(argv)


def test_merges_of_a_range_are_told_of(tmp_path, history):
    history.say("rev-list", out=b"6\n")
    history.say("rev-list", "--merges", out=b"3\n")
    history.say("rev-list", "--no-merges", out=b"2\n")
    assert received("v1..main", tmp_path).notices == (
        "left out of the range: 3 merges", "left out of the range: 1 empty commit")


def test_a_range_without_commits_or_with_too_many_is_refused(tmp_path, history, monkeypatch):
    monkeypatch.setattr(ranges, "MAX_COMMITS", 1)
    assert "2 commits" in refused("v1..main", tmp_path)
    history.asked.clear()
    history.say("rev-list", out=b"0\n")
    assert "no commit" in refused("v1..main", tmp_path)
    history.asked.clear()
    history.say("merge-base", code=1)
    assert "common" in refused("v1..main", tmp_path)


def test_a_range_that_git_cannot_write_or_that_is_too_large_is_refused(
        tmp_path, history, monkeypatch):
    monkeypatch.setattr(ranges, "MAX_TEXT", len(TWO))
    assert received("v1..main", tmp_path).mails
    history.asked.clear()
    monkeypatch.setattr(ranges, "MAX_TEXT", len(TWO) - 1)
    assert "too large" in refused("v1..main", tmp_path)
    history.asked.clear()
    history.say("format-patch", err=b"bad object\n", code=128)
    assert "bad object" in refused("v1..main", tmp_path)


@pytest.mark.parametrize(("tracking", "told"), [
    ({"series": {"revision": 3, "prefixes": ["RFC", "net-next"]}}, (3, ["RFC", "net-next"])),
    ({"series": {"revision": 1}}, (1, [])), ({"series": {"prefixes": None}}, (1, [])),
    ({"series": {"revision": "x"}}, (1, [])), ({"series": []}, (1, [])), ({}, (1, [])),
    (7, (1, [])),
    ({"series": {"revision": -2}}, (1, [])), ({"series": {"revision": 10 ** 9}}, (1, [])),
    ({"series": {"prefixes": [1, "a] [b", "x\ny"]}}, (1, ["x\\x0ay"])),
    ({"series": {"prefixes": ["a"] * 9}}, (1, ["a"] * 5))])
def test_what_b4_has_written_down(tracking, told):
    text = f"# used by b4\n{json.dumps(tracking, indent=2)}\n"
    version, prefixes = ranges._tracked(text)
    assert (version, len(prefixes)) == (told[0], len(told[1]))
    assert all("\n" not in p and "]" not in p for p in prefixes)


@given(st.text(max_size=200))
def test_whatever_is_written_there(text):
    version, prefixes = ranges._tracked(text)
    assert version >= 1
    assert len(prefixes) <= 5
