# SPDX-License-Identifier: GPL-2.0-or-later
"""What gcc says that it would start, and what becomes of it."""

import shlex

import pytest

from harness.errors import DeadlineError, ToolMissingError
from harness.system import proc
from harness.uapi import direct

CC1 = (' /usr/lib/cc1 -quiet -I /harness-headers t.c -quiet "-std=gnu11" -o {made}\n')
AS = " as --64 -o t.o {made}\n"
HEAD = "Using built-in specs.\nCOLLECT_GCC=gcc\nCOLLECT_GCC_OPTIONS='-c'\n"
ARGV = ("gcc", "-I", "/side3/headers", "-DX=a b")
THEMSELVES = "gcc -I /side3/headers '-DX=a b' t.c"
started = direct._started.__wrapped__


@pytest.fixture
def says(monkeypatch, commands):
    """The command, where gcc says this of what it would start."""
    def command(stderr, code=0):
        commands.say("gcc", code=code, err=stderr.encode())
        monkeypatch.setattr(direct, "_started", started)
        return direct.commands(ARGV, "/side3/headers")
    return command


def test_the_compiler_and_the_assembler_are_started_themselves(says, commands):
    made = "/x/ccX1.s"
    assert says(HEAD + CC1.format(made=made) + HEAD + AS.format(made=made)) == (
        "/usr/lib/cc1 -quiet -I /side3/headers t.c -quiet -std=gnu11 -o t.s && "
        "as --64 -o t.o t.s")
    (asked,) = commands.calls
    assert asked == ["gcc", "-I", "/harness-headers", "-DX=a b", "-###", "t.c"]


def test_one_command_alone_is_started(says):
    command = says(HEAD + ' /usr/lib/cc1plus -D "X=\\"a b\\"" t.c -o /dev/null\n')
    assert shlex.split(command) == ["/usr/lib/cc1plus", "-D", 'X="a b"', "t.c", "-o", "/dev/null"]


@pytest.mark.parametrize("stderr", [
    "", HEAD, " /usr/bin/ccache t.c\n", " /usr/lib/cc1 t.c -o a.s\n as -o t.o b.s\n",
    " /usr/lib/cc1 t.c -o a.s\n ld a.s\n", " /usr/lib/cc1 t.c\n as t.o\n collect2 t.o\n",
    ' /usr/lib/cc1 "t.c\n', " /usr/lib/cc1 t.c a.s\n as -o t.o a.s\n"])
def test_what_is_not_understood_is_left_to_gcc(says, stderr):
    assert says(stderr) == THEMSELVES


def test_a_compiler_that_refuses_is_asked_itself(says):
    assert says(CC1, code=1) == THEMSELVES


@pytest.mark.parametrize("error", [
    DeadlineError("gcc: no end"), ToolMissingError("gcc", needed_for="x", package="gcc")])
def test_a_compiler_that_does_not_answer_is_asked_itself(monkeypatch, error):
    def refuses(*_, **__):
        raise error
    monkeypatch.setattr(proc, "run", refuses)
    monkeypatch.setattr(direct, "_started", started)
    assert direct.commands(ARGV, "/side3/headers") == THEMSELVES
