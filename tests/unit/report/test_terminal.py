# SPDX-License-Identifier: GPL-2.0-or-later
"""The summary for a terminal is one screen, whatever there is to say."""

import os
from dataclasses import replace
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare import changes
from harness.evidence import FileEvidence, FileKind, Gap, Look
from harness.model import Finding, Location, Outcome, Severity, StageResult, Status, Verdict
from harness.report import terminal
from tests.make import guest_run, report

LONG = "a sentence about a file of the series that goes on and on " * 8
HOW_MANY = st.integers(0, 40)


def full(findings, stages, notes, figures, tests):
    """A report with so many of each, all as long as they can be."""
    runs = [guest_run({f"s.{n}": Outcome(f"{n}", Status.SKIP if n % 3 else Status.FAIL, LONG)
                       for n in range(tests)},
                      [(f"s.m{n}", n + patched, "ns") for n in range(figures)])
            for patched in (0, 1)]
    return report(
        verdict=Verdict.FAIL if findings else Verdict.INCOMPLETE, title=LONG,
        before=runs[0], after=runs[1], changes=changes(*runs), notices=(LONG,) * notes,
        ended=LONG if notes % 2 else "", seconds=99.0, reproduce=f"cd /w && ./run {LONG}"[:200],
        findings=tuple(Finding(f"rule-{n % 7}", list(Severity)[n % 3], f"{n} {LONG}; {LONG}",
                               Location(f"some/where/{n}.c", n), f"x\n{LONG}", 1)
                       for n in range(findings)),
        stages=tuple(StageResult(f"stage{n}", Status.NOT_RUN if n % 2 else Status.PASS, 77.7,
                                 f"{n} {LONG}") for n in range(stages)),
        not_run=tuple(f"{n} {LONG}" for n in range(notes)))


def shown(job, columns=100, **how):
    with mock.patch.dict(os.environ, {"COLUMNS": str(columns)}):
        return terminal.render(job, **how)


def screen(text):
    """The lines before the command, which is as long as it is."""
    return text.partition("\nrepeat: ")[0].count("\n") + 2


@given(st.tuples(*[HOW_MANY] * 5), st.sampled_from([40, 50, 80, 100, 110]))
def test_never_more_than_a_screen(many, columns):
    assert screen(shown(full(*many), columns)) <= terminal.SCREEN


def test_a_long_command_costs_nothing_else():
    one = replace(full(6, 2, 1, 0, 0), reproduce=f"cd /w && ./run check {'a-patch ' * 400}")
    text = shown(one)
    assert screen(text) <= terminal.SCREEN
    assert text.count("error ") + text.count("warning ") >= 4


def test_what_the_tool_itself_could_not_do_comes_first():
    many = tuple(FileEvidence(f"fs/{n}.c", FileKind.CODE, gaps=(Gap(Look.TESTED, f"{n} {LONG}"),))
                 for n in range(20))
    one = replace(full(0, 2, 3, 0, 0), evidence=many, bugs=("a bug in harness: X",))
    rows = [t for t in shown(one).splitlines() if "not looked at:" in t]
    assert "a bug in harness" in rows[0]
    assert "stage1: NOT_RUN" in rows[1]


def test_what_is_left_out_is_counted():
    text = shown(full(40, 40, 40, 40, 40))
    for part in ("more (-v shows all)", "more were not looked at (-v", "more notes (-v",
                 "figures differ (-v"):
        assert part in text, text
    assert "repeat: cd /w" in text


@pytest.mark.parametrize("verbose", [False, True])
def test_what_fits_is_said_whole(verbose):
    text = " ".join(shown(full(2, 2, 1, 2, 2), verbose=verbose).split())
    assert "more" not in text.replace("on and on", "")
    assert f"note: {LONG[:280].strip()}"[:200] in text
    assert "not looked at: stage1: NOT_RUN: 1 a sentence" in text


def test_verbose_has_no_limit():
    assert shown(full(40, 40, 40, 40, 40), verbose=True).count("\n") > 100


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.REFUSED])
@pytest.mark.parametrize("columns", [40, 80])
def test_the_command_to_repeat_is_one_line_whatever_the_width(verdict, columns):
    line = f"cd /w && ./run lint {'/long/name' * 12}/0001-it.patch"
    text = shown(report(verdict=verdict, ended="x" if verdict is Verdict.REFUSED else "",
                        reproduce=line), columns)
    assert f"repeat: {line}\n" in text
