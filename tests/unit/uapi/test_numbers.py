# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros out of ``gcc -E -dD``, and their values out of an object."""

import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.uapi import numbers
from harness.uapi.batch import CompileResult, Said
from tests.make import DATA, driven

OBJECTS = DATA / "dwarf"


def read(text, header="linux/a.h"):
    return numbers.defined_by(text, header)


def inside(*lines):
    """The macros of ``linux/a.h`` whose lines these are, after its guard."""
    return read("\n".join(['# 1 "/headers/linux/a.h" 1', "#define _A_H", *lines]))


def test_only_what_the_header_itself_defines_is_its_own():
    macros = read("""# 0 "<built-in>"
#define __GNUC__ 12
# 1 "t.c"
#define OF_SOURCE 1
# 1 "/headers/linux/a.h" 1
#define _LINUX_A_H
# 1 "/headers/linux/b.h" 1 3
#define OTHER 2
#define MAKES(x) _IO(1, x)
# 4 "/headers/linux/a.h" 2
#define MINE 3
int x;
#define ALSO 4
""")
    assert macros.plain == {"MINE": "3", "ALSO": "4"}
    assert macros.lines == {"MINE": 4, "ALSO": 6}
    assert macros.visible == {
        "OF_SOURCE": "t.c", "_LINUX_A_H": "/headers/linux/a.h", "OTHER": "/headers/linux/b.h",
        "MAKES": "/headers/linux/b.h", "MINE": "/headers/linux/a.h", "ALSO": "/headers/linux/a.h"}
    assert macros.everywhere == {"MAKES": "_IO(1, x)"}
    assert macros.arity == {}


@pytest.mark.parametrize(("first", "kept"), [
    ("#define _ANYTHING", []), ("#define LINUX_HEADER", []), ("#define __UAPI_A__", []),
    ("#define FEATURE", ["FEATURE"]), ("#define _VALUE 1", ["_VALUE"]),
    ("#define _CALL()", []),
])
def test_the_first_empty_macro_may_be_the_guard(first, kept):
    assert list(read(f'# 1 "/headers/linux/a.h"\n{first}\n').plain) == kept


def test_only_the_first_macro_is_taken_for_a_guard_unless_it_is_called_like_one():
    assert list(inside("#define _SECOND", "#define OTHER_H", "#define __B_H__").plain) == [
        "_SECOND"]
    assert inside("#define SIZE_H 4").plain == {"SIZE_H": "4"}


def test_a_macro_of_the_source_before_is_not_the_headers_first():
    macros = read('# 1 "t.c"\n#define _X\n# 1 "/headers/linux/a.h"\n#define _GUARD\n')
    assert macros.plain == {}


@pytest.mark.parametrize(("line", "count", "body"), [
    ("#define F() 1", 0, "1"), ("#define F(a) (a)", 1, "(a)"), ("#define F(a, b) a b", 2, "a b"),
    ("#define F(...) 0", -1, "0"), ("#define F(a, args...) 0", -2, "0"), ("#define F(a)", 1, ""),
])
def test_macros_with_parameters_have_an_arity(line, count, body):
    macros = inside(line)
    assert macros.arity == {"F": count}
    assert macros.calls == {"F": body}
    assert macros.everywhere == {"F": body}
    assert macros.plain == {}


def test_what_is_undefined_is_gone_and_what_is_defined_again_is_new():
    macros = inside("#define A 1", "#define F(x) 1", "#undef A", "#undef F", "#undef NEVER")
    assert (macros.plain, macros.arity, macros.calls) == ({}, {}, {})
    assert set(macros.visible) == {"_A_H"}
    macros = inside("#define A 1", "#undef A", "#define A(x) 2", "#define B(x) 3", "#undef B",
                    "#define B 4")
    assert (macros.plain, macros.arity) == ({"B": "4"}, {"A": 1})


def test_a_macro_that_changes_its_kind_without_undef_is_the_last():
    macros = inside("#define A 1", "#define A(x) 2", "#define B(x) 3", "#define B 4")
    assert (macros.plain, macros.arity) == ({"B": "4"}, {"A": 1})


@settings(max_examples=60)
@given(st.text(st.sampled_from('#define undef(),." 1\n\\A"'), max_size=200))
def test_no_output_of_a_preprocessor_is_too_odd(text):
    macros = read(f'# 1 "/headers/linux/a.h"\n{text}')
    assert set(macros.plain) | set(macros.arity) <= set(macros.lines)
    assert not set(macros.plain) & set(macros.arity)


