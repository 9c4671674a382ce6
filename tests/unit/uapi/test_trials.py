# SPDX-License-Identifier: GPL-2.0-or-later
"""Which uses are tried, and what is made of what they said."""

import pytest

from harness.model import Function, HeaderApi
from harness.system.sandbox import Sandbox
from harness.uapi import outcomes, trials
from harness.uapi.compiler import Compiler
from harness.uapi.context import HeaderContext
from harness.uapi.outcomes import Trial

HERE = HeaderContext("include/uapi/linux/x.h", "x86-64")
API = HeaderApi(arity={"X_GET": 1, "X_SET": 2, "X_ANY": -2}, lines={"X_GET": 7},
                bodies={"X_GET": "((p)->a)", "X_NAME": "x_##n"},
                functions={"f": Function("f", "int @", ("int @", "..."), 9),
                          "g": Function("g", "int @", ("unsigned int @",), 11)},
                numbers={"x_one": 1, "x_two": 2, "x_(1)": 3, "other": 4})
TOLD = (API, HERE)


def calls(name, kinds=("struct x",)):
    return {t.call for t in trials._trials(name, API, list(kinds))}


def test_structs_numbers_and_texts_are_given():
    assert calls("X_GET") == {
        "X_GET(&a struct x)", "X_GET(a struct x)", "X_GET(n)", "X_GET(&i)", 'X_GET("ab")',
        "X_GET(7)", "X_GET(0)"}
    assert {"X_SET(&a struct x, 7)", "X_SET(7, &a struct x)",
            "X_SET(&a struct x, &a struct x)"} <= calls("X_SET")
    assert "f(7)" in calls("f"), "what follows the named parameters is let away"
    assert calls("X_ONE") == {"X_ONE"}


def test_words_that_a_macro_pastes_are_those_of_names():
    assert trials._pasted("x_##n", API) == ["one", "two"]
    assert trials._pasted("n", API) == []


def test_a_trial_says_which_struct_it_is_tried_with():
    kinds = {(t.call, t.kind) for t in trials._trials("X_GET", API, ["struct x", "struct y"])
             if t.form == "for its value"}
    assert ("X_GET(&a struct y)", "struct y") in kinds
    assert ("X_GET(7)", "") in kinds


def test_nothing_runs_outside_of_the_sandbox(tmp_path, commands):
    bare = Compiler(Sandbox(enabled=False), tmp_path)
    assert trials.compare("linux/x.h", ((bare, bare), API, API), ["X_GET"], HERE) == []
    assert commands.calls == []


def rows(*kinds, form="for its value"):
    return [Trial("X_GET", form, f"X_GET(&a {k})", "", k) for k in kinds]


def others(tried, before, after, again=None):
    kept = {str(n): "" for n in range(len(tried))}
    return [f.message.partition(": old")[0] for f in outcomes.others(
        tried, kept, (before, again or before, after), set(), TOLD)]


@pytest.mark.parametrize(("before", "after", "message"), [
    ("5 | #1", "7 | #1", "X_GET(&a struct x) for its value: 5 -> 7"),
    ("5 | #1", "5 | #2", "X_GET(&a struct x) for its value: something else is written"),
    ("#1 | #1", "#2 | #1", "X_GET(&a struct x) for its value: other bytes"),
    ("| #1", "3 | #1", "X_GET(&a struct x) for its value: nothing -> 3"),
    ("5 | #1", "5 | #1", None), ("5 | #1", "crash", None), ("crash", "5 | #1", None),
])
def test_what_is_computed_or_written_is_compared(before, after, message):
    assert others(rows("struct x"), [before], [after]) == ([message] if message else [])


def test_what_is_another_one_each_time_says_nothing():
    assert others(rows("struct x"), ["5 |"], ["7 |"], again=["6 |"]) == []


def test_a_struct_that_it_is_not_for_says_nothing():
    two = rows("struct x", "struct y")
    assert others(two, ["5 |", "6 |"], ["5 |", "7 |"]) == []
    assert len(others(two, ["5 |", "6 |"], ["4 |", "7 |"])) == 1, "one finding for a name"


def test_a_program_that_did_not_end_well_says_nothing():
    assert others(rows("struct x"), ["5 |"], []) == []
    assert others(rows("struct x"), [], []) == []


def test_the_size_of_a_value_is_that_of_its_type():
    both = [*rows("struct x"), *rows("struct x", form="for its size")]
    assert others(both, ["5 |", "4 |"], ["5 |", "8 |"]) == []
    assert len(others(rows("struct x", form="for its size"), ["4 |"], ["8 |"])) == 1


