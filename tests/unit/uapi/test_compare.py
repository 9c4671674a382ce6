# SPDX-License-Identifier: GPL-2.0-or-later
from harness.model import Finding, Severity
from harness.uapi import clashes, layout_diff, sources, values
from harness.uapi.context import HeaderContext
from harness.uapi.result import UapiResult, merge
from harness.uapi.uses import Broken, Use, changed_uses, names_gone, uses_of
from tests.make import api, member, struct

HERE = HeaderContext("include/uapi/x.h", "x86-64")
ZONE = struct("struct z", member("addr", 0, 8), member("size", 8), member("pad", 12))
RENAMED = struct("struct z", member("addr", 0, 8), member("size", 8), member("pio", 12))
UNION = struct("struct z", member("addr", 0, 8), member("size", 8), member("pad", 12),
               member("pio", 12))
CAPS = {f"X_CAP_{n}": n for n in range(20)}


def rules(found):
    return [(f.rule, f.subject) for f in found]


def test_a_rename_is_no_layout_change():
    assert layout_diff.compare(api(ZONE), api(RENAMED), HERE) == []
    assert layout_diff.compare(api(ZONE), api(UNION), HERE) == []


def test_a_moved_field_and_a_grown_struct_are():
    grown = struct("struct z", member("addr", 0, 8), member("size", 12), member("pad", 16),
                   size=24)
    found = layout_diff.compare(api(ZONE), api(grown), HERE)
    assert [f.subject for f in found] == [
        "struct z size", "struct z.size"], "padding that gives way is no finding"
    assert "size 16 -> 24" in found[0].message


def test_growth_by_a_protocol_is_a_note():
    old = struct("struct i", member("argsz", 0), member("flags", 4), size=8)
    new = struct("struct i", member("argsz", 0), member("flags", 4), member("cap", 8), size=12)
    (found,) = layout_diff.compare(api(old), api(new), HERE)
    assert (found.rule, found.severity) == ("uapi-growth", Severity.NOTE)
    assert "argsz" in found.message
    plain = struct("struct i", member("x", 0), member("flags", 4), size=8)
    grown = struct("struct i", member("x", 0), member("flags", 4), member("cap", 8), size=12)
    assert layout_diff.compare(api(plain), api(grown), HERE)[0].rule == "uapi-layout"
    versioned = api(grown, numbers={"I_SIZE_VER0": 8})
    assert layout_diff.compare(api(plain), versioned, HERE)[0].rule == "uapi-growth"


def test_reserved_room_may_be_used():
    old = struct("struct r", member("a", 0), member("reserved", 4, 12, type="u32[3]"))
    new = struct("struct r", member("a", 0), member("b", 4),
                 member("reserved", 8, 8, type="u32[2]"))
    assert layout_diff.compare(api(old), api(new), HERE) == []
    assert "became b" in layout_diff.padding_used(api(old), api(new), HERE)[0].message


def test_the_element_of_a_flexible_array_counts():
    old = struct("struct f", member("n", 0), member("e", 4, 0, type="u32[]"), size=4)
    new = struct("struct f", member("n", 0), member("e", 4, 0, type="u64[]"), size=4)
    (found,) = layout_diff.compare(api(old), api(new), HERE)
    assert "u32[] -> u64[]" in found.message


def test_a_new_struct_that_differs_for_32_bit_is_said_once_and_an_old_one_is_not():
    wide, narrow = struct("struct n", member("a", 0), member("b", 8, 8)), struct(
        "struct n", member("a", 0), member("b", 4, 8), size=12, align=4)
    (found,) = layout_diff.compat(api(), api(wide), api(), api(narrow), HERE)
    assert found.rule == "uapi-compat"
    assert layout_diff.compat(api(wide), api(wide), api(narrow), api(narrow), HERE) == []


def test_a_removed_field_leaves_a_hole():
    short = struct("struct z", member("addr", 0, 8), member("pad", 12))
    (found,) = layout_diff.compare(api(ZONE), api(short), HERE)
    assert "nothing is there any more" in found.message


def test_a_changed_sign_is_a_warning():
    new = struct("struct z", member("addr", 0, 8), member("size", 8, signed=True, type="s32"),
                 member("pad", 12))
    (found,) = layout_diff.compare(api(ZONE), api(new), HERE)
    assert (found.rule, found.severity) == ("uapi-sign", Severity.WARNING)


def test_padding_that_got_a_name_is_noted_for_both_ways_of_doing_it():
    for new in (RENAMED, UNION):
        (found,) = layout_diff.padding_used(api(ZONE), api(new), HERE)
        assert found.severity is Severity.NOTE
        assert "struct z.pad became pio" in found.message


def test_values_and_ioctls():
    old = api(numbers={"A": 1, "IOC": 0x4010AE67}, ioctls=["IOC"])
    new = api(numbers={"A": 2, "IOC": 0xC010AE67}, ioctls=["IOC"])
    found = values.compare(old, new, HERE)
    assert rules(found) == [("uapi-value", "A"), ("uapi-ioctl", "IOC")]
    assert {f.abis for f in found} == {("x86-64",)}
    assert "_IOW(0xae, 0x67, 16 bytes) -> _IOWR(0xae, 0x67, 16 bytes)" in found[1].evidence


def test_a_sentinel_may_move():
    assert values.compare(api(numbers={"X_MAX": 4}), api(numbers={"X_MAX": 5}), HERE) == []


def test_a_new_number_that_its_family_already_has():
    (found,) = values.compare(api(numbers=CAPS), api(numbers={**CAPS, "X_CAP_NEW": 7}), HERE)
    assert found.message == "X_CAP_NEW: number 7 is already X_CAP_7"
    assert values.compare(api(numbers=CAPS), api(numbers={**CAPS, "X_CAP_NEW": 77}), HERE) == []


