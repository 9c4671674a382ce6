# SPDX-License-Identifier: GPL-2.0-or-later
"""``--require executed``: what no test executes is an error, and what is not known is a gap."""

import pytest

from harness.evidence import FileEvidence, Line, LineState, Look, Ran, kind_of
from harness.model import Severity
from harness.run import required


def file(*rans, path="mm/a.c", state=LineState.COMPILED):
    return FileEvidence(path, kind_of(path), lines=tuple(
        Line(number, state, "x86_64", "", ran) for number, ran in enumerate(rans, 5)))


def test_lines_that_nothing_or_the_boot_alone_executes_are_errors():
    found = required.findings([file(Ran.TESTS, Ran.NOT, Ran.NOT, Ran.BOOT, Ran.NOT, Ran.UNKNOWN)])
    assert [(f.rule, f.severity, f.message, f.where.line) for f in found] == [
        ("not-executed", Severity.ERROR,
         "nothing executes 3 changed lines of mm/a.c: 6-7, 9", 6),
        ("not-executed", Severity.ERROR,
         "a boot executes, and no test is known to, 1 changed line of mm/a.c: 8", 8)]
    assert len({f.id for f in found}) == 2


def test_where_tests_execute_all_of_them_there_is_none():
    one = file(Ran.TESTS, Ran.UNKNOWN)
    assert required.findings([one]) == ()
    assert required.unknown([one], ()) == (one,)


@pytest.mark.parametrize(("one", "reasons", "why"), [
    (file(Ran.UNASKED), (), "no kernel that was booted was asked"),
    (file(Ran.UNASKED), ("with KVM nothing is",), "with KVM nothing is"),
    (file(Ran.TESTS, Ran.UNKNOWN), ("mm/a.o: no line table",), "mm/a.o: no line table")])
def test_what_is_not_known_is_a_gap(one, reasons, why):
    (told,) = required.unknown([one], reasons)
    (gap,) = told.gaps
    assert (gap.look, gap.reason) == (
        Look.TESTED, f"whether 1 changed line ran is not known: {why}")


@pytest.mark.parametrize("one", [
    file(Ran.UNASKED, state=LineState.NOT_COMPILED), file(Ran.UNASKED, state=LineState.NOT_CODE),
    file(Ran.UNASKED, path="tools/x.c"), file()])
def test_what_runs_in_no_kernel_is_no_gap_of_this_kind(one):
    assert required.unknown([one], ()) == (one,)


def test_nobody_has_to_ask():
    one = file(Ran.NOT, Ran.UNASKED)
    assert required.asked((), (one,), ()) == ((one,), ())
    files, (found,) = required.asked(("executed",), (one,), ())
    assert found.rule == "not-executed"
    assert files[0].gaps != ()
