# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.uapi import numbers
from harness.uapi.batch import CompileResult, Said
from harness.uapi.headers import (
    Reach,
    closure,
    includers,
    install,
    installed_name,
    is_uapi,
    transform,
)
from harness.uapi.steps import surviving
from tests.make import driven


def test_a_header_as_userspace_gets_it():
    text = ("#include <linux/compiler.h>\nstruct s {\n\tvoid __user *p;\n} __packed;\n"
            "static inline int f(void) __attribute_const__;\n")
    out = transform(text)
    assert "__user" not in out
    assert "compiler.h" not in out
    assert "__attribute__((packed))" in out
    assert out.count("\n") == text.count("\n"), "line numbers must stay"


def test_install_lets_the_architecture_win_and_wraps_the_generic_ones():
    out = install({
        "include/uapi/linux/a.h": b"a", "include/uapi/asm-generic/types.h": b"t",
        "include/uapi/asm-generic/kvm.h": b"generic", "arch/x86/include/uapi/asm/kvm.h": b"x86",
        "arch/x86/include/uapi/asm/Kbuild": b"generic-y += types.h\n",
        "include/uapi/linux/notes.txt": b"no header",
    }, "x86")
    assert out["linux/a.h"] == "a"
    assert out["asm/kvm.h"] == "x86"
    assert out["asm/types.h"] == "#include <asm-generic/types.h>\n"
    assert "linux/notes.txt" not in out


def test_what_includes_a_changed_header_is_reached():
    headers = {"a.h": "", "b.h": "#include <a.h>\n", "c.h": '# include "b.h"\n', "d.h": "a.h"}
    assert includers(headers, ["a.h"]) == ("a.h", "b.h", "c.h")
    assert includers(headers, ["gone.h"]) == ()


def test_only_what_is_needed_lies_on_disk():
    headers = {"linux/a.h": '#include "b.h"\n#include <asm/c.h>\n', "linux/b.h": "",
               "asm/c.h": "", "linux/d.h": ""}
    assert closure(headers, ["linux/a.h"]) == ("asm/c.h", "linux/a.h", "linux/b.h")
    headers["linux/b.h"] = "#include MACRO\n"
    assert len(closure(headers, ["linux/a.h"])) == 4, "it may be any of them"


def test_which_paths_userspace_sees():
    assert is_uapi("include/uapi/linux/kvm.h", "x86")
    assert is_uapi("arch/x86/include/uapi/asm/kvm.h", "x86")
    assert not is_uapi("arch/arm64/include/uapi/asm/kvm.h", "x86")
    assert not is_uapi("include/linux/kvm_host.h", "x86")


@pytest.mark.parametrize(("text", "reached"), [
    ("#include <linux/a.h>\n", True), ('#include "a.h"\n', True),
    ('#include "../linux/a.h"\n', True),
    ("#include MACRO\n", True), ("/* linux/a.h */\n", False), ("#include <asm/a.h>\n", False),
])
def test_ways_of_including(text, reached):
    found = includers({"linux/a.h": "", "linux/b.h": text}, ["linux/a.h"])
    assert ("linux/b.h" in found) == reached


def test_headers_that_include_each_other_come_to_an_end():
    headers = {"a.h": "#include <b.h>\n", "b.h": "#include <a.h>\n", "c.h": ""}
    assert includers(headers, ["a.h"]) == closure(headers, ["a.h"]) == ("a.h", "b.h")
    assert closure(headers, ["gone.h"]) == ()


@pytest.mark.parametrize(("path", "name"), [
    ("include/uapi/linux/kvm.h", "linux/kvm.h"), ("arch/x86/include/uapi/asm/kvm.h", "asm/kvm.h"),
    ("arch/arm64/include/uapi/asm/kvm.h", "arch/arm64/include/uapi/asm/kvm.h")])
def test_the_name_by_which_programs_include_a_header(path, name):
    assert installed_name(path, "x86") == name
    assert not is_uapi("include/uapi/linux/Kbuild", "x86")


