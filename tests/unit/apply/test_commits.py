# SPDX-License-Identifier: GPL-2.0-or-later
"""One commit per patch, and what is told of how it went."""

from itertools import count
from types import SimpleNamespace

import pytest

from harness import apply
from harness.apply import commits
from harness.errors import InputRefusedError
from harness.model import Applied
from tests.make import DIFF, patch, series

BASE = "b" * 40


@pytest.fixture
def tree(git, commands):
    """git makes trees t1, t2 and commits c1, c2; ``commands.got`` is what each call was given."""
    commands.got = []

    def record(word, answers):
        numbers = count(1)

        def does(argv, kwargs):
            commands.got.append((word, argv, kwargs))
            return answers.format(next(numbers)).encode()
        commands.say(word, does=does)

    for word, answers in (("read-tree", ""), ("apply", ""), ("write-tree", "t{}\n"),
                          ("commit-tree", "c{}\n"), ("update-ref", ""), ("hash-object", "blob{}"),
                          ("update-index", "")):
        record(word, answers)
    return git.tree({"a.c": "old\n"})


def got(commands, word):
    return [(argv[argv.index(word) + 1:], kwargs) for said, argv, kwargs in commands.got
            if said == word]


def two():
    return series(patch(number=1, total=2), patch(number=2, total=2, diff=DIFF + b"\n"))


def test_each_patch_is_a_commit_on_the_one_before(tree, commands):
    assert apply.apply_series(two(), tree, BASE) == Applied(tree, BASE, ("c1", "c2"))
    assert got(commands, "read-tree")[0][0] == [BASE]
    assert [kwargs["stdin"] for _, kwargs in got(commands, "apply")] == [DIFF, DIFF + b"\n"]
    assert [argv for argv, _ in got(commands, "commit-tree")] == [
        ["t1", "-p", BASE], ["t2", "-p", "c1"]]
    assert [argv for argv, _ in got(commands, "update-ref")] == [["refs/series/c2", "c2"]]


def test_nothing_is_checked_out(tree, commands):
    apply.apply_series(two(), tree, BASE)
    assert all("--cached" in argv for argv, _ in got(commands, "apply"))
    index = {kwargs["env"].get("GIT_INDEX_FILE") for word in ("read-tree", "apply", "write-tree")
             for _, kwargs in got(commands, word)}
    assert len(index) == 1
    assert None not in index


def test_a_commit_says_who_wrote_what(tree, commands):
    mine = patch(author="A \udcff", email="a@x.org", date="Thu, 1 Jan 2026 00:00:00 +0000",
                 subject="toy: Do\0it", message="Because.\udcff\n")
    apply.apply_series(series(mine), tree, BASE)
    ((_, kwargs),) = got(commands, "commit-tree")
    assert kwargs["stdin"] == b"toy: Do\\x00it\n\nBecause.\xff\n"
    assert kwargs["env"]["GIT_AUTHOR_NAME"] == "A \udcff"
    assert kwargs["env"]["GIT_AUTHOR_EMAIL"] == "a@x.org"
    assert kwargs["env"]["GIT_AUTHOR_DATE"] == mine.date


def test_who_wrote_it_may_be_unknown(tree, commands):
    apply.apply_series(series(patch(author="", email="", date="")), tree, BASE)
    ((_, kwargs),) = got(commands, "commit-tree")
    names = {name: kwargs["env"][f"GIT_AUTHOR_{name}"] for name in ("NAME", "EMAIL", "DATE")}
    assert all(names.values())
    assert names["DATE"] == "@0 +0000"


def test_a_date_that_git_cannot_read_is_no_reason_to_refuse(tree, commands):
    asked = []

    def refuse(argv, kwargs):
        asked.append(kwargs)
        commands.rows.pop()  # the next call is answered as ever

    commands.say("commit-tree", does=refuse, code=128)
    assert apply.apply_series(series(patch(date="the other day")), tree, BASE).head == "c1"
    ((_, again),) = got(commands, "commit-tree")
    assert asked[0]["env"]["GIT_AUTHOR_DATE"] == "the other day"
    assert again["env"] == {**asked[0]["env"], "GIT_AUTHOR_DATE": "@0 +0000"}
    assert again["stdin"] == asked[0]["stdin"]


