# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines of userspace C that use what a header offers; how they are tried: source_breaks."""

import re
from dataclasses import replace

import pytest

from harness.model import Function, HeaderApi
from harness.uapi import uses as lines_of
from harness.uapi.dialects import OTHERS
from harness.uapi.uses import (
    ADDRESS,
    EMBEDDINGS,
    asserted,
    changed_uses,
    names_gone,
    of_an_enum,
    uses_of,
)
from tests.make import api, member, struct


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    """The lines without the prefix that keeps their names apart from those of headers."""
    monkeypatch.setattr(lines_of, "OUR", "")


CALLED = Function("f", "int *@", ("const char *@", "int (*@)(void)"))


def uses(*members, name="struct s"):
    """How -> the line, for the uses of one struct."""
    found = uses_of(api(struct(name, *members)))
    return {(u.name.removeprefix(f"{name}.") if "." in u.name else "", u.how): u.code
            for u in found}


FIELDS = {"read", "offsetof"}
SCALAR = FIELDS | {"value", "write", "designated initialiser"}


@pytest.mark.parametrize(("kind", "ways"), [
    ("u32", SCALAR), ("s64", SCALAR), ("bool", SCALAR), ("float", FIELDS),
    ("pointer", FIELDS | {"write"}), ("u8[4]", FIELDS | {"element"}),
    ("u32[]", FIELDS | {"element"}), ("struct t[2]", FIELDS | {"element"}),
    ("struct t", FIELDS | {"assignment"}), ("union t", FIELDS | {"assignment"}),
    ("struct (anonymous)", FIELDS), ("enum e", FIELDS), ("thing_t", FIELDS), ("u", FIELDS),
])
def test_a_field_is_used_in_the_ways_that_its_type_allows(kind, ways):
    found = uses(member("a", 0, type=kind))
    assert {how for name, how in found if name == "a"} == ways


def test_a_bit_field_has_no_offset():
    found = uses(member("a", 0, bits=3))
    assert {how for name, how in found if name} == SCALAR - {"offsetof"}


@pytest.mark.parametrize(("how", "kind", "parts"), [
    ("read", "u32", ("struct s *p", "(void)(p->a)")),
    ("value", "u32", ("return p->a;",)), ("write", "u32", ("p->a = 0;",)),
    ("designated initialiser", "u32", ("{ .a = 0 }",)), ("element", "u8[4]", ("p->a[0]",)),
    ("offsetof", "u32", ("__builtin_offsetof(struct s, a)",)),
    ("write", "pointer", ("void *q", "__typeof__(p->a)", "*(char *)p->a = 0")),
    ("assignment", "struct t", ("struct t *q", "p->a = *q")),
])
def test_what_each_line_says(how, kind, parts):
    line = uses(member("a", 0, type=kind))["a", how]
    assert "\n" not in line
    for part in parts:
        assert part in line


@pytest.mark.parametrize(("members", "initialiser"), [
    ((member("a", 0), member("b", 4, type="pointer"), member("c", 8, type="u8[4]")),
     "{ 0, 0, { 0 } }"),
    ((member("a", 0, type="struct (anonymous)"), member("a.x", 0), member("b", 4)),
     "{ { 0 }, 0 }"),
    ((member("a", 0), member("b", 0)), None), ((member("a", 0, bits=2),), None),
    ((member("a", 0), member("b", 4, 0, type="u8[]")), None),
    ((member("a", 0), member("b", 4, 0, type="struct empty")), None),
    ((member("", 0),), None), ((), None),
])
def test_an_initialiser_by_position_where_positions_are_one_to_one(members, initialiser):
    line = uses(*members).get(("", "positional initialiser"), "")
    assert line == (f"struct s i_struct_s = {initialiser};" if initialiser else "")


def test_a_union_has_no_initialiser_by_position():
    assert ("", "positional initialiser") not in uses(member("a", 0), name="union u")


def test_every_type_has_a_size_and_a_typedef_no_field():
    found = uses(member("", 0), name="thing_t")
    assert found["", "sizeof"] == "unsigned long s_thing_t = sizeof(thing_t);"
    assert {how for _, how in found} == {"sizeof", *EMBEDDINGS}


def test_a_type_is_put_into_others():
    found = uses(member("a", 0), name="struct s")
    assert found["", EMBEDDINGS[0]] == "struct your_struct_s { struct s a; int z; };"
    assert not any(how in EMBEDDINGS for _, how in uses(member("", 0), name="enum e"))
    assert not any(how in EMBEDDINGS for _, how in uses()), "an empty one has nothing to move"


