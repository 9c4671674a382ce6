# SPDX-License-Identifier: GPL-2.0-or-later
import itertools
from dataclasses import replace

import pytest

from harness.compare import changes, findings, kind_of
from harness.model import ChangeKind, Outcome, Severity, Splat, Status
from tests.make import guest_run

K, S = ChangeKind, Status


@pytest.mark.parametrize(("before", "after", "kind"), [
    (S.PASS, S.PASS, K.SAME), (S.XFAIL, S.PASS, K.DIFFERENT),
    (S.PASS, S.FAIL, K.REGRESSION), (S.PASS, S.CRASHED, K.REGRESSION),
    (S.PASS, S.TIMEOUT, K.REGRESSION), (S.PASS, S.MISSING, K.REGRESSION),
    (S.FAIL, S.FAIL, K.ALREADY_FAILING), (S.CRASHED, S.TIMEOUT, K.ALREADY_FAILING),
    (S.FAIL, S.PASS, K.FIXED), (S.MISSING, S.PASS, K.FIXED),
    (S.SKIP, S.PASS, K.NEWLY_AVAILABLE), (S.SKIP, S.FAIL, K.NEW_FAILURE),
    (S.NOT_RUN, S.CRASHED, K.NEW_FAILURE), (S.PASS, S.SKIP, K.LOST),
    (S.PASS, S.XFAIL, K.DIFFERENT), (S.SKIP, S.XFAIL, K.DIFFERENT), (S.XFAIL, S.XFAIL, K.SAME),
    (S.PASS, S.FLAKY, K.FLAKY), (S.FLAKY, S.FLAKY, K.ALREADY_FAILING),
    (S.FLAKY, S.FAIL, K.ALREADY_FAILING), (S.FLAKY, S.PASS, K.FIXED),
    (S.PASS, S.NOT_RUN, K.LOST), (S.SKIP, S.SKIP, K.UNTESTED), (S.FAIL, S.SKIP, K.UNTESTED),
])
def test_each_move_has_a_name(before, after, kind):
    assert kind_of(before, after) is kind


def test_the_same_run_twice_is_never_a_finding():
    for status in Status:
        run = guest_run({"p.t": status})
        assert findings(changes(run, run), frozenset()) == ()


def test_only_moves_for_the_worse_are_findings():
    blamed = {K.REGRESSION, K.NEW_FAILURE, K.LOST}
    said = {K.FLAKY, K.DIFFERENT}
    for a, b in itertools.product(Status, Status):
        rows = changes(guest_run({"p.t": a}), guest_run({"p.t": b}))
        found = findings(rows, frozenset())
        kind = kind_of(a, b)
        assert bool(found) == (kind in blamed or kind in said)
        assert any(f.severity is Severity.ERROR for f in found) == (kind in blamed)


def test_a_difference_weighs_less_when_it_is_towards_what_is_documented():
    def weight(before, after):
        (found,) = findings(changes(guest_run({"p.t": before}), guest_run({"p.t": after})),
                            frozenset())
        return found.rule, found.severity

    assert weight("PASS", "XFAIL") == ("runtime-difference", Severity.WARNING)
    assert weight("XFAIL", "PASS") == ("runtime-difference", Severity.NOTE)
    assert weight("SKIP", "XFAIL") == ("runtime-difference", Severity.NOTE)


@pytest.mark.parametrize("swap", [False, True])
def test_what_a_test_of_the_tree_expects_to_fail_by_itself_is_no_difference(swap):
    by_chance = Outcome("t", S.XFAIL, "XFAIL uninit bytes: 3")
    runs = [guest_run({"s.t": "PASS"}), guest_run({"s.t": "PASS"})]
    runs[swap] = replace(runs[swap], outcomes=(Outcome("s", S.PASS, children=(by_chance,)),))
    (row,) = changes(*runs)
    assert row.kind is K.SAME


@pytest.mark.parametrize("how", [S.CRASHED, S.TIMEOUT])
def test_the_end_of_a_program_is_one_finding_and_its_other_tests_are_none(how):
    before = guest_run({"p.a": "PASS", "p.b": "PASS", "q.a": "PASS"})
    after = guest_run({"p.exit": how, "q.a": "PASS"})
    rows = {r.name: (r.before, r.after, r.kind) for r in changes(before, after)}
    assert rows == {"p.exit": (S.PASS, how, K.REGRESSION), "q.a": (S.PASS, S.PASS, K.SAME),
                    "p.a": (S.PASS, S.NOT_RUN, K.UNTESTED), "p.b": (S.PASS, S.NOT_RUN, K.UNTESTED)}
    assert len(findings(changes(before, after), frozenset())) == 1


@pytest.mark.parametrize(("base", "kind"), [
    ({"p.a": "FAIL"}, K.REGRESSION), ({"p.a": "CRASHED"}, K.ALREADY_FAILING)])
def test_an_end_is_compared_with_how_the_base_ended(base, kind):
    rows = {r.name: r.kind for r in changes(guest_run(base), guest_run({"p.exit": "CRASHED"}))}
    assert rows["p.exit"] is kind


def test_where_both_end_early_what_is_gone_is_lost():
    rows = {r.name: r.kind for r in changes(guest_run({"p.a": "PASS", "p.exit": "CRASHED"}),
                                            guest_run({"p.exit": "CRASHED"}))}
    assert rows == {"p.exit": K.ALREADY_FAILING, "p.a": K.LOST}


def test_a_program_that_the_base_does_not_know_is_new_when_it_ends():
    (row,) = changes(guest_run({"q.a": "PASS"}), guest_run({"p.exit": "CRASHED"}))[:1]
    assert (row.before, row.kind) == (S.NOT_RUN, K.NEW_FAILURE)


