# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of a header with a caret below a name."""

from dataclasses import replace

import pytest

from harness.model import Function
from harness.uapi import excerpt
from harness.uapi.context import HeaderContext
from tests.make import api, member, struct

TEXT = """enum { N = 1 };
struct s {
\t__u32 long_name;	/* long_name */
};
static int f(int a);
#define F(x) x
"""
HERE = HeaderContext("include/uapi/x.h", "x86-64", TEXT, TEXT.replace("long_name", "other"))
OLD = replace(api(struct("struct s", member("long_name", 0, line=3)), numbers={"N": 1}),
              functions={"f": Function("f", "int @", ("int @",), 5)}, lines={"N": 1, "F": 6})
NEW = replace(OLD, structs=struct("struct s", member("other", 0, line=3)) and (
    struct("struct s", member("other", 0, line=3)),), functions={}, lines={})


def test_a_field_and_what_has_its_place():
    assert excerpt.of("struct s.long_name", OLD, NEW, HERE).splitlines() == [
        "before, include/uapi/x.h:3", "\t__u32 long_name;\t/* long_name */", "\t      ^~~~~~~~~",
        "after, include/uapi/x.h:3", "\t__u32 other;\t/* other */", "\t      ^~~~~"]


@pytest.mark.parametrize(("name", "line"), [
    ("N", 1), ("f", 5), ("F(1, 2)", 6), ("struct s", 1), ("struct s.long_name", 3),
    ("struct s.gone", 0), ("struct none", 0), ("M", 0),
])
def test_the_line_of_a_name(name, line):
    assert excerpt.line_of(name, OLD) == line


def test_what_is_gone_is_shown_as_it_was():
    assert excerpt.of("f", OLD, NEW, HERE).splitlines() == [
        "before, include/uapi/x.h:5", "static int f(int a);", "           ^"]


def test_without_a_line_there_is_nothing_to_show():
    assert excerpt.of("M", OLD, NEW, HERE) == ""
    assert excerpt.of("N", replace(OLD, lines={"N": 99}), NEW, HERE) == ""
    assert excerpt.of("N", OLD, NEW, HeaderContext("x.h", "x86-64")) == ""


def test_a_line_without_the_word_has_no_caret():
    assert excerpt.of("N", replace(OLD, lines={"N": 2}), NEW, HERE).splitlines() == [
        "before, include/uapi/x.h:2", "struct s {"]


def test_a_line_is_cut():
    long = HeaderContext("x.h", "x86-64", "N" + " " * 300 + "x\n")
    assert max(map(len, excerpt.of("N", OLD, NEW, long).splitlines())) <= 160
