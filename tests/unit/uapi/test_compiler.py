# SPDX-License-Identifier: GPL-2.0-or-later
"""How gcc is called and what is read out of what it says; which lines survive: test_headers.py."""

from pathlib import Path

import pytest

from harness.errors import DeadlineError, ToolMissingError
from harness.system.sandbox import Sandbox
from harness.uapi import compiler
from harness.uapi.compiler import Compiler, Said

BARE = Sandbox(enabled=False)


@pytest.fixture
def cc(tmp_path, installed):
    """A compiler of the headers in a folder; keywords change it."""
    return lambda **changes: Compiler(**{"sandbox": BARE, "headers": tmp_path, **changes})


def sources(rows):
    """Let the compiler note the sources that it sees."""
    def does(argv, kwargs):
        work = kwargs["cwd"]
        rows.append({a: (work / a).read_bytes() for a in sorted(p.name for p in work.iterdir())})
    return does


def test_the_source_lies_where_the_compiler_works(cc, commands, tmp_path):
    seen = []
    commands.say("gcc", out=b"said\n", does=sources(seen))
    done = cc(flags=("-m32",)).run("int x; // \udcff\n", "-E")
    assert seen == [{"t.c": b"int x; // \xff\n"}]
    assert (done.ok, done.output, done.said) == (True, "said\n", ())
    (argv,) = commands.calls
    at = argv.index("gcc")
    assert argv[at:at + 4] == ["gcc", "-m32", "-I", str(tmp_path)]
    assert argv[-2] == "-E"
    assert argv[-1].endswith("/t.c")
    assert f"--as={compiler.MEMORY}" in argv


def test_in_the_sandbox_only_its_own_paths_are_named(cc, commands, tmp_path):
    commands.say("gcc")
    cc(sandbox=Sandbox()).run("")
    (argv,) = commands.calls
    inner = argv[argv.index("gcc"):]
    assert "/headers" in inner
    assert inner[-1] == "/out/t.c"
    assert str(tmp_path) not in inner
    assert argv[argv.index(str(tmp_path)) - 1:][:3] == ["--ro-bind", str(tmp_path), "/headers"]
    assert argv[argv.index("--chdir") + 1] == "/out"


@pytest.mark.parametrize(("program", "has", "lacks"), [
    ("gcc", ["-fmax-errors=0", "-idirafter"], ["-ferror-limit=0"]),
    ("clang", ["-ferror-limit=0", "-idirafter"], ["-fmax-errors=0"]),
    ("clang++", ["-ferror-limit=0", "-idirafter"], ["-fmax-errors=0"]),
    ("aarch64-linux-gnu-gcc", ["-fmax-errors=0"], ["-idirafter"]),
])
def test_each_compiler_gets_flags_that_it_knows(cc, commands, program, has, lacks):
    commands.say(program)
    cc(program=program).run("")
    (argv,) = commands.calls
    assert set(has) <= set(argv)
    assert not set(lacks) & set(argv)


ERRORS = b"""In file included from t.c:1:
/headers/linux/a.h:12:5: error: unknown type name 'u32'
t.c:3: warning: odd
t.c:4:1: fatal error: no.h: No such file or directory
t.c:5:1: note: see here
t.c: In function 'f':
\xff.h:6:1: error: x
"""


def test_diagnostics_are_read_line_by_line(cc, commands):
    commands.say("gcc", err=ERRORS, code=1)
    done = cc().run("")
    assert not done.ok
    assert done.said[:3] == (
        Said("a.h", 12, "error", "unknown type name 'u32'"), Said("t.c", 3, "warning", "odd"),
        Said("t.c", 4, "fatal error", "no.h: No such file or directory"))
    assert len(done.said) == 4


def test_warnings_alone_are_no_failure(cc, commands):
    commands.say("gcc", err=b"t.c:3: warning: odd\n")
    assert cc().run("").ok


def test_the_object_file_is_kept_where_one_was_made(cc, commands, tmp_path):
    commands.say("gcc", does=lambda _, kwargs: (kwargs["cwd"] / "t.o").write_bytes(b"elf") and None)
    cc().run("", keep=tmp_path / "kept.o")
    assert (tmp_path / "kept.o").read_bytes() == b"elf"
    commands.say("gcc", code=1)
    cc().run("", keep=tmp_path / "other.o")
    assert not (tmp_path / "other.o").exists()


def test_a_compiler_that_is_not_there_names_what_to_install(cc, commands, installed):
    installed("gcc")
    with pytest.raises(ToolMissingError, match=r"g\+\+"):
        cc(program="g++").run("")
    assert commands.calls == []


def test_a_compiler_that_does_not_end_is_an_error_and_no_answer(cc, commands):
    commands.say("gcc", code=-15, why="no end after 60 s", timed_out=True)
    with pytest.raises(DeadlineError):
        cc().run("")
    with pytest.raises(DeadlineError):
        cc().run_many(["", ""])


def test_many_sources_are_one_call(cc, commands):
    seen = []
    commands.say("gcc", does=sources(seen))
    assert cc().run_many(["zero", "one \udcff"], "-w") == ()
    assert seen == [{"0.c": b"zero", "1.c": b"one \xff"}]
    (argv,) = commands.calls
    assert [Path(a).name for a in argv[-2:]] == ["0.c", "1.c"]
    assert "-w" in argv


