# SPDX-License-Identifier: GPL-2.0-or-later
"""Each use of a header, in each dialect, with a compiler in memory."""

from dataclasses import replace

import pytest

from harness.arch import NATIVE
from harness.model import Difference
from harness.uapi import source_breaks
from harness.uapi.context import HeaderContext
from harness.uapi.dialects import CPLUSPLUS

X = "linux/x.h"
HERE = HeaderContext("include/uapi/linux/x.h", "x86-64")
ZONE = "struct zone { u32 pad; u32 size; };\n"


@pytest.fixture
def broken(both, gcc):
    """What breaks between two texts of a header."""
    def ask(old, new, more=()):
        pair = both({X: old, **dict(more)}, {X: new}).pair(NATIVE[0])
        return source_breaks.broken(gcc.extract(pair[0], X, old), gcc.extract(pair[1], X, new),
                                    X, pair, HERE, texts=(old, new))
    return ask


def test_nothing_changed_and_nothing_breaks(broken):
    assert broken(ZONE, ZONE) == []


def test_a_renamed_field_is_one_finding_with_the_ways_it_was_used(broken):
    (found,) = broken(ZONE, ZONE.replace("pad", "pio"))
    assert (found.rule, found.subject, str(found.where)) == (
        "uapi-source", "struct zone.pad", "include/uapi/linux/x.h:1")
    for how in ("read", "write", "value", "designated initialiser"):
        assert how in found.message
    assert "gcc -m64 -std=gnu11" in found.evidence


def test_a_macro_that_is_gone_or_takes_others_breaks_source(broken):
    found = broken("#define F(x) x\n#define G(x) x\n", "#define G(x, y) x\n")
    assert [(f.rule, f.subject) for f in found] == [("uapi-source", "F"), ("uapi-source", "G")]


def test_what_the_header_brought_in_is_missed(broken):
    more = {"linux/t.h": "typedef u32 thing_t;\n"}
    (found,) = broken("#include <linux/t.h>\n", "\n", more)
    assert (found.rule, found.subject) == ("uapi-include", "linux/x.h linux/t.h")


def test_dialects_are_tried_where_their_compiler_is_there(broken, gcc, installed):
    new = ZONE.replace("pad", "pio")
    broken(ZONE, new)
    assert {c.program for c, _, _ in gcc.calls} == {"gcc"}
    tried = {c.flags for c, _, _ in gcc.calls}
    assert {("-m64", f"-std={std}") for std in ("gnu11", "gnu89")} <= tried
    installed("g++", "clang")
    broken(ZONE, new)
    assert {c.program for c, _, _ in gcc.calls} == {"gcc", "g++", "clang"}


def test_unchanged_uses_are_tried_in_one_dialect_alone(broken, gcc):
    broken(ZONE, f"{ZONE}#define NEW 1\n")
    assert {c.flags for c, s, _ in gcc.calls if "->" in s} == {("-m64", "-std=gnu11")}


def test_what_is_something_else_in_a_dialect_is_asked_where_there_are_branches(both, gcc,
                                                                               installed):
    installed("g++")
    pair = both({X: ZONE}, {X: ZONE}).pair(NATIVE[0])
    one = gcc.extract(pair[0], X, ZONE)
    gcc.calls.clear()
    source_breaks.broken(one, one, X, pair, HERE, texts=(ZONE, ZONE))
    assert {c.flags[-1] for c, _, _ in gcc.calls} == {"-std=gnu11", "-std=c++17"}
    source_breaks.broken(one, one, X, pair, HERE, texts=(ZONE, ZONE), branches=True)
    assert {"-std=c++98", "-std=c99"} <= {c.flags[-1] for c, _, _ in gcc.calls}
    (asked,) = {s for c, s, _ in gcc.calls
                if "-std=c++17" in c.flags and c.headers == pair[1].headers}
    assert "sizeof(struct zone) == 8" in asked
    assert "p->pad" in asked


def test_a_dialect_keeps_the_flags_of_the_abi(both):
    one = both({X: ""}, {X: ""}).pair(NATIVE[1])[0]
    assert CPLUSPLUS.use(one).words == "g++ -m32 -x c++ -std=c++17"


@pytest.mark.parametrize(("kind", "line"), [
    ("const char @[4]", "const char *q = t"), ("t_t @[2][3]", "t_t (*q)[3] = t"),
    ("const struct s @", "const struct s *q = &t"), ("char *const @[]", "char *const *q = t")])
def test_a_table_is_used_as_a_pointer_to_what_it_is_made_of(kind, line):
    assert source_breaks._pointer(kind, "q", "t") == line


@pytest.mark.parametrize(("names", "asked"), [
    (None, True), ({"zone"}, True), ({"pad"}, True), ({"other"}, False), (set(), False)])
def test_what_is_not_affected_is_not_asked(both, gcc, names, asked):
    pair = both({X: ZONE}, {X: ZONE}).pair(NATIVE[0])
    one = gcc.extract(pair[0], X, ZONE)
    two = replace(one, difference=None if names is None else Difference(
        frozenset(names), frozenset()))
    gcc.calls.clear()
    source_breaks.broken(one, two, X, pair, HERE, texts=(ZONE, ZONE))
    assert any("p->pad" in s for _, s, _ in gcc.calls) == asked
