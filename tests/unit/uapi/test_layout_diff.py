# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about layouts beyond those of test_compare.py: what counts as moved, gone or retyped."""

import pytest

from harness.model import Severity
from harness.uapi import layout_diff
from harness.uapi.context import HeaderContext
from tests.make import api, member, struct

HERE = HeaderContext("include/uapi/x.h", "x86-64")


def compare(old, new, size=(16, 16), align=(8, 8)):
    """(rule, subject) of what is found between two lists of members."""
    found = layout_diff.compare(api(struct("struct s", *old, size=size[0], align=align[0])),
                            api(struct("struct s", *new, size=size[1], align=align[1])), HERE)
    return [(f.rule, f.subject) for f in found]


LAYOUT = [("uapi-layout", "struct s.a")]


@pytest.mark.parametrize(("old", "new", "found"), [
    # moved, wider, narrower
    (member("a", 0), member("a", 4), LAYOUT), (member("a", 0), member("a", 0, 8), LAYOUT),
    (member("a", 0, 8), member("a", 0), LAYOUT),
    (member("a", 0, bits=3), member("a", 0, bits=4), LAYOUT),
    (member("a", 0, bits=3), member("a", 0, bits=3, bit_offset=3), LAYOUT),
    # padding gives way; so does what has no name of its own
    (member("pad", 0), member("pad", 4), []), (member("reserved", 0, 8), member("reserved", 4), []),
    (member("u", 0, 8, type="union (anonymous)"), member("u", 0, 16, type="union (anonymous)"), []),
    (member("a", 0, 8, type="union (anonymous)"), member("a", 8, 8, type="union (anonymous)"),
     LAYOUT),
    (member("a", 0, 8, type="union (anonymous)"), member("a", 0, 4), LAYOUT),
    # an array of one that became flexible; other elements are another thing
    (member("a", 0, 4, type="u32[1]"), member("a", 0, 0, type="u32[]"), []),
    (member("a", 0, 4, type="u32[1]"), member("a", 0, 0, type="u64[]"), LAYOUT),
    (member("a", 0, 4, type="u32[1]"), member("a", 4, 0, type="u32[]"), LAYOUT),
    (member("a", 0, 0, type="u32[]"), member("a", 0, 4, type="u32[1]"), LAYOUT),
    (member("a", 0, 0, type="u32[]"), member("a", 0, 0, type="u64[]"),
     [("uapi-layout", "struct s.a element")]),
    # retyped in its place
    (member("a", 0, type="u32"), member("a", 0, type="float"),
     [("uapi-layout", "struct s.a type")]),
    (member("a", 0, type="float"), member("a", 0, type="s32", signed=True),
     [("uapi-layout", "struct s.a type")]),
    (member("a", 0, type="u32"), member("a", 0, type="s32", signed=True),
     [("uapi-sign", "struct s.a sign")]),
    (member("a", 0, type="u32"), member("a", 0, type="struct x"), []),
    (member("a", 0, 8, type="pointer"), member("a", 0, 8, type="u64"), []),
    # gone
    (member("a", 0), member("b", 0), []), (member("a", 0), member("b", 4), LAYOUT),
    (member("a", 4), member("b", 0), LAYOUT),
    (member("a", 4), member("b", 0, 12, type="struct x"), []),  # wrapped
    (member("a", 4), member("b", 0, 8, type="struct x"), []),
    (member("a", 4), member("b", 0, 7, type="struct x"), LAYOUT),
    (member("pad", 0), member("b", 4), []),
    (member("a", 0, 0, type="u32[]"), member("b", 4), []),
    (member("a", 0, 0, type="struct empty"), member("b", 4), []),
    (member("a", 0, 4, type="struct (anonymous)"), member("b", 4), []),
])
def test_one_field(old, new, found):
    assert compare([old], [new]) == found


