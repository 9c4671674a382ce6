# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers that are taken: of which family, by whom, how sure that is."""


from dataclasses import replace

import pytest

from harness.model import Severity
from harness.uapi import clashes
from harness.uapi.context import HeaderContext
from tests.make import api

HERE = HeaderContext("include/uapi/x.h", "x86-64")
CAPS = {f"X_CAP_A{n}": n for n in range(20)}


def test_a_family_has_eight_names_that_hardly_share_values():
    assert clashes.families(api(numbers={f"A_{n}": n for n in range(8)})) == {"A": False}
    assert clashes.families(api(numbers={f"A_{n}": 3 * n for n in range(7)})) == {}
    assert clashes.families(api(numbers={f"A_{n}": n for n in range(16)})) == {"A": True}
    assert clashes.families(api(numbers={f"A_{n}": n % 15 for n in range(16)})) == {}
    assert clashes.families(api(numbers={f"A_{n}": n % 19 for n in range(20)})) == {"A": True}


def test_every_prefix_may_be_a_family():
    assert clashes.families(api(numbers=CAPS)) == {"X": True, "X_CAP": True}


def test_counts_calls_and_ioctls_are_of_no_family():
    numbers = {f"A_{n}": 3 * n for n in range(6)}
    more = {"A_MAX": 6, "A_F(1)": 7, "A_IOC": 8}
    assert clashes.families(api(numbers={**numbers, **more}, ioctls=["A_IOC"])) == {}
    assert clashes.families(api(numbers={**numbers, "A_X": 70, "A_Y": 71})) == {"A": False}
    named = replace(api(numbers={**numbers, "A_X": 70, "A_Y": 71}), aliases={"A_Y": "A_3"})
    assert clashes.families(named) == {}, "an alias has no number of its own"


@pytest.mark.parametrize(("numbers", "family"), [
    ([1, 2, 4, 16], True), ([1, 2, 4], False), ([1, 2, 4, 6], False), ([0, 1, 2, 4], False),
    ([0, 1, 2, 3], True), ([5, 6, 7, 8], True), ([1, 1, 2, 3], False),
])
def test_a_few_names_are_a_family_where_their_numbers_are_dense(numbers, family):
    found = clashes.families(api(numbers={f"A_{n}": v for n, v in enumerate(numbers)}))
    assert found == ({"A": False} if family else {})


def test_a_mask_is_no_bit_of_a_small_family():
    few = {"A_ONE": 1, "A_TWO": 2, "A_FOUR": 4, "A_EIGHT": 8, "A_MASK": 15}
    assert clashes.families(api(numbers=few)) == {"A": False}
    assert said({"A_NEW": 8}, few) == [("warning", "A_NEW: number 8 is already A_EIGHT")]


def test_an_alias_is_no_clash_whichever_of_the_two_is_the_new_name():
    old = api(numbers={**CAPS, "X_CAP_OLD": 33})
    new = replace(api(numbers={**CAPS, "X_CAP_OLD": 33, "X_CAP_NEWER": 33}),
                  aliases={"X_CAP_OLD": "X_CAP_NEWER"})
    assert clashes.clashes(old, new, HERE) == []
    assert clashes.clashes(old, replace(new, aliases={"X_CAP_NEWER": "X_CAP_OLD"}), HERE) == []
    assert len(clashes.clashes(old, replace(new, aliases={}), HERE)) == 1


def test_ioctls_that_share_a_number_already_are_of_different_files():
    old = {"VM_GET": 0xAE01, "CPU_GET": 0xAE01, "SET": 0xAE02}
    names = ["VM_GET", "CPU_GET", "SET", "NEW"]
    assert [s for s, _ in said({"NEW": 0xAE02}, old, ioctls=names)] == ["note"]
    assert [s for s, _ in said({"NEW": 0xAE02}, {**old, "CPU_GET": 0xAE03}, ioctls=names)] == [
        "error"]


def test_what_an_operation_is_called_with_is_none_of_the_operations():
    old = {**CAPS, "X_CAP_SUB": 40, "X_CAP_SUB_A": 21}
    assert said({"X_CAP_SUB_B": 7}, old) == [], "a parameter: less than the operation's number"
    assert said({"X_CAP_NEW": 21}, old) == []
    assert [s for s, _ in said({"X_CAP_SUB_B": 7}, {**old, "X_CAP_SUB_A": 41})] == ["error"]


def enum(old, new, **more):
    one = replace(api(numbers=old), enums=dict.fromkeys(old, 1))
    two = replace(api(numbers={**old, **new}), enums=dict.fromkeys({**old, **new}, 1), **more)
    return [(f.severity.value, f.message) for f in clashes.clashes(one, two, HERE)]


def test_constants_of_two_enums_have_two_spaces():
    old = {**CAPS, "X_CAP_RULE_A": 900}
    numbers = {**old, "X_CAP_RULE_B": 7}
    enums = {**dict.fromkeys(CAPS, 1), "X_CAP_RULE_A": 2, "X_CAP_RULE_B": 2}
    one = replace(api(numbers=old), enums=enums)
    assert clashes.clashes(one, replace(api(numbers=numbers), enums=enums), HERE) == []
    enums["X_CAP_RULE_B"] = 1
    assert len(clashes.clashes(one, replace(api(numbers=numbers), enums=enums), HERE)) == 1


