# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about numbers beyond those of test_compare.py."""

from dataclasses import replace

import pytest

from harness.model import Severity
from harness.uapi import values
from harness.uapi.context import HeaderContext
from tests.make import api, member, struct

HERE = HeaderContext("include/uapi/x.h", "x86-64")
CAPS = {f"X_CAP_A{n}": n for n in range(20)}


def compare(old, new):
    return [(f.rule, f.severity.value, f.subject) for f in values.compare(old, new, HERE)]


@pytest.mark.parametrize(("name", "old", "new", "rule"), [
    ("A", 1, 1, None), ("A", 1, 2, "uapi-value"), ("X_MAX", 1, 2, None),
    ("X_MAX(1)", 1, 2, None), ("F(1)", 1, 2, "uapi-value"),
    ("X_VERSION", 1, 2, "uapi-growth"), ("X_MASK", 1, 3, "uapi-growth"),
    ("X_MASK", 3, 6, "uapi-value"), ("A", 1, 3, "uapi-value"),
    # what is reserved gets less; what is known gets more
    ("X_RESERVED", 0xF0, 0xE0, "uapi-growth"), ("X_RESERVED", 0xE0, 0xF0, "uapi-value"),
    ("X_RESERVED", 0xF0, 0x0F, "uapi-value"),
])
def test_a_number_that_changed(name, old, new, rule):
    found = compare(api(numbers={name: old}), api(numbers={name: new}))
    assert [r for r, _, _ in found] == ([rule] if rule else [])


def test_a_changed_number_says_both_values_its_line_and_the_abi():
    new = api(numbers={"F(1)": 0x22})
    new.lines["F"] = 9
    (found,) = values.compare(api(numbers={"F(1)": 0x11}), new, HERE)
    for part in ("17", "34"):
        assert part in found.message
        assert part in found.evidence
    assert (found.subject, found.where.line, found.abis) == ("F(1)", 9, ("x86-64",))
    (grown,) = values.compare(api(numbers={"X_MASK": 1}), api(numbers={"X_MASK": 0x11}), HERE)
    assert (grown.severity, grown.where.line) == (Severity.NOTE, 7)
    assert "0x11" in grown.message


def test_numbers_that_are_new_or_gone_have_not_changed():
    assert compare(api(numbers={"A": 1}), api(numbers={"B": 2})) == []


@pytest.mark.parametrize(("old", "new", "rule"), [
    ('"a"', '"a"', None), ('"a"', '"b"', "uapi-value"), ('"a"', None, None)])
def test_strings(old, new, rule):
    one = replace(api(), strings={"NAME": old})
    two = replace(api(), strings={"NAME": new} if new else {})
    assert [r for r, _, _ in compare(one, two)] == ([rule] if rule else [])
    if rule:
        (found,) = values.compare(one, replace(two, lines={"NAME": 4}), HERE)
        assert (found.severity, found.where.line, found.abis) == (
            Severity.ERROR, 4, ("x86-64",))
        assert old in found.message
        assert new in found.message


def test_the_text_of_a_version_changes():
    one, two = (replace(api(), strings={"X_VERSION": t}) for t in ('"1"', '"2"'))
    assert compare(one, two) == []


def ioctl(size, nr=0x67, *structs, name="IOC"):
    return api(*structs, numbers={name: 0x4000AE00 | nr | size << 16}, ioctls=[name])


def test_an_ioctl_with_another_number():
    (found,) = values.compare(ioctl(16), ioctl(16, 0x68), HERE)
    assert (found.rule, found.severity, found.subject) == ("uapi-ioctl", Severity.ERROR, "IOC")
    assert "0x4010ae67 -> 0x4010ae68" in found.message
    assert (found.where.line, found.abis) == (7, ("x86-64",))


def test_an_ioctl_that_is_called_like_a_count_is_compared_too():
    old, new = ioctl(16, 0x67, name="GET_MAX"), ioctl(16, 0x68, name="GET_MAX")
    assert compare(old, new) == [("uapi-ioctl", "error", "GET_MAX")]


def test_a_number_that_is_no_longer_an_ioctl_is_a_value():
    assert compare(ioctl(16), api(numbers={"IOC": 3})) == [("uapi-value", "error", "IOC")]


