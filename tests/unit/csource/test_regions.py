# SPDX-License-Identifier: GPL-2.0-or-later
"""Which lines a configuration leaves out."""

import pytest

from harness.csource import regions
from harness.csource.condition import logical
from harness.csource.regions import (
    Configured,
    asks_for,
    guard,
    in_words,
    left_out,
    symbols,
    symbols_in,
)


def everything(text, **values):
    known = Configured({f"CONFIG_{k}": v for k, v in values.items()}, assembler=False)
    return {n: bool(why) for n, why in left_out(text, known).items()}


def out(text, **values):
    """Without the directives themselves."""
    lines = text.split("\n")
    return {n: off for n, off in everything(text, **values).items()
            if not lines[n - 1].startswith("#")}


@pytest.mark.parametrize(("text", "values", "left"), [
    ("#ifdef CONFIG_A\na\n#endif\nb\n", {}, {2: True}),
    ("#ifdef CONFIG_A\na\n#endif\nb\n", {"A": "y"}, {}),
    ("#ifdef CONFIG_A\na\n#endif\nb\n", {"A": "m"}, {2: True}),
    ("#ifndef CONFIG_A\na\n#else\nb\n#endif\n", {}, {4: True}),
    ("#if IS_ENABLED(CONFIG_A)\na\n#elif defined(CONFIG_B)\nb\n#else\nc\n#endif\n", {"B": "y"},
     {2: True, 6: True}),
    ("#if IS_ENABLED(CONFIG_A)\na\n#elif defined(CONFIG_B)\nb\n#else\nc\n#endif\n", {"A": "y"},
     {4: True, 6: True}),
    ("#if CONFIG_HZ > 250\na\n#endif\n", {"HZ": "1000"}, {}),
    ("#if CONFIG_HZ > 250\na\n#endif\n", {"HZ": "100"}, {2: True}),
    ("#if defined(CONFIG_A) && defined(X)\na\n#endif\n", {}, {2: True}),
    ("#if defined(CONFIG_A) && defined(X)\na\n#endif\n", {"A": "y"}, {2: False}),
    ("#ifdef DEBUG\na\n#endif\n", {}, {2: False}),
    ("#if 0\na\n#endif\n#if 1\nb\n#endif\n", {}, {2: True}),
    ("int x;\n#ifndef A\n#define A 1\na\n#endif\n", {}, {4: False}),
    ("#ifndef A\n#define A 1\n#endif\na\n", {}, {}),
    ("/* a\n#ifdef CONFIG_A\n*/\nb\n", {}, {}),
    ("a\f\n#ifdef CONFIG_A\n\x0bb\n#endif\n", {}, {3: True}),
    ("#ifdef DEBUG\n#ifdef CONFIG_A\na\n#endif\nb\n#endif\n", {}, {3: True, 5: False}),
    ("#ifndef _A_H\n#define _A_H\na\n#ifdef CONFIG_B\nb\n#endif\n#endif\n", {}, {5: True}),
    ("#ifdef __ASSEMBLY__\na\n#endif\n", {}, {2: True}),
    ("#ifdef CONFIG_A\nx \\\n y\n#endif\nz\n", {}, {2: True, 3: True}),
    ("#if IS_MODULE(CONFIG_A)\na\n#endif\n#if IS_REACHABLE(CONFIG_A)\nb\n#endif\n", {"A": "y"},
     {2: True}),
    ("#endif\n#else\na\n", {}, {}), ("#ifdef CONFIG_A\na\n", {}, {2: True}),
])
def test_left_out(text, values, left):
    """True: the configuration leaves it out; False: nobody can tell without a preprocessor."""
    assert out(text, **values) == left


def test_the_condition_is_named_as_the_source_has_it():
    text = "#ifdef CONFIG_A\n#elif defined(CONFIG_B)\nb\n#endif\n"
    why = left_out(text, Configured({}, assembler=False))[3]
    assert why == "#ifdef CONFIG_A ... #elif defined(CONFIG_B)"
    assert symbols_in(why) == ("CONFIG_A", "CONFIG_B")


def test_symbols_of_a_config():
    assert symbols('CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C="x"\n') == {
        "CONFIG_A": "y", "CONFIG_C": '"x"'}


def test_a_directive_whose_branch_is_not_taken_goes_with_it():
    """From one symbol that is off to another: nothing of it was compiled."""
    assert everything("#ifdef CONFIG_A\na\n#else\nb\n#endif\n") == {1: True, 2: True}
    assert everything("#ifdef CONFIG_A\na\n#else\nb\n#endif\n", A="y") == {3: True, 4: True}
    assert everything("#ifdef X\n#endif\n") == {1: False}
    assert everything("#ifdef CONFIG_A\n#ifdef CONFIG_B\n#endif\n#endif\n", B="y") == {
        1: True, 2: True, 3: True}


