# SPDX-License-Identifier: GPL-2.0-or-later
"""DWARF of the objects in tests/data/dwarf (made.sh there says how) as layouts."""

import functools

import pytest

from harness.uapi import dwarf
from tests.make import DATA


@functools.cache
def types(name="shapes64.o", header="linux/shapes.h"):
    return dwarf.read(DATA / "dwarf" / name, header)


def places(name, file="shapes64.o"):
    return [(m.name, m.offset, m.size) for m in types(file).layouts[name].members]


def member(path, file="shapes64.o"):
    """``struct x.member`` of an object."""
    owner, _, name = path.partition(".")
    return next(m for m in types(file).layouts[owner].members if m.name == name)


def test_fields_stand_where_the_compiler_puts_them():
    assert places("struct plain") == [("a", 0, 1), ("b", 2, 2), ("c", 4, 4), ("d", 8, 8)]
    assert places("struct packed") == [("a", 0, 1), ("b", 1, 4)]
    assert places("union either") == [("c", 0, 1), ("wide", 0, 8)]
    assert places("struct empty") == []


@pytest.mark.parametrize(("name", "wide", "narrow"), [
    ("struct plain", (16, 8), (16, 4)),  # i386 aligns 8 bytes to 4
    ("struct points", (8, 8), (4, 4)), ("callback_t", (8, 8), (4, 4)),
    ("union either", (8, 8), (8, 4)), ("struct pairs", (8, 2), (8, 2)),
    ("struct arrays", (128, 8), (100, 4)),
    ("struct raised", (32, 16), (32, 16)), ("struct whole", (32, 32), (32, 32)),
    ("struct holder", (32, 16), (32, 16)), ("struct nests", (64, 32), (64, 32)),
    ("struct empty", (0, 1), (0, 1)), ("struct flexible", (4, 4), (4, 4)),
    ("wide_t", (4, 16), (4, 16)), ("byte_t", (1, 1), (1, 1)), ("enum color", (4, 4), (4, 4)),
])
def test_size_and_alignment_in_both_abis(name, wide, narrow):
    for file, told in (("shapes64.o", wide), ("shapes32.o", narrow)):
        found = types(file).layouts[name]
        assert (found.name, found.size, found.align) == (name, *told)


@pytest.mark.parametrize(("path", "words", "signed", "size"), [
    ("struct arrays.one", "u8[8]", False, 8), ("struct arrays.two", "s16[2][3]", True, 12),
    ("struct arrays.many", "struct plain[2]", False, 32),
    ("struct arrays.pointer", "pointer", False, 8), ("struct arrays.any", "pointer", False, 8),
    ("struct arrays.names", "pointer[3]", False, 24), ("struct arrays.kept", "u32", False, 4),
    ("struct arrays.tint", "enum color", True, 4), ("struct arrays.yes", "bool", False, 1),
    ("struct arrays.real", "float", False, 4), ("struct arrays.halves", "u16[5]", False, 10),
    ("struct flexible.data", "s16[]", True, 0), ("struct zero.data", "s16[]", True, 0),
    ("struct plain.c", "s32", True, 4), ("struct plain.d", "u64", False, 8),
    ("struct mixed.low", "s8", True, 1), ("struct inside.far", "struct other", False, 4),
    ("struct inside.typed", "anon_t", False, 8),
    ("struct inside.named", "struct (anonymous)", False, 4),
    ("struct mixed.u", "union (anonymous)", False, 1),
])
def test_types_in_words_that_no_typedef_changes(path, words, signed, size):
    found = member(path)
    assert (found.type, found.signed, found.size, found.bits) == (words, signed, size, 0)


def test_pointers_are_as_wide_as_the_abi_says():
    assert member("struct arrays.pointer", "shapes32.o").size == 4
    assert member("struct arrays.names", "shapes32.o").size == 12


def test_a_producer_that_counts_elements_is_understood():
    """made.sh turned the last index into the count: one less than in the source."""
    assert member("struct arrays.one", "counted.o").type == "u8[7]"
    assert member("struct arrays.two", "counted.o").type == "s16[1][2]"
    assert member("struct flexible.data", "counted.o").type == "s16[]"


def test_members_without_a_name_are_walked_into():
    assert places("struct inside") == [
        ("first", 0, 1), ("pad", 4, 4), ("pio", 4, 4), ("named", 8, 4), ("named.p", 8, 1),
        ("named.q", 10, 2), ("named.r", 10, 1), ("typed", 12, 8), ("far", 20, 4)]


