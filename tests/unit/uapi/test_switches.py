# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of a header that wait for a macro which nobody defines here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Finding, Severity
from harness.uapi import switches

BASE = "#ifdef X\nint a;\n#else\nint b;\n#endif\nint c;\n"


def test_the_lines_below_each_name():
    assert switches.below(BASE) == {"X": ("#ifdef X", "int a;", "#else", "int b;", "#endif")}
    nested = switches.below("#if defined(A) && B > 1\n#ifndef C\nx\n#endif\n#elif D\ny\n#endif\n")
    assert nested["C"] == ("#ifndef C", "x", "#endif")
    assert nested["D"] == ("#elif D", "y", "#endif")
    assert set(nested) == {"A", "B", "C", "D", "defined"}


@pytest.mark.parametrize(("after", "names"), [
    (BASE, []), (BASE.replace("int a", "long a"), ["X"]), ("int c;\n", ["X"]),
    (BASE.replace("int c", "long c"), []), (BASE.replace("int a;", "int a; /* now */"), []),
    (f"{BASE}#ifdef Y\nint d;\n#endif\n", ["Y"]), (f"#define X 1\n{BASE.replace('b', 'e')}", []),
    (BASE.replace("X", "__KERNEL__"), ["X"]), (BASE.replace("X", "CONFIG_A"), ["X"]),
    (BASE.replace("X", "__BIG_ENDIAN"), ["X"]), (BASE.replace("X", "__cplusplus"), ["X"]),
    (BASE.replace("X", "__x86_64__"), ["X"]), (BASE.replace("X", "known"), ["X"])])
def test_names_that_are_asked_for_and_that_nobody_compares_otherwise(after, names):
    assert switches.asked(BASE, after, "known".__eq__) == names


@given(st.text("#ifdefnlsXY() \n\\", max_size=200))
def test_any_text_can_be_asked(text):
    switches.asked(text, BASE, lambda _: False)


def test_another_machines_branch_is_one_warning():
    rows = [Finding("uapi-layout", s, f"m{n}", subject=f"s{n}")
            for n, s in enumerate((Severity.NOTE, Severity.ERROR, Severity.ERROR))]
    (found,) = switches._of_a_machine("__ia64__", rows)
    assert (found.severity, found.message) == (
        Severity.WARNING, "m1, and 1 more: another machine's")
    assert list(switches._of_a_machine("__ia64__", rows[:1])) == []
    assert list(switches._of_a_machine("_GNU_SOURCE", rows)) == rows


@pytest.mark.parametrize(("name", "machine"), [
    ("__ia64__", True), ("__mips__", True), ("__aarch64__", True), ("__powerpc64__", True),
    ("__riscv_xlen", True), ("__loongarch64__", True), ("__MIPSEB__", False),
    ("_GNU_SOURCE", False), ("__USE_MISC", False)])
def test_which_names_are_a_machines(name, machine):
    assert bool(switches._MACHINES.fullmatch(name)) is machine


@pytest.mark.parametrize(("text", "word"), [
    ("#ifdef X\n", "-DX"), ("#if X >= 2\n", "-DX=2"), ("#if defined(X) && X > 2\n", "-DX=3"),
    ("#if X == 0x7\n", "-DX"), ("#if XX >= 2\n", "-DX"), ("int X >= 2;\n", "-DX"),
    ("#if X >= 200809L\n#elif X < 1\n", "-DX=200809")])
def test_a_name_is_defined_as_what_is_waited_for(text, word):
    assert switches.defined_as("X", text) == word


@pytest.mark.parametrize(("name", "line", "flags"), [
    ("X_A", "#ifdef X_A", [("-DX_A",)]),
    ("__GNUC__", "#if __GNUC__ >= 13", [("-U__GNUC__", "-D__GNUC__=12"),
                                        ("-U__GNUC__", "-D__GNUC__=13")]),
    ("__GNUC__", "#if __GNUC__ < 5", [("-U__GNUC__", "-D__GNUC__=4"),
                                      ("-U__GNUC__", "-D__GNUC__=5")]),
    ("__GNUC__", "#ifndef __GNUC__", [("-U__GNUC__",)])])
def test_a_compilers_version_is_what_is_just_enough_and_just_too_little(name, line, flags):
    text = f"{line}\nint a;\n#endif\n"
    assert [way for way, _ in switches._ways(name, ("", text))] == flags


def test_what_is_asked_of_has_attribute_is_no_macro():
    text = "#if __has_attribute(counted_by)\nint a;\n#endif\n"
    assert switches.asked("", text, lambda _: False) == []