def test_a_fallback_is_no_include_guard():
    """include/linux/kvm_host.h: x86 has its own number, so this one may be for nobody."""
    text = "#ifndef _H\n#define _H\n#ifndef MAX\n#define MAX 1\n#endif\n#endif\n"
    assert everything(text) == {3: False, 4: False}


def test_long_comments_cost_no_more_than_their_length():
    text = "/*\n" + " * words\n" * 50_000 + " */\n#ifdef CONFIG_A\na\n#endif\n"
    assert out(text) == {50_004: True}


@pytest.mark.parametrize(("name", "value"), [
    ("CONFIG_A", (True, 1)), ("CONFIG_M", (False, 0)), ("CONFIG_GONE", (False, 0)),
    ("CONFIG_N", (False, 0)), ("CONFIG_EMPTY", (False, 0)), ("CONFIG_HZ", (True, 250)),
    ("CONFIG_HEX", (True, 255)), ("CONFIG_TEXT", (True, 0)), ("__KERNEL__", (True, 1)),
    ("__cplusplus", (False, 0)), ("__ASSEMBLY__", (False, 0)), ("X", None)])
def test_what_a_configuration_defines(name, value):
    values = {"CONFIG_A": "y", "CONFIG_M": "m", "CONFIG_N": "n", "CONFIG_EMPTY": "",
              "CONFIG_HZ": "250", "CONFIG_HEX": "0xff", "CONFIG_TEXT": '"x"'}
    assert Configured(values, assembler=False)(name) == value


@pytest.mark.parametrize("name", ["__ASSEMBLY__", "__ASSEMBLER__"])
def test_assembler_is_known_as_such(name):
    assert Configured({}, assembler=True)(name) == (True, 1)


@pytest.mark.parametrize(("text", "asks"), [
    ("if (IS_ENABLED(CONFIG_OFF))", True), ("if (IS_ENABLED(CONFIG_ON))", False),
    ("IS_BUILTIN( CONFIG_OFF )", True), ("IS_REACHABLE(CONFIG_OFF)", True),
    ("IS_ENABLED(CONFIG_ON) && IS_ENABLED(CONFIG_OFF)", True), ("CONFIG_OFF", False),
    ("IS_MODULE(CONFIG_OFF)", False), ("MY_IS_ENABLED(CONFIG_OFF)", False), ("", False)])
def test_code_that_asks_at_run_time(text, asks):
    assert asks_for(text, Configured({"CONFIG_ON": "y"}, assembler=False)) is asks


@pytest.mark.parametrize(("text", "left"), [
    ("#ifndef A\n#define A\n#else\na\n#endif\n", {4: True}),
    ("#ifndef A\n#define A\na\n#endif\nb\n", {3: False}),
    ("#ifndef A\n#define B\na\n#endif\n", {3: False}),
    ("#ifndef A\na\n#endif\n", {2: False}),
    ("#ifndef A\n#define A\na\n", {3: False}),
    ("#ifdef A\n#define A\na\n#endif\n", {3: False}),
    ("#ifndef\n#define A\na\n#endif\n", {3: False}),
    ("#ifndef A", {}),
    ("/* x */\n\n#ifndef A /* y */\n#define A /* z */\na\n#if X\nb\n#endif\n#endif /* A */\n// w\n",
     {7: False}),
    ("# ifndef A\n#  define A\n#if X\n#else\n#endif\na\n# endif\n", {}),
])
def test_include_guards_are_taken(text, left):
    assert out(text) == left


@pytest.mark.parametrize(("text", "values", "left"), [
    ("#if X\na\n#elif Y\nb\n#else\nc\n#endif\n", {}, {2: False, 4: False, 6: False}),
    ("#if X\na\n#elif CONFIG_A\nb\n#endif\n", {"A": "y"}, {2: False, 4: False}),
    ("#if CONFIG_A\na\n#elif X\nb\n#else\nc\n#endif\n", {}, {2: True, 4: False, 6: False}),
    ("#if CONFIG_A\na\n#elif X\nb\n#elif CONFIG_B\nc\n#endif\n", {"A": "y", "B": "y"},
     {4: True, 6: True}),
    ("#if CONFIG_A\na\n#elif CONFIG_B\nb\n#elif CONFIG_C\nc\n#endif\n", {"C": "y"},
     {2: True, 4: True}),
    ("#if 0\na\n#elif 1\nb\n#endif\n", {}, {2: True}),
    ("#ifdef CONFIG_A\n#else\na\n#endif\n#endif\nb\n", {}, {}),
    ("#elif X\na\n", {}, {}),
])
def test_each_branch_by_those_before_it(text, values, left):
    """True: the configuration leaves it out; False: nobody can tell without a preprocessor."""
    assert out(text, **values) == left


