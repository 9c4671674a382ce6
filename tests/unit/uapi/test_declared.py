# SPDX-License-Identifier: GPL-2.0-or-later
"""What the text of a header declares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.uapi.declared import Body, declared, is_open, with_moved


@pytest.mark.parametrize(("text", "name", "found"), [
    ("extern int f(__u32 a);", "f", "extern int f(__u32 a);"),
    ("int f(void);", "f", "int f(void);"),
    ("extern const int v; // now\n", "v", "extern const int v;"),
    ("#ifdef A\nextern int v;\n#endif\n", "v", "extern int v;"),
    ('extern "C" {\nint f(int);\n}', "f", "int f(int);"),
    ("char *f(int *p);", "f", "char *f(int *p);"),
    ("void (*f(int a))(int);", "f", "void (*f(int a))(int);")])
def test_what_others_define(text, name, found):
    assert declared(text).outside == {name: found}


@pytest.mark.parametrize("text", [
    "static int f(int a);", "int v;", "struct s { int f(int); };", "typedef int f(int);",
    "#define F int f(int);", "extern int a, b;", "struct s;", "enum e { A };", "", "}}}}(((("])
def test_what_is_no_declaration_of_others(text):
    assert declared(text).outside == {}


def test_tables_have_their_elements():
    found = declared("static const int t[] = { 1, /* two */ 2,\n\t[5] = 3 };\n"
                     "static const int one = 1;\nint s[2] = { f(1, 2), 3 };\n")
    assert found.tables == {"t": ("1", "2", "[5] = 3"), "s": ("f(1, 2)", "3"), "one": ("1",)}


@pytest.mark.parametrize(("text", "kind"), [
    ("static const unsigned char t[4] = { 1 };", "const unsigned char @[4]"),
    ("static const struct s t = { 1 };", "const struct s @"),
    ("static const char *const t[] = { 0 };", "const char *const @[]"),
    ("static t_t t[2][3] = { { 1 } };", "t_t @[2][3]")])
def test_tables_have_a_type(text, kind):
    assert declared(text).kinds == {"t": kind}


def test_bodies_are_on_one_line():
    found = declared("static inline int f(int a)\n{\n\t/* now */\n\treturn a;\n}\n"
                     "__inline__ void g(void) { }\n")
    assert found.bodies == {"f": Body(True, "{ return a; }"), "g": Body(False, "{ }")}


def test_what_stands_twice_is_left_to_compilers():
    text = "#ifdef A\nextern int v;\n#else\nextern long v;\n#endif\nextern int w;\n"
    assert declared(text).outside == {"w": "extern int w;"}


@pytest.mark.parametrize(("text", "wide"), [
    ("1 + 2", True), ("(1 + 2)", False), ("a << 2", True), ("a ? 1 : 2", True), ("f(1 + 2)", False),
    ("1", False), ("-1", False), ("(int)1", False), ("", False), ("struct s", False), ("do", False),
    ("x[1]", False), ("(1) | (2)", True), ("} {", False)])
def test_which_expressions_others_can_take_apart(text, wide):
    assert is_open(text) is wide


@given(st.text(max_size=300))
def test_any_text_can_be_read(text):
    declared(text)
    is_open(text)


def test_what_moved_to_an_included_header_is_read_there():
    body = "static inline int f(void) { return 1; }\n"
    after = {"a.h": "#include <b.h>\nint x;\n", "b.h": body, "c.h": "int y;\n"}
    assert body in with_moved("a.h", f"{body}int x;\n", after)
    assert with_moved("a.h", "int x;\n", after) == after["a.h"], "nothing moved"


def test_an_inline_function_of_two_branches_is_both():
    text = "#ifdef A\n{0}#else\n{0}#endif\n".format("static inline int f(void) { return 1; }\n")
    one, two = declared(text), declared(text.replace("1", "2", 1))
    assert one.bodies["f"].whole != two.bodies["f"].whole
    assert one.bodies["f"].static
