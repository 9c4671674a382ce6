# SPDX-License-Identifier: GPL-2.0-or-later
"""The patch of a series since which a test fails."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import CommandFailedError, NoBootError
from harness.model import Applied, Finding, GuestRun, Location, Outcome, Severity, Status, Tree
from harness.run import blame
from harness.run.blame import again, bisected
from harness.run.state import SkippedStage
from tests.unit.run.toys import applied, built, raises


def ran(**tests):
    """A program ``p`` with these tests."""
    return GuestRun((Outcome("p", Status.PASS, children=tuple(
        Outcome(n, s) for n, s in tests.items())),), (), (), 1, 1.0, "tcg")


def broken(test="p.a", rule="runtime-regression"):
    return Finding(rule, Severity.ERROR, f"{test} is worse", where=Location(test=test))


def series(number, tree=Tree("toy", None, "c0", "")):  # noqa: B008  (frozen)
    return Applied(tree, "c0", tuple(f"c{n}" for n in range(1, number + 1)))


def failing_since(patch, asked=None):
    def run(some):
        if asked is not None:
            asked.append(len(some.commits))
        return ran(a=Status.FAIL if len(some.commits) >= patch else Status.PASS)
    return run


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))))
def test_the_first_patch_is_found_with_few_kernels(case):
    number, patch = case
    asked = []
    assert bisected(series(number), failing_since(patch, asked), frozenset({"p.a"})).patch == patch
    assert len(asked) <= number.bit_length() + 1
    assert asked[0] == number, "the whole series first"


def test_what_does_not_fail_by_itself_is_no_patchs():
    since = bisected(series(4), lambda _: ran(a=Status.PASS), frozenset({"p.a"}))
    assert (since.patch, since.why) == (0, "it does not fail by itself, with all patches")


def test_tests_of_the_program_that_were_not_broken_do_not_count():
    run = lambda some: ran(b=Status.FAIL, a=Status.FAIL if len(some.commits) > 2 else Status.PASS)  # noqa: E731
    assert bisected(series(4), run, frozenset({"p.a"})).patch == 3


@pytest.fixture
def stage(tmp_path, git, versions, monkeypatch):
    """``stage(patches, *findings, since=...)``: the state of a series of so many patches."""
    one = built(tmp_path, git)

    def go(patches, *findings, since=1, run=None, **request):
        texts = [{"fs/a.c": f"{n}\n"} for n in range(patches + 1)]
        go.asked = []
        monkeypatch.setattr(again, "of", lambda _, program: run or failing_since(since, go.asked))
        state = replace(one, applied=applied(git, *texts), findings=findings,
                        before=ran(a=Status.PASS, b=Status.PASS),
                        after=ran(a=Status.FAIL, b=Status.FAIL),
                        request=replace(one.request, **request))
        return blame.blame(state)
    return go


def test_where_nothing_is_worse_there_is_nothing_to_do(stage):
    for other in ((), (broken(rule="runtime-flaky"),), (broken("gone.x"),)):
        with pytest.raises(SkippedStage, match="no test is worse"):
            stage(3, *other)


def test_the_patch_is_named_in_the_finding(stage):
    (found,) = stage(4, broken(), since=3).findings
    assert (found.patch, found.message) == (3, "p.a is worse; since patch 3/4")


def test_of_one_patch_it_is_known(stage):
    (found,) = stage(1, broken()).findings
    assert (found.patch, found.message) == (1, "p.a is worse")


def test_tests_of_one_program_are_looked_for_together(stage):
    state = stage(8, broken("p.a"), broken("p.b", "runtime-failure"), since=5)
    assert [f.patch for f in state.findings] == [5, 5]


def test_other_findings_stay_as_they_are(stage):
    other = Finding("x", Severity.NOTE, "m")
    assert stage(2, other, broken()).findings[0] == other


def test_the_id_of_a_finding_is_the_same_with_and_without_its_patch(stage):
    (found,) = stage(4, broken(), since=3).findings
    assert found.id == broken().id or found.subject == broken().subject


def test_without_bisect_it_says_that_it_was_not_looked_for(stage):
    state = stage(3, broken(), bisect=False)
    assert state.findings[0].patch == 0
    assert "was not looked for (--no-bisect)" in state.notices[-1]


@pytest.mark.parametrize("error", [
    CommandFailedError("make", 2, "a.c:1: error: no"), NoBootError("the guest does not boot", ""),
    again.UnknownProgramError("p cannot be run by itself yet")])
def test_what_cannot_be_found_out_is_said(stage, error):
    state = stage(4, broken(), run=raises(error))
    assert state.findings[0].patch == 0
    assert state.notices[-1].startswith("which patch p.a fails since is not known: ")


def test_few_programs_are_bisected(stage, monkeypatch):
    monkeypatch.setattr(blame, "MOST", 0)
    state = stage(4, broken())
    assert "0 others were bisected" in state.notices[-1]
