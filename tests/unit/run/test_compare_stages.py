# SPDX-License-Identifier: GPL-2.0-or-later
"""What is said of the tests of both kernels."""

from dataclasses import replace

import pytest

from harness.model import (
    Change,
    ChangeKind,
    Finding,
    Location,
    Outcome,
    Severity,
    Status,
)
from harness.run import compare_stages
from harness.uapi.result import UapiResult
from tests.make import guest_run, patch, series
from tests.unit.run.toys import profile, state

PADDING = Finding("uapi-padding", Severity.WARNING, "m", evidence="line 7",
                  struct="struct toy_zone", member="pad")


def change(name, before="PASS", after="FAIL"):
    return Change(name, Status(before), Status(after), ChangeKind.REGRESSION)


def test_padding_is_shown_with_what_its_tests_saw(tmp_path):
    rows = (change("old.dirty_padding"), change("old.plain"))
    text = compare_stages.with_proof(PADDING, rows, (profile(tmp_path),)).evidence
    assert text.splitlines()[0] == "line 7"
    assert text.splitlines()[-1] == "old.dirty_padding: PASS -> FAIL"
    assert "old.plain" not in text, "it is about no hazard"


@pytest.mark.parametrize(("finding", "rows"), [
    (PADDING, ()),
    (PADDING, (change("old.plain"),)),
    (PADDING, (change("other.dirty_padding"),)),
    (Finding("uapi-padding", Severity.WARNING, "m", struct="struct other"),
     (change("old.dirty_padding"),)),
    (Finding("uapi-source", Severity.ERROR, "m", struct="struct toy_zone"),
     (change("old.dirty_padding"),)),
])
def test_what_no_test_was_about_is_left_as_it_is(tmp_path, finding, rows):
    assert compare_stages.with_proof(finding, rows, (profile(tmp_path),)) is finding


def compared(tmp_path, before, after, **fields):
    return compare_stages.compare_(state(
        tmp_path, before=guest_run(before), after=guest_run(after), **fields))


def test_a_regression_is_a_finding_beside_the_others(tmp_path):
    old = Finding("old", Severity.NOTE, "m")
    after = compared(tmp_path, {"p.a": "PASS"}, {"p.a": "FAIL"}, findings=(old,))
    assert [f.rule for f in after.findings] == ["old", "runtime-regression"]
    assert [(c.name, c.kind) for c in after.changes] == [("p.a", ChangeKind.REGRESSION)]


def test_what_fails_on_both_kernels_is_not_held_against_the_series(tmp_path):
    after = compared(tmp_path, {"p.a": "FAIL"}, {"p.a": "FAIL"}, uapi=UapiResult())
    assert after.findings == ()
    assert [c.kind for c in after.changes] == [ChangeKind.ALREADY_FAILING]


@pytest.mark.parametrize(("uapi", "rules"), [
    (UapiResult(added=frozenset({"KVM_CAP_TOY"})), ["runtime-not-announced"]),
    (UapiResult(), []), (None, []),
])
def test_a_capability_that_the_header_adds_must_be_reported(tmp_path, uapi, rules):
    skipped = Outcome("a", Status.SKIP, "KVM_CAP_TOY is not reported")
    after = compared(tmp_path, {"p.a": skipped}, {"p.a": skipped}, uapi=uapi)
    assert [f.rule for f in after.findings] == rules


def test_findings_of_the_header_check_get_their_proof(tmp_path):
    after = compared(tmp_path, {"old.dirty_padding": "PASS"}, {"old.dirty_padding": "FAIL"},
                     findings=(PADDING,), profiles=(profile(tmp_path),), uapi=UapiResult())
    assert "old.dirty_padding: PASS -> FAIL" in after.findings[0].evidence


@pytest.mark.parametrize(("figure", "rule"), [(1000, "claim"), (2000, "claim-differs")])
def test_what_the_series_says_of_itself_is_held_against_the_figures(tmp_path, figure, rule):
    message = "This halves the number of exits to userspace.\n"
    one = state(tmp_path, series=series(patch(message=message)),
                before=guest_run({"p.a": "PASS"}, (("exits to userspace", 2000, "exits"),)),
                after=guest_run({"p.a": "PASS"}, (("exits to userspace", figure, "exits"),)))
    (said,) = compare_stages.compare_(one).findings
    assert (said.rule, said.patch) == (rule, 1)
    assert f"{figure:,}" in said.text


@pytest.mark.parametrize(("messages", "rule"), [
    (["No functional change.\n"], "claim-differs"),
    (["No functional change.\n", "The other one changes it.\n"], "claim"),
])
def test_no_functional_change_is_what_all_patches_must_say(tmp_path, messages, rule):
    mine = series(*(patch(message=text, number=n) for n, text in enumerate(messages, 1)))
    after = compared(tmp_path, {"p.a": "PASS"}, {"p.a": "FAIL"}, series=mine)
    assert [f.rule for f in after.findings if f.rule.startswith("claim")] == [rule]


def test_what_fails_on_the_base_alone_is_named(tmp_path):
    failed = Outcome("b", Status.FAIL, "it is 3", log="line\nof log")
    one = state(tmp_path, before=guest_run(
        {"p.a": "PASS", "p.b": failed, "q.c": "SKIP", "q.d": "CRASHED"}),
        findings=(Finding("old", Severity.NOTE, "m"),))
    old, first, second = compare_stages.base_failures(one).findings
    assert old.rule == "old"
    assert {f.rule for f in (first, second)} == {"base-failure"}
    assert first.where == Location(test="p.b")
    assert (first.severity, first.evidence) == (Severity.ERROR, "line\nof log")
    assert "p.b" in first.message
    assert first.message.endswith("it is 3")
    assert second.where == Location(test="q.d")
    assert second.message == second.message.strip()
    assert first.id != second.id


def test_a_test_that_is_unsteady_on_the_tree_blames_nobody(tmp_path):
    one = state(tmp_path, before=guest_run({"p.a": "PASS"}), after=guest_run({"p.a": "FAIL"}))
    told = replace(one, request=replace(one.request, unsteady=(("p.a", "3 of 15 runs"),)))
    assert [f.rule for f in compare_stages.compare_(one).findings] == ["runtime-regression"]
    after = compare_stages.compare_(told)
    assert after.findings == ()
    assert "3 of 15 runs" in after.changes[0].reason_after