def test_a_number_given_twice_in_an_enum():
    old = {"RED": 1, "GREEN": 7}
    assert enum(old, {"BLUE": 7}) == [("warning", "BLUE: number 7 is already GREEN")]
    assert enum(old, {"BLUE": 8}) == []
    assert enum(old, {"BLUE": 7}, aliases={"BLUE": "GREEN"}) == []
    assert enum({**old, "LIME": 7}, {"BLUE": 7}) == [], "the enum had one twice already"
    assert enum(old, {"COLOR_MAX": 7}) == []
    assert len(enum(old, {"BLUE": 9, "CYAN": 9})) == 1, "of two new ones the second is said"


def said(new, old=CAPS, **more):
    return [(f.severity.value, f.message) for f in clashes.clashes(
        api(numbers=old), api(numbers={**old, **new}, **more), HERE)]


@pytest.mark.parametrize(("new", "severity"), [
    ({"X_CAP_NEW": 7}, ["error"]), ({"X_CAP_NEW": 77}, []), ({"X_CAP_MAX": 7}, []),
    ({"X_CAP_NEW(1)": 7}, []), ({"Y_NEW": 7}, []), ({"X_CAP_A5": 7}, ["error"]),
    ({"X_CAP_A7_ALIAS": 7}, []), ({"X_CAP_NEW": 77, "X_CAP_NEWER": 77}, []),
    # of two new ones the second is said
    ({"X_CAP_ONE": 77, "X_CAP_TWO": 77}, ["error"]),
    # of its own space: a number at its end, or a prefix that nothing had
    ({"X_CAP_VER2": 7, "X_CAP_VER3": 78}, ["note"]), ({"X_CAP_VER2": 7}, ["error"]),
    ({"X_CAP_SUB_A": 7, "X_CAP_SUB_B": 79}, ["note"]), ({"X_CAP_SUB_A": 7}, ["error"]),
    ({"X_CAP_SUB": 7, "X_CAP_SUB_A": 78}, ["error"]),
])
def test_new_numbers_that_are_taken(new, severity):
    assert [s for s, _ in said(new)] == severity


def test_an_old_name_that_ends_in_the_prefix_closes_the_space():
    old = {**CAPS, "X_CAP_SUB_OLD": 40}
    assert [s for s, _ in said({"X_CAP_SUB_A": 7, "X_CAP_SUB_B": 79}, old)] == ["error"]
    old = {**CAPS, "X_CAP_SUB_MAX": 40}
    assert [s for s, _ in said({"X_CAP_SUB_A": 7, "X_CAP_SUB_B": 79}, old)] == ["note"]


def test_a_small_family_is_not_sure():
    small = {f"X_CAP_A{n}": n for n in range(9)}
    assert [s for s, _ in said({"X_CAP_NEW": 7}, small)] == ["warning"]


def test_the_narrowest_family_decides():
    numbers = {**{f"X_CAP_A{n}": n for n in range(16)}, **{f"X_REQ_B{n}": 100 + n for n in range(
        16)}}
    assert said({"X_CAP_NEW": 107}, numbers) == [], "it is a number of the other family"
    assert len(said({"X_NEW": 107}, numbers)) == 1


def test_a_clash_shows_both_lines():
    new = api(numbers={**CAPS, "X_CAP_NEW": 7})
    new.lines.update({"X_CAP_NEW": 30, "X_CAP_A7": 8})
    (found,) = clashes.clashes(api(numbers=CAPS), new, HERE)
    assert found.evidence.splitlines() == [
        "include/uapi/x.h:30: X_CAP_NEW = 7", "include/uapi/x.h:8: X_CAP_A7 = 7"]
    assert (found.rule, found.where.line, found.subject, found.abis) == (
        "uapi-clash", 30, "X_CAP_NEW clash", ())


def test_at_most_three_rivals_are_named():
    # four share a value, and still hardly any do
    numbers = {**{f"X_CAP_A{n}": n for n in range(90)}, **{f"X_CAP_B{n}": 7 for n in range(3)}}
    ((_, message),) = said({"X_CAP_NEW": 7}, numbers)
    assert "X_CAP_A7, X_CAP_B0, X_CAP_B1" in message
    assert "X_CAP_B2" not in message


def test_an_ioctl_is_only_compared_with_ioctls_of_any_name():
    old = {"GET": 0xAE01, "PLAIN": 0xAE02}
    found = said({"SET": 0xAE01}, old, ioctls=["GET", "SET"])
    ((severity, message),) = found
    assert severity == "error"
    assert "0x0000ae01" in message
    assert "GET" in message
    assert said({"SET": 0xAE02}, old, ioctls=["GET", "SET"]) == []
    assert said({"SET": 0xAE03, "GET(1)": 0xAE03}, old, ioctls=["GET", "SET", "GET(1)"]) == []