@pytest.mark.parametrize(("errors", "failed"), [
    (b"2.c:1:10: error: no\n", (2,)), (b"/out/0.c:1: error: no\n", (0,)),
    (b"In file included from /out/2.c:1,\n  from 1.c:2:\na.h:3:1: error: no\n", (1, 2)),
    (b"/out/10.c:1:1: error: not asked\n/out/2.c:1:1: error: no\n", (2,)),
    (b"3.c:1:1: error: there is none\n", None), (b"a2.c:1:1: error: no\n", None),
    (b"gcc: fatal error: killed\n", None),
])
def test_which_of_many_sources_failed(cc, commands, errors, failed):
    commands.say("gcc", err=errors, code=1)
    assert cc().run_many(["", "", ""]) == failed


def test_a_hundred_headers_are_asked_at_a_time(cc, commands):
    headers = [f"h{n}.h" for n in range(230)]
    seen = []
    commands.say("gcc", does=sources(seen))
    assert compiler.failing(cc(), headers) == ()
    assert [len(row) for row in seen] == [100, 100, 30]
    assert seen[1]["0.c"] == b"#include <h100.h>\n"
    assert all({"-fsyntax-only", "-w"} <= set(argv) for argv in commands.calls)


def test_headers_that_do_not_compile_are_named_in_every_batch(cc, commands):
    commands.say("gcc", err=b"In file included from 3.c:1:\na.h:1:1: error: no\n", code=1)
    assert compiler.failing(cc(), [f"h{n}.h" for n in range(120)]) == ("h3.h", "h103.h")


def test_where_nobody_can_tell_each_header_is_asked(gcc, monkeypatch, both):
    asked = both({"a.h": "", "b.h": "#error no\n", "c.h": ""}, {})
    monkeypatch.setattr(Compiler, "run_many", lambda *_: None)
    one = asked.pair(asked.abis[0])[0]
    assert compiler.failing(one, ["a.h", "b.h", "c.h"]) == ("b.h",)
    assert all(flags == ("-fsyntax-only", "-w") for _, _, flags in gcc.calls)


def test_words_and_the_lines_before_a_header(cc):
    one = cc(flags=("-m64", "-std=c99"), before="#include <stdint.h>\n")
    assert one.words == "gcc -m64 -std=c99"
    assert one.include("a.h") == "#include <stdint.h>\n#include <a.h>\n"
    assert not one.is_cross
    assert cc(program="riscv64-linux-gnu-gcc").is_cross


def test_headers_lie_on_disk_as_userspace_gets_them(tmp_path):
    headers = {"linux/a.h": '#include "b.h"\nstruct a { void __user *p; };\n',
               "linux/b.h": "/* \udcff */\n", "linux/c.h": ""}
    target = compiler.materialise(headers, tmp_path / "deep/er", ["linux/a.h"])
    assert target == tmp_path / "deep/er"
    assert (target / "linux/a.h").read_text() == '#include "b.h"\nstruct a { void *p; };\n'
    assert (target / "linux/b.h").read_bytes() == b"/* \xff */\n"
    assert not (target / "linux/c.h").exists()


class Speaks:
    """A compiler that says what a function of the source has for each line."""

    def __init__(self, says):
        self.says = says
        self.flags = set()

    def run(self, source, *flags):
        self.flags.add(flags)
        said = [Said(*row) for n, line in enumerate(source.splitlines(), 1)
                for row in self.says(n, line)]
        return compiler.CompileResult(all(s.grade == "warning" for s in said), tuple(said), "")


def test_lines_are_counted_after_the_head():
    def says(number, line):
        return [("t.c", number, "error", "first"), ("t.c", number, "error", "second"),
                ("t.c", number - 1, "warning", "before")] if "bad" in line else []
    one = Speaks(says)
    good, bad = compiler.surviving(one, "#include <a.h>\n\n", {
        "x": "fine 1", "y": "bad", "z": "fine 2"}, "-std=c99")
    assert (good, bad) == ({"x": "fine 1", "z": "fine 2"}, {"y": "first"})
    assert one.flags == {("-fsyntax-only", "-w", "-std=c99")}


def test_a_line_whose_own_error_stands_elsewhere_is_found_and_the_others_stay():
    def says(number, line):
        return [("a.h", 1, "error", "odd")] if "hidden" in line else (
            [("t.c", number, "error", "plain")] if "bad" in line else [])
    lines = {str(n): "fine" for n in range(9)} | {"h": "hidden", "b": "bad"}
    good, bad = compiler.surviving(Speaks(says), "", lines)
    assert good == {str(n): "fine" for n in range(9)}
    assert set(bad) == {"h", "b"}
    assert bad["b"] == "plain"


def test_errors_of_a_line_that_was_not_asked_blame_nobody():
    one = Speaks(lambda _, line: [("t.c", 99, "error", "beyond")] if "bad" in line else [])
    assert compiler.surviving(one, "", {"x": "bad", "y": "fine"})[0] == {"y": "fine"}