@pytest.mark.parametrize(("decl", "how", "line"), [
    ("unsigned int @", ADDRESS, "void xN(struct s *p) { unsigned int (*q) = &p->a; (void)q; }"),
    ("unsigned int @", "result", "unsigned int zN(struct s *p) { return p->a; }"),
    ("unsigned int @", "assignment", "void yN(struct s *p, unsigned int v) { p->a = v; }"),
    ("int (*@)(void)", "result", "int (*zN(struct s *p))(void) { return p->a; }"),
    ("unsigned char @[16]", ADDRESS,
     "void xN(struct s *p) { unsigned char *q = p->a; (void)q; }"),
    ("unsigned char @[4][2]", ADDRESS,
     "void xN(struct s *p) { unsigned char (*q)[2] = p->a; (void)q; }"),
    ("unsigned char @[16]", "write to an element", "void yN(struct s *p) { p->a[0] = p->a[1]; }"),
])
def test_a_field_is_used_as_the_type_that_it_had(decl, how, line):
    kind = "u8[16]" if "[" in decl else "pointer" if "*" in decl else "u32"
    offered = api(struct("struct s", member("a", 0, type=kind, decl=decl)))
    found = {u.how: u for u in uses_of(offered) if u.name == "struct s.a"}
    assert re.sub(r"(?<=[qxyz])\d+", "N", found[how].code) == line


def test_what_a_pointer_points_to_is_written_to():
    found = uses(member("a", 0, 8, type="pointer", decl="unsigned char *@"))
    assert "p->a[0] = p->a[1]" in found["a", "write through it"]
    assert ("a", ADDRESS) not in uses(member("a", 0, 0, type="u8[]", decl="unsigned char @[]"))
    assert ("a", "write to an element") not in uses(
        member("a", 0, 4, type="u8[4]", decl="const unsigned char @[4]"))


AFTER = (struct("struct s", member("a", 4), size=12),)


@pytest.mark.parametrize("new", [
    api(), api(struct("struct s", member("a", 0), size=16), numbers={"N": 2}),
])
def test_what_is_something_else_in_every_dialect_is_not_asserted(new):
    old = api(struct("struct s", member("a", 4), size=12), numbers={"N": 1})
    assert asserted(old, new) == []


def test_what_the_compiler_alone_knows_is_not_used():
    found = uses_of(api(struct("struct s", member("__empty_v", 0), size=0)))
    assert not any("." in u.name for u in found)


def test_padding_keeps_its_name_and_nobody_takes_its_address():
    found = uses(member("pad", 0, decl="unsigned int @"))
    assert {how for name, how in found if name} == {"read", "value", "write",
                                                    "designated initialiser"}


def test_what_is_as_it_is_is_asserted():
    found = {(u.name, u.how): u.code for u in asserted(api(
        struct("struct s", member("a", 4), member("b", 8, bits=3), size=12),
        numbers={"N": -1, "F(1)": 2}), api(*AFTER, numbers={"N": -1}))}
    assert found["struct s", "its size"] == "typedef char a0_[(sizeof(struct s) == 12) ? 1 : -1];"
    assert "__builtin_offsetof(struct s, a) == 4" in found["struct s.a", "its place"]
    assert "(N) == 18446744073709551615ull" in found["N", "its value"]
    assert len(found) == 3
    assert len({c.split("[")[0] for c in found.values()}) == 3


def test_constants_strings_and_functions_are_used_and_calls_are_not():
    offered = replace(api(numbers={"N": 1, "F(1)": 2}), strings={"T": '"t"'},
                      functions={"g": CALLED, "f": Function("f", "void @", ())})
    found = [(u.name, u.how) for u in uses_of(offered)]
    assert found == [("N", "constant"), ("N", "case label"), ("T", "string"), ("f", "function"),
                     ("f", "call"), ("g", "function"), ("g", "call")]
    lines = [u.code for u in uses_of(offered)]
    assert "(N)" in lines[0]
    assert "case (N):" in lines[1]
    assert lines[2].endswith('= "" T;')
    assert lines[3] == "void *f0_f = (void *)f;"
    assert lines[4] == "void g0_f(void) { f(); }"
    assert lines[6] == "int *g1_g(const char *a0, int (*a1)(void)) { return g(a0, a1); }"


def test_a_function_whose_types_have_no_name_is_only_named():
    offered = replace(api(), functions={"f": Function("f", "", ()), "g": Function(
        "g", "int @", ("int @", ""))})
    assert {u.how for u in uses_of(offered)} == {"function"}


def test_a_function_takes_as_many_as_it_names_and_more():
    offered = replace(api(), functions={"f": Function("f", "int @", ("int @", "..."))})
    assert uses_of(offered)[1].code == "int g0_f(int a0) { return f(a0); }"


