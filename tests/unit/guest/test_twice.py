# SPDX-License-Identifier: GPL-2.0-or-later
"""What failed, with its second result."""

import pytest

from harness.guest import twice
from harness.guest.twice import merged
from harness.model import GuestRun, Outcome, Status


def of(**tests):
    return Outcome("p", Status.PASS, children=tuple(Outcome(n, s) for n, s in tests.items()))


def statuses(row):
    return {c.name: c.status for c in row.children}


def test_what_passes_then_is_flaky_and_what_fails_again_has_failed():
    row = merged(of(a=Status.FAIL, b=Status.CRASHED, c=Status.PASS),
                 of(a=Status.PASS, b=Status.FAIL, c=Status.FAIL))
    assert statuses(row) == {"a": Status.FLAKY, "b": Status.CRASHED, "c": Status.PASS}
    assert [c.status for c in row.children[0].children] == [Status.FAIL, Status.PASS]


def test_what_says_nothing_then_has_failed():
    assert statuses(merged(of(a=Status.FAIL), of())) == {"a": Status.FAIL}


def run_of(**programs):
    return GuestRun(tuple(Outcome(n, Status.PASS, children=tuple(
        Outcome(t, s) for t, s in tests.items())) for n, tests in programs.items()),
        (), (), 1, 1.0, "tcg")


FAILS, PASSES = {"x": Status.FAIL}, {"x": Status.PASS}


@pytest.mark.parametrize(("before", "after", "doubt"), [
    ({"a": FAILS}, {"a": PASSES}, ("a",)), ({"a": FAILS}, {"a": FAILS}, ()),
    ({"a": PASSES}, {"a": FAILS}, ()), ({"a": FAILS}, {}, ()),
    ({"a": FAILS | {"y": Status.CRASHED}}, {"a": FAILS | {"y": Status.PASS}}, ("a",)),
    ({str(n): FAILS for n in range(8)}, {str(n): PASSES for n in range(8)},
     tuple(map(str, range(8)))),
    ({str(n): FAILS for n in range(9)}, {str(n): PASSES for n in range(9)}, ())])
def test_what_fails_on_the_base_alone_is_in_doubt(before, after, doubt):
    assert twice.doubtful(run_of(**before), run_of(**after)) == doubt


def test_a_second_try_settles_a_kernels_results():
    done = twice.settled(run_of(a=FAILS, b=FAILS), run_of(a=PASSES))
    assert [r.children[0].status for r in done.outcomes] == [Status.FLAKY, Status.FAIL]
    assert done.boots == 2


def test_what_may_be_tried_again():
    row = of(x=Status.FAIL)
    assert twice.surprises(row, frozenset())
    assert not twice.surprises(row, frozenset({("p", "x")}))
    assert not twice.surprises(row, None)
    assert len({twice.words(None), twice.words(frozenset()), twice.words(row.failing)}) == 3
