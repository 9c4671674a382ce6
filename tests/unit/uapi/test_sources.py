# SPDX-License-Identifier: GPL-2.0-or-later
"""What is said of source that no longer compiles."""

from dataclasses import replace

import pytest

from harness.model import Severity
from harness.uapi import sources
from harness.uapi.context import HeaderContext
from harness.uapi.uses import Broken, Use
from tests.make import api, member, struct

HERE = HeaderContext("include/uapi/linux/x.h", "x86-64")
ZONE = api(struct("struct z", member("addr", 0, 8), member("pad", 8)), numbers={"Z_ONE": 1})


def broken(name="struct z.pad", how="read", message="no member", command="gcc -m64",
           **more):
    return Broken(Use(name, how, more.pop("code", f"{how} {name};")), message, command,
                  warning=more.pop("warning", False))


def compare(*rows, old=ZONE, new=ZONE):
    return sources.compare(list(rows), old, new, HERE)


def test_all_ways_of_using_a_name_are_one_finding():
    (found,) = compare(broken(), broken(how="write"), broken(message="again"))
    assert (found.rule, found.severity, found.subject) == (
        "uapi-source", Severity.ERROR, "struct z.pad")
    assert "(read, write)" in found.message
    assert (found.struct, found.member, found.abis) == ("struct z", "pad", ())
    assert str(found.where) == "include/uapi/linux/x.h:1"


def test_names_are_told_apart():
    found = compare(broken(), broken("struct z.addr"), broken("Z_ONE"))
    assert [f.subject for f in found] == ["struct z.pad", "struct z.addr", "Z_ONE"]
    assert (found[2].struct, found[2].member, found[2].where.line) == ("", "", 7)


def test_the_evidence_is_what_compilers_say_and_never_a_line_that_was_made_up():
    (found,) = compare(broken(), broken(command="gcc -m64 -std=c99"), broken(message="again"),
                       *(broken(code=f"line {n};", message=f"no {n}") for n in range(4)))
    assert found.evidence.splitlines() == [
        "struct z.pad", "gcc -m64: no member (and in 1 more dialect)", "gcc -m64: again",
        "gcc -m64: no 0"]


def test_the_evidence_begins_with_the_lines_of_the_header():
    context = replace(HERE, before="struct z {\n\t__u32 pad;\n};\n",
                      after="struct z {\n\t__u32 more;\n};\n")
    old = api(struct("struct z", member("pad", 4, line=2)))
    new = api(struct("struct z", member("more", 4, line=2)))
    (found,) = sources.compare([broken()], old, new, context)
    assert found.evidence.splitlines() == [
        "before, include/uapi/linux/x.h:2", "\t__u32 pad;", "\t      ^~~",
        "after, include/uapi/linux/x.h:2", "\t__u32 more;", "\t      ^~~~", "gcc -m64: no member"]
    assert found.where.line == 2


def test_an_assertion_is_told_in_words():
    (found,) = compare(broken(how="its size", command="g++ -m64", message="size is negative"))
    assert "it is something else (its size, only in g++)" in found.message
    assert "g++ -m64: its size is another" in found.evidence
    assert "negative" not in found.evidence


def test_what_is_said_of_the_struct_is_not_said_of_each_field():
    rows = [broken("struct z", how="sizeof", warning=True, message="deprecated"),
            broken(warning=True, message="deprecated")]
    (found,) = compare(*rows)
    assert found.subject == "struct z warning"
    assert len(compare(rows[0], broken(warning=True, message="other"))) == 2


def test_many_names_that_are_gone_are_one_finding():
    old = api(*(struct(f"struct s{n}", member("a", 0)) for n in range(7)))
    items = [broken(f"struct s{n}", how="sizeof") for n in range(7)]
    (found,) = sources.compare(items, old, api(), HERE)
    assert found.message.startswith("x.h: 7 names are gone")
    assert found.evidence.splitlines() == [f"struct s{n}" for n in range(7)]
    few = sources.compare(items[:5], old, api(), HERE)
    assert len(few) == 5


def typed(old, new, how="its address", **more):
    one, two = (api(struct("struct z", member("pad", 4, **m))) for m in (old, new))
    return sources.compare([broken(how=how, **more)], one, two, HERE)


