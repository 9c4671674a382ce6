# SPDX-License-Identifier: GPL-2.0-or-later
"""What is found about a mutant without a build."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.lint import on_tree
from harness.model import Applied, Finding, Location, PatchFile, Severity
from harness.prove import static
from harness.prove.mutants import Mutant
from harness.uapi.result import UapiResult
from tests.make import patch, series
from tests.unit.prove.toys import right_of
from tests.unit.run.toys import applied, counted, profile, state

UAPI = Finding("uapi-source", Severity.ERROR, "m")
BLANK = PatchFile("a.c", "a.c", 1, 1, added_lines=((1, "int a; "),))


@pytest.fixture
def right(tmp_path, git, monkeypatch):
    """A right version; each part says one thing of a mutant, ``calls`` with what it was asked."""
    made = applied(git, {"a.c": "old\n"}, {"a.c": "new\n"})
    monkeypatch.setattr(static, "check_series", counted(UapiResult((UAPI,))))
    given = series(patch(files=(BLANK,)), title="given")
    monkeypatch.setattr(static, "read_series", counted(given))
    monkeypatch.setattr(on_tree, "maintainers", counted(()))
    monkeypatch.setattr(on_tree, "findings", counted(lambda mine, where, chosen, named: (
        *named(), Finding("tree", Severity.NOTE, mine.title))))
    one = state(tmp_path, applied=made)
    return right_of(one, made.head)


def found(right, mutant):
    return static.findings(right, mutant, "d" * 40)


def test_an_edit_is_looked_at_on_the_right_version(right):
    rows = found(right, Mutant("a.c:1 drop-1"))
    assert [f.rule for f in rows] == ["uapi-source", "tree"]
    assert rows[-1].message == right.state.series.title
    where = Applied(right.state.tree, right.head, ("d" * 40,))
    assert static.check_series.calls[0][0][:2] == (where, right.state.box())
    assert on_tree.findings.calls[0][0][1] == where
    assert on_tree.maintainers.calls == [((right.state.series, right.state.tree, right.head,
                                           right.state.box()), {})]
    assert static.read_series.calls == []


def test_a_patch_is_linted_too(right):
    rows = found(right, Mutant("given", patch=Path("/m/1.patch")))
    assert (rows[0].rule, rows[-1].rule, rows[-1].message) == ("uapi-source", "tree", "given")
    assert [f.rule for f in rows[1:-1]] == ["trailing-whitespace"]
    assert {args for args, _ in static.read_series.calls} == {(Path("/m/1.patch"),)}


def test_without_a_series_an_edit_has_nothing_to_be_linted_with(right):
    alone = replace(right, state=replace(right.state, series=None))
    assert found(alone, Mutant("a.c:1 drop-1")) == (UAPI,)


def test_the_probes_of_the_profiles_are_compiled(right, tmp_path):
    one, two = profile(tmp_path, "a"), profile(tmp_path, "b")
    (two.folder / "consumers").mkdir()
    found(replace(right, state=replace(right.state, profiles=(one, two))), Mutant("x"))
    assert static.check_series.calls[0][0][2].consumers == (two.folder / "consumers",)
    assert on_tree.findings.calls[0][0][2] == (one, two)


def test_findings_go_by_their_id_and_those_of_tests_by_the_tests_name():
    rows = (UAPI, Finding("runtime-regression", Severity.ERROR, "m", Location(test="p.a")),
            Finding("runtime-difference", Severity.WARNING, "m", Location(test="p.b")),
            Finding("style", Severity.NOTE, "m", Location("a.c", 1)))
    assert static.names(rows, Severity.ERROR) == (UAPI.id, "p.a")
    assert static.names(rows, Severity.WARNING, Severity.NOTE) == ("p.b", rows[3].id)
    assert static.names((), Severity.ERROR) == ()