@pytest.mark.parametrize(("parts", "found"), [
    ([member("lo", 0), member("hi", 4)], []), ([member("lo", 0)], LAYOUT),
    ([member("hi", 4)], LAYOUT), ([member("lo", 0), member("far", 8)], LAYOUT),
    ([member("lo", 0), member("over", 6)], LAYOUT),
    ([member("lo", 0), member("e", 4, 0, type="u8[]")], LAYOUT),
])
def test_a_field_may_be_split_into_parts_that_cover_it(parts, found):
    assert compare([member("a", 0, 8)], parts) == found


def test_padding_that_is_not_in_its_place_any_more_is_no_hole():
    old = [member("a", 0), member("reserved", 4, 12, type="u32[3]")]
    assert compare(old, [member("a", 0), member("b", 8)]) == []


@pytest.mark.parametrize(("size", "align", "found"), [
    ((16, 24), (8, 8), [("uapi-layout", "struct s size")]),
    ((16, 8), (8, 8), [("uapi-layout", "struct s size")]),
    ((16, 16), (8, 4), [("uapi-alignment", "struct s size")]),
    ((16, 24), (8, 16), [("uapi-layout", "struct s size")]),
    ((16, 16), (8, 8), []),
])
def test_size_and_alignment(size, align, found):
    assert compare([member("a", 0)], [member("a", 0)], size, align) == found


def test_findings_say_where_in_which_abi_and_show_both():
    old = struct("struct s", member("a", 0), size=8, align=8)
    for new in (struct("struct s", member("a", 4), size=8, align=8),
                struct("struct s", member("a", 0), size=16, align=8),
                struct("struct s", member("a", 0), size=8, align=4),
                struct("struct s", member("b", 8), size=8, align=8),
                struct("struct s", member("a", 0, type="float"), size=8, align=8)):
        (found,) = layout_diff.compare(api(old), api(new), HERE)
        assert str(found.where) == "include/uapi/x.h:1"
        assert found.abis == ("x86-64",)
        assert "before" in found.evidence
        assert "bytes, align" in found.evidence


def test_the_sign_of_a_typedef_is_that_of_the_type_itself():
    old, new = (struct("kind_t", member("", 0, type=t, signed=t == "s32"), size=4)
                for t in ("u32", "s32"))
    (found,) = layout_diff.compare(api(old), api(new), HERE)
    assert (found.rule, found.severity, found.subject) == (
        "uapi-sign", Severity.WARNING, "kind_t sign")
    assert found.abis == (), "it is the same in every ABI"


def test_a_typedef_that_grows_is_its_size_alone():
    old, new = (struct("kind_t", member("", 0, n), size=n) for n in (4, 8))
    assert [f.subject for f in layout_diff.compare(api(old), api(new), HERE)] == ["kind_t size"]


def test_only_what_both_have_and_is_not_the_same_differs():
    old = (struct("struct a", member("x", 0)), struct("struct b"), struct("struct c"),
           struct("struct d"), struct("struct e"))
    new = (struct("struct a", member("y", 0)), struct("struct b"), struct("struct d", size=8),
           struct("struct e", align=4), struct("struct f"))
    assert [(a.name, b.name) for a, b in layout_diff.differing(api(*old), api(*new))] == [
        ("struct a", "struct a"), ("struct d", "struct d"), ("struct e", "struct e")]


def used(old, new):
    return [f.message.partition(":")[0] for f in layout_diff.padding_used(
        api(struct("struct s", *old)), api(struct("struct s", *new)), HERE)]


PAD = member("pad", 4, 8, type="u32[2]")


@pytest.mark.parametrize(("new", "became"), [
    ([PAD], []), ([member("b", 4)], ["b"]), ([member("b", 4), member("c", 8)], ["b, c"]),
    ([member("b", 0)], []), ([member("b", 12)], []), ([member("b", 11, 1)], ["b"]),
    ([member("e", 4, 0, type="u8[]")], []), ([PAD, member("b", 4)], ["b"]),
    ([member("b", 8, bits=2, bit_offset=95)], ["b"]),
    ([member("b", 8, bits=2, bit_offset=96)], []),
    ([member("b", 4, bits=2, bit_offset=31)], []),
])
def test_what_became_of_padding(new, became):
    assert used([PAD], new) == [f"struct s.pad became {names}" for names in became]


