# SPDX-License-Identifier: GPL-2.0-or-later
"""Golden logs in data/ktap: one oddity per file, the expected answer in its head."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.guest import ktap
from harness.guest.ktap import parse
from harness.model import Status
from tests.make import DATA

LOGS = sorted((DATA / "ktap").glob("*.log"))


def flat(outcomes, prefix=""):
    for o in outcomes:
        yield f"{prefix}{o.name}={o.status.value}".replace(" ", "_")
        yield from flat(o.children, f"{prefix}{o.name}/")


@pytest.mark.parametrize("path", LOGS, ids=lambda p: p.stem)
def test_golden(path):
    head, *lines = path.read_text().splitlines()
    outcomes, _ = parse(lines)
    assert list(flat(outcomes)) == head.removeprefix("# expect:").split()


def test_diagnostics_belong_to_the_next_result():
    outcomes, _ = parse(["KTAP version 1", "1..2", "# a.c:1: why", "not ok 1 a", "ok 2 b"])
    assert [o.log for o in outcomes] == ["a.c:1: why", ""]


def test_measurements_are_figures_and_not_log():
    outcomes, figures = parse(["1..1", "# measure: RTC, on: exits 1000 ", "# measure: t 0.5 x",
                               "ok 1 a"])
    assert [(m.name, m.value, m.unit) for m in figures] == [
        ("RTC, on: exits", 1000.0, ""), ("t", 0.5, "x")]
    assert outcomes[0].log == ""


def test_reason_of_a_missing_result_says_what_was_planned():
    outcomes, _ = parse(["1..3", "ok 1 a"])
    assert outcomes[1].reason == "planned 3 results, got 1"


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["a", "b", "c d"])), max_size=20))
def test_what_is_written_is_read(results):
    lines = ["KTAP version 1", f"1..{len(results)}"]
    lines += [f"{'ok' if ok else 'not ok'} {n} {name}" for n, (ok, name) in enumerate(results, 1)]
    outcomes, _ = parse(lines)
    times, expected = Counter(), []
    for ok, name in results:  # a name that comes again has its number
        times[name] += 1
        expected.append((ok, name if times[name] == 1 else f"{name} ({times[name]})"))
    assert [(o.status is Status.PASS, o.name) for o in outcomes] == expected


LINE = st.one_of(
    st.text(max_size=40), st.sampled_from([
        "KTAP version 1", "TAP version 14", "1..3", "1..0 # SKIP no", "ok 1 a", "not ok 2 b",
        "  KTAP version 1", "  1..2", "  ok 1 x", "    not ok 1 y # SKIP", "ok", "not ok - z",
        "# measure: a 1e400 ", "ok 3 c # TIMEOUT", "[    1.5] ok 1 a", "ok 1 a # XFAIL",
    ]))


@given(st.lists(LINE, max_size=60))
def test_no_line_breaks_it_and_none_makes_a_pass_out_of_nothing(lines):
    outcomes, _ = parse(lines)
    passes = sum(1 for o in flat(outcomes) if o.endswith("=PASS"))
    assert passes <= sum("ok" in line for line in lines)


def test_what_a_guest_promises_costs_nothing():
    """2 kB of plans, 200 million results: each would have been an object."""
    outcomes, _ = parse(["TAP version 13", *["1..999999"] * 200, "ok 1 a"])
    assert len(outcomes) == 2 + ktap.MAX_MISSING
    assert outcomes[-1].status is Status.MISSING
    assert outcomes[-1].name == "#202 to #199999800"


def test_results_and_figures_have_a_cap(monkeypatch):
    monkeypatch.setattr(ktap, "MAX_RESULTS", 300)
    outcomes, figures = parse(
        ["1..1", *(f"# measure: m{n} 1 s" for n in range(3000)),
         *(f"ok {n} t{n}" for n in range(1, ktap.MAX_RESULTS + 10))])
    assert len(outcomes) == ktap.MAX_RESULTS + 2
    assert outcomes[-1].status is Status.MISSING
    assert len(figures) == ktap.MAX_MEASURES


def test_a_figure_that_is_none_is_a_diagnostic():
    outcomes, figures = parse(["1..1", "# measure: kernel release 6.1.192", "not ok 1 a"])
    assert not figures
    assert outcomes[0].log == "measure: kernel release 6.1.192"


@pytest.mark.parametrize(("line", "status", "reason"), [
    ("ok 1 a", "PASS", ""), ("ok 1 a # SKIP", "SKIP", ""), ("ok 1 a # skip: x", "SKIP", "x"),
    ("not ok 1 a # SKIP no", "SKIP", "no"), ("ok 1 a # TODO later", "PASS", "later"),
    ("not ok 1 a # TODO later", "XFAIL", "later"), ("ok 1 a # XFAIL known", "XFAIL", "known"),
    ("ok 1 a # SKIP XFAIL uninit bytes: 3", "XFAIL", "XFAIL uninit bytes: 3"),
    ("not ok 1 a # TIMEOUT 20 s", "TIMEOUT", "20 s"), ("not ok 1 a # CRASHED 9", "CRASHED", "9"),
    ("not ok 1 a # ERROR fork", "FAIL", "error: fork"), ("not ok 1 a # ERROR", "FAIL", "error"),
    ("not ok 1 a # why", "FAIL", "why"), ("ok 1 a # SKIPPING x", "SKIP", "x"),
    ("ok 1 a # Skipped: no kvm", "SKIP", "no kvm"),
    ("ok 1 a # skipper x", "SKIP", "x"), ("ok 1 a # unSKIPped", "PASS", "unSKIPped"),
])
def test_a_result_and_its_directive(line, status, reason):
    ((outcome,), _) = parse(["1..1", line])
    assert (outcome.name, outcome.status, outcome.reason) == ("a", Status(status), reason)


@pytest.mark.parametrize("line", ["OK 1 a", "okay 1 a", "note ok 1 a", "ok1 a", "# ok 1 a"])
def test_what_is_no_result(line):
    assert [o.status for o in parse(["1..1", line])[0]] == [Status.MISSING]


def test_a_plan_that_is_kept_leaves_nothing_missing():
    assert [o.name for o in parse(["1..2", "ok 1 a", "ok 2 b"])[0]] == ["a", "b"]


def test_more_results_than_planned_are_all_kept():
    *kept, plan = parse(["1..1", "ok 1 a", "ok 2 b"])[0]
    assert [o.name for o in kept] == ["a", "b"]
    assert (plan.name, plan.status, plan.reason) == (
        ktap.PLAN, Status.FAIL, "planned 1 results, got 2")


def test_what_another_report_brought_is_not_more_than_planned():
    # the plan of the second comes last, and a script passes on what its programs print
    assert "plan" not in [o.name for o in parse(
        ["1..1", "ok 1 a", "TAP version 13", "1..1", "ok 1 b", "ok 2 c"])[0]]


def test_each_missing_result_has_its_number():
    outcomes, _ = parse(["1..4", "ok 1 a"])
    assert [(o.name, o.status.value) for o in outcomes[1:]] == [
        (f"#{n}", "MISSING") for n in (2, 3, 4)]


@pytest.mark.parametrize(("plan", "names"), [
    ("1..0 # SKIP no kvm", ["all"]), ("1..0", []), ("1..1 # SKIP x", ["#1"])])
def test_a_plan_of_nothing_says_why(plan, names):
    outcomes, _ = parse([plan])
    assert [o.name for o in outcomes] == names
    if names == ["all"]:
        assert (outcomes[0].status, outcomes[0].reason) == (Status.SKIP, "no kvm")


def test_results_without_names_are_numbered_in_their_block():
    outcomes, _ = parse(["ok 1", "not ok 2 #", "ok 7"])
    assert [o.name for o in outcomes] == ["#1", "#2", "#3"]


def test_subtests_belong_to_the_result_that_follows_them():
    outcomes, _ = parse(["1..2", "  1..1", "    1..1", "    not ok 1 deep", "  not ok 1 in",
                         "ok 1 out", "ok 2 next"])
    out, after = outcomes
    assert [o.name for o in out.children] == ["in"]
    assert [o.name for o in out.children[0].children] == ["deep"]
    assert (out.status, after.status, after.children) == (Status.FAIL, Status.PASS, ())
    assert "subtest" in out.reason


@pytest.mark.parametrize(("inner", "outer"), [
    ("not ok 1 in # SKIP", "PASS"), ("ok 1 in # XFAIL", "PASS"), ("not ok 1 in", "FAIL"),
    ("not ok 1 in # TIMEOUT", "FAIL"), ("not ok 1 in # CRASHED", "FAIL"), ("", "FAIL"),
])
def test_a_parent_that_lies_is_corrected(inner, outer):
    (got,), _ = parse(["1..1", "  1..1", f"  {inner}", "ok 1 out"])
    assert got.status is Status(outer)


def test_a_parent_that_failed_keeps_its_own_reason():
    (got,), _ = parse(["  not ok 1 in", "not ok 1 out # TIMEOUT 3 s"])
    assert (got.status, got.reason) == (Status.TIMEOUT, "3 s")


def test_the_log_of_a_subtest_is_its_own():
    (got,), _ = parse(["# outer", "  # inner", "  ok 1 in", "not ok 1 out"])
    assert (got.log, got.children[0].log) == ("outer", "inner")


def test_a_log_has_a_cap():
    (got, after), _ = parse([*(f"# {n}" for n in range(500)), "ok 1 a", "# b", "ok 2 b"])
    assert got.log.splitlines()[-1] == "199"
    assert after.log == "b"


def test_a_report_after_another_at_the_same_depth_begins_anew():
    outcomes, _ = parse(["KTAP version 1", "  KTAP version 1", "  1..1", "  ok 1 a",
                         "  KTAP version 1", "  1..1", "  ok 1 b", "ok 1 out"])
    assert [o.name for o in outcomes[0].children] == ["a", "b"]


@pytest.mark.parametrize(("line", "figure"), [
    ("# measure: exits 12 n", ("exits", 12.0, "n")), ("# measure: t -1.5e-3", ("t", -0.0015, "")),
    ("  # measure: in 1 s", ("in", 1.0, "s")), ("# measure: no", None), ("# measure: t x s", None),
    ("# measure: t 1e400 s", None), ("# measure: t -1e400", None),  # no number of JSON
])
def test_a_figure(line, figure):
    _, found = parse([line])
    assert [(m.name, m.value, m.unit) for m in found] == ([figure] if figure else [])


def test_how_many_results_were_not_read_is_told(monkeypatch):
    monkeypatch.setattr(ktap, "MAX_RESULTS", 30)
    outcomes, _ = parse([f"ok {n} t" for n in range(37)])
    assert "37" in outcomes[-1].reason
    assert parse([f"ok {n} t" for n in range(30)])[0][-1].status is Status.PASS


def test_any_depth_is_read():
    outcomes, _ = parse([f"{' ' * 2 * n}ok 1 t{n}" for n in range(40, -1, -1)])
    assert outcomes[0].name == "t0"


@pytest.mark.parametrize("text", [
    ["  1..999999", "1..1"] * 4000, ["ok 1 a" + " " * 200_000 + "b"],
    ["# measure: a " + "1" * 200_000 + " x y"], ["ok 1 a", "  ---", "  x"] * 4000])
def test_a_report_of_any_size_is_read_and_what_is_listed_as_missing_has_an_end(text):
    outcomes, _ = parse(text)
    assert sum(not o.name.endswith("999999") for o in outcomes) <= 2 * ktap.MAX_RESULTS


def test_a_plan_of_any_size_is_one():
    for plan in ("4294967296", "9" * 20, "9" * 400):
        (outcomes, _) = parse([f"1..{plan}", "ok 1 a"])
        assert outcomes[0].status is Status.PASS
        assert {o.status for o in outcomes[1:]} == {Status.MISSING}, plan[:20]


def test_a_tab_is_as_good_as_blanks():
    ((outcome,), _) = parse(["KTAP version 1", "1..1", "\tKTAP version 1", "\t1..1",
                             "\tnot ok 1 inner", "ok 1 outer"])
    assert (outcome.status, [c.name for c in outcome.children]) == (Status.FAIL, ["inner"])


def test_a_directive_behind_a_long_name_counts():
    ((outcome,), _) = parse(["1..1", f"ok 1 {'x' * 9000} # SKIP no kvm"])
    assert (outcome.status, outcome.reason) == (Status.SKIP, "no kvm")


@pytest.mark.parametrize(("line", "name", "status"), [
    (r"not ok 1 a\\ # TODO later", "a\\", Status.XFAIL),
    (r"not ok 1 a\# TODO", "a# TODO", Status.FAIL),
    (r"ok 1 c:\temp # SKIP", "c:\\temp", Status.SKIP)])
def test_what_is_escaped_is_of_the_name(line, name, status):
    ((outcome,), _) = parse(["1..1", line])
    assert (outcome.name, outcome.status) == (name, status)


@pytest.mark.parametrize(("text", "figure"), [
    ("a b 12.5 ms", ("a b", 12.5, "ms")), ("a 12.5ms", ("a", 12.5, "ms")), ("a -3", ("a", -3, "")),
    ("rate 5 MB/s", ("rate", 5, "MB/s")), ("rate 5MB/s", ("rate", 5, "MB/s")),
    ("commit 1234abcd", None), ("when 2026-11-29", None), ("ratio 3/4", None), ("12", None),
    ("a 1.2.3", None), ("a b", None), ("a 5ms s", None), (" 5", None)])
def test_what_is_a_figure(text, figure):
    _, found = parse([f"# measure: {text}"])
    assert [(m.name, m.value, m.unit) for m in found] == ([figure] if figure else [])