def test_ioctls_are_found_through_the_macros_that_subsystems_wrap_them_in():
    macros = read("""# 1 "/headers/drm/drm.h"
#define DRM_IOWR(nr, type) _IOWR('d', nr, type)
#define OTHER(x) (x)
# 1 "/headers/linux/a.h"
#define PLAIN _IO(0xae, 1)
#define READ _IOR(0xae, 2, int)
#define BAD _IOW_BAD('x', 1, 2)
#define RAW _IOC (1, 2, 3, 4)
#define WRAPPED DRM_IOWR(0x1, struct s)
#define NO OTHER(1)
#define NUMBER 5
#define NO_IO(x) (x)
#define CALL(n) _IOW('x', n, int)
#define TWO(a, b) DRM_IOWR(a, b)
""")
    assert numbers.ioctls(macros) == {
        "PLAIN", "READ", "BAD", "RAW", "WRAPPED", "CALL(1)", "TWO(1, 1)"}


def test_no_wrapper_makes_no_difference():
    assert numbers.ioctls(inside("#define A _IO(1, 2)", "#define B 1")) == {"A"}


def test_strings():
    macros = inside('#define A "/dev/x"', '#define B "a" "b"', "#define C 1", r'#define D "a\"b"',
                    '#define E "')
    assert numbers.strings(macros) == {"A": '"/dev/x"', "D": r'"a\"b"'}


@pytest.mark.parametrize(("value", "text"), [
    (0xAE01, "_IO(0xae, 0x01, 0 bytes)"), (0x4010AE67, "_IOW(0xae, 0x67, 16 bytes)"),
    (0x8004E502, "_IOR(0xe5, 0x02, 4 bytes)"), (0xFFFFFFFF, "_IOWR(0xff, 0xff, 16383 bytes)"),
    (-1, "_IOWR(0xff, 0xff, 16383 bytes)"),
])
def test_an_ioctl_number_in_words(value, text):
    assert numbers.decode_ioctl(value) == text


class Gcc:
    """A compiler that refuses the lines that say BAD, and whose object is ``made``."""

    def __init__(self, made=None):
        self.made, self.sources, self.flags = made, [], []

    def include(self, header):
        return f"#include <{header}>\n"

    def run(self, source, *flags, keep=None):
        self.sources.append(source)
        self.flags.append(flags)
        said = tuple(Said("t.c", n, "error", "no", n) for n, line in enumerate(
            source.splitlines(), 1) if "BAD" in line)
        if keep is not None and self.made is not None and not said:
            shutil.copy(OBJECTS / self.made, keep)
        fails = "-c" in flags and self.made is None
        return CompileResult(not said and not fails, said or (
            Said("t.c", 1, "warning", "hm"),) if fails else said, "")


def names(*lines):
    return inside(*lines)


VALUES = names("#define A 7", "#define B (-1)", "#define BAD_ONE x", "#define C _IOW(1, 2, int)")


@pytest.mark.parametrize("made", ["values.o", "values-big.o"])
def test_values_are_what_the_compiler_makes_of_them(tmp_path, made):
    one = Gcc(made)
    found = evaluate(one, VALUES, tmp_path)
    assert found.numbers == {"A": 7, "B": -1}, "the third is of no integer type"
    assert found.problem == ""
    assert found.kinds == {"A": "int", "B": "long unsigned int"}
    last = one.sources[-1]
    assert last.startswith("#include <linux/a.h>\n")
    assert "BAD_ONE" not in last
    assert "(A)" in last
    assert "-c" in one.flags[-1]
    assert one.flags[-1][:3] == ("-c", "-o", "t.o")


def evaluate(one, macros, work, **known):
    return driven(one, numbers.evaluate(one, "linux/a.h", macros, work, **known))


def test_what_has_no_value_is_not_asked(tmp_path):
    one = Gcc("values.o")
    macros = names("#define EMPTY", '#define TEXT "x"', "#define NONE() 1",
                   "#define MANY(a, b, c, d, e, f, g) 1", "#define ANY(...) 1", "#define A 1",
                   "#define F(a) 1", "#define FOUR(a, b, c, d) 1")
    found = evaluate(one, macros, tmp_path)
    assert found.numbers["A"] == 7
    for name in ("EMPTY", "TEXT", "MANY"):
        assert name not in one.sources[0]
    assert "FOUR(1, 1, 1, 1)" in one.sources[0]