def info(size, first="argsz"):
    fields = [member(first, 0), *(member(f"f{n}", n) for n in range(4, size, 4))]
    return struct("struct info", *fields, size=size)


def test_an_ioctl_whose_struct_grows_by_a_protocol_is_a_note():
    (found,) = values.compare(ioctl(16, 0x67, info(16)), ioctl(24, 0x67, info(24)), HERE)
    assert (found.rule, found.severity, found.subject) == ("uapi-growth", Severity.NOTE, "IOC")
    assert "struct info" in found.message
    assert "argsz" in found.message
    assert found.abis == ("x86-64",)


@pytest.mark.parametrize("new", [
    ioctl(24, 0x67, info(24, "other")),  # no protocol
    ioctl(24, 0x68, info(24)),  # another number too
    ioctl(24),  # the struct is gone
])
def test_an_ioctl_whose_size_changes_otherwise_is_an_error(new):
    first = new.structs[0].members[0].name if new.structs else "argsz"
    found = compare(ioctl(16, 0x67, info(16, first)), new)
    assert found == [("uapi-ioctl", "error", "IOC")]
    assert compare(ioctl(20, 0x67, info(16)), ioctl(24, 0x67, info(24))) == found


@pytest.mark.parametrize(("old", "new", "severity"), [(5, 6, None), (6, 5, "warning")])
def test_a_count_that_shrinks_is_said(old, new, severity):
    found = compare(api(numbers={"X_MAX": old}), api(numbers={"X_MAX": new}))
    assert [s for _, s, _ in found] == ([severity] if severity else [])


def test_what_is_only_called_the_last_one_moves_with_something_new():
    assert compare(api(numbers={"X_F_LAST": 4}), api(numbers={"X_F_LAST": 8})) == [
        ("uapi-value", "error", "X_F_LAST")]
    assert compare(api(numbers={"X_F_LAST": 4}), api(numbers={"X_F_LAST": 5, "X_F_E": 4})) == []


def test_a_macro_with_parameters_is_one_finding():
    old = api(numbers={"F(1, 2)": 1, "F(2, 1)": 2, "G(1)": 1})
    new = api(numbers={"F(1, 2)": 2, "F(2, 1)": 1, "G(1)": 2})
    assert [s for _, _, s in compare(old, new)] == ["F(1, 2)", "G(1)"]


def test_the_same_bits_of_a_wider_type_are_another_value_in_64_bits():
    old = replace(api(numbers={"A": -(1 << 31)}), kinds={"A": "int"})
    new = replace(api(numbers={"A": 1 << 31}), kinds={"A": "unsigned int"})
    assert compare(old, new) == [("uapi-value", "warning", "A")]
    assert compare(old, replace(new, kinds={"A": "long int"}))[0][1] == "error"
    assert compare(old, replace(new, numbers={"A": 1 << 30}))[0][1] == "error"


IOCTLS = {"GET": 0x4010AE67, "SET": 0x4010AE68}


@pytest.mark.parametrize(("new", "words"), [
    (IOCTLS, None), ({"SET": 0x4010AE68}, "has no name any more"),
    ({"SET": 0x4010AE68, "GET_ALL": 0x4010AE67}, None),  # renamed: that breaks source alone
    ({"SET": 0x4010AE68, "FREEZE": 0x4010AE67}, "is FREEZE now"),
])
def test_an_ioctl_that_is_gone_or_is_another(new, words):
    found = values.compare(api(numbers=IOCTLS, ioctls=IOCTLS), api(numbers=new, ioctls=new), HERE)
    assert [(f.rule, f.subject) for f in found] == ([("uapi-ioctl", "GET gone")] if words else [])
    assert all(words in f.message and "was not looked at" in f.message for f in found)


def test_an_ioctl_that_others_still_have_is_not_gone():
    old = {**IOCTLS, "GET_OLD": 0x4010AE67}
    assert compare(api(numbers=old, ioctls=old), api(numbers=IOCTLS, ioctls=IOCTLS)) == []


