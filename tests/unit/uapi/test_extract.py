# SPDX-License-Identifier: GPL-2.0-or-later
"""One header -> what it offers; the object is one of tests/data/dwarf."""

import shutil

import pytest

from harness.uapi.compiler import CompileResult, Said
from harness.uapi.extract import extract
from tests.make import DATA

HEADER = "linux/shapes.h"
PRE = """# 1 "/headers/linux/other.h"
#define OTHER 1
# 1 "/headers/linux/shapes.h"
#define _GUARD_H
#define GREEN GREEN
#define NUMBER 7
#define NAME "/dev/shapes"
#define GET _IOR(1, 2, int)
#define CALL(a, b) (a)
"""


class Gcc:
    """Compiles to an object that is there; ``fails`` are the flags under which it does not."""

    def __init__(self, fails=(), said=(), made="shapes64.o"):
        self.fails, self.said, self.made, self.calls = fails, said, made, []

    def include(self, header):
        return f"// before\n#include <{header}>\n"

    def run(self, source, *flags, keep=None):
        self.calls.append((source, flags))
        if any(f in flags for f in self.fails):
            return CompileResult(ok=False, said=tuple(Said(*row) for row in self.said), output="")
        made = self.made if "-g" in flags else "values.o"
        if keep is not None and made:
            shutil.copy(DATA / "dwarf" / made, keep)
        return CompileResult(ok=True, said=(), output=PRE if "-E" in flags else "")


TEXT = """static inline int first(int a) { return a; }
static __inline__ struct s *
second (void)
{
extern inline void third(void);
int fourth(void);
"""


@pytest.fixture(scope="module")
def offered():
    return extract(Gcc(), HEADER, TEXT)


def test_types_of_the_header_and_their_values(offered):
    assert offered.problem == ""
    assert "struct plain" in {s.name for s in offered.structs}
    assert "struct other" not in {s.name for s in offered.structs}
    assert offered.numbers["LONE"] == 7


def test_macros_have_the_values_of_the_object_and_win(offered):
    assert offered.numbers["GREEN"] == 7, "what the macro says, not the enum"
    assert offered.numbers["NUMBER"] == -1
    assert offered.numbers["CALL(1, 1)"] == 0x4010AE67
    assert offered.macros == {"NUMBER", "NAME", "GET", "GREEN"}
    assert offered.arity == {"CALL": 2}
    assert offered.strings == {"NAME": '"/dev/shapes"'}
    assert offered.ioctls == {"GET"}


def test_lines_and_files_of_types_and_macros(offered):
    assert offered.lines["NUMBER"] == 3
    assert offered.lines["LONE"] == 10
    assert offered.visible["u32"] == offered.visible["OTHER"] == "/headers/linux/other.h"


def test_inline_functions_are_what_the_source_defines(offered):
    assert offered.functions == {"first", "second", "third"}


def test_unused_types_are_kept_and_the_header_comes_after_its_lines():
    one = Gcc()
    extract(one, HEADER, TEXT)
    assert all(source.startswith(f"// before\n#include <{HEADER}>") for source, _ in one.calls)
    assert {"-c", "-g", "-fno-eliminate-unused-debug-types"} <= set(one.calls[0][1])
    assert one.calls[1][1] == ("-E", "-dD")


@pytest.mark.parametrize(("one", "why"), [
    (Gcc(["-g"], [("a.h", 3, "warning", "odd"), ("b.h", 4, "error", "no")]), "b.h:4: no"),
    (Gcc(["-g"]), "the compiler failed"), (Gcc(made=""), "the compiler failed"),
    (Gcc(["-w"], [("b.h", 4, "error", "no")]), "b.h:4: no"),
])
def test_a_header_that_does_not_compile_offers_nothing_and_says_why(one, why):
    found = extract(one, HEADER, TEXT)
    assert found.problem == why
    assert (found.structs, found.numbers, found.macros, found.functions) == (
        (), {}, frozenset(), frozenset())


def test_values_that_cannot_be_read_are_a_problem_of_the_header():
    class Refuses(Gcc):
        def run(self, source, *flags, keep=None):
            if keep is not None and "-g" not in flags:
                return CompileResult(ok=False, said=(Said("t.c", 1, "error", "no"),), output="")
            return super().run(source, *flags, keep=keep)
    found = extract(Refuses(), HEADER, TEXT)
    assert "no" in found.problem
    assert found.structs == ()
