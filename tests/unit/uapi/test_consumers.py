# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of others against both versions, with a compiler in memory."""

import pytest

from harness.arch import NATIVE
from harness.errors import InputRefusedError
from harness.model import Finding, Location, Severity
from harness.uapi import consumers
from harness.uapi.compiler import CompileResult, Said

ZONE = "struct zone { u32 pad; };\n"
USES = "#include <x.h>\n\nint f(struct zone *z) { return z->pad; }\n"


@pytest.fixture
def folder(tmp_path):
    def make(**files):
        for name, text in files.items():
            path = tmp_path / "src" / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / "src"
    return make


def names(folder):
    return [str(p.relative_to(folder)) for p in consumers.sources(folder)]


def test_c_and_cplusplus_in_order_and_nothing_else(folder):
    top = folder(b_dot_c="", a_dot_cc="", sub__d_dot_cpp="", e_dot_cxx="", f_dot_h="", g_dot_S="")
    (top / "link.c").symlink_to("b.c")
    (top / "dir.c").mkdir()
    assert names(top) == ["a.cc", "b.c", "e.cxx", "sub/d.cpp"]


def test_a_source_that_is_too_large_is_left_out(folder):
    top = folder(a_dot_c="", b_dot_c="")
    with (top / "b.c").open("wb") as handle:
        handle.truncate(4 << 20)
    assert names(top) == ["a.c", "b.c"]
    with (top / "b.c").open("ab") as handle:
        handle.write(b"\n")
    assert names(top) == ["a.c"]


def test_a_folder_without_sources_is_refused(folder):
    with pytest.raises(InputRefusedError, match="src"):
        consumers.sources(folder(f_dot_h=""))


def test_the_headers_that_programs_include(folder):
    top = folder(a_dot_c=b'#include <linux/a.h>\n  # include "b.h" // \xff\n//#include <no.h>\n',
                 b_dot_cc="#include <linux/a.h>\n#include <c++.h>\n#include MACRO\n")
    assert consumers.included(top) == {"linux/a.h", "b.h", "c++.h"}


@pytest.mark.parametrize(("text", "uses"), [
    ("#include <linux/a.h>", True), ('#include "linux/a.h"', True), ("linux/a.h", False),
    ("#include <linux/aa.h>", False), ("#include <b.h>", True)])
def test_whether_a_source_includes_one_of_them(text, uses):
    assert consumers.uses_any(text, frozenset({"linux/a.h", "b.h"})) == uses


@pytest.fixture
def compare(both, folder):
    def ask(new, **files):
        top = folder(**files)
        pair = both({"x.h": ZONE}, {"x.h": new}).pair(NATIVE[0])
        return consumers.compare(consumers.sources(top), top, pair)
    return ask


def test_what_no_longer_compiles_is_a_finding_of_its_line(compare):
    (found,), notices = compare(ZONE.replace("pad", "pio"), sub__a_dot_c=USES)
    assert (found.rule, found.severity, str(found.where)) == (
        "uapi-consumer", Severity.ERROR, "sub/a.c:3")
    assert "no member named 'pad'" in found.message
    assert "compiles" in found.message
    assert found.evidence.splitlines() == [
        "gcc -m64 -Wall sub/a.c", "int f(struct zone *z) { return z->pad; }"]
    assert found.subject == "sub/a.c no member named 'pad'"
    assert notices == []


def test_what_now_warns_is_a_warning(compare):
    (found,), _ = compare(f"{ZONE}#deprecated pad\n", a_dot_c=USES)
    assert (found.rule, found.severity) == ("uapi-consumer-warning", Severity.WARNING)
    assert "warns" in found.message


def test_what_still_compiles_is_no_finding(compare):
    assert compare(ZONE, a_dot_c=USES, b_dot_c="int x;\n") == ([], [])


def test_what_did_not_compile_before_is_said_and_not_blamed(compare):
    findings, (notice,) = compare(
        ZONE.replace("pad", "pio"), a_dot_c=f"{USES}int g(struct zone *z) {{ return z->no; }}\n")
    assert findings == []
    assert "a.c" in notice
    assert "no member named 'no'" in notice


