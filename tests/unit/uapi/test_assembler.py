# SPDX-License-Identifier: GPL-2.0-or-later
"""A header as assembler includes it, with a compiler that says what it is told."""

import pytest

from harness.uapi import assembler
from harness.uapi.batch import CompileResult, Said
from harness.uapi.context import HeaderContext

HERE = HeaderContext("include/uapi/linux/x.h", "x86-64")
ASKS = "#ifndef __ASSEMBLY__\nint a;\n#endif\n"


class Compiler:
    program = "gcc"

    def __init__(self, macros, ok=True):
        self.macros, self.ok = macros, ok

    def include(self, header):
        return f"#include <{header}>\n"


@pytest.fixture
def compare(monkeypatch):
    """``compare(old, new, offers, c)``: macros of assembler, before and after, and those of C."""
    def go(old, new, *, offers=(), c="", text=ASKS, ok=(True, True)):
        def run_all(jobs):
            done = []
            for job in jobs:
                macros = c if "-x" not in job.extra else job.compiler.macros
                said = () if job.compiler.ok else (Said("x.h", 7, "error", "junk"),)
                done.append(CompileResult(job.compiler.ok, said, macros))
            return done
        monkeypatch.setattr(assembler.batch, "run_all", run_all)
        pair = Compiler(old, ok[0]), Compiler(new, ok[1])
        return [f.message for f in assembler.compare("linux/x.h", pair, text, HERE,
                                                     frozenset(offers))]
    return go


def test_a_header_that_does_not_ask_was_never_for_assembler(compare):
    assert compare("#define A 1\n", "", text="int a;\n") == []


def test_a_number_that_only_assembler_had_is_missed(compare):
    assert compare("#define A 1\n#define B 2\n", "#define B 2\n") == [
        "A: assembler has it no more"]


def test_a_number_that_goes_for_c_too_is_told_there(compare):
    assert compare("#define A 1\n", "", c="#define A 1\n") == []
    assert compare("#define A 1\n", "", offers="A") == ["A: assembler has it no more, C still does"]


def test_another_number_is_told_where_c_does_not_have_it(compare):
    (said,) = compare("#define A 1\n", "#define A 2\n")
    assert said.startswith("A: 1 -> 2 in assembler")
    assert compare("#define A 1\n", "#define A 2\n", offers="A") == []


def test_c_in_the_way_is_named_and_what_failed_before_is_nobodys_fault(compare):
    assert compare("", "", ok=(True, False)) == [
        "linux/x.h can no longer be included by assembler: junk"]
    assert compare("", "", ok=(False, False)) == []
