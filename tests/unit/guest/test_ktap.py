# SPDX-License-Identifier: GPL-2.0-or-later
"""Golden logs in data/ktap: one oddity per file, the expected answer in its head."""


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
        yield f"{prefix}{o.name}={o.status.value}"
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
    assert [(o.status is Status.PASS, o.name) for o in outcomes] == results


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


def test_results_and_figures_have_a_cap():
    outcomes, figures = parse(
        ["1..1", *(f"# measure: m{n} 1 s" for n in range(3000)),
         *(f"ok {n} t{n}" for n in range(1, ktap.MAX_RESULTS + 10))])
    assert len(outcomes) == ktap.MAX_RESULTS + 1
    assert outcomes[-1].status is Status.MISSING
    assert len(figures) == ktap.MAX_MEASURES


def test_a_figure_that_is_none_is_a_diagnostic():
    outcomes, figures = parse(["1..1", "# measure: kernel release 6.1.192", "not ok 1 a"])
    assert not figures
    assert outcomes[0].log == "measure: kernel release 6.1.192"
