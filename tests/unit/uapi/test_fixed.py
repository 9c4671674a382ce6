# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros that are the same number everywhere."""

import pytest

from harness.uapi import fixed


def texts(asked, own=None, forms=None, **plain):
    return fixed.texts(asked, plain, forms or {}, frozenset(
        {*plain, *(forms or {})} if own is None else own))


@pytest.mark.parametrize("body", ["1", "0x80000000", "(1 << 3) | 2", "-1", "0777", "12u",
                                  "0x123456789abcdef0ull", "5LL", "1 ? 2 : 3", "~0U"])
def test_small_integers_and_operators(body):
    assert texts(["A"], A=body) == {"A": body}


@pytest.mark.parametrize("body", [
    "4000000000",  # a long, or a long long
    "1UL", "1l", "0x1000000000", "sizeof(int)", "(int)1", "1.5", "'a'", '"x"', "OTHER", "",
    "1 ## 1", "__LINE__", "1e3", "0x1p3", "a.b", "{1}"])
def test_what_could_be_something_else_elsewhere(body):
    assert texts(["A"], A=body) == {}


def test_macros_of_the_header_are_filled_in():
    assert texts(["C"], A="1", B="(A << 2)", C="A | B") == {"C": "(1) | (((1) << 2))"}


@pytest.mark.parametrize("plain", [{"A": "A"}, {"A": "B", "B": "A"}, {"A": "B + 1", "B": "x"}])
def test_one_that_names_itself_or_others_is_none(plain):
    assert texts(["A"], **plain) == {}


def test_what_others_define_is_none():
    assert texts(["A", "B"], own={"B"}, A="1", B="A") == {}


def test_calls_have_their_arguments():
    forms = {"F": "(($0) << SHIFT)", "G": "sizeof($0)"}
    assert texts(["F(1)", "F(1 + 2)", "F(int)", "G(1)", "F(0x1234ull)"], forms=forms,
                 SHIFT="3") == {
        "F(1)": "(($0) << (3))(1)", "F(1 + 2)": "(($0) << (3))(1 + 2)",
        "F(0x1234ull)": "(($0) << (3))(0x1234ull)"}


def test_a_text_that_doubles_with_each_macro_ends():
    plain = {"M0": "1"} | {f"M{n}": f"M{n - 1} + M{n - 1}" for n in range(1, 60)}
    found = texts(list(plain), **plain)
    assert "M3" in found
    assert "M59" not in found


def test_a_deep_chain_ends():
    plain = {"M0": "1"} | {f"M{n}": f"M{n - 1}" for n in range(1, 3000)}
    assert texts(["M2999"], **plain) == {}
