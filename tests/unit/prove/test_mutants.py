# SPDX-License-Identifier: GPL-2.0-or-later
"""Which wrong versions are tried, and how each becomes a commit."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness import apply
from harness.errors import InputRefusedError, UsageError
from harness.model import PatchFile
from harness.prove import mutants
from harness.prove.baseline import ProofPlan
from harness.prove.mutants import Mutant
from harness.prove.mutate import Edit
from tests.make import patch, series
from tests.unit.prove.toys import right_of
from tests.unit.run.toys import applied, counted, raises, state

OLD = "int f(void)\n{\n}\n"
NEW = "int f(void)\n{\n\treturn -EINVAL;\n}\n"
EDIT = Edit("a.c:3 drop-1", "a.c", 3, "return -EINVAL;", ";", b"int f(void)\n{\n\t;\n}\n")


def touches(*paths):
    return series(patch(files=tuple(PatchFile(p, p, 1, 0) for p in paths)))


@pytest.fixture
def right(tmp_path, git):
    """A series that changes a file of C, and other files that are never mutated."""
    others = ("tools/a.c", "samples/a.c", "Documentation/a.c")
    made = applied(git, {"a.c": OLD, "gone.c": OLD}, dict.fromkeys(("a.c", "new.c", *others), NEW))
    one = state(tmp_path, applied=made,
                series=touches("a.c", "gone.c", *others))
    return right_of(one, made.head)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "mutants"
    made.mkdir()
    for name in ("2-b.patch", "1-a.eml", "3-c.diff", "README"):
        (made / name).touch()
    return made


def names(right, **plan):
    return [m.name for m in mutants.collect(right, ProofPlan(**plan))]


def test_patches_of_a_folder_are_tried_in_order(right, folder):
    assert names(right, mutants=folder, own=False) == ["1-a", "2-b", "3-c"]
    (first, *_) = mutants.collect(right, ProofPlan(mutants=folder, own=False))
    assert (first.patch, first.edit, first.line) == (folder / "1-a.eml", None, "")


def test_a_folder_without_patches_is_wrong_use(right, tmp_path):
    with pytest.raises(UsageError):
        mutants.collect(right, ProofPlan(mutants=tmp_path / "nowhere"))


def test_the_lines_that_the_series_adds_to_the_kernel_are_made_wrong(right):
    made = mutants.collect(right, ProofPlan())
    assert {m.edit.path for m in made} == {"a.c"}
    assert {m.edit.line for m in made} == {3}
    assert all(m.name == m.edit.name and m.patch is None for m in made)
    assert any(m.edit.content == OLD.encode() for m in made), "as it was before"


def test_a_new_file_is_made_wrong_in_any_line(right):
    one = replace(right, state=replace(right.state, series=touches("new.c")))
    made = mutants.collect(one, ProofPlan())
    assert {m.edit.path for m in made} == {"new.c"}
    assert not any("drop-hunk" in m.name for m in made)


def test_patches_come_before_our_own(right, folder):
    both = names(right, mutants=folder)
    assert both[:3] == ["1-a", "2-b", "3-c"]
    assert both[3:] == names(right)
    assert names(right)
    assert names(right, own=False) == []


@pytest.mark.parametrize("fields", [
    {"series": None}, {"tree": None}, {"request": None},
])
def test_without_a_series_there_are_no_lines_of_ours(right, fields):
    if "request" in fields:
        fields = {"request": replace(right.state.request, series=None)}
    assert names(replace(right, state=replace(right.state, **fields))) == []


def test_globs_choose_and_any_of_them_will_do(right, folder):
    assert names(right, mutants=folder, only=("1-*", "3-?")) == ["1-a", "3-c"]
    assert all("drop" in name for name in names(right, mutants=folder, only=("*drop*",)))


@pytest.mark.parametrize(("limit", "left"), [
    (0, "abcdef"), (6, "abcdef"), (9, "abcdef"), (3, "ace"), (2, "ad"), (1, "a")])
def test_a_limit_takes_them_evenly_over_all(right, tmp_path, limit, left):
    for name in "abcdef":
        (tmp_path / f"{name}.patch").touch()
    assert "".join(names(right, mutants=tmp_path, own=False, limit=limit)) == left


def test_what_an_edit_did_is_one_line():
    assert Mutant("x", edit=EDIT).line == "return -EINVAL;  ->  ;"
    assert Mutant("x", edit=replace(EDIT, after="")).line.startswith("return -EINVAL;  ->  (")


def test_a_patch_becomes_a_commit_on_the_right_version(right, monkeypatch):
    monkeypatch.setattr(mutants, "read_series", lambda path: f"series of {path}")
    monkeypatch.setattr(apply, "apply_series", counted(SimpleNamespace(head="e" * 40)))
    assert mutants.commit_of(right, Mutant("1", patch=Path("/m/1.patch"))) == "e" * 40
    assert apply.apply_series.calls == [(("series of /m/1.patch", right.state.tree, right.head),
                                         {})]


def test_a_patch_that_does_not_apply_is_refused(right, monkeypatch):
    monkeypatch.setattr(mutants, "read_series", raises(InputRefusedError("no patch")))
    with pytest.raises(InputRefusedError):
        mutants.commit_of(right, Mutant("1", patch=Path("/m/1.patch")))


def test_an_edit_becomes_a_commit_of_its_content(right, monkeypatch):
    monkeypatch.setattr(apply, "commit_content", counted("e" * 40))
    assert mutants.commit_of(right, Mutant("a.c:3 drop-1", edit=EDIT)) == "e" * 40
    assert apply.commit_content.calls == [
        ((right.state.tree, right.head, {"a.c": EDIT.content}, "a.c:3 drop-1"), {})]


def test_with_a_budget_one_of_each_line_comes_first():
    rows = [Mutant(f"{line}{n}", edit=replace(EDIT, line=line)) for line in (3, 5) for n in "abc"]
    assert [m.name for m in mutants._in_turns(rows)] == ["3a", "5a", "3b", "5b", "3c", "5c"]
    given = [Mutant(n, patch=Path(n)) for n in "xy"]
    assert [m.name for m in mutants._in_turns([*rows[:2], *given])] == ["3a", "x", "y", "3b"]


def test_two_files_of_one_stem_are_two(right, tmp_path, monkeypatch):
    for name in ("x.patch", "x.diff", "y.patch"):
        (tmp_path / name).touch()
    found = mutants.collect(right, ProofPlan(mutants=tmp_path, own=False))
    assert sorted(m.name for m in found) == ["x.diff", "x.patch", "y"]
