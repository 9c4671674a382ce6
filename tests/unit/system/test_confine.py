# SPDX-License-Identifier: GPL-2.0-or-later
"""Hostile input is read by a child with limits; here both sides run in turn, without a fork."""

import ctypes
import os
import pickle
import resource
import select
import signal
import sys
import time
from types import SimpleNamespace

import pytest

from harness.errors import InfrastructureError, InputRefusedError, UsageError
from harness.system import confine, proc

PARENT = 100


class EndError(BaseException):
    """The child has ended."""


class Sides:
    """What the child would do and has done; ``dead`` are signals that end it."""

    pid, answer, status, dead = 4711, b"", 0, (signal.SIGTERM, signal.SIGKILL)
    parent = PARENT

    def __init__(self):
        self.killed, self.limits, self.prctl, self.waits = [], {}, [], []
        self.reaped = False

    def fork(self):
        return self.pid

    def pipe(self):
        self.reader, self.writer = os.pipe2(0)
        self.kept = os.dup(self.reader)
        if self.pid:
            os.write(self.writer, self.answer)
        return self.reader, self.writer

    def waitpid(self, pid, how):
        assert pid == self.pid
        self.waits.append(how)
        gone = not how or (self.killed and self.killed[-1] in self.dead)
        return (pid, self.status) if gone else (0, 0)

    def end(self, code):
        raise EndError(code)


@pytest.fixture
def sides(monkeypatch):
    made = Sides()
    for name, does in (("fork", made.fork), ("pipe", made.pipe), ("waitpid", made.waitpid),
                       ("_exit", made.end), ("getppid", lambda: made.parent),
                       ("getpid", lambda: PARENT),
                       ("kill", lambda pid, sig: made.killed.append(sig))):
        monkeypatch.setattr(os, name, does)
    monkeypatch.setattr(resource, "setrlimit", made.limits.__setitem__)
    monkeypatch.setattr(time, "sleep", lambda _: None)

    class Library:
        def __init__(self, name):
            assert name is None

        def prctl(self, *args):
            made.prctl.append(args)

    monkeypatch.setattr(ctypes, "CDLL", Library)
    yield made
    os.close(made.kept)


def answered(sides, *answer, status=0):
    """The parent's side, for what the child wrote and how it ended."""
    sides.answer = pickle.dumps(answer) if answer else b""
    sides.status = status
    return confine.confined(lambda: pytest.fail("the parent reads nothing itself"), "the mail")


def child(sides, function, **limits):
    """The child's side: its exit code, and what it wrote."""
    sides.pid = 0
    with pytest.raises(EndError) as end:
        confine.confined(function, "the mail", **limits)
    if not select.select([sides.kept], [], [], 0)[0]:
        return end.value.args[0], None
    data = os.read(sides.kept, 1 << 16)
    return end.value.args[0], pickle.loads(data) if data else None  # noqa: S301


def raiser(error):
    def function():
        raise error
    return function


def test_what_the_child_found_is_returned(sides):
    assert answered(sides, "ok", {"a": (1, 2)}, "") == {"a": (1, 2)}
    assert sides.waits == [0]
    assert sides.killed == []
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(sides.reader)


@pytest.mark.parametrize(("kind", "raised"), [
    ("InputRefusedError", InputRefusedError), ("UsageError", UsageError),
    ("InfrastructureError", InfrastructureError), ("ToolMissingError", InfrastructureError)])
def test_what_the_child_refused_is_refused(sides, kind, raised):
    with pytest.raises(raised, match="it is wrong") as error:
        answered(sides, kind, "it is wrong", "so")
    assert error.value.hint == "so"


def test_input_that_is_too_deep_is_refused(sides):
    with pytest.raises(InputRefusedError, match=r"the mail.*RecursionError"):
        answered(sides, "limit", "RecursionError", "")


@pytest.mark.parametrize("status", [signal.SIGXCPU, signal.SIGKILL, 3 << 8, 0])
def test_input_that_meets_a_limit_is_refused(sides, status):
    with pytest.raises(InputRefusedError, match="the mail"):
        answered(sides, status=int(status))