@pytest.mark.parametrize(("gone", "new", "subject"), [
    ("X_CAP_A7", {}, "X_CAP_A7 gone"), ("X_CAP_A7", {"X_CAP_A7B": 7}, None),
    ("X_CAP_A7", {"X_CAP_QUITE_OTHER_THING": 7}, "X_CAP_A7 gone"),
])
def test_a_capability_that_is_gone_or_is_another(gone, new, subject):
    rest = {n: v for n, v in CAPS.items() if n != gone}
    found = compare(api(numbers=CAPS), api(numbers={**rest, **new}))
    assert [s for _, _, s in found] == ([subject] if subject else [])


def test_other_numbers_that_are_gone_are_no_more_than_names():
    ports = {f"PORT_{n}": n for n in range(20)}
    fewer = {n: v for n, v in ports.items() if v != 7}
    assert compare(api(numbers=ports), api(numbers=fewer)) == []
    other = {**fewer, "PORT_WHOLLY_DIFFERENT": 7}
    assert [s for _, _, s in compare(api(numbers=ports), api(numbers=other))] == ["PORT_7 gone"]


def test_many_numbers_without_a_name_are_one_finding():
    old = {f"GET_{n}": 0xAE00 + n for n in range(9)}
    new = {"GET_8": 0xAE08, "OTHER": 0xAE07}
    found = values.compare(api(numbers=old, ioctls=old), api(numbers=new, ioctls=new), HERE)
    assert [f.subject for f in found] == ["GET_7 gone", "include/uapi/x.h numbers"]
    assert found[1].message.startswith("7 numbers have no name any more: GET_0, GET_1")
    assert found[1].evidence.splitlines()[0] == "GET_0 0x0000ae00"


@pytest.mark.parametrize(("name", "severity"), [
    ("X_MAX_LEN", "warning"), ("X_NUM_REGS", "warning"), ("X_MAX", None), ("NR_syscalls", None),
    ("X_VERSION_SHIFT", "error"), ("X_GET_VERSION", "error"), ("X_VERSION", "note"),
])
def test_limits_and_versions(name, severity):
    found = compare(api(numbers={name: 16}), api(numbers={name: 32}))
    assert [s for _, s, _ in found] == ([severity] if severity else [])


def enum(*names, first=0):
    rows = {n: first + k for k, n in enumerate(names)}
    return replace(api(numbers=rows), enums=dict.fromkeys(rows, 7))


@pytest.mark.parametrize(("old", "new", "subjects"), [
    ("ABCDEF", "AXBCDEF", ["B and more"]), ("ABCD", "AXBCD", ["B", "C", "D"]),
    ("ABCDEF", "ABCDEFX", []), ("ABCDEF", "XABCDEF", ["A and more"])])
def test_constants_of_an_enum_that_move_together_are_one_finding(old, new, subjects):
    found = values.compare(enum(*old), enum(*new), HERE)
    assert [f.subject for f in found] == subjects
    assert all(f.severity is Severity.ERROR for f in found)
    if len(subjects) == 1:
        assert "X came before them" in found[0].message
        assert found[0].evidence.count("->") == (5 if old[0] == new[0] else 6)


def test_numbers_of_two_enums_or_of_none_are_told_one_by_one():
    one, two = enum(*"ABCDEF"), enum(*"XABCDEF")
    apart = dict(zip("ABCDEF", range(6), strict=True))
    assert len(values.compare(replace(one, enums=apart), two, HERE)) == 6
    assert len(values.compare(replace(one, enums={}), two, HERE)) == 6


@pytest.mark.parametrize(("old", "new", "rule"), [
    ({"FF_MIN": 80}, {"FF_MIN": 79, "FF_NEW": 79}, None),
    ({"FF_MIN": 80}, {"FF_MIN": 79}, "uapi-value"),
    ({"FF_MIN": 80}, {"FF_MIN": 81, "FF_NEW": 81}, "uapi-value"),
    ({"X_FLAGS_SUPP": 3}, {"X_FLAGS_SUPP": 15}, "uapi-growth"),
    ({"X__SUPPORTED": 15}, {"X__SUPPORTED": 20}, None)])
def test_the_lower_end_of_a_range_and_what_is_supported_may_move(old, new, rule):
    found = values.compare(api(numbers=old), api(numbers=new), HERE)
    assert [f.rule for f in found if f.rule != "uapi-clash"] == ([rule] if rule else [])
