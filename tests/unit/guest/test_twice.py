# SPDX-License-Identifier: GPL-2.0-or-later
"""What failed, with its second result."""

from harness.guest.twice import merged
from harness.model import Outcome, Status


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
