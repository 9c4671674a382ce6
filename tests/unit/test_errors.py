# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong has an exit code, one line, and a next step."""

import pytest

from harness import errors


@pytest.mark.parametrize(("kind", "code"), [
    (errors.UsageError, 2), (errors.InputRefusedError, 3), (errors.InfrastructureError, 5),
    (errors.DeadlineError, 5), (errors.InterruptedRunError, 130)])
def test_each_has_its_exit_code(kind, code):
    error = kind("it is wrong", hint="do so")
    assert (error.exit_code, error.message, error.hint, str(error)) == (
        code, "it is wrong", "do so", "it is wrong")
    assert isinstance(error, errors.HarnessError)
    assert kind("it is wrong").hint == ""


def test_a_kernel_that_gave_no_sign_comes_with_its_last_words():
    error = errors.NoBootError("no sign", "Kernel panic", hint="look")
    assert (error.message, error.said, error.hint, error.exit_code) == (
        "no sign", "Kernel panic", "look", 5)


def test_a_missing_tool_names_its_package():
    error = errors.ToolMissingError("pahole", needed_for="layouts", package="dwarves")
    assert error.tool == "pahole"
    assert "layouts" in error.message
    assert error.hint == "apt-get install dwarves"


@pytest.mark.parametrize(("tail", "says"), [
    ("one\nlast words\n", "last words"), ("x.c:1: Error: no\nmake: leaving\n", "x.c:1: Error: no"),
    ("ld: cannot find -lx\nleaving\n", "ld: cannot find -lx"), ("a: error: 1\nb: error: 2\n",
                                                               "a: error: 1")])
def test_a_command_that_failed_says_why(tail, says):
    error = errors.CommandFailedError("make", 2, tail, hint="so")
    assert error.message == f"make ended with 2: {says}"
    assert (error.returncode, error.tail, error.hint) == (2, tail, "so")


def test_a_command_that_failed_may_have_said_nothing():
    assert "7" in errors.CommandFailedError("true", 7, " \n").message
