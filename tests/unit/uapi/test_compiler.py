# SPDX-License-Identifier: GPL-2.0-or-later
"""How gcc is called for many sources at once; one by one: test_batch.py."""

from pathlib import Path

import pytest

from harness.errors import DeadlineError, ToolMissingError
from harness.system.sandbox import Sandbox
from harness.uapi import compiler
from harness.uapi.compiler import Compiler

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


def test_a_compiler_that_is_not_there_names_what_to_install(cc, commands, installed):
    installed("gcc")
    with pytest.raises(ToolMissingError, match=r"g\+\+"):
        cc(program="g++").run("")
    assert commands.calls == []


def test_a_compiler_that_does_not_end_is_an_error_and_no_answer(cc, commands):
    commands.say("gcc", code=-15, why="no end after 60 s", timed_out=True)
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
