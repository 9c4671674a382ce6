# SPDX-License-Identifier: GPL-2.0-or-later
"""What is asked of a proof, and what is said of the right version."""

from dataclasses import replace

import pytest

from harness.errors import UsageError
from harness.prove import baseline
from harness.prove.ways import Way
from tests.make import guest_run, series
from tests.unit.prove.toys import right_of, start
from tests.unit.run.toys import applied, state


@pytest.mark.parametrize("name", ["a.patch", "a.diff", "a.eml", "a.mbox"])
def test_mutants_are_patches_and_mails(tmp_path, name):
    (tmp_path / "README").touch()
    (tmp_path / name).touch()
    assert baseline.patches_in(tmp_path) == [tmp_path / name]


def test_mutants_have_the_order_of_their_names(tmp_path):
    for name in ("3.mbox", "1.patch", "2.patch", "notes.txt"):
        (tmp_path / name).touch()
    folder = tmp_path
    assert [p.name for p in baseline.patches_in(folder)] == ["1.patch", "2.patch", "3.mbox"]


@pytest.mark.parametrize("name", ["", "nowhere", "README"])
def test_a_folder_without_mutants_is_wrong_use(tmp_path, name):
    (tmp_path / "README").touch()
    with pytest.raises(UsageError, match="no mutants"):
        baseline.patches_in(tmp_path / name)


def test_what_fails_on_the_right_version_is_said(tmp_path, git):
    made = applied(git, {"a.c": "old\n"}, {"a.c": "new\n"})
    run = guest_run({"p.a": "PASS", "p.b": "FAIL", "q.c": "CRASHED", "q.d": "SKIP"})
    ways = [Way(name, start(), "d", run, ()) for name in ("programs", "KUnit")]
    right = right_of(state(tmp_path, applied=made, tree=made.tree, series=series(title="mine")),
                     made.head, *ways, lost=("x: why",))
    assert baseline.described(right) == {
        "version": 1, "base": made.base, "title": "mine", "tree": "toy", "commit": made.head,
        "ways": ["programs", "KUnit"],
        "lost": ["x: why"], "failing": ["p.b", "q.c", "p.b", "q.c"]}
    bare = replace(right, state=replace(right.state, series=None, tree=None))
    assert (baseline.described(bare)["title"], baseline.described(bare)["tree"]) == ("", "")


def test_a_folder_that_is_called_like_a_patch_is_none(tmp_path):
    (tmp_path / "0.patch").mkdir()
    (tmp_path / "1.patch").touch()
    assert [p.name for p in baseline.patches_in(tmp_path)] == ["1.patch"]
