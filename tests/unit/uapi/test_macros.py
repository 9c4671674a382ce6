# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros as the preprocessor and printf see them."""

from dataclasses import replace

import pytest

from harness.uapi import macros
from harness.uapi.context import HeaderContext
from tests.make import api

HERE = HeaderContext("include/uapi/x.h", "x86-64")


def offers(numbers, **more):
    return replace(api(numbers=numbers), **more)


def compare(old, new, blind=()):
    return [(f.rule, f.severity.value, f.message) for f in macros.compare(
        old, new, list(blind), HERE)]


def test_what_became_an_enum_is_one_warning_for_all():
    numbers = {f"F_{n}": n for n in range(12)}
    ((rule, severity, message),) = compare(offers(numbers), offers(numbers, macros=frozenset()))
    assert (rule, severity) == ("uapi-macro", "warning")
    assert message.startswith("F_0, F_1")
    assert "F_9 and 2 more: no longer a macro" in message


def test_a_macro_beside_the_enum_is_enough():
    numbers = {"F": 1}
    assert compare(offers(numbers), offers(numbers)) == []
    assert compare(offers(numbers, macros=frozenset()), offers(numbers)) == [], "it became one"


def test_what_if_no_longer_compares():
    ((rule, _, message),) = compare(offers({"A": 1, "B": 2}), offers({"A": 1, "B": 2}), ["B"])
    assert (rule, message) == ("uapi-macro", "B: #if can no longer compare it")


@pytest.mark.parametrize(("old", "new", "severity"), [
    ("int", "int", None), ("int", "long unsigned int", "warning"),
    ("long int", "int", "warning"), ("int", "unsigned int", "note"),
    ("long unsigned int", "long long unsigned int", "note"), ("int", "", None),
])
def test_the_type_of_a_value(old, new, severity):
    one, two = (offers({"A": 1}, kinds={"A": k} if k else {}) for k in (old, new))
    assert [s for _, s, _ in compare(one, two)] == ([severity] if severity else [])


def test_the_type_of_an_ioctl_number_is_nobodys_concern():
    one, two = (replace(api(numbers={"A": 1}, ioctls=["A"]), kinds={"A": k})
                for k in ("int", "long unsigned int"))
    assert compare(one, two) == []


def test_a_macro_whose_value_nobody_knows_is_said_where_its_text_changed():
    one = offers({"N": 1, "F(1)": 2}, bodies={"N": "1", "F": "a", "ATTR": "__attribute__((x))",
                                              "S": "p->a", "EMPTY": "", "T": '"t"'},
                 strings={"T": '"t"'})
    assert compare(one, one) == []
    two = replace(one, bodies={"N": "(1)", "F": "b", "ATTR": "__attribute__((y))", "S": "p -> a",
                               "EMPTY": "x", "T": '"u"'})
    ((rule, severity, message),) = compare(one, two)
    assert (rule, severity) == ("uapi-macro", "warning")
    assert message.startswith("ATTR: the text changed")
    assert compare(one, replace(one, bodies={})) == [], "that it is gone is said elsewhere"


def test_what_if_is_asked_about():
    one = offers({"A": 1, "B": 2, "C": 3, "D": 4}, bodies={"A": "1", "B": "2", "C": "3", "D": "4"})
    two = offers({"A": 1, "B": 2, "C": 4}, bodies={"A": "(int)1", "B": "2", "C": "4"})
    assert macros.seen_by_if(one, two) == {"A": 1}
    assert macros.seen_by_if(one, replace(two, macros=frozenset())) == {}
