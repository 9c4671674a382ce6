# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects once more with line tables, and the functions of a kernel."""

import re
from pathlib import Path

import pytest

from harness.build import linetables
from harness.build.codecheck import BuildSide
from harness.errors import CommandFailedError
from harness.model import Sources
from harness.system.sandbox import Sandbox

LINE = "gcc -Wp,-MMD,fs/.a.o.d -O2 -c -o fs/a.o /src/fs/a.c ; ./objtool fs/a.o"
BARE = Sandbox(enabled=False)


@pytest.fixture
def side(tmp_path):
    """A build that has made fs/a.o by ``LINE``."""
    (tmp_path / "out" / "fs").mkdir(parents=True)
    (tmp_path / "out" / "fs" / ".a.o.cmd").write_text(f"cmd_fs/a.o := {LINE}\n")
    (tmp_path / "out" / "fs" / ".b.o.cmd").write_text("cmd_fs/b.o := ld -r -o fs/b.o fs/a.o\n")
    return BuildSide(Sources(tmp_path / "src"), tmp_path / "out")


def test_the_command_is_that_of_make_with_a_table_and_another_place(side, commands):
    def gcc(argv, _):
        words = argv[-1].split()
        Path(words[words.index("-o") + 1]).write_bytes(b"ELF")
    commands.say("sh", does=gcc)
    assert linetables.with_lines(BARE, side, "fs/a.o") == b"ELF"
    (argv,) = commands.calls
    assert " -O2 -g -gdwarf-4 -c -o " in argv[-1]
    assert "-MMD" not in argv[-1]
    assert "objtool" not in argv[-1]
    assert "fs/a.o" not in argv[-1], "nothing of the build is written"


@pytest.mark.parametrize("name", ["fs/b.o", "fs/none.o"])
def test_what_gcc_has_not_made_has_no_table(side, commands, name):
    with pytest.raises(CommandFailedError):
        linetables.with_lines(BARE, side, name)
    assert commands.calls == []


def test_a_compiler_that_fails_is_an_error(side, commands):
    commands.say("sh", code=1)
    with pytest.raises(CommandFailedError):
        linetables.with_lines(BARE, side, "fs/a.o")


def test_nm_is_asked_for_the_sizes_too(side, commands):
    commands.say("nm", out=b"ffff 10 T f\n")
    assert linetables.symbols(BARE, side.out) == "ffff 10 T f\n"
    assert commands.calls[0][-3:] == ["-S", "--defined-only", str(side.out / "vmlinux")]
    commands.say("nm", code=1)
    with pytest.raises(CommandFailedError):
        linetables.symbols(BARE, side.out)


def test_tests_of_a_headers_own_folder_are_found_by_what_make_keeps(tmp_path):
    folder = tmp_path / "fs"
    folder.mkdir()
    text = "savedcmd_fs/x.o := gcc -c\n\ndeps_fs/x.o := \\\n  /src/fs/x.h \\\n  /src/fs/z.h\n"
    for name in (".x-test.o.cmd", ".y_kunit.o.cmd", ".plain.o.cmd", ".w-test.o.d"):
        (folder / name).write_text(text)
    (folder / ".other-test.o.cmd").write_text(text.replace("fs/x.h", "fs/xx.h"))
    (folder / ".link-test.o.cmd").symlink_to("/etc/passwd")
    named = re.compile("test|kunit")
    assert linetables.beside(tmp_path, "fs/x.h", named) == ("fs/x-test.o", "fs/y_kunit.o")
    assert linetables.beside(tmp_path, "fs/z.h", named) == (
        "fs/other-test.o", "fs/x-test.o", "fs/y_kunit.o")
    assert linetables.beside(tmp_path, "nowhere/x.h", named) == ()
