# SPDX-License-Identifier: GPL-2.0-or-later
"""One header -> what it offers; the object is one of tests/data/dwarf."""

import shutil

import pytest

from harness.uapi.batch import CompileResult, Said
from harness.uapi.extract import Known, extracting
from tests.make import DATA, driven

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


def extract(one, header, text, also=(), **more):
    return driven(one, extracting(one, header, text, also, **more))


TEXT = """static inline int first(int a) { return a; }
enum { LONE };
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
    assert "CALL(1, 1)" not in offered.numbers, "its value is of no integer type"
    assert offered.kinds == {"NUMBER": "long unsigned int", "GREEN": "int"}
    assert offered.bodies["CALL"] == "(a)"
    assert offered.macros == {"NUMBER", "NAME", "GET", "GREEN"}
    assert offered.arity == {"CALL": 2}
    assert offered.strings == {"NAME": '"/dev/shapes"'}
    assert offered.ioctls == {"GET"}


def test_lines_and_files_of_types_and_macros(offered):
    assert offered.lines["NUMBER"] == 3
    assert offered.lines["LONE"] == 10
    assert offered.visible["u32"] == offered.visible["OTHER"] == "/headers/linux/other.h"


def test_a_constant_is_where_the_source_begins_a_line_with_it():
    text = "enum {\n\tBLUE,\n\tLONE = 7, /* LONE */\n};\n"
    assert extract(Gcc(), HEADER, text).lines["LONE"] == 3


def test_functions_are_kept_where_the_header_has_some_or_had():
    def flags(text, also=()):
        one = Gcc()
        extract(one, HEADER, text, also)
        return set(one.calls[0][1])
    keep = {"-fkeep-inline-functions", "-fkeep-static-functions"}
    assert keep <= flags(TEXT)
    assert keep <= flags("struct s;", {"first()"})
    assert not keep & flags("struct s;", {"first"})


def test_functions_and_names_of_the_header():
    known = Known()
    offered = extract(Gcc(made="calls.o"), "linux/calls.h", TEXT, known=known)
    names = known.names
    assert set(offered.functions) == {"words", "none", "many", "same"}
    assert {"words()", "struct holds", "MODE_ON", "callback_t"} <= names
    assert "declared()" not in names


def test_names_that_moved_to_an_included_header_are_looked_up_there():
    assert "OTHER" not in extract(Gcc(), HEADER, TEXT).macros
    found = extract(Gcc(), HEADER, TEXT, {"OTHER", "struct other"})
    assert "OTHER" in found.macros
    assert found.lines["OTHER"] == 0, "it is no line of this header"
    assert "struct other" in {s.name for s in found.structs}
    assert "u32" not in {s.name for s in found.structs}


def test_unused_types_are_kept_and_the_header_comes_after_its_lines():
    one = Gcc()
    extract(one, HEADER, TEXT)
    assert all(source.startswith(f"// before\n#include <{HEADER}>") for source, _ in one.calls)
    assert {"-c", "-g", "-fno-eliminate-unused-debug-types"} <= set(one.calls[0][1])
    assert one.calls[1][1] == ("-E", "-dD")


@pytest.mark.parametrize(("one", "why"), [
    (Gcc(["-g"], [("a.h", 3, "warning", "odd"), ("b.h", 4, "error", "no")]), "b.h:4: no"),
    (Gcc(["-g"]), "the compiler failed"), (Gcc(made=""), "the compiler failed"),
])
def test_a_header_that_does_not_compile_offers_nothing_and_says_why(one, why):
    found = extract(one, HEADER, TEXT)
    assert found.problem == why
    assert (found.structs, found.numbers, found.macros, found.functions) == (
        (), {}, frozenset(), {})


def test_values_that_cannot_be_read_are_a_problem_of_the_header():
    class Forgets(Gcc):
        def run(self, source, *flags, keep=None):
            return super().run(source, *flags, keep=keep if "-g" in flags else None)
    found = extract(Forgets(), HEADER, TEXT)
    assert "cannot be read" in found.problem
    assert found.structs == ()


def test_debug_information_that_a_header_wrote_itself_is_a_problem_of_the_header(tmp_path):
    class Writes(Gcc):
        def run(self, source, *flags, keep=None):
            done = super().run(source, *flags, keep=keep)
            if "-g" in flags:
                keep.write_bytes(b"\x7fELF" + b"\xff" * 200)
            return done
    assert "cannot be read" in extract(Writes(), HEADER, TEXT).problem


def test_macros_are_lent_to_another_abi():
    one, two = Gcc(), Gcc()
    known = Known()
    first = extract(one, HEADER, TEXT, known=known)
    second = extract(two, HEADER, TEXT, lend=known)
    assert first.macros == second.macros
    assert not any("-E" in flags for _, flags in two.calls)


@pytest.mark.parametrize("text", ["#ifdef __i386__\n#endif\n", "long x[__BITS_PER_LONG];\n"])
def test_they_are_asked_for_again_where_something_depends_on_the_machine(text):
    one = Gcc()
    extract(one, HEADER, text, lend=Known(preprocessed=""))
    assert any("-E" in flags for _, flags in one.calls)


def test_what_was_never_lent_is_a_problem():
    assert "not known" in extract(Gcc(), HEADER, TEXT, lend=Known()).problem
