# SPDX-License-Identifier: GPL-2.0-or-later
"""Which names can mean something else: read from what the preprocessor leaves."""

import pytest

from harness.uapi import affected

TYPES = ("typedef unsigned int __u32;\ntypedef unsigned long __u64;\n"
         "struct one {\n __u32 a;\n __u32 b;\n};\n"
         "struct two {\n struct one o;\n __u64 c;\n};\n"
         "enum kind { FIRST, SECOND };\n"
         "static __inline__ __u32 twice(__u32 x)\n{\n return x * 2;\n}\n"
         "typedef struct { __u64 v; } vec_t;\n"
         "#define SIZE sizeof(struct two)\n#define NUMBER 1\n#define OTHER (NUMBER + 1)\n")


def names(old, new, before=TYPES):
    """The names that are affected when ``old`` becomes ``new`` in TYPES."""
    assert old in before
    found = affected.compare(before, before.replace(old, new))
    return set(found.names)


def test_the_same_text_affects_nothing():
    assert names("struct one", "struct one") == set()
    moved = f'\n# 7 "linux/a.h"\n{TYPES}'.replace(" __u32 a", "   __u32\n a")
    assert affected.compare(TYPES, moved).names == frozenset(), "blanks and lines are no words"


@pytest.mark.parametrize(("old", "new", "which"), [
    (" __u32 b;", " __u64 b;", {"one", "two", "SIZE"}),
    ("unsigned int __u32", "int __u32", {"__u32", "one", "two", "SIZE", "twice"}),
    ("FIRST, SECOND", "FIRST, NEW, SECOND", {"kind", "FIRST", "NEW", "SECOND"}),
    ("x * 2", "x * 3", {"twice"}),
    ("__u64 v;", "__u32 v;", {"vec_t"}),
    ("NUMBER 1", "NUMBER 2", {"NUMBER", "OTHER"}),
    ("struct two {", "struct three {\n __u32 z;\n};\nstruct two {", {"three"}),
    ("#define NUMBER 1\n", "", {"NUMBER", "OTHER"}),
    ("#define NUMBER 1", "#define NUMBER 1\n#undef NUMBER", {"NUMBER", "OTHER"}),
    ("#define NUMBER 1", "#define NUMBER(x) 1", {"NUMBER", "OTHER"}),
])
def test_what_says_a_name_that_is_affected_is_affected_too(old, new, which):
    assert names(old, new) == which


def test_a_new_macro_affects_all_that_have_its_word_as_a_field():
    assert names("#define NUMBER 1", "#define NUMBER 1\n#define c kind") == {"c", "two", "SIZE"}


@pytest.mark.parametrize(("old", "new", "name"), [
    ("typedef int (*fn_t)(int);", "typedef int (*fn_t)(long);", "fn_t"),
    ("extern struct one *table[4];", "extern struct one *table[8];", "table"),
    ("int call(struct one *p);", "int call(const struct one *p);", "call"),
    ("typedef struct one one_t, *one_p;", "typedef struct two one_t, *one_p;", "one_t"),
    ("typedef struct one one_t, *one_p;", "typedef struct two one_t, *one_p;", "one_p"),
    ("typedef __u64 wide __attribute__((aligned(8)));",
     "typedef __u64 wide __attribute__((aligned(4)));", "wide"),
    ("struct __attribute__((packed)) odd { __u32 x; };", "struct odd { __u32 x; };", "odd"),
    ("struct one { int x; } thing;", "struct one { int x; } thing[2];", "thing"),
    ("static const int map[] = { 1, 2 };", "static const int map[] = { 1, 3 };", "map"),
    ("typedef __u8 mac[6];", "typedef __u8 mac[8];", "mac"),
])
def test_each_form_of_a_declaration_names_what_it_defines(old, new, name):
    found = affected.compare(f"{old}\n", f"{new}\n")
    assert name in found.names
    user = f"struct user {{\n {name} *u;\n}};\n"
    assert "user" in affected.compare(f"{old}\n{user}", f"{new}\n{user}").names


def test_a_typedef_and_a_tag_of_one_name_are_not_taken_for_one_another():
    tag = "struct foo {\n int a;\n};\n"
    found = affected.compare(f"{tag}typedef int foo;\n", f"{tag}typedef long foo;\n")
    assert "foo" in found.names