def test_of_nested_conditions_the_one_that_decides_is_named():
    text = "#ifdef X\n#ifdef CONFIG_A\n#ifdef CONFIG_B\na\n#endif\n#endif\n#endif\n"
    found = left_out(text, Configured({}, assembler=False))
    assert (found[1], found[4]) == ("", "#ifdef CONFIG_A")
    assert left_out("#if  defined(CONFIG_A) \\\n  && X\na\n#endif\n",
                    Configured({}, assembler=False))[3] == "#if defined(CONFIG_A) \\ && X"


def test_a_condition_is_named_briefly():
    text = f"#if CONFIG_A && ({' || '.join(['CONFIG_B'] * 99)})\na\n#endif\n"
    assert len(left_out(text, Configured({}, assembler=False))[2]) == 200


def test_symbols_are_named_once_and_in_order():
    assert symbols_in("#if CONFIG_B && CONFIG_A || CONFIG_B > 2 || X") == ("CONFIG_B", "CONFIG_A")


def test_files_without_end_are_not_read_to_it(monkeypatch):
    monkeypatch.setattr(regions, "MOST", 5)
    text = "a\n" * 5 + "#ifdef CONFIG_A\na\n#endif\n"
    assert out(text) == {}
    assert out(text[4:]) == {5: True}


@pytest.mark.parametrize(("text", "expected"), [
    ("#if X\n#elif CONFIG_OFF\na\n#else\nb\n#endif\n", {3: False, 5: None}),
    ("#if X\n#elif CONFIG_ON\na\n#else\nb\n#endif\n", {3: None, 5: False}),
    ("#if X\n#elif CONFIG_ON\na\n#elif CONFIG_ON\nb\n#endif\n", {3: None, 5: False}),
])
def test_what_is_certain_after_a_condition_that_nobody_can_decide(text, expected):
    off = left_out(text, Configured({"CONFIG_ON": "y"}, assembler=False))
    assert {n: False if off.get(n) else None if n in off else True for n in expected} == expected


@pytest.mark.parametrize(("text", "words"), [
    ("IS_ENABLED(CONFIG_A)", "defined(CONFIG_A)"), ("IS_BUILTIN( CONFIG_A )", "defined(CONFIG_A)"),
    ("!IS_REACHABLE(CONFIG_A) && IS_ENABLED(CONFIG_B)",
     "!defined(CONFIG_A) && defined(CONFIG_B)"),
    ("IS_MODULE(CONFIG_A) || X", "0 || X"), ("IS_MODULE (CONFIG_A)", "0"),
    ("IS_ENABLED(A)", "IS_ENABLED(A)"), ("MY_IS_ENABLED(CONFIG_A)", "MY_IS_ENABLED(CONFIG_A)"),
    ("IS_ENABLED(CONFIG_A", "IS_ENABLED(CONFIG_A"), ("IS_ENABLED", "IS_ENABLED"),
    ("IS_ENABLED(CONFIG_A) && f(CONFIG_B)", "defined(CONFIG_A) && f(CONFIG_B)"), ("", "")])
def test_what_the_kernels_own_macros_become(text, words):
    assert in_words(text) == words


@pytest.mark.parametrize(("text", "index"), [
    ("#ifndef A\n#define A\na\n#endif\n", 0), ("// x\n\n#ifndef A\n#define A\n#endif\n", 2),
    ("#ifndef A\n#define A\n#if X\n#elif Y\n#endif\n#endif\n/* end */\n", 0),
    ("#ifndef A\n\n/* x */\n#define A\na\n#endif", 0), ("#ifndef A\n#define A\n#endif\na\n", -1),
    ("", -1), ("a\n", -1), ("// x\n", -1), ("a\n#ifndef A\n#define A\n#endif\n", -1),
    ("#ifndef A\n#define AA\n#endif\n", -1), ("#ifndef A\n#define A(x)\n#endif\n", -1),
    ("#ifndef A\n#define A 1\n#endif\n", -1), ("#if !defined(A)\n#define A\n#endif\n", -1),
    ("#endif\n#ifndef A\n#define A\n#endif\n", -1), ("#ifndef A\n#define A\n#if X\n#endif\n", -1),
    ("#ifndef A\n#define A\n#endif\n#endif\n", -1), ("#pragma once\n#ifndef A\n#define A\n#endif\n",
                                                    -1)])
def test_where_an_include_guard_opens(text, index):
    assert guard(list(logical(text))) == index