def test_each_language_and_warnings_are_asked_for(compare, gcc):
    compare(ZONE, a_dot_c="", b_dot_cpp="")
    assert [flags for _, _, flags in gcc.calls] == [
        ("-fsyntax-only", "-Wall")] * 2 + [("-x", "c++", "-fsyntax-only", "-Wall")] * 2


class Says:
    """A compiler that has said already what it has to say."""

    words = "gcc -m64"

    def __init__(self, *said):
        self.said = tuple(Said(*row) for row in said)

    def run(self, *_):
        return CompileResult(not any(s.grade == "error" for s in self.said), self.said, "")


def judged(folder, old, new):
    top = folder(a_dot_c="one\n  two  \nthree\n")
    return consumers.compare(consumers.sources(top), top, (old, new))


def test_what_was_said_before_with_other_numbers_is_not_new(folder):
    old = Says(("t.c", 1, "warning", "size 4 is odd"))
    new = Says(("t.c", 2, "warning", "size 8 is odd"), ("t.c", 3, "warning", "new"))
    findings, _ = judged(folder, old, new)
    assert [f.where.line for f in findings] == [3]


def test_a_line_and_a_text_are_said_once_and_other_files_not(folder):
    new = Says(("x.h", 1, "error", "in a header"), ("t.c", 2, "error", "one"),
               ("t.c", 2, "error", "two"), ("t.c", 3, "error", "one"),
               ("t.c", 3, "error", "three"))
    findings, _ = judged(folder, Says(), new)
    assert [(f.where.line, f.subject) for f in findings] == [(2, "a.c one"), (3, "a.c three")]
    assert findings[0].evidence.splitlines()[1] == "two"


@pytest.mark.parametrize(("line", "shown"), [(1, "one"), (3, "three"), (0, ""), (4, "")])
def test_the_evidence_has_the_line_where_there_is_one(folder, line, shown):
    (found,), _ = judged(folder, Says(), Says(("t.c", line, "error", "no")))
    assert found.evidence.partition("\n")[2] == shown


@pytest.mark.parametrize(("text", "struct"), [
    ("'struct zone' has no member", "struct zone"), ("invalid use of union u", "union u"),
    ("enum e and struct s", "enum e"), ("no type", "")])
def test_the_type_that_the_compiler_names(folder, text, struct):
    (found,), _ = judged(folder, Says(), Says(("t.c", 1, "error", text)))
    assert found.struct == struct


def test_a_failure_without_a_word_is_a_notice_too(folder, monkeypatch):
    old = Says(("t.c", 1, "warning", "odd"))
    monkeypatch.setattr(old, "run", lambda *_: CompileResult(ok=False, said=old.said, output=""))
    findings, (notice,) = judged(folder, old, Says())
    assert findings == []
    assert "odd" not in notice


def cause(subject="struct zone.pad"):
    return Finding("uapi-source", Severity.ERROR, "it no longer compiles; so",
                   Location("x.h", 3), "line", subject=subject)


def program(text="'struct zone' has no member named 'pad'", name="a.c", **more):
    return Finding("uapi-consumer", Severity.ERROR, f"{name}: no longer compiles: {text}",
                   Location(name, 7), "gcc\nz->pad", subject=f"{name} {text}",
                   struct=more.pop("struct", "struct zone"))


def test_a_program_stands_under_what_breaks_it():
    (found,) = consumers.under((cause(), program()))
    assert found.message == "it no longer compiles (seen with our example a.c:7); so"
    assert found.evidence.splitlines() == ["line", "a.c:7", "gcc", "z->pad"]
    (many,) = consumers.under((cause(), *(program(name=f"{n}.c") for n in "abcde")))
    assert "(seen with our examples a.c:7, b.c:7, c.c:7 and 2 more); so" in many.message


def test_a_name_that_is_not_declared_is_found_by_its_quotes():
    (found,) = consumers.under((cause("X_ONE"), program("'X_ONE' undeclared", struct="")))
    assert "our example a.c:7" in found.message


@pytest.mark.parametrize("other", [
    program("'struct zone' has no member named 'size'"), program("expected ';'"),
    program("'struct other' has no member named 'pad'", struct="struct other"),
])
def test_what_has_another_cause_stands_by_itself(other):
    assert consumers.under((cause(), other)) == (cause(), other)
