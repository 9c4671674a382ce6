# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of objects as addresses of a kernel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import csource
from harness.cover import placed
from harness.cover.linetable import Function, Row, Table
from harness.cover.placed import Span, Watch

NM = """ffffffff81000000 0000000000000010 T f
ffffffff81000010 0000000000000020 t g
ffffffff81005000 0000000000000020 t g
ffffffff82000000 0000000000000008 T h
ffffffff83000000 0000000000000008 B data
                 U gone
damaged
"""
TABLE = Table((Function("f", 1, 0, 16), Function("g", 1, 16, 32), Function("h", 4, 0, 8)),
              (Row(1, 4, 8, "a.c", 7), Row(1, 20, 24, "a.c", 9), Row(4, 0, 8, "a.c", 11)))


def test_a_section_moves_as_a_whole():
    found = placed.place([TABLE], placed.symbols(NM))
    assert found == Watch(
        ((0xffffffff81000000, 16), (0xffffffff81000010, 32), (0xffffffff82000000, 8)),
        (Span(0xffffffff81000004, 0xffffffff81000008, "a.c", 7),
         Span(0xffffffff81000014, 0xffffffff81000018, "a.c", 9),
         Span(0xffffffff82000000, 0xffffffff82000008, "a.c", 11)), ())
    assert found.places == {("a.c", 7), ("a.c", 9), ("a.c", 11)}


@pytest.mark.parametrize(("functions", "why"), [
    ((), "a.c:7: its code is not in the kernel that boots"),
    ((Function("g", 1, 0, 32),), "a.c:7: several functions of the kernel have its name"),
    ((Function("f", 1, 0, 16), Function("h", 1, 16, 8)),
     "a.c:7: its functions are not those of the kernel that boots"),
    ((Function("f", 1, 0, 17),), "a.c:7: its code is not in the kernel that boots")])
def test_what_cannot_be_told_apart_is_lost_and_never_executed(functions, why):
    found = placed.place([Table(functions, (Row(1, 0, 4, "a.c", 7),))], placed.symbols(NM))
    assert (found.ranges, found.spans, [str(lost) for lost in found.lost]) == ((), (), [why])


def test_where_statements_begin_is_read_in_the_sources():
    text = {"a.c": "int f(int x)\n{\n\n\n\n\n\treturn x +\n\n\t\t1;\n}\n", "b.c": "x"}
    assert placed.place([TABLE], placed.symbols(NM), text).statements == {("a.c", 7)}


def test_code_outside_of_any_function_is_looked_at_alone():
    table = Table((Function("f", 1, 0, 16),), (Row(1, 64, 70, "a.c", 7),))
    assert placed.place([table], placed.symbols(NM)).ranges == ((0xffffffff81000040, 6),)


@pytest.mark.parametrize(("addresses", "lines"), [
    ([], set()), ([3], set()), ([4], {7}), ([7], {7}), ([8], set()), ([1, 5, 9, 20], {7, 9}),
    ([23, 24], {9})])
def test_a_line_ran_when_an_instruction_of_it_did(addresses, lines):
    watch = Watch((), (Span(4, 8, "a.c", 7), Span(20, 24, "a.c", 9)))
    assert watch.executed(addresses) == {("a.c", n) for n in lines}


def test_a_line_without_code_is_passed_where_another_one_has_some():
    watch = Watch((), (Span(4, 4, "a.c", 6), Span(4, 8, "a.c", 7), Span(20, 24, "a.c", 6)))
    assert watch.places == {("a.c", 6), ("a.c", 7)}
    assert Watch((), watch.spans[:1]).places == frozenset()
    assert (watch.executed([4]), watch.passed([4])) == ({("a.c", 7)}, {("a.c", 6)})
    assert (watch.executed([5, 20]), watch.passed([5, 20])) == (
        {("a.c", 6), ("a.c", 7)}, frozenset())


@pytest.mark.parametrize(("addresses", "said"), [
    ([0], "passed"), ([20], "passed"), ([0, 20], "executed"), ([0, 30], "executed"), ([8], ""),
    ([2, 3], "passed"), ([32], "passed")])
def test_code_of_a_return_that_stands_before_its_condition_is_no_run(addresses, said):
    watch = Watch((), (Span(0, 4, "a.c", 7), Span(20, 20, "a.c", 7, begins=True),
                       Span(30, 36, "a.c", 7, begins=True)))
    assert said == ("executed" if watch.executed(addresses) else
                    "passed" if watch.passed(addresses) else "")


@pytest.mark.parametrize(("statements", "said"), [
    (frozenset(), {("a.c", 7), ("a.c", 8)}), ({("a.c", 7)}, {("a.c", 8)})])
def test_a_statement_whose_beginning_is_nowhere_is_not_known_to_have_run(statements, said):
    watch = Watch((), (Span(0, 4, "a.c", 7), Span(4, 8, "a.c", 8)), statements=statements)
    assert watch.executed([0, 4]) == said
    assert watch.passed([0, 4]) == statements
    assert watch.passed([4]) == frozenset()


ROW = """int f(int a)
{
\tint b = 1;
\tif (a)
\t\tb = 2;
\t/* why */
\tg(b);
again:
\th(b);
\tif (b)
\t\tgoto again;
\treturn b;
}
"""