class Once:
    """A compiler that, as gcc at file scope, speaks once of each name that nobody declared."""

    def __init__(self, elsewhere=()):
        self.elsewhere = elsewhere  # names of which it speaks in another file
        self.runs = 0

    def run(self, source, *_, keep=None):
        self.runs += 1
        said, known = [], set()
        for number, line in enumerate(source.splitlines(), 1):
            for word in (w for w in line.split() if w.startswith("MISSING") and w not in known):
                known.add(word)
                file = "a.h" if word in self.elsewhere else "t.c"
                said.append(Said(file, number, "error", f"{word} undeclared",
                                 0 if word in self.elsewhere else number))
        return CompileResult(not said, tuple(said), "")


def ask(compiler, head, lines):
    return driven(compiler, surviving(compiler, head, lines))


@pytest.mark.parametrize("many", [0, 1, 2, 40])
@pytest.mark.parametrize("hidden", [*range(20), 40, 63, 64])
def test_an_error_that_hides_many_others_hides_no_line_for_ever(hidden, many):
    lines = {f"bad{n}": f"MISSING {n}" for n in range(hidden)} | {
        f"good{n}": "1" for n in range(many)}
    good, bad = ask(Once(), "", lines)
    assert set(good) == {f"good{n}" for n in range(many)}
    assert set(bad) == {f"bad{n}" for n in range(hidden)}


def test_an_error_that_is_said_of_another_file_is_found_by_halves():
    lines = {"a": "1", "b": "MISSING_X", "c": "2", "d": "3"}
    good, bad = ask(Once({"MISSING_X"}), "", lines)
    assert (set(good), bad) == ({"a", "c", "d"}, {"b": "does not compile"})


def test_where_nothing_compiles_it_is_not_asked_for_each_line():
    compiler = Once({"MISSING_X"})
    good, bad = ask(compiler, "MISSING_X\n", {str(n): "1" for n in range(1000)})
    assert (good, len(bad)) == ({}, 1000)
    assert compiler.runs < 5


class Refuses:
    """A compiler to which all is well, and that makes no object."""

    def include(self, header):
        return f"#include <{header}>\n"

    def run(self, source, *flags, keep=None):
        return CompileResult(ok=True, said=(), output="")  # and no object, whatever it says


def test_values_that_cannot_be_read_are_no_absence_of_values(tmp_path):
    macros = numbers.Macros()
    macros.plain["A"] = "1"
    found = driven(Refuses(), numbers.evaluate(Refuses(), "a.h", macros, tmp_path))
    assert found.numbers == {}
    assert found.problem.startswith("the values of its macros cannot be read")


def test_who_says_a_word_or_pastes_some_together():
    texts = {"a.h": "struct thing *p;", "b.h": "/* things */ int x;", "c.h": "#define X(a) t_##a",
             "d.h": ""}
    texts = {n: f"#include <base.h>\n{text}" for n, text in texts.items()} | {"base.h": ""}
    words = {"base.h": {"thing"}}
    assert Reach(texts).touched(texts, words, {}) == ["a.h", "c.h"]
    assert Reach(texts).touched(["b.h", "gone.h"], words, {}) == []
    assert Reach(texts).touched(texts, {"base.h": set()}, {}) == []


def test_only_what_a_header_includes_can_touch_it():
    texts = {"a.h": '#include "sub/b.h"\nthing', "sub/b.h": '#include "c.h"\n', "sub/c.h": "",
             "d.h": "thing", "e.h": "#include MACRO\nthing"}
    assert Reach(texts).touched(texts, {"sub/c.h": {"thing"}}, {}) == ["a.h", "e.h"]


def test_a_new_name_touches_those_that_wait_for_it():
    base = "#include <c.h>\n"
    texts = {"a.h": f"{base}#ifdef NEW\n#endif\n", "b.h": f"{base}int x; /* NEW */\n", "c.h": "",
             "d.h": f"{base}#if 0\n# elif X || \\\n  defined(NEW)\n#endif\n"}
    assert Reach(texts).touched(texts, {}, {"c.h": {"NEW"}}) == ["a.h", "d.h"]