def test_a_header_without_constants_is_not_compiled_again(tmp_path):
    one = Gcc()
    assert evaluate(one, names("#define BAD 1"), tmp_path) == numbers.Values(useless={"BAD": "1"})
    assert evaluate(one, names('#define TEXT "x"'), tmp_path) == numbers.Values()
    assert not any("TEXT" in source for source in one.sources)


def test_what_is_known_to_be_no_constant_is_not_tried_while_its_text_is_the_same(tmp_path):
    one, macros = Gcc(), names("#define BAD x", "#define GOOD 2", "#define F(a) a")
    useless = {"BAD": "x", "GOOD": "1", "F(1)": "a"}
    evaluate(one, macros, tmp_path, told=numbers.Told(numbers.Values(useless=useless)))
    assert all("(BAD)" not in source and "(F(1))" not in source for source in one.sources)
    assert any("(GOOD)" in source and "(F(4))" in source for source in one.sources)


def test_values_that_cannot_be_had_are_said(tmp_path):
    class Forgets(Gcc):
        def run(self, source, *flags, keep=None):
            return super().run(source, *flags)
    found = evaluate(Forgets("values.o"), names("#define A 7"), tmp_path)
    assert found.numbers == {}
    assert "the compiler failed" in found.problem


def test_an_object_without_values_has_none(tmp_path):
    assert evaluate(Gcc("shapes64.o"), names("#define A 7"), tmp_path) == numbers.Values()


@pytest.mark.parametrize(("arity", "asked"), [
    ({"NONE": 0}, ["NONE()"]), ({"MANY": 7}, []),
    ({"MORE": -2}, ["MORE(1)", "MORE(1, 2)", "MORE(1, 2, 3)", "MORE(1, 2, 3, 4)"]),
    ({"ANY": -1}, ["ANY()", "ANY(1)", "ANY(1, 2)", "ANY(1, 2, 3)"]),
    ({"F": 1}, ["F(1)", "F(4)", "F(0x59)", "F(1000)", "F(0x12345678)",
                "F(0x123456789abcdef0ull)", "F(1 + 2)", "F(0)", "F(int)", "F(long long)"]),
])
def test_what_macros_with_parameters_are_called_with(arity, asked):
    assert numbers.calls(arity) == asked


def test_arguments_differ_and_come_in_both_orders():
    asked = numbers.calls({"F": 3})
    assert {"F(1, 2, 3)", "F(4, 3, 2)", "F(1, int, 3)", "F(int, 2, 3)"} <= set(asked)
    assert len(asked) == len(set(asked))


def test_if_is_asked_for_the_value_it_had():
    class If(Gcc):
        def run(self, source, *flags, keep=None):
            self.flags.append(flags)
            rows = source.splitlines()
            said = [Said("t.c", n + 1, "error", "#error no", n + 1)
                    for n, line in enumerate(rows, 1) if line == "#if (CAST) != (3)"]
            said += [Said("t.c", n, "error", "missing binary operator", n)
                     for n, line in enumerate(rows, 1) if line == "#if (SIZE) != (8)"]
            return CompileResult(not said, tuple(said), "")
    one = If()
    seen = driven(one, numbers.compared_by_if(one, "linux/a.h", {
        "A": 1, "CAST": 3, "B": -1, "SIZE": 8, "C": 0}))
    assert seen == {"A", "B", "C"}
    assert one.flags == [("-E", "-P", "-w")]


def test_the_alignment_of_types_is_asked_too(tmp_path):
    one = Gcc("values.o")
    found = driven(one, numbers.evaluate(one, "linux/a.h", names("#define A 1"), tmp_path,
                                         ["struct s"]))
    assert (found.numbers, found.aligned) == ({"A": 7}, {"struct s": -1})
    assert "(__alignof__(struct s))" in one.sources[0]


@pytest.mark.parametrize(("affected", "asked"), [
    (None, True), (frozenset({"A"}), True), (frozenset({"odd"}), False)])
def test_what_is_not_affected_has_the_value_of_the_other_version(tmp_path, affected, asked):
    one = Gcc("values.o")
    held = numbers.Values({"A": 9}, {"A": "int"}, {"struct s": 2}, useless={"TYPE": "struct s"})
    found = driven(one, numbers.evaluate(
        one, "linux/a.h", names("#define A 7", "#define TYPE struct s"), tmp_path, ["struct s"],
        told=numbers.Told(held=held, affected=affected)))
    assert found.numbers["A"] == (7 if asked else 9)
    assert any("(A)" in source for source in one.sources) == asked
    if not asked:
        assert (found.kinds["A"], found.aligned["struct s"]) == ("int", 2)
        assert one.sources == []