def test_what_does_not_apply_is_refused_and_leaves_nothing(tree, git, commands):
    git.history = False
    commands.say("apply", code=1, err=b"error: patch failed: a.c:1\n")
    wrong = patch(number=2, total=2, source="b.eml", diff=DIFF.replace(b"-old", b"-other"))
    with pytest.raises(InputRefusedError, match=r"2/2 \(b.eml\).*'other'.*'old'"):
        apply.apply_series(series(wrong), tree, tree.commit)
    assert got(commands, "commit-tree") == got(commands, "update-ref") == []


VERBOSE = b"""Checking patch a.c...
Hunk #1 succeeded at 12 (offset 2 lines).
Hunk #2 succeeded at 40.
Hunk #3 succeeded at 50 (offset -1 line).
Checking patch b\xff.c...
Hunk #1 succeeded at 9 with fuzz 2.
Checking patch c.c...
"""


def test_what_git_moved_is_told(tree, commands):
    commands.say("apply", err=VERBOSE)
    (notice,) = apply.apply_series(series(patch(number=3, total=9)), tree, BASE).notices
    for word in ("3/9", "a.c", "#1 by 2", "#3 by -1"):
        assert word in notice
    assert "#2" not in notice
    assert "more" not in notice


def test_what_git_moved_is_told_for_each_file_and_briefly(tree, commands):
    many = "".join(f"Checking patch {name}...\n" + "".join(
        f"Hunk #{n} succeeded at {n} (offset 7 lines).\n" for n in range(1, last + 1))
        for name, last in (("four.c", 4), ("five.c", 5)))
    commands.say("apply", err=many.encode())
    four, five = apply.apply_series(series(), tree, BASE).notices
    assert ("four.c" in four, "#4 by 7" in four, "more" in four) == (True, True, False)
    assert ("five.c" in five, "#4 by 7" in five, "#5" in five, "more" in five) == (
        True, True, False, True)


def test_each_patch_is_mended_against_what_the_one_before_it_left(tree, git, commands):
    """Nothing of a later patch is known when an earlier one is mended."""
    seen = []
    git.refs = {"c1": git.commit({"a.c": "new\n"})}

    def mend(one, content):
        seen.append((one.number, content("a.c"), content("gone.c")))
        return patch(number=one.number, total=2, diff=b"mended %d\n" % one.number)

    mended = apply.apply_mended(two(), tree, tree.commit, mend)
    assert seen == [(1, b"old\n", None), (2, b"new\n", None)]
    assert [one.diff for one in mended.patches] == [b"mended 1\n", b"mended 2\n"]
    assert [kwargs["stdin"] for _, kwargs in got(commands, "apply")] == [
        b"mended 1\n", b"mended 2\n"]
    assert [argv[0] for argv, _ in got(commands, "read-tree")] == [tree.commit, "c1"]
    assert mended.title == two().title


def test_a_commit_of_given_files(tree, commands):
    assert apply.commit_content(tree, BASE, {"a.c": b"1", "b c.h": b"2"}, "the title") == "c1"
    assert [kwargs["stdin"] for _, kwargs in got(commands, "hash-object")] == [b"1", b"2"]
    assert [argv[-1] for argv, _ in got(commands, "update-index")] == [
        "100644,blob1,a.c", "100644,blob2,b c.h"]
    ((argv, kwargs),) = got(commands, "commit-tree")
    assert argv == ["t1", "-p", BASE]
    assert kwargs["stdin"] == b"the title"
    assert kwargs["env"]["GIT_AUTHOR_DATE"] == "@0 +0000", "the same files have the same id"
    assert len({kwargs["env"]["GIT_INDEX_FILE"] for word in (
        "read-tree", "update-index", "write-tree") for _, kwargs in got(commands, word)}) == 1
    assert got(commands, "read-tree")[0][0] == [BASE]
    assert got(commands, "update-ref")[0][0] == ["refs/series/c1", "c1"]


def test_a_series_touches_the_paths_of_both_sides(tree, monkeypatch):
    asked = []

    class Repo:
        def __init__(self, where):
            asked.append(where)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def commit(self, name):
            asked.append(name)
            return self

        def diff(self, other, *, no_renames):
            asked.append((other, no_renames))
            return [SimpleNamespace(a_path=a, b_path=b) for a, b in (
                ("z.c", "z.c"), (None, "new.c"), ("gone.c", None))]

    monkeypatch.setattr(commits, "Repo", Repo)
    assert apply.touched(Applied(tree, BASE, ("c1", "c2"))) == ("gone.c", "new.c", "z.c")
    assert asked == [tree.repo, BASE, ("c2", True)]