def test_no_two_lines_define_the_same_name():
    two = struct("struct s", member("a", 0), member("b", 4, type="pointer"),
                 member("c", 8, type="u8[4]"))
    other = struct("union s", *two.members)
    offered = replace(api(two, other, numbers={"A": 1, "B": 2}), strings={"C": '"c"', "D": '"d"'},
                      functions={"f": CALLED})
    names = [re.match(r"(?:\w+[ *]+)+?(\w+)(?:\(| =| \{)", u.code).group(1)
             for u in uses_of(offered)]
    assert len(names) == len(set(names)) > 20


@pytest.mark.parametrize(("old", "new", "gone"), [
    ({"arity": {"F": 1}}, {"arity": {"F": 1}}, []),
    ({"arity": {"F": 1}}, {"arity": {"F": 2}}, [("F", "2")]),
    ({"arity": {"F": 1}}, {"arity": {"F": -1}}, []),
    ({"arity": {"F": 2}}, {"arity": {"F": -2}}, []),
    ({"arity": {"F": 1}}, {"arity": {"F": -3}}, [("F", "2 parameters and more")]),
    ({"arity": {"F": -1}}, {"arity": {"F": -2}}, []),  # F() has an empty argument
    ({"arity": {"F": -2}}, {"arity": {"F": 2}}, [("F", "not 1 parameter and more")]),
    ({"arity": {"F": 1}}, {}, [("F", "defined")]),
    ({"arity": {"F": 1}}, {"macros": ["F"]}, [("F", "parameters")]),
    ({"macros": ["M", "L"]}, {}, [("L", "defined"), ("M", "defined")]),
    ({"macros": ["M"]}, {"arity": {"M": 1}}, []), ({"macros": ["M"]}, {"numbers": {"M": 1}}, []),
    ({"numbers": {"N": 1}}, {}, []),  # that one is found by its use
])
def test_macros_that_are_gone(old, new, gone):
    found = names_gone(api(**old), api(**new))
    assert [b.use.name for b in found] == [name for name, _ in gone]
    for broken, (_, word) in zip(found, gone, strict=True):
        assert word in broken.message
        assert not broken.warning
        assert broken.command.startswith("gcc")


def changed(old, new):
    return {(u.name, u.how) for u in changed_uses(old, new)}


def test_what_stayed_is_not_tried_again():
    one = replace(api(struct("struct s", member("a", 0)), numbers={"N": 1}),
                  strings={"T": '"t"'}, functions={"f": CALLED})
    assert changed(one, one) == set()
    assert changed(one, replace(one, numbers={"N": 2}, strings={"T": '"u"'})) == set()
    assert changed(one, replace(one, numbers={}, strings={}, functions={})) == {
        ("N", "constant"), ("N", "case label"), ("T", "string"), ("f", "function"), ("f", "call")}
    other = {"f": replace(CALLED, parameters=("int @",))}
    assert changed(one, replace(one, functions=other)) == {("f", "function"), ("f", "call")}


@pytest.mark.parametrize("after", [
    struct("struct s", member("b", 0)), struct("struct s", member("a", 0), size=8),
    struct("struct other", member("a", 0))])
def test_all_uses_of_a_type_that_changed_are_tried_again(after):
    old = api(struct("struct s", member("a", 0)))
    assert changed(old, api(after)) == {(u.name, u.how) for u in uses_of(old)}


def test_dialects_say_what_they_are_called_with():
    programs = {d.name: (d.program, d.flags) for d in OTHERS}
    assert programs["c99"] == ("gcc", ("-std=c99",))
    assert programs["c++17"] == ("g++", ("-x", "c++", "-std=c++17"))
    assert programs["clang gnu11"] == ("clang", ("-std=gnu11",))


def test_a_typedef_is_used_as_the_type_that_it_stands_for():
    found = uses(member("", 0, 8, decl="unsigned char *@"), name="buf_t")
    assert re.sub(r"\d+", "N", found["", ADDRESS]) == (
        "void xN_t(buf_t *p) { unsigned char *(*q) = p; (void)q; }")
    assert ("", ADDRESS) not in uses(member("", 0), name="buf_t")
    assert ("", ADDRESS) not in uses(member("", 0, decl="int @"), name="enum e")


def test_a_constant_of_another_enum_is_used_as_a_value_of_its_own():
    old = HeaderApi(numbers={"A": 1, "B": 2, "C": 3}, tags={"A": "enum x", "B": "enum x",
                                                            "C": "enum x"})
    new = HeaderApi(numbers={"A": 1, "B": 2}, tags={"A": "enum x", "B": "enum y"},
                    visible={"enum x": "x.h"})
    assert of_an_enum(old, replace(new, visible={})) == [], "the enum itself is missed"
    assert [(u.name, u.code, u.c_alone) for u in of_an_enum(old, new)] == [
        ("B", "enum x n1 = B;", False)], "what is gone is missed elsewhere"