def test_what_does_not_run_without_a_statement():
    assert csource.implied(csource.parse(ROW.encode())) == {
        3: {4}, 4: {5, 7}, 10: {12}}
    assert placed.with_needed({"a.c": frozenset({4, 9})}, {"a.c": ROW}) == {
        "a.c": frozenset({4, 5, 7, 9})}
    table = Table((Function("f", 1, 0, 16),), (
        Row(1, 0, 4, "a.c", 4, begins=True), Row(1, 4, 8, "a.c", 5, begins=True),
        Row(1, 8, 12, "a.c", 7, begins=True)))
    found = placed.place([table], placed.symbols(NM), {"a.c": ROW}, {"a.c": frozenset({4, 5})})
    start = 0xffffffff81000000
    assert found.places == {("a.c", 4), ("a.c", 5)}
    assert found.executed([start + 8]) == frozenset(), "nobody has asked for that one"
    assert found.passed([start + 8]) == {("a.c", 4)}, "gcc has made it a part of another line's"
    assert ("a.c", 4) not in found.passed([start, start + 8])
    assert ("a.c", 4) in found.passed([start + 4]), "what it guards has run"


CHAIN = """int f(int a)
{
\tif (a == 1 &&
\t    b)
\t\ta = 2;
\telse if (a > 3)
\t\ta = 4;
\tif (a)
\t\tg();
out:
\treturn a;
}
"""


def test_needs_are_followed_and_labels_say_nothing():
    root = csource.parse(CHAIN.encode())
    assert csource.implied(root) == {3: {5, 6, 8}, 6: {7}, 8: {9}}
    assert csource.heads(root) == {4: 3}
    assert csource.labels(root) == {10}
    rows = tuple(Row(1, n, n + 1, "a.c", n, begins=True) for n in (3, 4, 6, 8, 9, 10, 12))
    found = placed.place([Table((Function("f", 1, 0, 16),), rows)], placed.symbols(NM),
                         {"a.c": CHAIN})
    start = 0xffffffff81000000
    assert found.passed([]) == {("a.c", 10), ("a.c", 12)}
    assert found.passed([start + 9]) == {("a.c", n) for n in (3, 4, 8, 10, 12)}, (
        "g() needs both conditions, of which the second line of one may have run")
    assert found.executed([start + 9]) == {("a.c", 9)}


@given(st.sets(st.integers(0, 60)), st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9))))
def test_it_is_as_if_each_instruction_was_held_against_each_line(addresses, spans):
    watch = Watch((), tuple(Span(a, a + n, "a.c", i) for i, (a, n) in enumerate(spans)))
    assert watch.executed(addresses) == {
        ("a.c", i) for i, (a, n) in enumerate(spans) if any(a <= x < a + n for x in addresses)}


def test_a_row_without_code_at_the_end_of_a_section_is_no_range():
    table = Table((Function("f", 1, 0, 16),), (Row(1, 4, 8, "a.c", 7), Row(1, 16, 16, "a.c", 9)))
    found = placed.place([table], placed.symbols(NM))
    assert found.ranges == ((0xffffffff81000000, 16),)
    assert ("a.c", 9) not in found.places


def test_a_function_of_another_size_is_lost_though_its_section_is_found():
    table = Table((Function("f", 1, 0, 16), Function("g", 1, 16, 31)),
                  (Row(1, 4, 8, "a.c", 7), Row(1, 20, 24, "a.c", 9), Row(1, 24, 28, "a.c", 10)))
    found = placed.place([table], placed.symbols(NM))
    assert found.places == {("a.c", 7)}
    assert [str(lost) for lost in found.lost] == [
        f"a.c:{n}: its function is another one in the kernel that boots" for n in (9, 10)]


def test_functions_beyond_the_most_are_lost_and_not_idle():
    spans = tuple(Span(1000 * n, 1000 * n + 10, "a.c", n) for n in range(1, 7))
    watch = Watch(tuple((s.start, 100) for s in spans), spans).limited(4)
    assert watch.ranges == tuple((1000 * n, 100) for n in range(1, 5))
    assert watch.places == {("a.c", n) for n in range(1, 5)}
    assert [lost.line for lost in watch.lost] == [5, 6]
    assert watch.passed([]) == watch.places, "what of this file did not run may be among the lost"
    near = Watch(((0, 10), (16, 10), (30, 4), (500, 9)), (Span(30, 34, "a.c", 3),))
    assert near.limited(2).ranges == ((0, 34), (500, 9))
    assert near.limited(2).lost == ()


def test_of_a_file_that_was_looked_at_in_part_nothing_is_known_not_to_have_run():
    watch = Watch((), (Span(4, 8, "a.h", 7), Span(8, 9, "a.c", 1)), partial=frozenset({"a.h"}))
    assert watch.passed([]) == {("a.h", 7)}


def test_a_header_of_macros_has_no_code_of_its_own():
    text = ("#define X(a) \\\n\tf(a)\nstruct s { int a; };\nstatic inline int f(int b)\n"
            "{\n\treturn b;\n}\n")
    assert placed.has_statements(text, {6})
    assert not placed.has_statements(text, {1, 2, 3, 4, 5})
