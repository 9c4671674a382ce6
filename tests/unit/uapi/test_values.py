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


def test_a_family_has_eight_names_that_hardly_share_values():
    assert values.families(api(numbers={f"A_{n}": n for n in range(8)})) == {"A": False}
    assert values.families(api(numbers={f"A_{n}": n for n in range(7)})) == {}
    assert values.families(api(numbers={f"A_{n}": n for n in range(16)})) == {"A": True}
    assert values.families(api(numbers={f"A_{n}": n % 15 for n in range(16)})) == {}
    assert values.families(api(numbers={f"A_{n}": n % 19 for n in range(20)})) == {"A": True}


def test_every_prefix_may_be_a_family():
    assert values.families(api(numbers=CAPS)) == {"X": True, "X_CAP": True}


def test_counts_calls_and_ioctls_are_of_no_family():
    numbers = {f"A_{n}": n for n in range(6)}
    more = {"A_MAX": 6, "A_F(1)": 7, "A_IOC": 8}
    assert values.families(api(numbers={**numbers, **more}, ioctls=["A_IOC"])) == {}
    assert values.families(api(numbers={**numbers, "A_X": 6, "A_Y": 7})) == {"A": False}


def clashes(new, old=CAPS, **more):
    return [(f.severity.value, f.message) for f in values.clashes(
        api(numbers=old), api(numbers={**old, **new}, **more), HERE)]


@pytest.mark.parametrize(("new", "severity"), [
    ({"X_CAP_NEW": 7}, ["error"]), ({"X_CAP_NEW": 77}, []), ({"X_CAP_MAX": 7}, []),
    ({"X_CAP_NEW(1)": 7}, []), ({"Y_NEW": 7}, []), ({"X_CAP_A5": 7}, ["error"]),
    ({"X_CAP_A7_ALIAS": 7}, []), ({"X_CAP_NEW": 77, "X_CAP_NEWER": 77}, []),
    # of two new ones the second is said
    ({"X_CAP_ONE": 77, "X_CAP_TWO": 77}, ["error"]),
    # of its own space: a number at its end, or a prefix that nothing had
    ({"X_CAP_VER2": 7, "X_CAP_VER3": 78}, ["warning"]), ({"X_CAP_VER2": 7}, ["error"]),
    ({"X_CAP_SUB_A": 7, "X_CAP_SUB_B": 79}, ["warning"]), ({"X_CAP_SUB_A": 7}, ["error"]),
    ({"X_CAP_SUB": 7, "X_CAP_SUB_A": 78}, ["error"]),
])
def test_new_numbers_that_are_taken(new, severity):
    assert [s for s, _ in clashes(new)] == severity


def test_an_old_name_that_ends_in_the_prefix_closes_the_space():
    old = {**CAPS, "X_CAP_SUB_OLD": 40}
    assert [s for s, _ in clashes({"X_CAP_SUB_A": 7, "X_CAP_SUB_B": 79}, old)] == ["error"]
    old = {**CAPS, "X_CAP_SUB_MAX": 40}
    assert [s for s, _ in clashes({"X_CAP_SUB_A": 7, "X_CAP_SUB_B": 79}, old)] == ["warning"]


def test_a_small_family_is_not_sure():
    small = {f"X_CAP_A{n}": n for n in range(9)}
    assert [s for s, _ in clashes({"X_CAP_NEW": 7}, small)] == ["warning"]


def test_the_narrowest_family_decides():
    numbers = {**{f"X_CAP_A{n}": n for n in range(16)}, **{f"X_REQ_B{n}": 100 + n for n in range(
        16)}}
    assert clashes({"X_CAP_NEW": 107}, numbers) == [], "it is a number of the other family"
    assert len(clashes({"X_NEW": 107}, numbers)) == 1


def test_a_clash_shows_both_lines():
    new = api(numbers={**CAPS, "X_CAP_NEW": 7})
    new.lines.update({"X_CAP_NEW": 30, "X_CAP_A7": 8})
    (found,) = values.clashes(api(numbers=CAPS), new, HERE)
    assert found.evidence.splitlines() == [
        "include/uapi/x.h:30: X_CAP_NEW = 7", "include/uapi/x.h:8: X_CAP_A7 = 7"]
    assert (found.rule, found.where.line, found.subject, found.abis) == (
        "uapi-clash", 30, "X_CAP_NEW clash", ())


def test_at_most_three_rivals_are_named():
    # four share a value, and still hardly any do
    numbers = {**{f"X_CAP_A{n}": n for n in range(90)}, **{f"X_CAP_B{n}": 7 for n in range(3)}}
    ((_, message),) = clashes({"X_CAP_NEW": 7}, numbers)
    assert "X_CAP_A7, X_CAP_B0, X_CAP_B1" in message
    assert "X_CAP_B2" not in message


def test_an_ioctl_is_only_compared_with_ioctls_of_any_name():
    old = {"GET": 0xAE01, "PLAIN": 0xAE02}
    found = clashes({"SET": 0xAE01}, old, ioctls=["GET", "SET"])
    ((severity, message),) = found
    assert severity == "error"
    assert "0x0000ae01" in message
    assert "GET" in message
    assert clashes({"SET": 0xAE02}, old, ioctls=["GET", "SET"]) == []
    assert clashes({"SET": 0xAE03, "GET(1)": 0xAE03}, old, ioctls=["GET", "SET", "GET(1)"]) == []


def test_an_ioctl_is_no_rival_of_a_plain_number():
    assert clashes({"X_CAP_NEW": 500}, {**CAPS, "X_CAP_IOC": 500}, ioctls=["X_CAP_IOC"]) == []


def test_in_a_newer_tree_a_name_of_the_same_number_is_the_same():
    newer = api(numbers={**CAPS, "X_CAP_NEW": 41, "X_CAP_THEIRS": 40})
    newer.lines["X_CAP_THEIRS"] = 90
    mine = {"X_CAP_NEW": 40}
    (found,) = values.taken(mine, api(numbers={**CAPS, **mine}), values.families(newer), newer,
                            HERE, whose="v7.0")
    assert found.evidence.splitlines()[1] == "v7.0: X_CAP_THEIRS = 40"
    assert found.subject == "X_CAP_NEW clash v7.0"
    assert values.taken({"X_CAP_NEW": 41}, api(numbers={"X_CAP_NEW": 41}),
                        values.families(newer), newer, HERE, whose="v7.0") == []


def test_in_a_newer_tree_both_of_two_new_names_are_said():
    newer = api(numbers={**CAPS, "X_CAP_B": 40, "X_CAP_C": 41})
    mine = {"X_CAP_C": 40, "X_CAP_B": 41}
    found = values.taken(mine, api(numbers={**CAPS, **mine}), values.families(newer), newer, HERE,
                         whose="v7.0")
    assert {f.subject for f in found} == {"X_CAP_C clash v7.0", "X_CAP_B clash v7.0"}