def test_a_form_is_broken_where_no_use_of_it_is_left(tmp_path):
    compiler = Compiler(Sandbox(), tmp_path)
    two = rows("struct x", "struct y")
    assert list(outcomes.broken(two, ["0", "1"], {"1": "no"}, compiler, TOLD)) == []
    (found,) = outcomes.broken(two, ["0", "1"], {"0": "no", "1": "no"}, compiler, TOLD)
    assert (found.rule, found.severity.value, found.where.line, found.subject) == (
        "uapi-source", "error", 7, "X_GET text")
    assert found.message == "X_GET(&a struct x) for its value no longer compiles: no"


def test_a_function_of_numbers_that_did_the_same_is_a_note_with_how_often():
    def same(before, after, form="for its value", name="g"):
        return [(f.severity.value, f.message) for f in outcomes.the_same(
            [Trial(name, form, f"{name}(n)", "", "")], {"0": ""},
            ([before], [before], [after]), TOLD)]
    assert same("5 | #1 ; 6 | #1 ;", "5 | #1 ; 6 | #1 ;") == [
        ("note", "g: it is written otherwise, and did the same in 2 trials")]
    assert same("5 |;", "6 |;") == []
    assert same("crash", "crash") == []
    assert same("4 |;", "4 |;", form="for its size") == [], "it did not run"
    assert same("5 |;", "5 |;", name="X_GET") == [], "of a macro the type counts as well"
    assert same("5 |;", "5 |;", name="f") == []


def severities(tried, before, after):
    kept = {str(n): "" for n in range(len(tried))}
    return [f.severity.value for f in outcomes.others(
        tried, kept, (before, before, after), set(), TOLD)]


@pytest.mark.parametrize(("before", "after", "severity"), [
    ("1 |;2 |;3 |;", "2 |;3 |;4 |;", "error"),
    ("1 |;2 |;3 |;", "1 |;2 |;4 |;", "warning"),  # one number in three
    ("4 |;0 |;8 |;", "1 |;0 |;1 |;", "warning"),  # yes, in other words
    ("4 |;0 |;8 |;", "0 |;1 |;0 |;", "error"), ("1 |;1 |;", "2 |;2 |;", "error"),
])
def test_what_differs_for_odd_numbers_alone_is_a_warning(before, after, severity):
    assert severities(rows("struct x"), [before], [after]) == [severity]


def test_an_initialiser_is_an_error_where_it_is_another_one_for_every_struct():
    two = [*rows("struct x", form="as an initialiser of struct x"),
           *rows("", form="as an initialiser")]
    assert severities(two, ["#1 |;", "#2 |;"], ["#3 |;", "#4 |;"]) == ["error"]
    assert severities(two, ["#1 |;", "#2 |;"], ["#1 |;", "#4 |;"]) == ["warning"]


@pytest.mark.parametrize(("form", "stays", "text", "severity"), [
    ("for its value", ["as a statement"], "no", "warning"), ("for its value", [], "no", "error"),
    ("on the left of =", ["for its value"], "no", "warning"),
    ("as a statement", ["for its value"], "no", "error"),
    ("as a pointer", ["for its value"], "from incompatible pointer type 'char *'", "error"),
    ("as a pointer to struct x", ["for its value"], "using type 'struct x'", "warning"),
])
def test_a_form_that_few_use_is_a_warning_where_others_stay(tmp_path, form, stays, text, severity):
    tried = [t for f in (form, *stays) for t in rows("struct x", form=f)]
    (found,) = outcomes.broken(tried, [str(n) for n in range(len(tried))], {"0": text},
                               Compiler(Sandbox(), tmp_path), TOLD)
    assert found.severity.value == severity


def test_of_many_numbers_the_first_that_differs_is_shown():
    assert others(rows("struct x"), ["5 |;6 |;7 |;"], ["5 |;8 |;9 |;"]) == [
        "X_GET(&a struct x) for its value: 6 -> 8"]


def test_fields_that_no_struct_has_are_those_of_one_of_the_programs():
    api = HeaderApi(bodies={"A": "((p)->val = q.len)", "B": "1"})
    assert trials._fields(["A", "B"], api) == f"{outcomes.OWN} {{ long val; long len; }};\n"
    assert trials._fields(["B"], api) == ""
    assert outcomes.plain(f"{outcomes.OWN} *") == "struct of the program *"


def test_numbers_of_what_changed_and_functions_of_programs_stand_at_the_end():
    end = trials._end(HeaderContext("x.h", "x86-64", "extern int call(int);\nint a = 1000;\n",
                                    "extern int call(int);\nint a = 0x20u;\n"))
    fills = end.partition("};")[0]
    assert all(f" {n}L" in fills for n in (0, -1, 1000, 1001, 32, 33))
    assert ".weak call" in end
    assert "int main(void)" in end