def test_an_ioctl_is_no_rival_of_a_plain_number():
    assert said({"X_CAP_NEW": 500}, {**CAPS, "X_CAP_IOC": 500}, ioctls=["X_CAP_IOC"]) == []


def test_in_a_newer_tree_a_name_of_the_same_number_is_the_same():
    newer = api(numbers={**CAPS, "X_CAP_NEW": 41, "X_CAP_THEIRS": 40})
    newer.lines["X_CAP_THEIRS"] = 90
    mine = {"X_CAP_NEW": 40}
    (found,) = clashes.taken(mine, api(numbers={**CAPS, **mine}), clashes.families(newer), newer,
                            HERE, whose="v7.0")
    assert found.evidence.splitlines()[1] == "v7.0: X_CAP_THEIRS = 40"
    assert found.subject == "X_CAP_NEW clash v7.0"
    assert clashes.taken({"X_CAP_NEW": 41}, api(numbers={"X_CAP_NEW": 41}),
                        clashes.families(newer), newer, HERE, whose="v7.0") == []


def test_in_a_newer_tree_both_of_two_new_names_are_said():
    newer = api(numbers={**CAPS, "X_CAP_B": 40, "X_CAP_C": 41})
    mine = {"X_CAP_C": 40, "X_CAP_B": 41}
    found = clashes.taken(mine, api(numbers={**CAPS, **mine}), clashes.families(newer), newer, HERE,
                         whose="v7.0")
    assert {f.subject for f in found} == {"X_CAP_C clash v7.0", "X_CAP_B clash v7.0"}


BITS = {f"A_F{n}": 1 << n for n in range(5)}


@pytest.mark.parametrize(("name", "value", "body", "warns"), [
    ("A_NEW", 0x60, "0x60", False), ("A_NEW", 0x6, "0x6", True),
    ("A_NEW", 0x22, "(0x20 | 2)", True),
    ("A_NEW", 0x6, "(A_F1 | A_F2)", False), ("A_MASK", 0x6, "0x6", False), ("A_NEW", 0, "0", False),
    ("B_NEW", 0x6, "0x6", False),
])
def test_a_flag_of_several_bits_that_others_have(name, value, body, warns):
    one, two = api(numbers=BITS), replace(api(numbers={**BITS, name: value}), bodies={name: body})
    found = clashes.clashes(one, two, HERE)
    assert [f.severity.value for f in found] == (["warning"] if warns else [])
    assert all("has a bit of A_F1" in f.message for f in found)


def test_numbers_that_are_no_bits_share_none():
    one = api(numbers={f"A_{n}": n for n in range(9)})
    two = replace(api(numbers={**one.numbers, "A_NEW": 70}), bodies={"A_NEW": "70"})
    assert clashes.clashes(one, two, HERE) == []


def test_a_macro_is_no_rival_of_an_enum():
    one = replace(api(numbers=CAPS), enums=dict.fromkeys(CAPS, 1))
    two = replace(api(numbers={**CAPS, "X_NAME_OF": 16}), enums=one.enums)
    assert clashes.clashes(one, two, HERE) == []


@pytest.mark.parametrize("name", ["A_F_SHIFT", "A_F_LEN", "A_TIMEOUT"])
def test_what_measures_something_is_no_flag(name):
    assert clashes.clashes(api(numbers=BITS), api(numbers={**BITS, name: 2}), HERE) == []


@pytest.mark.parametrize(("made", "names"), [
    (api(numbers={"A_X": 7, "A_Y": 7}, ioctls=["A_X", "A_Y"]), ["A_Y"]),
    (api(numbers={"A_X": 7, "A_Y": 8}, ioctls=["A_X", "A_Y"]), []),
    (api(numbers={"A_X": 7, "A_X_OLD": 7}, ioctls=["A_X", "A_X_OLD"]), []),
    (replace(api(numbers={"A_X": 7, "A_Y": 7}, ioctls=["A_X", "A_Y"]), aliases={"A_Y": "A_X"}), []),
    (replace(api(numbers={"A_X": 1, "A_Y": 2, "A_Z": 4, "A_V": 4}),
             enums=dict.fromkeys(("A_X", "A_Y", "A_Z", "A_V"), 1)), ["A_V"]),
    (replace(api(numbers={"A_X": 1, "A_Y": 2, "A_Z": 3, "A_V": 3}),
             enums=dict.fromkeys(("A_X", "A_Y", "A_Z", "A_V"), 1)), []),
    (replace(api(numbers={"A_X": 1, "A_Y": 2, "A_Z": 4, "A_V": 4}), bodies={
        "A_X": "(1 << 0)", "A_Y": "(1 << 1)", "A_Z": "(1 << 2)", "A_V": "0x4"}), ["A_V"]),
    (replace(api(numbers={"A_X": 1, "A_Y": 2, "A_Z": 4, "A_V": 4}), bodies={
        "A_X": "1", "A_Y": "2", "A_Z": "4", "A_V": "4"}), [])])
def test_what_a_new_header_gives_twice(made, names):
    found = clashes.within(made, HERE)
    assert [f.message.partition(":")[0] for f in found] == names
    assert {f.severity for f in found} <= {Severity.WARNING}