def test_a_test_that_is_gone_is_lost():
    rows = changes(guest_run({"p.a": "PASS", "p.b": "PASS"}), guest_run({"p.a": "PASS"}))
    assert {r.name: r.kind for r in rows} == {"p.a": K.SAME, "p.b": K.LOST}


def test_a_capability_that_the_header_adds_and_the_kernel_does_not_report():
    skip = Outcome("t", S.SKIP, "CAP_NEW (9) is not reported by this kernel")
    rows = changes(guest_run({"p.t": skip}), guest_run({"p.t": skip}))
    (found,) = findings(rows, frozenset({"CAP_NEW", "CAP_OTHER"}))
    assert (found.rule, found.severity) == ("runtime-not-announced", Severity.ERROR)
    assert findings(rows, frozenset()) == ()


@pytest.mark.parametrize(("native", "found"), [("PASS", []), ("SKIP", ["p.t"])])
def test_another_machine_that_does_not_report_it_is_not_held_against_this_one(native, found):
    skip = Outcome("t", S.SKIP, "CAP_NEW (9) is not reported by this kernel")
    here = Outcome("t", S.PASS) if native == "PASS" else skip
    rows = changes(*(guest_run({"p.t": here, "arm64:p.t": skip}),) * 2)
    assert [f.where.test for f in findings(rows, frozenset({"CAP_NEW"}))] == found
    alone = changes(*(guest_run({"arm64:p.t": skip}),) * 2)
    assert [f.where.test for f in findings(alone, frozenset({"CAP_NEW"}))] == ["arm64:p.t"]


def test_the_log_is_the_evidence_and_the_id_does_not_depend_on_it():
    def found(log):
        bad = Outcome("t", S.FAIL, log=log)
        return findings(changes(guest_run({"p.t": "PASS"}), guest_run({"p.t": bad})),
                        frozenset())[0]

    one, two = found("a.c:1: expected 0"), found("a.c:9: expected 1")
    assert "expected 0" in one.message
    assert one.evidence == "a.c:1: expected 0"
    assert one.id == two.id


def test_a_crash_that_the_base_has_in_another_test_is_the_bases():
    """4.19.0, CVE-2019-14821: a write beyond the ring, which kills now one test and now another."""
    here, there = (Splat("BUG: paging request in f", "", test, fatal=True)
                   for test in ("p.a", "p.b"))
    before = guest_run({"p.a": "PASS", "p.b": "CRASHED"}, splats=[there])
    after = guest_run({"p.a": "CRASHED", "p.b": "PASS"}, splats=[here])
    (row, _) = changes(before, after)
    assert (row.kind, row.name) == (ChangeKind.ALREADY_FAILING, "p.a")
    assert row.reason_after.endswith("the base crashes there too")
    other = guest_run({"p.a": "CRASHED", "p.b": "PASS"}, splats=[Splat(
        "Oops in g", "", "p.a", fatal=True)])
    assert changes(before, other)[0].kind is ChangeKind.REGRESSION
    silent = guest_run({"p.a": "CRASHED", "p.b": "PASS"})
    assert changes(before, silent)[0].kind is ChangeKind.REGRESSION


@pytest.mark.parametrize(("title", "kind"), [
    ("kernel BUG at mm/a.c:12! in f", ChangeKind.ALREADY_FAILING),  # lines were added above it
    ("kernel BUG at mm/b.c:10! in f", ChangeKind.REGRESSION),
    ("kernel BUG at mm/a.c:10! in g", ChangeKind.REGRESSION)])
def test_the_line_of_a_crash_moves_with_what_is_added_above(title, kind):
    there = Splat("kernel BUG at mm/a.c:10! in f", "", "p.b", fatal=True)
    before = guest_run({"p.a": "PASS", "p.b": "CRASHED"}, splats=[there])
    here = Splat(title, "", "p.a", fatal=True)
    after = guest_run({"p.a": "CRASHED", "p.b": "PASS"}, splats=[here])
    assert changes(before, after)[0].kind is kind


def test_a_stall_that_both_have_hides_no_oops():
    stall = Splat("rcu: INFO: rcu_sched self-detected stall", "", "p.a")
    oops = Splat("general protection fault", "", "p.b", fatal=True)
    before = guest_run({"p.a": "FAIL", "p.b": "PASS"}, splats=[stall])
    again = replace(stall, during="p.b")
    after = guest_run({"p.a": "FAIL", "p.b": "CRASHED"}, splats=[again, oops])
    assert {c.name: c.kind for c in changes(before, after)}["p.b"] is ChangeKind.REGRESSION
    alone = guest_run({"p.a": "FAIL", "p.b": "CRASHED"}, splats=[again])
    assert {c.name: c.kind for c in changes(before, alone)}["p.b"] is ChangeKind.REGRESSION


@pytest.mark.parametrize(("one", "two", "kind"), [
    ("s", "s", ChangeKind.ALREADY_FAILING), ("", "s", ChangeKind.REGRESSION),
    ("s", "", ChangeKind.REGRESSION), ("other", "s", ChangeKind.REGRESSION)])
def test_cases_of_a_suite_in_which_both_kernels_crash_are_nobodys(one, two, kind):
    before, after = (guest_run({"s.a": "PASS", "s.b": status}, splats=[
        Splat("Oops in f", "", during, fatal=True)] if during else ())
        for status, during in (("PASS", one), ("FAIL", two)))
    row = changes(before, after)[1]
    assert (row.name, row.kind) == ("s.b", kind)
    assert ("crashes in this suite too" in row.reason_after) == (
        kind is ChangeKind.ALREADY_FAILING)
