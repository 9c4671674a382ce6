# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of each line that a series brings."""

import pytest

from harness.evidence import BuiltFile, Changed, Gap, Line, LineState, Look, Ran
from harness.run import line_evidence
from harness.run.line_evidence import Traced

TEXT = "/* c */\nint a;\n#ifdef DEBUG\nint b;\n#endif\n"
ITEM = Changed("fs/a.c", "", TEXT, (), (1, 2, 3, 4, 5))


def told(item, *rows, gaps=()):
    return [(n.number, n.state.value, n.why) for n in line_evidence.of_file(item, rows, gaps)]


def test_each_line_has_its_builds_or_a_reason():
    row = BuiltFile("fs/a.c", 1, off=((4, "#ifdef DEBUG"),), lines=(2,))
    assert told(ITEM, ("x86_64", row), ("arm64", BuiltFile("fs/a.c", 1, lines=(2,)))) == [
        (1, "not-code", ""), (2, "compiled", "x86_64, arm64"), (3, "not-code", ""),
        (4, "not-compiled", "left out by #ifdef DEBUG"), (5, "not-code", "")]


def test_where_no_build_has_the_file_the_gap_says_why():
    gap = Gap(Look.COMPILED, "no Makefile mentions it")
    assert told(ITEM, ("x86_64", BuiltFile("fs/a.c", 0)), gaps=(gap,))[1] == (
        2, "not-compiled", "no Makefile mentions it")


def test_what_nobody_could_say_is_not_compiled():
    assert told(ITEM, ("x86_64", BuiltFile("fs/a.c", 1)))[1] == (
        2, "not-compiled", line_evidence.UNSAID)


@pytest.mark.parametrize("path", ["Documentation/a.rst", "fs/Kconfig", "tools/a.c"])
def test_only_the_kernels_own_code_has_lines(path):
    assert told(Changed(path, "", TEXT, (), (1, 2))) == []


def test_what_goes_and_what_only_differs_in_comments_has_none():
    assert told(Changed("fs/a.c", TEXT, None, (1, 2), ())) == []
    assert told(Changed("fs/a.c", "int a;\n", "int a; /* c */\n", (1,), (1,))) == []


def test_a_header_for_userspace_alone_was_compiled_by_its_comparison():
    item = Changed("include/uapi/linux/a.h", "", "int a;\n", (), (1,))
    assert told(item) == [(1, "compiled", "userspace")]
    gap = Gap(Look.COMPILED, "no file includes it")
    assert told(item, gaps=(gap,)) == [(1, "not-compiled", "no file includes it")]


def test_lines_are_bounded_in_number_and_length(monkeypatch):
    monkeypatch.setattr(line_evidence, "MOST", 3)
    item = Changed("fs/a.c", "", "x" * 1000 + "\n" + "y;\n" * 9, (), tuple(range(1, 11)))
    found = line_evidence.of_file(item, (), ())
    assert len(found) == 3
    assert len(found[0].text) == line_evidence.MOST_TEXT


def test_lines_that_no_build_has_are_a_gap_where_none_says_so():
    rows = (Line(3, LineState.NOT_COMPILED, "why"), Line(4, LineState.NOT_COMPILED, "other"),
            Line(5, LineState.COMPILED))
    assert list(line_evidence.unsaid(rows, ())) == [Gap(Look.COMPILED, "line 3 and 1 more: why")]
    assert list(line_evidence.unsaid(rows, (Gap(Look.TESTED, "no test"),))) != []
    assert list(line_evidence.unsaid(rows, (Gap(Look.COMPILED, "said"),))) == []
    assert list(line_evidence.unsaid(rows[2:], ())) == []


@pytest.mark.parametrize(("by", "known", "ran"), [
    ({("fs/a.c", 3): ("p.a",)}, {3}, [Ran.TESTS, Ran.TESTS]), ({}, {3}, [Ran.NOT, Ran.NOT]),
    ({}, set(), [Ran.UNKNOWN, Ran.UNKNOWN]),
    ({("fs/a.c", 3): ("p.a",)}, {3, 4}, [Ran.TESTS, Ran.NOT])])
def test_a_line_on_which_a_statement_goes_on_ran_with_its_first(by, known, ran):
    text = "int f(void)\n{\n\treturn g(1,\n\t\t 2);\n}\n"
    item = Changed("fs/a.c", "", text, (), (3, 4))
    traced = Traced(frozenset(("fs/a.c", n) for n in known), frozenset(), by, asked=True)
    rows = [("k", BuiltFile("fs/a.c", 1, lines=(3, 4)))]
    assert [line.ran for line in line_evidence.of_file(item, rows, (), traced)] == ran
