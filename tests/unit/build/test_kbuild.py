# SPDX-License-Identifier: GPL-2.0-or-later
"""make: its line, how far it is, and what of its output ended the build."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.build import kbuild
from harness.errors import CommandFailedError, InfrastructureError, ToolMissingError
from harness.model import NOWHERE, Location, Sources
from harness.system.sandbox import Sandbox

LINK = ("  LD      vmlinux\nld: net/core/skbuff.o: in function `consume_skb':\n"
        "skbuff.c:(.text+0x1f3): undefined reference to `sk_skb_reason_drop'\n"
        "make[1]: *** [/src/scripts/Makefile.vmlinux:72: vmlinux.unstripped] Error 1\n")


@pytest.fixture
def tools(monkeypatch, tmp_path, commands):
    """Every tool is there; ``tools`` are those that are not."""
    missing = set()
    monkeypatch.setattr(kbuild.shutil, "which", lambda t: None if t in missing else f"/bin/{t}")
    monkeypatch.setattr(kbuild, "LIBELF", tmp_path / "gelf.h")
    (tmp_path / "gelf.h").touch()
    commands.say("gcc", "--version", out=b"gcc 12.2\nCopyright\n")
    commands.say("ld", "--version", out=b"GNU ld 2.40\nCopyright\n")
    return missing


def test_the_toolchain_is_the_first_lines_of_compiler_and_linker(tools):
    assert kbuild.toolchain() == "gcc 12.2 / GNU ld 2.40"


@pytest.mark.parametrize("tool", [tool for tool, _ in kbuild.TOOLS])
def test_a_tool_that_is_missing_is_named_with_all_that_is_needed(tools, tool):
    tools.add(tool)
    with pytest.raises(ToolMissingError) as error:
        kbuild.toolchain()
    assert error.value.tool == tool
    assert {"binutils", "flex", "make"} <= set(error.value.hint.split())


def test_the_header_of_libelf_is_a_tool_too(tools, tmp_path):
    (tmp_path / "gelf.h").unlink()
    with pytest.raises(ToolMissingError) as error:
        kbuild.toolchain()
    assert "libelf-dev" in error.value.hint


def test_make_in_the_sandbox_sees_the_same_paths_everywhere(builder, tmp_path):
    over = Sources(tmp_path / "base", (("a/b.c", tmp_path / "over0"),))
    line = kbuild.line(replace(builder, sandbox=Sandbox(step_down=False)), over, tmp_path / "out",
                       "vmlinux", "A=n")
    text = " ".join(line)
    assert line[line.index("make"):] == ["make", "-C", "/src", "O=/out", "-j3", "WERROR=0",
                                         "vmlinux", "A=n"]
    assert f"--ro-bind {tmp_path}/base /src --ro-bind {tmp_path}/over0 /src/a/b.c" in text
    assert f"--bind {tmp_path}/out /out" in text
    assert "--chdir /out" in text


@pytest.fixture
def failing(builder, commands):
    """``failing(text)``: make writes this into the log and ends with 2; what is raised."""
    def go(text, *, before=b""):
        builder.log.write_bytes(before)
        commands.say("make", out=text.encode(), code=2)
        with pytest.raises(InfrastructureError) as error:
            kbuild.make(builder, Sources(builder.cache / "src"), builder.cache / "out", "vmlinux")
        return error.value
    return go


def test_make_is_run_with_the_deadline_of_the_run(builder, commands):
    given = []
    commands.say("make", does=lambda _, more: given.append(more["timeout"]))
    kbuild.make(builder, Sources(builder.cache / "s"), builder.cache / "o", "defconfig")
    assert given == [60.0]
    assert commands.calls == [kbuild.line(builder, Sources(builder.cache / "s"),
                                          builder.cache / "o", "defconfig")]


def test_the_first_error_is_what_ended_the_build(failing):
    error = failing("  CC a.o\n/src/a.c:3:9: error: no\nb.c:4: error: yes\nmake: *** Error 2\n")
    assert isinstance(error, CommandFailedError)
    assert (error.returncode, error.tail) == (2, "a.c:3: no")


def test_what_cannot_be_told_is_kept_as_it_was_said(failing):
    error = failing("something odd\nmake: *** [x] Error 2\n")
    assert isinstance(error, CommandFailedError)
    assert "something odd" in error.tail


def test_an_error_of_another_command_is_not_this_ones(failing):
    error = failing("b.c:1: error: mine\n", before=b"$ make\na.c:3:9: error: old\n\n")
    assert error.tail == "b.c:1: mine"
    assert "old" not in failing("odd\n", before=b"$ make\na.c:3:9: error: old\n").tail


@pytest.mark.parametrize("text", [
    "gcc: fatal error: Killed signal terminated program cc1\n",
    "ld: final link failed: No space left on device\n",
    "a.c:1:1: error: x.o: Cannot allocate memory\n", "virtual memory exhausted: x\n",
])
def test_the_machines_trouble_is_not_the_series(failing, text):
    error = failing(f"a.c:3:9: error: no\n{text}")
    assert not isinstance(error, CommandFailedError)
    assert "make" in error.message
    assert "again" in error.hint or "repeated" in error.hint


@pytest.fixture
def steps(builder, monkeypatch):
    """``steps(expected, *rows)``: each row is (second, line of make); returns the count."""
    def go(expected, *rows):
        clock = SimpleNamespace(now=1000.0)

        def make(_argv, *, on_line, **_given):
            for second, text in rows:
                clock.now = 1000.0 + second
                on_line(text)
            return kbuild.proc.Done(("make",), 0, b"", b"", 1.0)

        monkeypatch.setattr(kbuild, "time", SimpleNamespace(monotonic=lambda: clock.now))
        monkeypatch.setattr(kbuild.proc, "run", make)
        return kbuild.compile_(builder, Sources(builder.cache / "s"), builder.cache / "o",
                               expected, "vmlinux")
    return go


def test_steps_are_counted_and_other_lines_are_none(steps):
    assert steps(0, (1, "  CC      a/b.o"), (2, "  LD [M]  c.ko"), (3, "make[1]: Entering"),
                 (4, "a.c:1: warning: CC x"), (5, "  GEN     Makefile")) == 3


def test_the_user_sees_how_far_it_is(steps, said):
    steps(10, (1, "  CC      a.o"), (2, "  LD [M]  b.ko"))
    assert said == ["[CC 1/10] a.o", "[LD 2/10] b.ko"]


def test_progress_is_told_twice_a_second_at_most(steps, said):
    steps(0, (1.0, "  CC  a.o"), (1.4, "  CC  b.o"), (1.5, "  CC  c.o"), (1.6, "  CC  d.o"))
    assert said == ["[CC 1] a.o", "[CC 3] c.o"]


def test_when_it_will_be_done_is_told_when_enough_is_known(steps, said):
    steps(200, *((n, f"  CC  {n}.o") for n in range(1, 101)))
    assert "left" not in said[49]
    assert "about 2:29 left" in said[50], "one second for each of the 149 that remain"
    assert "about 1:40 left" in said[99]


def test_more_steps_than_the_last_time_are_no_share(steps, said):
    steps(60, *((n, f"  CC  {n}.o") for n in range(1, 62)))
    assert said[58].startswith("[CC 59/60, ")
    assert (said[59], said[60]) == ("[CC 60] 60.o", "[CC 61] 61.o")


LOST = "permission denied: it is not executable, this tree has lost its file modes"


@pytest.mark.parametrize(("text", "says"), [
    ("/src/a/b.c:3:9: error: no\nb.c:4: error: yes\n", "a/b.c:3: no"),
    ("../a/b.h:3:9: fatal error: x.h: No such file\n", "a/b.h:3: x.h: No such file"),
    (LINK, "skbuff.c: undefined reference to `sk_skb_reason_drop' (wanted by consume_skb)"),
    ("/usr/bin/ld: a.o: in function `f':\n/usr/bin/ld: (.text+0x1): undefined reference to `g'\n",
     "undefined reference to `g' (wanted by f)"),
    ("ld: a.o: multiple definition of `f'; b.o: first defined here\n",
     "a.o: multiple definition of `f'"),
    (("ld: /src/a.o: in function `f':\n/src/a.c:(.text+1): undefined reference to `g'\n"
      "ld: b.o: in function `later':\n"), "a.c: undefined reference to `g' (wanted by f)"),
    ('ERROR: modpost: "no_such" [fs/a.ko] undefined!\n', 'modpost: "no_such" [fs/a.ko] undefined!'),
    ("/bin/sh: 1: /src/scripts/ld-version.sh: Permission denied\n",
     f"scripts/ld-version.sh: {LOST}"),
    ("make[2]: *** No rule to make target 'scripts/Makefile.lib'.  Stop.\n",
     "scripts/Makefile.lib: the tree lacks it, and has no rule to make it"),
    ("make: *** [Makefile:1: all] Error 2\n", ""), ("", ""),
])
def test_what_ended_a_build(text, says):
    assert str(kbuild.first_error(text) or "") == says


@pytest.mark.parametrize(("text", "place", "message"), [
    ("/src/a/b.c:3:9: error: no\n", Location("a/b.c", 3), "no"),
    ("ld: a.o: multiple definition of `f'; x\n", Location("a.o"), "multiple definition of `f'"),
    ('ERROR: modpost: "x" [fs/a.ko] undefined!\n', NOWHERE,
     'modpost: "x" [fs/a.ko] undefined!'),
    ("/src/a.S:7: Error: x\n/src/a.S:7: error: two\n", Location("a.S", 7), "two"),
])
def test_the_place_of_what_ended_a_build(text, place, message):
    found = kbuild.first_error(text)
    assert (found.where, found.message) == (place, message)
    assert kbuild.cause_of(kbuild.BuildFailedError(2, found)) == found


def test_the_last_words_of_another_program_have_no_place():
    error = CommandFailedError("make", 2, "a.c:3: odd")
    assert kbuild.cause_of(error) == kbuild.BuildError("a.c:3: odd")


def test_only_the_root_before_a_path_goes():
    text = ("/src/gpu/dml21/src/core/a.c:12:3: error: no\nIn file included from /src/b.h:1,\n"
            "ld: /src/c.o: x\n")
    assert kbuild.in_tree(text, "/src") == (
        "gpu/dml21/src/core/a.c:12:3: error: no\nIn file included from b.h:1,\nld: c.o: x\n")


@pytest.mark.parametrize("text", [
    "gcc: fatal error: Killed signal terminated program cc1\n", "cc1: out of memory allocating 9\n",
    "/src/a.c:3:9: error: no\nld: final link failed: No space left on device\n",
])
def test_a_failure_that_is_the_machines_is_raised(text):
    with pytest.raises(InfrastructureError) as error:
        kbuild.failure(text, 2, "/src")
    assert not isinstance(error.value, CommandFailedError)
    assert "repeated" in error.value.hint


def test_a_failure_is_told_with_its_place_in_the_tree_wherever_that_lies():
    found = kbuild.failure("/work/my tree/fs/a.c:3:9: error: no\n", 1, "/work/my tree")
    assert found.cause == kbuild.BuildError("no", Location("fs/a.c", 3))
    assert (found.returncode, found.tail) == (1, "fs/a.c:3: no")


def test_a_failure_without_an_error_is_its_last_words():
    text = "".join(f"line {n}\n" for n in range(999))
    found = kbuild.failure(text, 3, "/src")
    assert found.cause == kbuild.BuildError(text[-2000:])
    assert (found.returncode, found.tail) == (3, text[-2000:])
    assert kbuild.failure("", 0, "/src").tail == "", "a compiler may say nothing"
