# SPDX-License-Identifier: GPL-2.0-or-later
"""A header alone in each dialect, with a compiler in memory."""

import pytest

from harness.arch import NATIVE
from harness.uapi import dialects
from harness.uapi.context import HeaderContext

X = "linux/x.h"
HERE = HeaderContext("include/uapi/linux/x.h", "x86-64")
ZONE = "struct zone { u32 pad; };\n"


@pytest.fixture
def compare(both):
    def ask(old, new):
        pair = both({X: old}, {X: new}).pair(NATIVE[0])
        return dialects.no_longer(X, pair, HERE)
    return ask


def test_a_keyword_of_c_plus_plus_is_one_finding_with_the_standards(compare, installed):
    bad = f"{ZONE}#error_with c++ expected unqualified-id before class\n"
    assert compare(ZONE, bad) == [], "no compiler for it is here"
    installed("g++")
    (found,) = compare(ZONE, bad)
    assert (found.rule, str(found.where)) == ("uapi-header", "include/uapi/linux/x.h:2")
    assert "c++98, c++11, c++14, c++17, c++20, c++23: expected unqualified-id" in found.message
    assert found.evidence.startswith("g++ -m64 -x c++ -std=c++98")


def test_a_standard_that_never_had_it_blames_nobody(compare):
    bad = f"{ZONE}#error_with -std=c99 unknown type name typeof\n"
    assert compare(bad, bad) == []
    (found,) = compare(ZONE, bad)
    assert "no longer compiles as c99: unknown" in found.message


def test_an_error_in_another_header_points_at_no_line(both):
    files = [{X: "#include <linux/y.h>\n", "linux/y.h": text}
             for text in ("", "#error_with -std=c99 no\n")]
    (found,) = dialects.no_longer(X, both(*files).pair(NATIVE[0]), HERE)
    assert found.where.line == 0
    assert "y.h:1: no" in found.evidence


def test_a_new_header_has_to_compile_in_each(both, installed):
    installed("g++")
    text = f"{ZONE}#error_with -std=c++98 no long long\n"
    compiler = both({}, {X: text}).pair(NATIVE[0])[1]
    (found,) = dialects.new(X, compiler, HERE)
    assert "is new and does not compile as c++98: no long long" in found.message
    assert dialects.new(X, both({}, {X: ZONE}).pair(NATIVE[0])[1], HERE) == []


@pytest.mark.parametrize(("text", "does"), [
    ("#ifdef __cplusplus\n", True), ("#ifndef __STRICT_ANSI__\n", True),
    ("#if __GNUC__ > 4\n", True), ("#if __STDC_VERSION__ >= 199901L\n", True),
    ("#ifdef __i386__\n", False), ("int x;\n", False),
    (('#if defined(__cplusplus)\nextern "C" {\n#endif\nint x;\n'
     "#ifdef __cplusplus\n}\n#endif\n"), False),
    ('#ifdef __cplusplus\nextern "C" {\nint x;\n#endif\n', True),
    ("#ifndef __cplusplus\n}\n#endif\n", True),
])
def test_which_headers_are_something_else_in_some_dialect(text, does):
    assert dialects.branches(text) == dialects.branches("", text) == does


def test_a_header_without_a_guard_cannot_be_included_twice(both, gcc):
    run = gcc.run

    def again(compiler, source, *extra, keep=None):
        done = run(compiler, source, *extra, keep=keep)
        open_ = "guard" not in (compiler.headers / X).read_text()
        return type(done)(ok=False, said=(gcc.said("x.h", 1, "redefinition"),), output="") if (
            open_ and source.count(X) > 1) else done
    gcc.run = again
    guarded, bare = f"/* guard */ {ZONE}", ZONE
    assert dialects.twice(X, both({X: guarded}, {X: guarded}).pair(NATIVE[0]), HERE) == []
    assert dialects.twice(X, both({X: bare}, {X: bare}).pair(NATIVE[0]), HERE) == []
    (found,) = dialects.twice(X, both({X: guarded}, {X: bare}).pair(NATIVE[0]), HERE)
    assert "lacks a guard: redefinition" in found.message
    assert len(dialects.twice(X, (None, both({}, {X: bare}).pair(NATIVE[0])[1]), HERE)) == 1


PLUS = "#ifdef __cplusplus\n{}\n#else\nstruct c;\n#endif\n"


@pytest.mark.parametrize(("old", "new", "names"), [
    ("#define A 1", "#define A 2", set()),
    (PLUS.format("#define A 1"), PLUS.format("#define A 2"), {"A"}),
    (PLUS.format("#define A \\\n1"), PLUS.format("#define A \\\n2"), {"A"}),
    (PLUS.format("#define A /* 1 */ 1"), PLUS.format("#define A 1"), set()),
    (PLUS.format("int f(void);"), PLUS.format("int g(void);"), None),
    (PLUS.format("#if X\n#define A 1\n#endif"), PLUS.format("#ifdef X\n#define A 1\n#endif"),
     {"A"}),
    (PLUS.format(""), PLUS.replace("ifdef", "ifndef").format(""), None),
    (PLUS.format("int a;\nint b;"), PLUS.format("int b;\nint a;"), None),
    ("#ifdef linux\n#define A 1\n#endif\n", "#ifdef linux\n#define A 2\n#endif\n", {"A"}),
    (PLUS.format("#define G 1") + "#ifdef G\n#define A 1\n#endif\n",
     PLUS.format("#define G 1") + "#ifdef G\n#define A 2\n#endif\n", {"A"}),
    ("#if N\n#define A 1\n#endif\n", "#if N\n#define A 2\n#endif\n", set()),
    ('#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n', "int f(void);\n", set()),
])
def test_what_changes_below_a_condition_on_the_dialect(old, new, names):
    assert dialects.in_others_alone(old, new)[0] == names


def test_the_words_that_stand_elsewhere_in_it():
    text = PLUS.format("#define A 1") + "struct s { int A; };\n#endif\n"
    assert dialects.in_others_alone("", text)[1] == {"struct", "s", "int", "A"}