def test_half_an_answer_of_a_child_that_was_killed_is_none(sides):
    with pytest.raises(InputRefusedError):
        answered(sides, "ok", "half", "", status=int(signal.SIGKILL))


def test_a_bug_of_the_reader_is_not_the_inputs(sides):
    with pytest.raises(InfrastructureError):
        answered(sides, status=1 << 8)


def test_an_interrupted_child_interrupts_the_run(sides):
    with pytest.raises(KeyboardInterrupt):
        answered(sides, status=130 << 8)


@pytest.mark.parametrize(("dead", "killed"), [
    ((signal.SIGTERM,), [signal.SIGTERM]),
    ((signal.SIGKILL,), [signal.SIGTERM, signal.SIGKILL])])
def test_a_child_that_does_not_end_is_ended(sides, monkeypatch, dead, killed):
    clock = iter(range(0, 10_000, 4))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(proc, "GRACE", 9)
    monkeypatch.setattr(select, "select", lambda *_: ([], [], []))
    sides.dead = dead
    with pytest.raises(InputRefusedError, match="75"):
        answered(sides)
    assert sides.killed == killed
    assert sides.waits[-1] == (os.WNOHANG if len(killed) == 1 else 0)


def test_the_child_hands_over_what_it_found(sides):
    assert child(sides, lambda: [1, 2]) == (0, ("ok", [1, 2], ""))
    assert sides.prctl == [(1, signal.SIGKILL)], "it dies with its parent"


def test_the_child_hands_over_a_refusal(sides):
    assert child(sides, raiser(UsageError("wrong", hint="so"))) == (
        0, ("UsageError", "wrong", "so"))


@pytest.mark.parametrize("error", [MemoryError, RecursionError])
def test_the_child_says_which_limit_it_met(sides, error):
    assert child(sides, raiser(error())) == (0, ("limit", error.__name__, ""))


def test_limits_are_above_what_the_parent_has_used(sides, monkeypatch):
    monkeypatch.setattr(resource, "getrusage",
                        lambda _: SimpleNamespace(ru_utime=30.5, ru_stime=12.6))
    child(sides, int, memory=1 << 20, cpu=7)
    soft, hard = sides.limits[resource.RLIMIT_CPU]
    assert soft == 43 + 7
    assert hard > soft
    soft, hard = sides.limits[resource.RLIMIT_AS]
    assert soft == hard > 2 << 20, "this process itself has mapped more than that"


def test_what_was_printed_before_is_not_printed_twice(sides, monkeypatch):
    """What stands in a buffer when a process forks is written by both."""
    order = []
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, SimpleNamespace(flush=lambda name=name: order.append(name)))
    monkeypatch.setattr(os, "fork", lambda: order.append("fork") or sides.pid)
    answered(sides, "ok", 1, "")
    assert order == ["stdout", "stderr", "fork"]


def test_an_orphan_reads_nothing(sides, monkeypatch):
    """The parent died before the child could ask to die with it."""
    sides.parent = 1
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)
    code, wrote = child(sides, lambda: pytest.fail("it was read"))
    assert (code, wrote) == (1, None)


def test_a_bug_shows_its_traceback(sides, monkeypatch):
    shown = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: shown.append(kind))
    assert child(sides, raiser(ZeroDivisionError())) == (1, None)
    assert shown == [ZeroDivisionError]


def test_an_interrupted_child_stops_what_it_started(sides, monkeypatch):
    shut = []
    monkeypatch.setattr(proc, "interrupt_all", lambda: shut.append(1))
    assert child(sides, raiser(KeyboardInterrupt())) == (130, None)
    assert shut == [1]


def test_an_answer_that_is_too_large_meets_the_limit(sides, monkeypatch):
    def refuse(*_):
        raise MemoryError

    monkeypatch.setattr(pickle, "dump", refuse)
    assert child(sides, int)[0] == 3