@pytest.mark.parametrize("pragma", ["#pragma pack(1)", "#pragma pack(push, 1)"])
def test_a_pragma_that_stays_open_leaves_nothing_sure(pragma):
    assert affected.compare(TYPES, f"{TYPES}{pragma}\n") is None


def test_what_a_pragma_reaches_is_affected():
    packed = TYPES.replace("struct one {", "#pragma pack(push, 1)\nstruct one {").replace(
        "struct two", "#pragma pack(pop)\nstruct two")
    assert affected.compare(TYPES, packed).names == {"one", "two", "SIZE"}


def test_the_words_of_what_changed_are_told():
    found = affected.compare(TYPES, TYPES.replace(" __u32 b;", " __u32 len;"))
    assert {"len", "one", "b"} <= found.words
    assert "two" not in found.words, "it only says what changed"


def test_a_function_and_what_follows_it_are_two():
    both = "static __inline__ int f(void)\n{\n return 1;\n}\nstruct s {\n int a;\n};\n"
    assert affected.compare(both, both.replace("return 1", "return 2")).names == {"f"}


def test_what_never_ends_is_compared_all_the_same():
    assert affected.compare("struct s {", "struct s { int a;").names == {"s"}
    assert affected.compare("", "").names == frozenset()


@pytest.mark.parametrize(("old", "new", "kept", "name"), [
    # what is pasted is said nowhere
    ("enum { X_A, __X_MAX };", "enum { X_A, X_B, __X_MAX };",
     "#define X_CAT(a, b) a##b\n#define X_BYTES (X_CAT(__X_, MAX) * 4)", "X_BYTES"),
    # a tag and a typedef of one name
    ("typedef struct s s __attribute__((aligned(8)));",
     "typedef struct s s __attribute__((aligned(16)));",
     "struct s { int v; };\n#define X_AL __alignof__(s)", "X_AL"),
    ("typedef unsigned int req, *reqp;", "typedef unsigned long req, *reqp;",
     "struct req { int v; };\n#define X_LEN sizeof(req)", "X_LEN"),
    # a parameter that is an enum opens no enum
    ("typedef unsigned int t __attribute__((aligned(4)));",
     "typedef unsigned long t __attribute__((aligned(8)));",
     "static inline int f(enum e x)\n{\n t a = x;\n return a;\n}\n#define X_LEN sizeof(t)",
     "X_LEN"),
    ("int f(int);", "int f(int);\nextern __typeof__(f) f __attribute__((deprecated));", "", "f"),
    ("extern int (* const fp)(int);", "extern int (* const fp)(char *);", "", "fp"),
    ("extern int (**fp)(int);", "extern int (**fp)(char *);", "", "fp"),
    ("extern int (fn)(int);", "extern int (fn)(char *);", "", "fn"),
    ("extern int (* const tab[2])(int);", "extern int (* const tab[2])(char *);", "", "tab"),
    ("__extension__ typedef int (* const cb)(int);",
     "__extension__ typedef int (* const cb)(char *);", "", "cb"),
    ("struct s {\n int a;\n int b;\n};", "struct s {\n int b;\n int a;\n};",
     "#define X_OFF __builtin_offsetof(struct s, b)", "X_OFF"),
])
def test_what_the_words_hide_is_affected_all_the_same(old, new, kept, name):
    assert name in affected.compare(f"{kept}\n{old}\n", f"{kept}\n{new}\n").names


def test_a_brace_in_quotes_is_none():
    code = "static inline int f(int c)\n{\n if (c == '}')\n  return 1;\n return 2;\n}\n"
    old, new = "struct s {\n int a;\n int b;\n};\n", "struct s {\n int b;\n int a;\n};\n"
    assert "s" in affected.compare(code + old, code + new).names


def test_a_declaration_that_moves_is_affected():
    one, two = "struct foo;\n", "static inline int f(struct foo *p)\n{\n return 1;\n}\n"
    rest = "".join(f"struct s{n} {{\n int a;\n}};\n" for n in range(9))
    for old, new in ((one + two, two + one), (two + one, one + two)):
        assert "f" in affected.compare(old + rest, new + rest).names
    found = affected.compare(rest + one, one + rest).names
    assert found == {"foo"}, "what stays in its place is not"
