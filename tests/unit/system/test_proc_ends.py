# SPDX-License-Identifier: GPL-2.0-or-later
"""How the end of a process is judged; processes that are fed, and those at the terminal."""

import subprocess

import pytest

from harness.errors import CommandFailedError, DeadlineError, InfrastructureError
from harness.system import proc, talk


def done(*argv, code=0, out=b"", err=b"", why=""):
    return proc.Done(argv or ("tool",), code, out, err, 0.1, why)


@pytest.mark.parametrize(("code", "ok"), [(0, (0,)), (1, (0, 1)), (7, None)])
def test_a_good_end(code, ok):
    one = done(code=code)
    assert proc.check(one, ok) is one


def test_with_any_code_welcome_the_time_may_be_up_too():
    one = done(why="no end", code=-15)
    assert proc.check(one, None) is one


def test_what_was_stopped_has_no_good_code():
    with pytest.raises(DeadlineError, match="no end after 5 s") as error:
        proc.check(done(why="no end after 5 s"), (0,), "more time")
    assert error.value.hint == "more time"


@pytest.mark.parametrize(("given", "name"), [("", "bwrap"), ("cc", "cc")])
def test_an_error_names_what_ran_and_not_what_wrapped_it(given, name):
    with pytest.raises(CommandFailedError) as error:
        proc.check(done("bwrap", "--", "cc", code=2), (0,), name=given)
    assert error.value.message.startswith(f"{name} ended with 2")


@pytest.mark.parametrize(("out", "err", "tail"), [
    (b"out", b"err", "err"), (b"out", b"", "out"), (b"", b"", ""), (b"\xff", b"", "\ufffd"),
    (b"x" * 5000, b"", "x" * 4000)])
def test_what_was_said_last_goes_with_the_error(out, err, tail):
    with pytest.raises(CommandFailedError) as error:
        proc.check(done(code=1, out=out, err=err), (0,))
    assert error.value.tail == tail


@pytest.mark.parametrize("merge", [True, False])
def test_a_sandbox_that_does_not_start_is_no_result(world, merge):
    """Even for those who take any code: that would be the code of what should have run."""
    world.err, world.code = b"bwrap: no user namespace\nmore\n", 1
    with pytest.raises(InfrastructureError, match="no user namespace") as error:
        proc.run(["prlimit", "bwrap", "make"], ok=None, merge=merge)
    assert "more" not in error.value.message
    assert "doctor" in error.value.hint


@pytest.mark.parametrize(("err", "code"), [(b"bwrap: about this file", 2), (b"make: bwrap: x", 1)])
def test_what_speaks_of_the_sandbox_is_a_result(world, err, code):
    world.err, world.code = err, code
    assert proc.run(["make"], ok=None).returncode == code


def test_a_stream_is_fed(world, tmp_path):
    world.out, world.err = b"12\n", b"warning\n"
    said = proc.feed(["wc"], (b"%d" % n for n in range(3)), cwd=tmp_path, env={"A": "1"})
    (child,) = world.children
    assert (child.argv, child.how["cwd"], child.how["env"]) == (["wc"], tmp_path, {"A": "1"})
    assert child.stdin.got == b"012"
    assert child.stdin.closed
    assert child.stdout.closed
    assert (said.stdout, said.stderr) == (b"12\nwarning\n", b"")
    assert (said.argv, said.returncode, said.why) == (("wc",), 0, "")
    assert 0 <= said.seconds < 60


def test_what_reads_nothing_and_fails_says_why_itself(world):
    world.deaf, world.out, world.code = True, b"fatal: no\n", 128
    with pytest.raises(CommandFailedError, match="fatal: no"):
        proc.feed(["git"], [b"data"])


def test_a_stream_that_breaks_ends_its_reader(world):
    def breaks():
        yield b"half"
        world.running = True
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        proc.feed(["git"], breaks())
    assert not world.running
    assert world.children[0].stdout.closed


def test_at_the_terminal_nothing_is_read_and_the_code_is_its_own(world, monkeypatch):
    asked = []

    def start(argv, **how):
        asked.append((argv, how))
        return world.start(argv, stdin=None, stderr=subprocess.STDOUT)

    monkeypatch.setattr(subprocess, "Popen", start)
    world.code = 42
    assert talk.interactive(("gdb", "vmlinux")) == 42
    assert asked == [(["gdb", "vmlinux"], {"env": proc.base_env()})]
    world.children[0].stdout.close()