def test_bits_of_padding_count_as_bits():
    old = [member("a", 0, bits=4), member("reserved", 0, bits=4, bit_offset=4)]
    for at, seen in ((4, True), (7, True), (8, False)):
        new = [member("a", 0, bits=4), member("b", 0, bits=1, bit_offset=at)]
        assert bool(used(old, new)) == seen


def test_only_padding_of_structs_that_stay_is_asked_about():
    assert used([member("a", 4, 8)], [member("b", 4)]) == []
    assert used([PAD, member("b", 4)], [member("b", 4)]) == [], "it had that name before"
    assert layout_diff.padding_used(api(struct("struct s", PAD)), api(), HERE) == []
    rows = [struct("struct s", PAD), struct("struct t", PAD)]
    new = [struct("struct s", PAD), struct("struct t", member("b", 4))]
    (found,) = layout_diff.padding_used(api(*rows), api(*new), HERE)
    assert (found.struct, found.member, found.subject) == (
        "struct t", "pad", "struct t.pad padding")
    assert (found.severity, found.where.line, found.abis) == (Severity.NOTE, 1, ())


def ask(old_wide, new_wide, old_narrow, new_narrow):
    return layout_diff.compat(*(api(*([s] if s else [])) for s in (
        old_wide, new_wide, old_narrow, new_narrow)), HERE)


SAME, WIDE, NARROW = (struct("struct n", member("a", 0, n), member("b", at), size=size)
                      for n, at, size in ((4, 4, 8), (8, 8, 16), (4, 4, 8)))


def test_a_struct_that_begins_to_differ_between_the_abis():
    (found,) = ask(SAME, WIDE, SAME, NARROW)
    assert (found.rule, found.severity, found.subject) == (
        "uapi-compat", Severity.WARNING, "struct n compat")
    assert "new" not in found.message.partition(":")[2].partition("differs")[0]
    assert "i386" in found.evidence.partition("\n")[0]
    (fresh,) = ask(None, WIDE, None, NARROW)
    assert "new" in fresh.message
    assert ask(None, SAME, None, SAME) == []
    assert ask(None, WIDE, None, None) == [], "it is for 64 bits alone"


def test_a_new_struct_with_a_pointer_differs():
    wide, narrow = (struct("struct n", member("p", 0, n, type="pointer"), size=n) for n in (8, 4))
    assert [f.subject for f in ask(None, wide, None, narrow)] == ["struct n compat"]


def test_a_type_without_members_has_no_compat():
    wide, narrow = (struct("enum e", size=n) for n in (8, 4))
    assert ask(None, wide, None, narrow) == []


def test_places_count_and_not_sizes_alone():
    moved = struct("struct n", member("a", 4, 4), member("b", 0), size=8)
    assert len(ask(None, SAME, None, moved)) == 1


def test_a_pointer_that_an_old_struct_gains_needs_a_conversion():
    old = struct("s", member("size", 0), member("pad", 4), size=8)
    wide = struct("s", member("size", 0), member("pad", 4), member("p", 8, 8, type="pointer"),
                  size=16)
    narrow = struct("s", member("size", 0), member("pad", 4), member("p", 8, 4, type="pointer"),
                    size=12)
    (found,) = layout_diff.compat(api(old), api(wide), api(old), api(narrow), HERE)
    assert found.rule == "uapi-compat"
    assert "is new" not in found.message


def test_a_struct_that_has_another_name_is_not_new_and_differed_before():
    def both(name, second="b"):
        return (api(struct(name, member("a", 0), member(second, 8, 8))),
                api(struct(name, member("a", 0), member(second, 4, 8), size=12, align=4)))
    (old, old32), (new, new32) = both("struct old"), both("struct new")
    context = HeaderContext("include/uapi/x.h", "x86-64")
    assert layout_diff.compat(old, new, old32, new32, context) == []
    other, other32 = both("struct new", "c")
    assert len(layout_diff.compat(old, other, old32, other32, context)) == 1