def test_families_that_share_values_are_no_families():
    flags = {f"X_FLAG_{n}": n % 3 for n in range(20)}
    assert values.compare(api(numbers=flags), api(numbers={**flags, "X_FLAG_Z": 1}), HERE) == []


def test_other_prefixes_do_not_clash():
    assert values.compare(api(numbers=CAPS), api(numbers={**CAPS, "Y_NEW": 7}), HERE) == []


def test_a_source_break_names_the_way_out():
    use = Use("struct z.pad", "read", "void f(struct z *p) { (void)(p->pad); }")
    broken = [Broken(use, "no member named 'pad'", "gcc", warning=False)]
    (found,) = sources.compare(broken, api(ZONE), api(RENAMED), HERE)
    assert found.subject == "struct z.pad"
    assert "anonymous union { pad; pio; }" in found.message
    assert "no member named 'pad'" in found.evidence


def test_a_struct_that_is_gone_is_one_finding_and_not_one_per_field():
    broken = [Broken(Use(n, "read", ""), "gone", "gcc", warning=False)
              for n in ("struct z", "struct z.addr", "struct z.pad")]
    assert [f.subject for f in sources.compare(broken, api(ZONE), api(), HERE)] == ["struct z"]


def test_a_mask_may_gain_bits_and_not_lose_them():
    grows = values.compare(api(numbers={"X_ALL_FLAGS": 3}), api(numbers={"X_ALL_FLAGS": 7}), HERE)
    assert [f.severity for f in grows] == [Severity.NOTE]
    shrinks = values.compare(api(numbers={"X_ALL_FLAGS": 7}), api(numbers={"X_ALL_FLAGS": 3}), HERE)
    assert [f.severity for f in shrinks] == [Severity.ERROR]


def test_names_of_a_space_of_their_own_are_noted():
    new = {**CAPS, "X_CAP_SUB_A": 1, "X_CAP_SUB_B": 2}
    found = values.compare(api(numbers=CAPS), api(numbers=new), HERE)
    assert [f.severity for f in found] == [Severity.NOTE, Severity.NOTE]


def test_an_alias_is_no_clash():
    new = {**CAPS, "X_CAP_7_DEPRECATED": 7}
    assert values.compare(api(numbers=CAPS), api(numbers=new), HERE) == []


def test_versions_change_and_interfaces_that_take_a_length_grow():
    (found,) = values.compare(api(numbers={"X_VERSION": 1}), api(numbers={"X_VERSION": 2}), HERE)
    assert found.severity is Severity.NOTE
    old = struct("struct i", member("x", 0), size=4)
    new = struct("struct i", member("x", 0), member("y", 4), size=8)
    drm = HeaderContext("include/uapi/drm/x_drm.h", "x86-64")
    assert layout_diff.compare(api(old), api(new), drm)[0].rule == "uapi-growth"
    assert layout_diff.compare(api(old), api(new), HERE)[0].rule == "uapi-layout"


def test_a_clash_with_a_newer_tree_names_it():
    fresh = {"X_CAP_NEW": 40}
    newer = api(numbers={**CAPS, "X_CAP_OTHER": 40})
    (found,) = clashes.taken(fresh, api(numbers={**CAPS, **fresh}), clashes.families(newer), newer,
                            HERE, whose="v7.0")
    assert found.message == "X_CAP_NEW: number 40 is already X_CAP_OTHER in v7.0"
    same = api(numbers={**CAPS, "X_CAP_NEW": 40})
    assert clashes.taken(fresh, same, clashes.families(same), same, HERE, whose="v7.0") == []


def test_macros_that_are_gone_or_take_other_parameters():
    old = api(arity={"F": 1, "G": 2, "H": 1}, macros=["PLAIN"])
    new = api(arity={"F": 1, "G": 3})
    assert [b.message for b in names_gone(old, new)] == [
        "G takes 3 parameters now, not 2 parameters", "H is no longer defined",
        "PLAIN is no longer defined"]


def test_only_what_changed_is_tried_in_every_dialect():
    other = struct("struct o", member("a", 0), size=4)
    names = {u.name.split(".")[0] for u in changed_uses(api(ZONE, other), api(RENAMED, other))}
    assert names == {"struct z"}


def test_an_include_that_is_dropped():
    old = api()
    old.visible.update({"__u32": "/headers/linux/types.h", "own": "/headers/x.h"})
    (found,) = sources.includes(old, api(), "x.h", HERE)
    assert "<linux/types.h>" in found.message


def test_the_uses_of_a_struct():
    ways = {(u.name, u.how) for u in uses_of(api(ZONE))}
    assert {("struct z.pad", h) for h in (
        "read", "write", "value", "designated initialiser")} <= ways
    assert ("struct z", "positional initialiser") in ways
    assert ("struct z", "sizeof") in ways


def test_finding_ids_survive_moved_lines():
    one = values.compare(api(numbers={"A": 1}), api(numbers={"A": 2}), HERE)[0]
    moved = HeaderContext("include/uapi/x.h", "x86-64")
    new = api(numbers={"A": 2})
    new.lines["A"] = 99
    assert values.compare(api(numbers={"A": 1}), new, moved)[0].id == one.id


def test_the_same_in_several_abis_is_one_finding_that_names_them():
    rows = [UapiResult((Finding("uapi-layout", Severity.ERROR, "m", subject="s", abis=(abi,)),))
            for abi in ("x86-64", "i386")]
    (found,) = merge(rows).findings
    assert found.abis == ("x86-64", "i386")
    (narrow,) = merge(rows[1:]).findings
    assert narrow.abis == ("i386",)