def test_a_field_of_another_width_or_sign_is_told_elsewhere():
    assert typed({"size": 4}, {"size": 8}) == []
    assert typed({"type": "u32"}, {"type": "s32"}, command="g++ -m64") == []
    assert typed({"type": "u32"}, {"type": "s32"}, warning=True) == []
    assert len(typed({"type": "u32"}, {"type": "s32"})) == 1, "C takes an address of another sign"
    assert len(typed({"size": 8}, {"size": 4}, how="assignment")) == 1, "any width can be assigned"
    assert len(typed({"type": "u32"}, {"type": "pointer"})) == 1
    assert len(typed({"size": 4}, {"size": 8}, how="read")) == 1, "the name itself is gone"


def test_what_ends_in_no_elements_was_never_meant_to_have_something_after_it():
    old = api(struct("struct z", member("v", 4, 0, type="u32[]")))
    item = broken("struct z", how="a member of another struct", command="g++ -m64")
    (found,) = sources.compare([item], old, old, HERE)
    assert (found.rule, found.severity) == ("uapi-positional", Severity.NOTE)
    other = api(struct("struct z", member("v", 4)))
    (found,) = sources.compare([item], other, other, HERE)
    assert (found.rule, found.severity) == ("uapi-source", Severity.ERROR)


@pytest.mark.parametrize(("commands", "only"), [
    (["gcc -m64"], ""), (["g++ -m64", "gcc -m64"], ""), (["g++ -m64"], "only in g++"),
    (["g++ -x", "clang -m64"], "only in clang/g++"),
])
def test_a_break_in_other_compilers_alone_says_which(commands, only):
    (found,) = compare(*(broken(command=c) for c in commands))
    assert ("only in" in found.message) == bool(only)
    assert only in found.message


def test_a_new_warning_is_a_warning_and_an_error_of_the_same_name_hides_it():
    (found,) = compare(broken(warning=True, message="deprecated"))
    assert (found.rule, found.severity, found.subject) == (
        "uapi-source-warning", Severity.WARNING, "struct z.pad warning")
    assert "-Wall" in found.message
    assert "deprecated" in found.message
    assert (found.struct, found.member) == ("struct z", "pad")
    (both,) = compare(broken(warning=True), broken())
    assert both.rule == "uapi-source"


@pytest.mark.parametrize(("warning", "word"), [(True, "-Wall"), (False, "compiles")])
def test_an_initialiser_by_position_is_no_break(warning, word):
    (found,) = compare(broken("struct z", "positional initialiser", warning=warning))
    assert (found.rule, found.severity) == ("uapi-positional", Severity.NOTE)
    assert word in found.message
    assert (found.struct, found.member) == ("struct z", "")


def test_a_warning_in_several_ways_is_not_one_about_positions():
    (found,) = compare(broken("struct z", "positional initialiser", warning=True),
                       broken("struct z", "sizeof", warning=True))
    assert found.rule == "uapi-source-warning"


def test_a_struct_that_is_gone_is_said_once_at_no_line():
    (found,) = compare(broken("struct z"), broken(), broken("struct z.addr"), new=api())
    assert (found.subject, found.where.line) == ("struct z", 0)


def fields(*members):
    return api(struct("struct z", *members))


@pytest.mark.parametrize(("new", "says", "lacks"), [
    (fields(member("addr", 0, 8), member("pio", 8)), ("renamed to pio", "{ pad; pio; }"), ""),
    (fields(member("addr", 0, 8), member("pio", 12)), (), "renamed"),
    (fields(member("addr", 0, 8)), (), "renamed"),
    (fields(member("addr", 0, 8), member("u.pad", 8)), ("u.pad",), "renamed"),
    (fields(member("addr", 0, 8), member("u", 8, type="union z_u")),
     ("union z_u u stands in its place",), "renamed"),
    (fields(member("addr", 8)), (), "renamed"),  # a name that was there is no new one
])
def test_a_field_that_was_renamed_is_told_with_the_way_out(new, says, lacks):
    (found,) = compare(broken(), new=new)
    for part in says:
        assert part in found.message
    assert not lacks or lacks not in found.message
    assert not says or "union" in found.message


