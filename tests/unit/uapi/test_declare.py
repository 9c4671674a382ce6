# SPDX-License-Identifier: GPL-2.0-or-later
"""DWARF as declarations in C; the object is tests/data/dwarf/calls.o."""

import functools

import pytest

from harness.model import Function
from harness.uapi import dwarf
from tests.make import DATA


@functools.cache
def types():
    return dwarf.read(DATA / "dwarf" / "calls.o", "linux/calls.h")


@pytest.mark.parametrize(("name", "decl", "spelled"), [
    ("from", "const unsigned char *@", "u8"), ("fixed", "unsigned char *const @", "u8"),
    ("now", "volatile unsigned int @", "u32"), ("order", "unsigned int @", "__le32"),
    ("orders", "unsigned int @[4]", "__le32"), ("name", "char @[16]", ""),
    ("grid", "unsigned char @[4][2]", "u8"), ("row", "unsigned char (*@)[2]", "u8"),
    ("call", "int (*@)(void *, unsigned int)", "callback_t"), ("any", "void *@", ""),
    ("mode", "enum mode @", ""), ("typed", "anon_t @", "anon_t"), ("twice", "anon_t @", "other_t"),
    ("nameless", "", ""), ("wide", "long unsigned int @", ""),
    ("wider", "long long unsigned int @", ""), ("tail", "unsigned int @[]", "u32"),
])
def test_what_a_field_is_declared_as(name, decl, spelled):
    found = next(m for m in types().layouts["struct holds"].members if m.name == name)
    assert (found.decl, found.spelled) == (decl, spelled)


def test_where_a_field_stands():
    found = {m.name: (m.line, m.column) for m in types().layouts["struct holds"].members}
    assert found["from"] == (11, 12)
    assert found["fixed"] == (12, 12)


def test_inline_functions_with_the_types_of_their_callers():
    assert types().functions == {
        "words": Function("words", "unsigned int @", ("const unsigned char *@", "unsigned int @")),
        "none": Function("none", "void @", ()),
        "many": Function("many", "int @", ("const char *@", "...")),
        "same": Function("same", "struct holds *@", (
            "struct holds *@", "int (*@)(void *, unsigned int)"))}
    assert types().functions["none"].line == 30


def test_the_integer_that_holds_an_enum():
    (held,) = types().layouts["enum mode"].members
    assert (held.name, held.type, held.signed) == ("", "s32", True)
    assert set(types().enums) == {"MODE_OFF", "MODE_ON"}