@pytest.mark.parametrize(("path", "offset", "bits", "at"), [
    ("struct bits.a", 4, 3, 32), ("struct bits.b", 4, 5, 35), ("struct bits.s", 5, 4, 40),
    ("struct bits.in", 8, 2, 64), ("struct bits.more", 8, 6, 66),
    ("struct mixed.deep.a", 4, 4, 32),
])
def test_bit_fields_count_from_the_start_of_the_struct(path, offset, bits, at):
    found = member(path)
    assert (found.offset, found.size, found.bits, found.bit_offset) == (offset, 4, bits, at)


def test_a_field_that_is_no_bit_field_has_no_bits():
    assert (member("struct bits.head").bits, member("struct plain.d").bit_offset) == (0, 0)


def test_a_typedef_of_a_struct_without_a_name_is_that_struct():
    found = types().layouts["anon_t"]
    assert (found.size, [m.name for m in found.members]) == (8, ["v", "tail"])
    assert places("both_t") == [("word", 0, 4), ("bytes", 0, 4)]
    assert [(m.name, m.type) for m in types().layouts["small_t"].members] == [("", "u32")]


@pytest.mark.parametrize(("name", "words", "signed", "size"), [
    ("wide_t", "s32", True, 4), ("half_t", "u16", False, 2), ("byte_t", "s8", True, 1),
    ("callback_t", "pointer", False, 8),
])
def test_a_typedef_of_a_scalar_has_its_width_and_sign(name, words, signed, size):
    (value,) = types().layouts[name].members
    assert (value.name, value.type, value.signed, value.size) == ("", words, signed, size)


def test_what_has_no_layout_of_its_own_is_left_out():
    """A typedef of void, and a declaration; of a named struct and a function there is the type."""
    assert not {"nothing_t", "struct later"} & set(types().layouts)
    for name, decl in (("plain_t", "struct plain @"), ("function_t", "(")):
        (only,) = types().layouts[name].members
        assert decl in only.decl
        assert types().layouts[name].size == 0
    assert {"plain_t", "nothing_t", "function_t"} <= set(types().visible)
    assert "struct later" not in types().visible


def test_constants_of_all_enums_of_the_header_and_their_lines():
    assert types().constants == {"RED": 0, "GREEN": 5, "BLUE": -1, "LONE": 7, "SMALL": 3}
    source = (DATA / "dwarf/linux/shapes.h").read_text().splitlines()
    for name, line in types().lines.items():
        assert name in source[line - 1]


def test_layouts_say_the_line_of_the_source():
    source = (DATA / "dwarf/linux/shapes.h").read_text().splitlines()
    for name in ("struct plain", "struct bits", "anon_t", "wide_t", "union either"):
        assert name in source[types().layouts[name].line - 1]


@pytest.mark.parametrize("file", ["shapes64.o", "shapes32.o", "dwarf4.o"])
def test_each_header_is_looked_at_under_its_own_name(file):
    mine, other = types(file), types(file, "linux/other.h")
    assert set(other.layouts) == {"u32", "struct other", "enum other_e"}
    assert other.constants == {"OTHER_ONE": 1}
    assert not set(mine.layouts) & set(other.layouts)
    assert "struct here" not in {*mine.layouts, *other.layouts}, "it is of the source"
    assert types(file, "shapes.h").layouts == mine.layouts, "the end of the path is enough"
    assert types(file, "hapes.h").layouts == {}, "the end of a name is not"


@pytest.mark.parametrize(("file", "source"), [
    ("shapes64.o", "/headers/shapes.c"), ("dwarf4.o", "/shapes.c")])
def test_all_types_say_which_file_they_come_from(file, source):
    seen = types(file).visible
    assert seen["struct plain"] == "/headers/linux/shapes.h"
    assert seen["u32"] == seen["enum other_e"] == "/headers/linux/other.h"
    assert seen["struct here"] == source
    assert "" not in seen


@pytest.mark.parametrize(("name", "size", "align"), [
    ("struct packed", 5, 1), ("struct tail", 5, 1), ("struct partly", 24, 8),
    ("struct whole", 8, 4)])
def test_what_is_packed(name, size, align):
    found = dwarf.read(DATA / "dwarf" / "packed.o", "packed.c").layouts[name]
    assert (found.size, found.align) == (size, align)


def test_what_has_moved_elsewhere_has_no_line_of_this_header():
    moved = dwarf.read(DATA / "dwarf" / "shapes64.o", "linux/shapes.h", {"struct other"})
    layout = moved.layouts["struct other"]
    assert (layout.line, {m.line for m in layout.members}) == (0, {0})
    assert all(m.line for m in types("shapes64.o", "linux/other.h").layouts["struct other"].members)
