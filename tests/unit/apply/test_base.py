# SPDX-License-Identifier: GPL-2.0-or-later
"""Which commit a series was made for."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.apply import base
from harness.model import Tree
from tests.make import patch, series

TREE = Tree("mine", Path("/nowhere/mine.git"), "c" * 40, "")
OTHER = Tree("other", Path("/nowhere/other.git"), "d" * 40, "")
A, B = "a1" * 20, "b2" * 20


def diff(path, blob, old="", new=""):
    return (f"diff --git a/{path} b/{path}\nindex {blob[:12]}..1234567 100644\n"
            f"--- {old or f'a/{path}'}\n+++ {new or f'b/{path}'}\n@@ -1 +1 @@\n-a\n+b\n").encode()


BOTH = series(patch(diff=diff("a.c", A) + diff("odd \xfc.c", B)))


def holds(commands, commit, **blobs):
    """A commit has these blobs: a for a.c, b for the other."""
    paths = {"a": "a.c", "b": "odd \xfc.c"}
    rows = "".join(f"100644 blob {blob}\t{paths[name]}\0" for name, blob in blobs.items())
    commands.say("ls-tree", commit, out=rows.encode())


@pytest.fixture
def blobs(commands):
    """No commit has any of the blobs, and no history helps."""
    commands.say("ls-tree")
    commands.say("log")
    return commands


def test_the_blobs_that_a_series_expects():
    assert base.blobs(BOTH) == {"a.c": A[:12], "odd \xfc.c": B[:12]}


def test_what_the_series_itself_made_says_nothing_of_its_base():
    made = diff("n.c", "0" * 12, old="/dev/null")
    later = series(patch(diff=made), patch(diff=diff("n.c", A) + diff("a.c", A)),
                   patch(diff=diff("a.c", B)))
    assert base.blobs(later) == {"a.c": A[:12]}
    assert base.blobs(series(patch(diff=diff("a.c", "0" * 12)))) == {}
    assert base.blobs(series()) == {}, "a diff without index lines"


@pytest.mark.parametrize(("have", "hits"), [
    ({"a": A, "b": B}, 2), ({"a": A}, 1), ({"a": B, "b": B}, 1), ({"a": B}, 0), ({}, 0)])
def test_how_many_blobs_a_commit_has(blobs, have, hits):
    holds(blobs, TREE.commit, **have)
    assert base.agree(TREE, TREE.commit, base.blobs(BOTH)) == hits
    assert blobs.calls[-1][-4:] == [TREE.commit, "--", "a.c", "odd \xfc.c"]


def test_nothing_is_asked_where_nothing_is_known(commands):
    assert base.agree(TREE, TREE.commit, {}) == 0
    assert commands.calls == []


def test_what_the_user_says_with_a_revision_wins(blobs):
    holds(blobs, TREE.commit, a=A)
    holds(blobs, OTHER.commit, a=A, b=B)
    picked = base.choose(replace(BOTH, base_commit="e" * 40), TREE, (OTHER,), said="/linux@v1")
    assert picked.tree == TREE
    assert "/linux@v1" in picked.why
    assert "1 of 2" in picked.why


def test_base_commit_of_the_mails(blobs, git):
    git.commit({"a.c": "x"}, ref="e" * 40)
    picked = base.choose(replace(BOTH, base_commit="e" * 40), TREE, (), said="/linux")
    assert picked.tree == replace(TREE, commit=git.refs["e" * 40])
    assert "base-commit" in picked.why


def test_a_base_commit_that_is_not_there_is_told(blobs, git):
    mails = replace(BOTH, base_commit="e" * 40)
    picked = base.choose(mails, TREE, (), said="")
    assert picked.tree == TREE
    assert "base-commit eeeeeeeeeeee is not in mine" in picked.why
    holds(blobs, OTHER.commit, a=A, b=B)
    assert "eeeeeeeeeeee" in base.choose(mails, TREE, (OTHER,), said="").why
    holds(blobs, TREE.commit, a=A, b=B)
    assert "eeeeeeeeeeee" in base.choose(mails, TREE, (OTHER,), said="").why


def test_the_tree_that_has_all_blobs(blobs):
    holds(blobs, TREE.commit, a=A, b=B)
    holds(blobs, OTHER.commit, a=A, b=B)
    picked = base.choose(BOTH, TREE, (OTHER,), said="")
    assert picked.tree == TREE
    assert "all 2" in picked.why
    assert "mine" in picked.why


def test_another_known_tree_by_its_blobs(blobs):
    holds(blobs, TREE.commit, a=A)
    holds(blobs, OTHER.commit, a=A, b=B)
    picked = base.choose(BOTH, TREE, (replace(OTHER, name="mine"), OTHER), said="")
    assert picked.tree == OTHER
    assert "all 2" in picked.why
    assert "other" in picked.why


def test_a_tree_that_the_user_named_is_not_left(blobs):
    holds(blobs, TREE.commit, a=A)
    holds(blobs, OTHER.commit, a=A, b=B)
    picked = base.choose(BOTH, TREE, (OTHER,), said="/linux")
    assert picked.tree == TREE
    assert "/linux" in picked.why
    assert "1 of 2" in picked.why


def test_an_older_commit_of_the_tree(blobs):
    old, older = "0" * 39 + "1", "0" * 39 + "2"
    blobs.say("log", TREE.commit, "odd \xfc.c", out=f"{old}\n{older}\n".encode())
    holds(blobs, old, a=A)
    holds(blobs, older, a=A, b=B)
    picked = base.choose(BOTH, TREE, (), said="/linux")
    assert picked.tree == replace(TREE, commit=older)
    assert older[:12] in picked.why
    assert "all 2" in picked.why


def test_history_is_not_searched_without_end(blobs):
    many = series(*(patch(diff=diff(f"{n}.c", A)) for n in range(9)))
    base.choose(many, TREE, (), said="")
    logs = [call for call in blobs.calls if "log" in call]
    assert [call[-1] for call in logs] == ["0.c", "1.c", "2.c"]
    assert all(f"--max-count={base.MAX_STEPS}" in call for call in logs)


@pytest.mark.parametrize("said", ["", "/linux"])
def test_mails_that_do_not_say_get_the_tree_as_it_is(commands, said):
    picked = base.choose(series(), TREE, (OTHER,), said=said)
    assert picked.tree == TREE
    assert (said or "default") in picked.why
    assert " of " not in picked.why
    assert commands.calls == []