def test_another_structs_field_is_no_rename():
    new = api(struct("struct z", member("addr", 0, 8)), struct("struct y", member("pio", 8)))
    (found,) = compare(broken(), new=new)
    assert "pio" not in found.message
    (found,) = compare(broken("struct z.never"), new=new)
    assert "renamed" not in found.message


@pytest.mark.parametrize(("numbers", "alias"), [
    ({"Z_ONE_NEW": 1}, "Z_ONE_NEW"), ({"Z_ONE_NEW": 2}, ""), ({"OTHER": 1}, ""),
    ({"Z_ONE_A": 1, "Z_ONE_B": 1}, ""), ({}, ""), ({"Z_ONE": 1, "Z_ONE_NEW": 1}, ""),
])
def test_a_constant_that_seems_to_have_another_name(numbers, alias):
    (found,) = compare(broken("Z_ONE"), new=api(numbers=numbers))
    assert ("#define" in found.message) == bool(alias)
    assert not alias or f"#define Z_ONE {alias}" in found.message


def test_a_name_that_was_there_before_is_no_alias():
    old = api(numbers={"Z_ONE": 1, "Z_ONE_TOO": 1})
    (found,) = compare(broken("Z_ONE"), old=old, new=api(numbers={"Z_ONE_TOO": 1}))
    assert "#define" not in found.message


def lost(old, new=()):
    one, two = api(), api()
    one.visible.update(old)
    two.visible.update(new)
    return sources.includes(one, two, "linux/x.h", HERE)


def test_names_that_came_from_another_header():
    (found,) = lost({f"name{n}": "/headers/linux/y.h" for n in range(25)})
    assert (found.rule, found.severity, found.subject) == (
        "uapi-include", Severity.ERROR, "linux/x.h linux/y.h")
    for part in ("<linux/y.h>", "name0, name1, name10", "25"):
        assert part in found.message
    assert found.evidence.startswith("<linux/y.h>: name0, name1, ")
    assert found.evidence.count("name") == 8
    assert str(found.where) == "include/uapi/linux/x.h"


@pytest.mark.parametrize(("file", "shown"), [
    ("/usr/include/stdint.h", "stdint.h"), ("/headers/linux/y.h", "linux/y.h"),
    ("/usr/lib/gcc/x86_64-linux-gnu/12/include/stddef.h", "stddef.h"),
])
def test_headers_are_named_as_programs_include_them(file, shown):
    (found,) = lost({"name": file})
    assert f"<{shown}>" in found.message


@pytest.mark.parametrize(("name", "said"), [
    ("u32", True), ("__u32", True), ("__s64", True), ("__be16", True), ("__le32", True),
    ("_hidden", False), ("__internal", False)])
def test_private_names_are_nobodys_loss(name, said):
    assert bool(lost({name: "/headers/linux/y.h"})) == said


def test_what_is_still_there_is_not_lost():
    old = {"name": "/headers/linux/y.h", "more": "/headers/linux/y.h"}
    assert lost(old, old) == []
    assert lost(old, {"name": "/headers/linux/z.h", "more": "/headers/linux/z.h"}) == []
    assert lost(old, {"name": "/other/include/linux/y.h"}) == [], "the file is still included"
    assert lost({"mine": "/headers/linux/x.h"}) == [], "that is said of the name itself"


def test_headers_that_are_lost_together_are_one_finding():
    (found,) = lost({f"n{n}": f"/headers/{n}.h" for n in range(5)})
    assert found.subject == "linux/x.h 0.h 1.h 2.h 3.h 4.h"
    assert "<0.h>, <1.h>, <2.h> and 2 more" in found.message
    assert len(found.evidence.splitlines()) == 5


@pytest.mark.parametrize(("name", "file", "guard"), [
    ("FOO_H", "linux/foo.h", True), ("BAR_H", "linux/foo.h", True),
    ("_FOO_H_", "linux/foo.h", True),
    ("CANFOO_HEADER", "linux/foo.h", True), ("FOO_H_INCLUDED", "linux/foo.h", True),
    ("GUID_INIT", "linux/uuid.h", False), ("FOO_HASH", "linux/foo.h", False),
    ("foo_h", "linux/foo.h", False), ("CLOCKS_MASK", "linux/time.h", False)])
def test_guards_are_nobodys_names(name, file, guard):
    assert sources._is_guard(name, file) is guard
