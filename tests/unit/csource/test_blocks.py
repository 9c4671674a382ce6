# SPDX-License-Identifier: GPL-2.0-or-later
"""The conditions around lines, and what meets them."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.csource import blocks, regions
from harness.csource.blocks import Asked, around, ways
from harness.csource.regions import Configured


def of(text, *lines):
    """The conditions as text, and their lines; of all lines where none are given."""
    rows = around(text, lines or range(1, text.count("\n") + 2))
    return {" and ".join(map(str, asked)): numbers for asked, numbers in rows.items()}


@pytest.mark.parametrize(("text", "found"), [
    ("", {}), ("a\n", {}), ("#ifdef X\na\n#endif\n", {}),
    ("#endif\n#else\n#elif CONFIG_A\na\n", {}),
    ("#ifdef CONFIG_A\na\n#endif\nb\n", {"#ifdef CONFIG_A": [1, 2]}),
    ("#ifndef CONFIG_A\na\n#endif\n", {"#ifndef CONFIG_A": [1, 2]}),
    ("#ifdef CONFIG_A\na\n#else\nb\n#endif\n", {
        "#ifdef CONFIG_A": [1, 2], "the other branch of #ifdef CONFIG_A": [3, 4]}),
    ("#if defined(CONFIG_A)\n#elif CONFIG_B > 2\na\n#else\nb\n#endif\n", {
        "#if defined(CONFIG_A)": [1],
        "the other branch of #if defined(CONFIG_A) and #if CONFIG_B > 2": [2, 3],
        "the other branch of #if defined(CONFIG_A) and the other branch of #if CONFIG_B > 2":
            [4, 5]}),
    ("#ifdef CONFIG_A\na\n#ifdef X\nb\n#endif\nc\n#endif\n", {
        "#ifdef CONFIG_A": [1, 2, 5, 6], "#ifdef CONFIG_A and #ifdef X": [3, 4]}),
    ("#ifdef X\n#ifdef CONFIG_A\na\n#endif\n#endif\n", {"#ifdef X and #ifdef CONFIG_A": [2, 3]}),
    ("#ifdef CONFIG_A\n#ifdef CONFIG_A\na\n#endif\n#endif\n", {"#ifdef CONFIG_A": [1, 2, 3, 4]}),
    ("#if defined(CONFIG_A) && \\\n  X\na\n#endif\n", {"#if defined(CONFIG_A) && \\ X": [1, 2, 3]}),
    ("#ifdef CONFIG_A /* so\nlong */\na\n#endif\n", {"#ifdef CONFIG_A /* so long */": [1, 2, 3]}),
    ("/*\n#ifdef CONFIG_A\n*/\na\n", {}),
    ("a\f\n#ifdef CONFIG_A\n\x0bb", {"#ifdef CONFIG_A": [2, 3]}),
    ("#ifdef CONFIG_A\na", {"#ifdef CONFIG_A": [1, 2]}),
    ("#ifndef CONFIG_H\n#define CONFIG_H\na\n#endif\n", {}),
    ("#ifndef H\n#define H\n#ifdef CONFIG_A\na\n#endif\n#endif\n", {"#ifdef CONFIG_A": [3, 4]}),
])
def test_the_conditions_around_lines(text, found):
    assert of(text) == found


def test_only_lines_that_are_asked_for_are_told():
    text = "#ifdef CONFIG_A\na\nb\n#else\nc\n#endif\nd\n"
    assert of(text, 3, 7, 99, 0, -2) == {"#ifdef CONFIG_A": [3]}
    assert around(text, []) == {}
    assert of(text, 5, 3, 3) == {"#ifdef CONFIG_A": [3],
                                 "the other branch of #ifdef CONFIG_A": [5]}


BRANCHES = """int f(void)
{
	if (IS_ENABLED(CONFIG_A) && x) {
		a();
	} else if (IS_ENABLED(CONFIG_B))
		b();
	else
		c();
	if (x)
		d();
	return 0;
}
"""


def test_branches_that_ask_at_run_time_are_conditions_too():
    one, two = "#if (IS_ENABLED(CONFIG_A) && x)", "#if (IS_ENABLED(CONFIG_B))"
    assert of(BRANCHES) == {
        one: [3, 4], f"the other branch of {one} and {two}": [6],
        f"the other branch of {one} and the other branch of {two}": [7, 8]}
    assert of(BRANCHES, 1, 2, 5, 9, 10, 11) == {}


def test_a_line_of_both_branches_waits_for_neither():
    text = "void f(void)\n{\nif (IS_ENABLED(CONFIG_A)) {\na();\n} else {\nb();\n}\n}\n"
    one = "#if (IS_ENABLED(CONFIG_A))"
    assert of(text) == {one: [3, 4], f"the other branch of {one}": [6, 7]}
    assert of("void f(void)\n{\nif (IS_ENABLED(CONFIG_A)) a(); else b();\n}\n") == {}
    assert of("void f(void)\n{\nif (IS_ENABLED(CONFIG_A))\na();\nelse\nb();\n}\n") == {
        one: [4], f"the other branch of {one}": [5, 6]}


def test_a_branch_in_a_directive_waits_for_both():
    text = f"#ifdef CONFIG_C\n{BRANCHES}#endif\n"
    assert of(text, 5) == {"#ifdef CONFIG_C and #if (IS_ENABLED(CONFIG_A) && x)": [5]}


@pytest.mark.parametrize("text", [
    "if (IS_ENABLED(CONFIG_A", "void f() { if (IS_ENABLED(CONFIG_A)) }", "IS_ENABLED",
    "\udcff if (IS_ENABLED(CONFIG_\udcff)) x;", "}" * 999 + "if (IS_ENABLED(CONFIG_A)) x;"])
def test_c_that_does_not_compile_is_read(text):
    assert set(of(text)) <= {"#if (IS_ENABLED(CONFIG_A))", "#if (IS_ENABLED(CONFIG_?))"}


def test_files_without_end_are_not_read_to_it(monkeypatch):
    monkeypatch.setattr(regions, "MOST", 5)
    text = "a\n" * 3 + "#ifdef CONFIG_A\n" + "b\n" * 9
    assert of(text) == {"#ifdef CONFIG_A": [4, 5]}


@pytest.mark.parametrize("more", ["#ifdef X{}\n", "#elif X{}\n", "#ifndef X\n"])
def test_conditions_without_end_are_not_followed(more):
    text = "#ifdef CONFIG_A\na\n" + "".join(more.format(n) for n in range(50_000)) + "b\n"
    rows = around(text, range(1, 50_004))
    assert next(iter(rows.values())) == [1, 2]
    assert max(n for numbers in rows.values() for n in numbers) <= blocks.MOST_AROUND + 2


def test_branches_without_end_are_not_followed(monkeypatch):
    monkeypatch.setattr(blocks, "MOST_BRANCHES", 2)
    text = "void f(void)\n{\n" + "if (IS_ENABLED(CONFIG_A))\nx();\n" * 9 + "}\n"
    assert of(text) == {"#if (IS_ENABLED(CONFIG_A))": [4, 6]}


def met(kind, text, wanted=True, **values):
    known = Configured({f"CONFIG_{k}": v for k, v in values.items()}, assembler=False)
    return Asked(kind, text, wanted).met(known)


def test_a_condition_that_nobody_can_decide_counts_as_met():
    assert met("if", "defined(X)")
    assert met("if", "defined(X)", wanted=False)
    assert met("if", "CONFIG_A(", wanted=False)
    assert not met("if", "defined(X) && defined(CONFIG_A)")
    assert met("if", "IS_ENABLED(CONFIG_A) && f(x)", A="y")


@pytest.mark.parametrize(("kind", "text", "values", "is_met"), [
    ("ifdef", "CONFIG_A", {}, False), ("ifdef", "CONFIG_A", {"A": "y"}, True),
    ("ifdef", "CONFIG_A", {"A": "m"}, False), ("ifndef", "CONFIG_A", {}, True),
    ("if", "IS_ENABLED(CONFIG_A)", {"A": "y"}, True), ("if", "IS_ENABLED(CONFIG_A)", {}, False),
    ("if", "IS_MODULE(CONFIG_A)", {"A": "y"}, False), ("if", "CONFIG_A > 2", {"A": "3"}, True),
    ("if", "0", {}, False)])
def test_whether_a_condition_is_met(kind, text, values, is_met):
    assert met(kind, text, **values) is is_met
    assert met(kind, text, wanted=False, **values) is not is_met


def found(*conditions, assembler=False, **values):
    """The ways as text; a condition that begins with "not" is to be false."""
    asked = [Asked("if", c.removeprefix("not "), not c.startswith("not ")) for c in conditions]
    return [" ".join(n if on else f"!{n}" for n, on in way)
            for way in ways(asked, {f"CONFIG_{k}": v for k, v in values.items()},
                            assembler=assembler)]


A, B, C = (f"defined(CONFIG_{name})" for name in "ABC")


@pytest.mark.parametrize(("conditions", "values", "result"), [
    ((), {}, [""]), (("defined(X)",), {}, [""]),
    ((A,), {}, ["A"]), ((A,), {"A": "y"}, ["A"]), ((A,), {"A": "m"}, ["A"]),
    ((f"not {A}",), {}, ["!A"]), ((f"not {A}",), {"A": "y"}, ["!A"]), ((f"!{A}",), {}, ["!A"]),
    ((f"{A} && {B}",), {}, ["A B"]), ((A, B), {"A": "y"}, ["A B"]),
    ((f"{A} || {B}",), {}, ["B", "A"]), ((f"{A} || {B}",), {"A": "y"}, ["A"]),
    ((f"{A} || {B}",), {"A": "y", "B": "y"}, ["B"]),
    ((f"{A} && {B} || {C}",), {}, ["C", "A B"]),
    ((f"{A} || X",), {}, [""]), ((f"{A} && X",), {}, ["A"]), ((f"{A} && !{A}",), {}, []),
    ((A, f"not {A}"), {}, []), (("0",), {}, []), ((A, "0"), {}, []), (("1",), {}, [""]),
    (("CONFIG_N > 2",), {"N": "4"}, ["N"]), (("CONFIG_N > 2",), {"N": "2"}, []),
    (("CONFIG_N > 2",), {}, []), (("CONFIG_N < 2",), {}, [""]),
    (("not CONFIG_N > 2",), {"N": "4"}, ["!N"]), ((A,), {"A": '"text"'}, ["A"]),
    (("IS_ENABLED(CONFIG_A)",), {}, ["A"]), (("IS_ENABLED(CONFIG_A) && f(x)",), {}, [""]),
    (("IS_MODULE(CONFIG_A)",), {}, []),
])
def test_what_to_set(conditions, values, result):
    assert found(*conditions, **values) == result


def test_assembler_is_asked_as_such():
    row = f"defined(__ASSEMBLY__) && {A}"
    assert found(row) == []
    assert found(row, assembler=True) == ["A"]


def test_one_of_two_symbols_that_are_on_stays():
    """Or else what is set for the other branch would turn both off, and say that both are met."""
    assert found(f"{A} || {B}", f"{B} || {A}", A="y", B="y") == ["B"]
    assert found(f"not {A} || {B}", A="y", B="y") == ["!A !B"]


def test_few_alternatives_are_told():
    many = " || ".join(f"defined(CONFIG_S{n})" for n in range(blocks.MOST_SYMBOLS))
    assert len(found(many)) == blocks.MOST_WAYS


def test_conditions_of_many_symbols_are_given_up():
    many = " || ".join(f"defined(CONFIG_S{n})" for n in range(blocks.MOST_SYMBOLS + 1))
    assert found(many) == []
    assert found(*[A] * 99) == ["A"], "of few in many rows they are not"


NAMES = ("CONFIG_A", "CONFIG_B", "CONFIG_C", "CONFIG_D")
RULES = st.recursive(st.sampled_from([*(f"defined({n})" for n in NAMES), "defined(X)"]),
                     lambda inner: st.one_of(
                         st.builds("!({})".format, inner),
                         st.builds("({} && {})".format, inner, inner),
                         st.builds("({} || {})".format, inner, inner)), max_leaves=6)


@settings(max_examples=40)
@given(st.lists(st.builds(Asked, st.just("if"), RULES, st.booleans()), max_size=3),
       st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["y", "n", "m", "4"])))
def test_a_way_will_do_whatever_the_other_symbols_are(asked, values):
    def fits(on):
        known = Configured(dict.fromkeys(on, "y"), assembler=False)
        return all(a.met(known) for a in asked)

    every = [frozenset(n for n, on in zip(NAMES, row, strict=True) if on)
             for row in itertools.product((True, False), repeat=len(NAMES))]
    known = ways(asked, values)
    assert bool(known) is any(map(fits, every))
    for way in known:
        rest = [(n, on) for n, on in way]
        as_wanted = [s for s in every if all((f"CONFIG_{n}" in s) is on for n, on in rest)]
        assert all(map(fits, as_wanted))
        for left in rest:  # and none of its symbols is too many
            less = [s for s in every if all((f"CONFIG_{n}" in s) is on
                                            for n, on in rest if (n, on) != left)]
            assert not all(map(fits, less))
