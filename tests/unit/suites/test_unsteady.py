# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests that are known not to end alike blame nobody."""

import json
import re

import pytest

from harness import compare
from harness.errors import UsageError
from harness.model import GuestRun, Outcome, Status
from harness.suites import unsteady

NAME = "kvm:x86_64_xapic_state_test"


def run(status, name=NAME, test="exit"):
    return GuestRun((Outcome(name, status, children=(Outcome(test, status, "no end"),)),),
                    (), (), 1, 1.0, "tcg")


def found(before, after):
    return compare.findings(compare.changes(before, after), frozenset())


@pytest.mark.parametrize("status", [Status.FAIL, Status.TIMEOUT, Status.CRASHED, Status.FLAKY])
def test_what_is_unsteady_is_no_finding_whatever_becomes_of_it(status):
    assert found(run(Status.PASS), run(status))
    after = unsteady.marked(run(status), {})
    assert not found(unsteady.marked(run(Status.PASS), {}), after)
    test = after.outcomes[0].children[0]
    assert test.status is Status.XFAIL
    assert test.reason.startswith(f"XFAIL: unsteady, so {status} says nothing (")
    assert test.reason.endswith(": no end")


def test_another_test_is_what_it_was():
    one = run(Status.FAIL, test="other")
    assert unsteady.marked(one, {}) == one
    assert unsteady.marked(run(Status.PASS), {}) == run(Status.PASS)
    assert unsteady.marked(run(Status.SKIP), {}) == run(Status.SKIP)


def test_each_was_seen_to_be():
    assert unsteady.known()
    for name, seen in unsteady.known().items():
        assert name.count(".") == 1
        assert re.search(r"\b\d+ of \d+ ", seen)


def test_those_of_one_tree_are_told_besides(tmp_path):
    path = tmp_path / "u.json"
    path.write_text(json.dumps({f"{NAME}.other": "3 of 15 runs"}))
    more = dict(unsteady.read(path))
    one = run(Status.FAIL, test="other")
    assert not found(run(Status.PASS, test="other"), unsteady.marked(one, more))
    assert "3 of 15 runs" in unsteady.marked(one, more).outcomes[0].children[0].reason


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "{", "[" * 100_000])
def test_a_list_that_is_none_is_wrong_use(tmp_path, text):
    path = tmp_path / "u.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="--unsteady"):
        unsteady.read(path)
    with pytest.raises(UsageError, match="No such file"):
        unsteady.read(tmp_path / "none")
