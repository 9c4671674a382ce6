# SPDX-License-Identifier: GPL-2.0-or-later
"""What was looked at, in words and figures."""

from harness.evidence import FileEvidence, Gap, Line, LineState, Look, Ran, Sight, kind_of
from harness.model import StageResult, Status
from harness.report.looked import gap_lines, line_count, not_executed, ran_count, sentence
from harness.report.summary import unchecked
from tests import make


def file(path, *seen, gaps=()):
    return FileEvidence(path, kind_of(path), tuple(seen), tuple(gaps))


def test_the_sentence_names_what_was_looked_at():
    files = (
        file("a.c", Sight(Look.LINTED), Sight(Look.COMPILED, "x86_64")),
        file("b.c", gaps=[Gap(Look.COMPILED, "off")]),
        file("include/uapi/linux/a.h", Sight(Look.COMPILED, "x86_64"),
             Sight(Look.COMPARED, "x86-64"), Sight(Look.COMPARED, "i386")),
        file("c.c", Sight(Look.UNCHANGED, "only comments")), file("Documentation/a.rst"))
    assert sentence(files, "both booted", "3 tests ran on both") == (
        "compiled 2 of 3 files (x86_64), 1 file with the same code as before, "
        "1 header compared (x86-64, i386), both booted, 3 tests ran on both")
    assert sentence(files, "", "", builds=False) == (
        "1 file with the same code as before, 1 header compared (x86-64, i386)")


def test_a_file_with_lines_left_out_is_not_compiled():
    one = file("a.c", Sight(Look.COMPILED, "x86_64"), gaps=[Gap(Look.COMPILED, "line 3")])
    assert sentence((one,), "", "").startswith("compiled 0 of 1 file")


def test_documents_alone_and_nothing_at_all():
    assert sentence((file("Documentation/a.rst", Sight(Look.LINTED)),), "", "") == "read 1 document"
    assert sentence((), "", "") == "nothing was looked at"


def test_files_with_the_same_reason_share_a_line():
    gap = Gap(Look.COMPILED, "no cross compiler", "apt-get install x")
    rows = gap_lines([file(f"f{n}.c", gaps=[gap]) for n in range(6)])
    (row,) = rows
    assert row == ("f0.c, f1.c, f2.c, f3.c and 2 more: not compiled: no cross compiler; "
                   "apt-get install x")
    assert len(gap_lines([file(f"f{n}.c", gaps=[Gap(Look.COMPILED, str(n))])
                          for n in range(60)])) == 13


def lines(*rows):
    return FileEvidence("mm/a.c", kind_of("mm/a.c"), lines=tuple(
        Line(number, LineState.COMPILED, "x86_64", "", ran) for number, ran in rows))


def test_lines_are_counted_by_who_executed_them():
    some = lines((1, Ran.TESTS), (2, Ran.TESTS), (3, Ran.BOOT), (4, Ran.NOT), (5, Ran.UNKNOWN))
    assert ran_count([some]) == (
        "2 executed by tests, 1 by the boot, 1 by nothing, "
        "1 unknown (no instruction of their own)")
    assert ran_count([lines((1, Ran.TESTS))]) == "1 executed by tests"
    assert line_count([some]) == "5 of 5 changed lines of code"
    assert "2 executed by tests" in sentence((some,), "", "")


def test_where_nobody_asked_nothing_is_said_of_what_ran():
    assert ran_count([lines((1, Ran.UNASKED))]) == ran_count([]) == ""
    assert ran_count([lines((1, Ran.UNKNOWN))]) == "", "and none of what cannot be known"


def test_lines_that_nothing_executed_are_told_as_runs():
    some = lines(*((n, Ran.NOT) for n in (9, 3, 4, 5, 12)), (7, Ran.TESTS))
    assert not_executed([some, lines((1, Ran.BOOT))]) == ("mm/a.c:3-5, 9, 12",)


def test_every_list_of_what_was_not_looked_at_has_them():
    one = make.report(evidence=(lines((3, Ran.NOT), (4, Ran.TESTS)),))
    assert "executed by nothing: mm/a.c:3" in unchecked(one)
    assert unchecked(make.report(evidence=(lines((4, Ran.TESTS)),))) == ()


def test_stages_that_did_not_run_for_one_reason_share_a_line():
    stages = tuple(StageResult(name, Status.NOT_RUN, 0.0, "the run ended before")
                   for name in ("a", "b", "c", "d", "e", "f"))
    assert unchecked(make.report(stages=stages)) == (
        "a, b, c, d and 2 more: NOT_RUN: the run ended before",)
