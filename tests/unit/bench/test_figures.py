# SPDX-License-Identifier: GPL-2.0-or-later
"""Measurements as tables and comparisons."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench import figures, ranks
from harness.model import Measurement
from harness.report import bench, document


def run(exits=(2000,), each=(10.0,), pout=(200, 4000.0, 90000.0), arm="1 guest"):
    """What one boot has measured."""
    rows = [Measurement(f"{arm} | exits | {n}", v, "") for n, v in enumerate(exits, 1)]
    rows += [Measurement(f"{arm} | time of an access | {n}", v, "us")
             for n, v in enumerate(each, 1)]
    for name, values in (("0x70:POUT", pout), ("0x71:PIN", (200, 1000.0, 5000.0))):
        rows += [Measurement(f"{arm} | {name} | {column}", value, "")
                 for column, value in zip(("samples", "time", "squares"), values, strict=True)]
    return figures.read(rows)


def data_of(old, new, **more):
    arms = figures.document({"base": old, "patched": new})
    return {"title": "toy: Do it", "runs": len(old), "twice": False, "accelerator": "tcg",
            "table": "Port", "notices": [], "arms": arms,
            "seconds": 9.0, "reproduce": "./run bench", **more}


def text_of(data):
    return "\n".join(bench.lines(data, document.View()))


def test_names_of_others_are_nobodys():
    assert figures.read([Measurement("RTC: exits", 1, ""), Measurement("a | b | c", 1, ""),
                         Measurement("a | b", 1, ""), Measurement("a | b | 1 | 2", 1, "")]) == {}


def test_the_table_is_that_of_perf():
    first, second = figures.table([run(), run(pout=(200, 6000.0, 200000.0))], "1 guest")
    assert (first.access, first.samples, first.mean) == ("0x70:POUT", 400, 25.0)
    assert first.means == (20.0, 30.0)
    # The standard error of 400 samples with this sum and sum of squares, over their mean.
    assert first.spread == pytest.approx(((290000 - 400 * 25**2) / 399 / 400) ** .5 / 25)
    assert second.access == "0x71:PIN", "most time first"
    assert figures.table([run()], "12 guests") == ()


def test_counts_are_exact_or_a_range():
    arm, = figures.document({"base": [run((2000, 2000)), run((2000, 2000))],
                             "patched": [run((1000, 1000)), run((1000, 1001))]})
    assert arm["counts"] == [{"what": "exits", "base": [2000, 2000], "patched": [1000, 1001]}]
    assert not figures.steady([arm])
    assert "exits: 2,000 -> 1,000 to 1,001" in text_of(data_of(
        [run((2000,))], [run((1000,)), run((1001,))]))


def test_a_difference_is_said_with_its_range_and_a_chance_is_none():
    old = [run(each=(10 + n / 10,)) for n in range(20)]
    new = [run(each=(5 + n / 20,)) for n in range(20)]
    text = text_of(data_of(old, new))
    assert re.search(r"time of an access: 0\.50 times \(0\.4\d to 0\.5\d; p = \de-0\d\), "
                     r"10\.9 us \[10\.5, 11\.4\] -> 5\.5 us \[5\.2, 5\.7\]", text), text
    assert "0x70:POUT, average: no difference seen: 1.00 to 1.00 times" in text
    assert "1 of 3 comparisons of times differ by more than chance" in text
    again = text_of(data_of(old, old, twice=True))
    assert "0 of 3" in again
    assert "  Port  " in again
    assert "1 guest, base again" in again


def test_few_runs_say_so_and_what_was_not_measured_too():
    text = text_of(data_of([run()], [run(each=())]))
    assert "0x70:POUT, average: fewer than 20 runs claim nothing: 1.00 to 1.00 times" in text
    assert bench.LEAST == ranks.LEAST
    assert "time of an access: not measured on both" in text
    lost = [figures.read([Measurement("1 guest | exits | 1", 1, "")])]
    assert "not traced" in text_of(data_of(lost, lost))
    assert "emulated (TCG)" in text
    assert "emulated" not in text_of(data_of(lost, lost, accelerator="kvm"))


NAMES = st.from_regex(r"[ab]( \| ([cd]|samples|time|squares|1|2)){2}", fullmatch=True)


@given(st.lists(st.builds(Measurement, NAMES, st.floats(0, 1e9), st.sampled_from(["", "us"])),
                max_size=30))
def test_any_measurements_have_an_answer(rows):
    one = [figures.read(rows)]
    text_of(data_of(one, one))


def test_figures_that_cannot_be_are_none_and_what_is_missing_in_a_run_is_said():
    odd = [run(pout=(-5, 1.0, 1.0)), run(pout=(5, -1.0, 1.0)), run(pout=(0, 0, 0))]
    assert [r.access for r in figures.table(odd, "1 guest")] == ["0x71:PIN"]
    old = [run(each=(10 + n,)) for n in range(20)]
    new = [run(each=(1 + n / 9,) if n else ()) for n in range(20)]
    assert "time of an access: fewer than 20 runs claim nothing" in text_of(data_of(old, new))
    none = [run(each=(0.0,))] * 20
    assert "time of an access: one of the figures is 0" in text_of(data_of(old, none))
