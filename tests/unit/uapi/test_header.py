# SPDX-License-Identifier: GPL-2.0-or-later
"""One header before and after, with a compiler in memory."""

import pytest

from harness.arch import NATIVE
from harness.model import Severity
from harness.uapi import api, header
from harness.uapi.context import HeaderContext
from tests.make import api as offers
from tests.make import member, struct

NOTE = "/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */\n"
X, PATH = "linux/x.h", "include/uapi/linux/x.h"
ZONE = f"{NOTE}struct zone {{ u64 addr; u32 size; u32 pad; }};\n#define X_ONE 1\n"


@pytest.fixture
def compare(both):
    def ask(old, new, **more):
        before = {X: old} if old is not None else {}
        after = {X: new} if new is not None else {}
        return header.compare(both(before, after, **more), X, PATH)
    return ask


def rules(result):
    return [(f.rule, f.severity.value) for f in result.findings]


def rows(result):
    return [(c.header, c.path, c.abi, bool(c.problem)) for c in result.comparisons]


BOTH = [(X, PATH, "x86-64", False), (X, PATH, "i386", False)]


def test_the_same_header_is_compared_in_every_abi_and_affects_nothing(compare):
    result = compare(ZONE, ZONE)
    assert (rules(result), rows(result)) == ([], BOTH)
    assert (result.altered, result.gained, result.added, result.layouts) == (
        frozenset(), frozenset(), frozenset(), ())


def test_a_renamed_field_breaks_source_once_and_not_once_for_each_abi(compare):
    result = compare(ZONE, ZONE.replace("pad", "pio"))
    (source,) = [f for f in result.findings if f.rule == "uapi-source"]
    assert (source.subject, source.severity) == ("struct zone.pad", Severity.ERROR)
    assert str(source.where) == f"{PATH}:1"
    assert source.abis == ()
    assert [f.rule for f in result.findings].count("uapi-padding") == 2
    assert result.altered
    ((old, new),) = result.layouts
    assert (old.members[2].name, new.members[2].name) == ("pad", "pio")


def test_a_layout_is_compared_in_each_abi(compare):
    result = compare("struct s { u32 a; long b; };", "struct s { u32 a; u32 b; };")
    assert [f.abis for f in result.findings if f.rule == "uapi-layout"] == [
        ("x86-64",), ("x86-64",)], "a long of i386 has 32 bits"
    assert result.altered


def test_what_is_new_is_named_and_affects_nothing(compare):
    result = compare(ZONE, f"{ZONE}#define X_TWO 2\n")
    assert (rules(result), result.added, result.altered, result.gained) == (
        [], {"X_TWO"}, frozenset(), {"X_TWO"})


def test_a_header_that_is_gone_is_an_error_in_every_abi(compare):
    result = compare(ZONE, None)
    (finding,) = result.findings
    assert (finding.rule, finding.severity, str(finding.where)) == (
        "uapi-header", Severity.ERROR, PATH)
    assert rows(result) == BOTH
    assert result.altered


def test_a_new_header_is_only_asked_whether_it_compiles(compare, gcc):
    result = compare(None, f"{NOTE}#error no\n")
    assert {r for r, _ in rules(result)} == {"uapi-header"}
    assert not result.altered


def test_a_header_that_no_longer_compiles_is_an_error_and_has_no_layout(compare):
    result = compare(ZONE, f"{NOTE}#error broken\n")
    assert [(f.rule, f.abis, f.evidence) for f in result.findings] == [
        ("uapi-header", ("x86-64",), "x.h:2: broken"),
        ("uapi-header", ("i386",), "x.h:2: broken")]
    assert rows(result) == BOTH
    assert (result.layouts, result.added) == ((), frozenset())
    assert "error" in result.altered, "all that is known is which lines differ"


def test_a_header_that_breaks_in_one_abi_is_compared_in_the_other(compare):
    result = compare(ZONE, f"#error_with -m64 broken\n{ZONE.replace('u64 addr', 'u32 addr')}")
    assert ("uapi-header", ("x86-64",)) in [(f.rule, f.abis) for f in result.findings]
    assert ("uapi-layout", ("i386",)) in [(f.rule, f.abis) for f in result.findings]
    assert result.altered


def test_what_never_compiled_is_not_compared_and_not_held_against_anybody(compare):
    result = compare("#error_with -m32 stubs-32.h: No such file\nstruct s { u32 a; };",
                     "#error_with -m32 stubs-32.h: No such file\nstruct s { u32 b; };")
    (missed,) = result.missed
    assert (missed.abi, missed.hint) == ("i386", "apt-get install libc6-dev-i386")
    assert "stubs-32.h" in missed.problem
    assert all("i386" not in f.abis for f in result.findings)
    assert "uapi-source" in [f.rule for f in result.findings]
    assert result.altered, "nobody knows what it offers there"


