# SPDX-License-Identifier: GPL-2.0-or-later
from harness.model import Severity
from harness.uapi import compare
from harness.uapi.consumers import Broken, Use, uses_of
from tests.make import api, member, struct

HERE = compare.Context("include/uapi/x.h", "x86-64")
ZONE = struct("struct z", member("addr", 0, 8), member("size", 8), member("pad", 12))
RENAMED = struct("struct z", member("addr", 0, 8), member("size", 8), member("pio", 12))
UNION = struct("struct z", member("addr", 0, 8), member("size", 8), member("pad", 12),
               member("pio", 12))
CAPS = {f"X_CAP_{n}": n for n in range(20)}


def rules(found):
    return [(f.rule, f.subject) for f in found]


def test_a_rename_is_no_layout_change():
    assert compare.layouts(api(ZONE), api(RENAMED), HERE) == []
    assert compare.layouts(api(ZONE), api(UNION), HERE) == []


def test_a_moved_field_and_a_grown_struct_are():
    grown = struct("struct z", member("addr", 0, 8), member("size", 12), member("pad", 16),
                   size=24)
    found = compare.layouts(api(ZONE), api(grown), HERE)
    assert [f.subject for f in found] == [
        "x86-64 struct z size", "x86-64 struct z.size", "x86-64 struct z.pad"]
    assert "size 16 -> 24" in found[0].message


def test_a_removed_field_leaves_a_hole():
    short = struct("struct z", member("addr", 0, 8), member("pad", 12))
    (found,) = compare.layouts(api(ZONE), api(short), HERE)
    assert "nothing is there any more" in found.message


def test_a_changed_sign_is_a_warning():
    new = struct("struct z", member("addr", 0, 8), member("size", 8, signed=True, type="s32"),
                 member("pad", 12))
    (found,) = compare.layouts(api(ZONE), api(new), HERE)
    assert (found.rule, found.severity) == ("uapi-sign", Severity.WARNING)


def test_padding_that_got_a_name_is_noted_for_both_ways_of_doing_it():
    for new in (RENAMED, UNION):
        (found,) = compare.meaning(api(ZONE), api(new), HERE)
        assert found.severity is Severity.NOTE
        assert "struct z.pad became pio" in found.message


def test_values_and_ioctls():
    old = api(numbers={"A": 1, "IOC": 0x4010AE67}, ioctls=["IOC"])
    new = api(numbers={"A": 2, "IOC": 0xC010AE67}, ioctls=["IOC"])
    found = compare.numbers(old, new, HERE)
    assert rules(found) == [("uapi-value", "x86-64 A"), ("uapi-ioctl", "x86-64 IOC")]
    assert "_IOW(0xae, 0x67, 16 bytes) -> _IOWR(0xae, 0x67, 16 bytes)" in found[1].evidence


def test_a_sentinel_may_move():
    assert compare.numbers(api(numbers={"X_MAX": 4}), api(numbers={"X_MAX": 5}), HERE) == []


def test_a_new_number_that_its_family_already_has():
    (found,) = compare.numbers(api(numbers=CAPS), api(numbers={**CAPS, "X_CAP_NEW": 7}), HERE)
    assert found.message == "X_CAP_NEW: number 7 is already X_CAP_7"
    assert compare.numbers(api(numbers=CAPS), api(numbers={**CAPS, "X_CAP_NEW": 77}), HERE) == []


def test_families_that_share_values_are_no_families():
    flags = {f"X_FLAG_{n}": n % 3 for n in range(20)}
    assert compare.numbers(api(numbers=flags), api(numbers={**flags, "X_FLAG_Z": 1}), HERE) == []


def test_other_prefixes_do_not_clash():
    assert compare.numbers(api(numbers=CAPS), api(numbers={**CAPS, "Y_NEW": 7}), HERE) == []


def test_a_source_break_names_the_way_out():
    use = Use("struct z.pad", "read", "void f(struct z *p) { (void)(p->pad); }")
    broken = [Broken(use, "no member named 'pad'", "gcc", warning=False)]
    (found,) = compare.source(broken, api(ZONE), api(RENAMED), HERE)
    assert found.subject == "struct z.pad"
    assert "anonymous union { pad; pio; }" in found.message
    assert "no member named 'pad'" in found.evidence


def test_a_struct_that_is_gone_is_one_finding_and_not_one_per_field():
    broken = [Broken(Use(n, "read", ""), "gone", "gcc", warning=False)
              for n in ("struct z", "struct z.addr", "struct z.pad")]
    assert [f.subject for f in compare.source(broken, api(ZONE), api(), HERE)] == ["struct z"]


def test_the_uses_of_a_struct():
    ways = {(u.name, u.how) for u in uses_of(api(ZONE))}
    assert {("struct z.pad", h) for h in (
        "read", "write", "offsetof", "designated initialiser")} <= ways
    assert ("struct z", "positional initialiser") in ways
    assert ("struct z", "sizeof") in ways


def test_finding_ids_survive_moved_lines():
    one = compare.numbers(api(numbers={"A": 1}), api(numbers={"A": 2}), HERE)[0]
    moved = compare.Context("include/uapi/x.h", "x86-64")
    new = api(numbers={"A": 2})
    new.lines["A"] = 99
    assert compare.numbers(api(numbers={"A": 1}), new, moved)[0].id == one.id
