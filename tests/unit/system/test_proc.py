# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a process: what it says, how it ends, how it is ended."""

import os
import signal
import subprocess

import pytest

from harness.errors import (
    CommandFailedError,
    DeadlineError,
    InterruptedRunError,
    ToolMissingError,
)
from harness.system import proc, sink


def test_what_it_says_is_kept(world):
    world.out, world.err = b"fine \xff\n", b"but\n"
    done = proc.run(["tool", "-x"])
    assert (done.argv, done.returncode, done.stdout, done.stderr) == (
        ("tool", "-x"), 0, b"fine \xff\n", b"but\n")
    assert done.text == "fine \udcff\n"
    assert (done.why, done.timed_out) == ("", False)
    assert 0 <= done.seconds < 60


def test_how_it_is_started(world, monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET", "hush")
    monkeypatch.setenv("PATH", "/my/bin")
    proc.run(("tool", "-x"), cwd=tmp_path)
    (child,) = world.children
    assert child.argv == ["tool", "-x"]
    assert child.how["cwd"] == tmp_path
    assert child.how["env"] == proc.base_env() == {
        "PATH": "/my/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    assert child.how["start_new_session"], "so that its whole group can be ended"
    assert child.how["stdin"] == subprocess.DEVNULL
    proc.run(["tool"], env={"A": "1"}, stdin=b"input")
    assert world.children[-1].how["env"] == {"A": "1"}
    assert world.children[-1].said == b"input"


def test_a_log_has_the_command_and_all_that_it_said(world, tmp_path):
    world.out, world.err = b"one\n", b"two\n"
    log = tmp_path / "log"
    log.write_text("before\n")
    proc.run(["sh", "a b"], log=log)
    first, second, *rest = log.read_text().splitlines()
    assert (first, second, sorted(rest)) == ("before", "$ sh 'a b'", ["one", "two"])


def test_errors_can_be_joined_to_the_rest(world):
    world.out, world.err = b"one\n", b"two\n"
    done = proc.run(["sh"], merge=True)
    assert (done.stdout, done.stderr) == (b"one\ntwo\n", b"")


def test_lines_are_handed_on_whole(world, monkeypatch):
    lines = []
    monkeypatch.setattr(os, "read", lambda fd, size, read=os.read: read(fd, 3))
    world.out, world.err = b"first\r\n\n\xff bad\nno end", b"errors\n"
    proc.run(["sh"], on_line=lines.append)
    assert lines == ["first", "", "\ufffd bad", "no end"]


def test_a_line_without_an_end_is_cut(world, monkeypatch):
    lines = []
    monkeypatch.setattr(sink, "LONGEST", 9)
    monkeypatch.setattr(os, "read", lambda fd, size, read=os.read: read(fd, 5))
    world.out = b"x" * 20 + b"\ny\n"
    proc.run(["sh"], on_line=lines.append)
    assert [line for line in lines if line] == ["x" * 10, "x" * 10, "y"]


def test_memory_and_logs_are_bounded(world, monkeypatch, tmp_path):
    monkeypatch.setattr(sink, "LOG_CAP", 30)
    monkeypatch.setattr(os, "read", lambda fd, size, read=os.read: read(fd, 20))
    world.out = b"0123456789" * 10
    done = proc.run(["sh"], keep=25, log=tmp_path / "log")
    assert done.stdout == world.out[:25]
    assert (tmp_path / "log").read_bytes() == b"$ sh\n" + world.out[:30]


def test_a_bad_end_raises(world):
    world.out, world.err, world.code = b"said\n", b"make: error 7\n", 2
    with pytest.raises(CommandFailedError, match="make: error 7") as error:
        proc.run(["make"], hint="try again")
    assert (error.value.returncode, error.value.hint) == (2, "try again")
    assert error.value.tail == "make: error 7\n"
    assert proc.run(["make"], ok=(0, 2)).returncode == 2
    assert proc.run(["make"], ok=None).returncode == 2


def test_time_that_is_up_ends_it(world):
    world.running = world.open = True
    done = proc.run(["sleep"], timeout=-1, ok=None)
    assert done.timed_out
    assert done.why
    assert world.signals[0] == signal.SIGTERM
    world.running = True
    with pytest.raises(DeadlineError, match="sleep"):
        proc.run(["sleep"], timeout=-1)


def test_what_closes_its_streams_must_end_too(world):
    world.running = True
    done = proc.run(["daemon"], timeout=60, ok=None)
    assert 0 < world.waits[0] <= 60
    assert done.timed_out
    assert done.why
    assert not world.running


def test_a_reason_to_stop_ends_it(world):
    world.running = world.open = True
    asked = iter(["", "enough"])
    done = proc.run(["qemu"], ok=None, stop_when=lambda: next(asked))
    assert (done.why, done.timed_out) == ("enough", False)
    assert world.signals[0] == signal.SIGTERM


def test_a_daemon_that_keeps_the_pipe_is_not_waited_for(world):
    world.open, world.out = True, b"hi\n"
    assert proc.run(["sh"], timeout=60).stdout == b"hi\n"
    assert world.signals == []


@pytest.mark.parametrize(("stubborn", "signals"), [
    (False, [signal.SIGTERM, signal.SIGKILL]),
    (True, [signal.SIGTERM, signal.SIGKILL, signal.SIGKILL])])
def test_its_group_is_ended_politely_and_then_firmly(world, stubborn, signals):
    """The last is for what its leader has left behind."""
    world.running, world.stubborn = True, stubborn
    proc.run(["sh"], ok=None, stop_when=lambda: "enough")
    assert world.signals == signals


def test_what_has_gone_already_cannot_be_ended(world):
    child = world.start(["sh"], stdin=None, stderr=subprocess.STDOUT)
    world.children.clear()
    proc.stop(child)
    child.stdout.close()
    assert world.signals == []


def test_an_exception_leaves_nothing_running(world):
    world.out, world.running = b"line\n", True

    def breaks(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        proc.run(["sh"], on_line=breaks)
    assert not world.running
    assert world.children[0].stdout.closed
    assert world.children[0].stderr.closed


def test_a_tool_that_is_not_there(world, monkeypatch, tmp_path):
    def missing(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "Popen", missing)
    for folder in (None, tmp_path):
        with pytest.raises(ToolMissingError) as error:
            proc.run(["pahole"], cwd=folder)
        assert error.value.tool == "pahole"
    with pytest.raises(FileNotFoundError):
        proc.run(["pahole"], cwd=tmp_path / "gone")


def test_an_interrupted_run_ends_all_and_starts_nothing(world):
    assert not proc.interrupted()
    world.running = world.open = True
    with pytest.raises(InterruptedRunError):  # what was ended half-way says nothing
        proc.run(["qemu"], ok=None, stop_when=lambda: proc.interrupt_all() or "")
    assert proc.interrupted()
    assert world.signals[0] == signal.SIGTERM
    with pytest.raises(InterruptedRunError):
        proc.run(["sh"])
    assert len(world.children) == 1


def test_what_has_ended_is_not_ended_again(world):
    proc.run(["sh"])
    proc.feed(["sh"], [])
    proc.stop_all()
    assert world.signals == []