def test_source_is_tried_in_the_first_abi_that_can_be_compared(compare):
    result = compare("#error_with -m64 no\nstruct s { u32 a; };",
                     "#error_with -m64 no\nstruct s { u32 b; };")
    assert [f.subject for f in result.findings if f.rule == "uapi-source"] == ["struct s.a"]


def test_a_header_that_needs_others_before_it_is_compared_after_them(compare):
    text = "#error_without stdint.h unknown type name uint64_t\nstruct s { u32 a; };"
    result = compare(text, text.replace("u32 a", "u64 a"))
    assert rows(result) == BOTH
    assert "uapi-layout" in [f.rule for f in result.findings]


def test_the_licence_and_c90_are_asked_too(compare):
    result = compare(ZONE, ZONE.replace(" WITH Linux-syscall-note", "")
                     + "#error_with -std=c90 no inline\n")
    assert [f.subject for f in result.findings if f.rule == "uapi-export"] == [
        f"{PATH} licence", f"{PATH} c90"]


def test_a_struct_that_differs_between_the_abis_is_said(compare):
    result = compare(ZONE, f"{ZONE}struct fresh {{ long a; }};\n")
    assert rules(result) == [("uapi-compat", "warning")]
    assert compare(ZONE, f"{ZONE}struct fresh {{ long a; }};\n",
                   abis=NATIVE[:1]).findings == ()


OLD = offers(struct("struct s", member("a", 0)), numbers={"N": 1}, arity={"F": 1}, macros=["M"])


@pytest.mark.parametrize(("new", "does"), [
    (OLD, False),
    (offers(struct("struct s", member("a", 0)), struct("struct t"), numbers={"N": 1, "O": 2},
            arity={"F": 1, "G": 2}, macros=["M"]), False),
    (offers(numbers={"N": 1}, arity={"F": 1}, macros=["M"]), True),
    (offers(struct("struct s", member("b", 0)), numbers={"N": 1}, arity={"F": 1}, macros=["M"]),
     True),
    (offers(struct("struct s", member("a", 0), size=8), numbers={"N": 1}, arity={"F": 1},
            macros=["M"]), True),
    (offers(*OLD.structs, numbers={"N": 2}, arity={"F": 1}, macros=["M"]), True),
    (offers(*OLD.structs, numbers={"N": 1}, arity={"F": 2}, macros=["M"]), True),
    (offers(*OLD.structs, numbers={"N": 1}, arity={"F": 1}), True),
])
def test_whether_anything_that_was_there_is_something_else(new, does):
    assert bool(api.altered(OLD, new)) == does


def test_a_name_of_another_header_that_is_gone_affects():
    old = offers()
    old.visible["u32"] = "/headers/linux/types.h"
    assert api.altered(old, offers()) == {"u32"}
    assert api.altered(offers(), old) == frozenset()
    assert api.gained(offers(), old) == {"u32"}


def test_all_that_changed_in_one_abi_is_in_one_list():
    old = offers(struct("struct s", member("pad", 0), size=4), numbers={"N": 1})
    new = offers(struct("struct s", member("flags", 0), size=8), numbers={"N": 2})
    assert {f.rule for f in api.changes(old, new, HeaderContext(PATH, "x86-64"))} == {
        "uapi-layout", "uapi-value", "uapi-padding"}


def test_the_abis_are_compared_where_both_are_known():
    wide, narrow = offers(struct("struct n", member("a", 0, 8))), offers(
        struct("struct n", member("a", 0, 4), size=4))
    known = {"x86-64": (offers(), wide), "i386": (offers(), narrow)}
    (finding,) = api.across(known, PATH)
    assert (finding.rule, finding.where.path) == ("uapi-compat", PATH)
    for name, value in known.items():
        assert api.across({name: value}, PATH) == []


def test_the_words_by_which_others_notice_a_change():
    old = offers(struct("struct s", member("a", 0)), struct("struct t", member("b", 0)),
                 numbers={"N": 1, "GONE": 2, "F(1)": 3})
    new = offers(struct("struct s", member("a", 0)), struct("struct t", member("c", 0)),
                 numbers={"N": 1, "FRESH": 2, "F(1)": 4})
    assert api.altered(old, new) == {"t", "GONE", "F"}
    assert api.gained(old, new) == {"FRESH"}
    assert api.altered(old, old) == frozenset()
    old.visible["u32"] = "/headers/linux/types.h"
    assert "u32" in api.altered(old, new)
