# SPDX-License-Identifier: GPL-2.0-or-later
"""The only place that starts processes.

Commands are argv lists, never shell strings. Every child gets a session of
its own, so that the whole group can be stopped: politely first, then firmly.
What it prints is teed to a log before anyone interprets it, and only a bounded
part is kept in memory.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shlex
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict

from harness.errors import (
    CommandFailedError,
    DeadlineError,
    InfrastructureError,
    InterruptedRunError,
    ToolMissingError,
)
from harness.system.sink import Sink

KEEP = 16 * 1024 * 1024  # bytes of output kept in memory per stream
GRACE = 3.0  # seconds between SIGTERM and SIGKILL

_live: set[subprocess.Popen[bytes]] = set()
_closed = threading.Event()  # set when the run has been interrupted
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended; ``why`` says so when we stopped it."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes
    seconds: float
    why: str = ""
    timed_out: bool = False  # and whether it was the time

    @property
    def text(self) -> str:
        """Standard output, decoded without loss."""
        return self.stdout.decode("utf-8", "surrogateescape")


def base_env() -> dict[str, str]:
    """A small environment: nothing of the user's but the search path."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a child and everything in its group; returns when it is gone."""
    for sig, wait in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, sig)
        try:
            child.wait(wait)
        except subprocess.TimeoutExpired:
            continue
        # The leader has gone; stragglers of its group get no second chance.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        return


def interrupt_all() -> None:
    """End every child of every thread, and let none begin any more (Ctrl-C, SIGTERM)."""
    _closed.set()
    stop_all()


def interrupted() -> bool:
    """Whether the run has been interrupted: what children said since then is no result."""
    return _closed.is_set()


def stop_all() -> None:
    """End every child of every thread."""
    with _lock:
        children = tuple(_live)
    for child in children:
        stop(child)


def start(
    argv: Sequence[str],
    *,
    cwd: Path | None,
    env: Mapping[str, str] | None,
    stdin: IO[bytes] | int,
    stderr: int,
) -> subprocess.Popen[bytes]:
    """Start a child that ``stop`` and ``stop_all`` end, and ``forget`` lets go of."""
    if _closed.is_set():
        raise InterruptedRunError("interrupted")
    try:
        child = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(env) if env is not None else base_env(),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        if cwd is not None and not cwd.is_dir():
            raise
        tool = argv[0]
        raise ToolMissingError(tool, needed_for="this step", package=tool) from error
    with _lock:
        _live.add(child)
    return child


def forget(child: subprocess.Popen[bytes]) -> None:
    """Close the pipes of a child that has ended."""
    with _lock:
        _live.discard(child)
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _pump(
    child: subprocess.Popen[bytes],
    sinks: Mapping[int, Sink],
    timeout: float,
    stop_when: Callable[[], str] | None,
) -> tuple[str, bool]:
    """Read until both streams close; return why the child was stopped, or "", and if by time."""
    deadline = time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        for stream in sinks:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            why = stop_when() if stop_when is not None else ""
            late = not why and time.monotonic() > deadline
            if why or late:
                stop(child)
                return why or f"no end after {timeout:.0f} s", late
            for key, _ in selector.select(0.1):
                data = os.read(key.fd, 65536)
                if data:
                    sinks[key.fd].feed(data)
                else:
                    selector.unregister(key.fd)
            if child.poll() is not None and not selector.select(0):
                # A daemon that kept our pipe open must not hold us up.
                break
    try:
        child.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        stop(child)
        return f"no end after {timeout:.0f} s", True
    return "", False


class How(TypedDict, total=False):
    """The keywords of ``run``."""

    cwd: Path | None
    env: Mapping[str, str] | None
    timeout: float
    ok: tuple[int, ...] | None
    stdin: bytes
    merge: bool
    log: Path | None
    on_line: Callable[[str], None] | None
    stop_when: Callable[[], str] | None
    hint: str
    keep: int
    name: str


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 120.0,
    ok: tuple[int, ...] | None = (0,),
    stdin: bytes = b"",
    merge: bool = False,
    log: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    stop_when: Callable[[], str] | None = None,
    hint: str = "",
    keep: int = KEEP,
    name: str = "",
) -> Done:
    """Run ``argv`` to its end and return what it printed.

    ``ok`` names the good exit codes, ``None`` takes any. ``merge`` joins
    standard error into standard output. ``stop_when`` is asked every tenth of
    a second; a non-empty answer stops the child and becomes ``Done.why``.
    ``name`` is what errors call it: that of the program, and not of what wraps it.

    Raises ``ToolMissingError``, ``CommandFailedError`` (code not in ``ok``),
    ``DeadlineError`` (only when ``ok`` is given; else see ``Done.why``), ``InterruptedRunError``.
    """
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        source: IO[bytes] | int = subprocess.DEVNULL
        if stdin:
            source = stack.enter_context(tempfile.TemporaryFile())
            source.write(stdin)
            source.seek(0)
        tee = stack.enter_context(log.open("ab")) if log is not None else None
        if tee is not None:
            tee.write(f"$ {shlex.join(argv)}\n".encode("utf-8", "surrogateescape"))
        errors = subprocess.STDOUT if merge else subprocess.PIPE
        child = start(argv, cwd=cwd, env=env, stdin=source, stderr=errors)
        assert child.stdout is not None  # noqa: S101  (for mypy)
        out, err = Sink(tee, on_line, keep), Sink(tee, None, keep)
        sinks = {child.stdout.fileno(): out}
        if child.stderr is not None:
            sinks[child.stderr.fileno()] = err
        try:
            why, late = _pump(child, sinks, timeout, stop_when)
            out.finish()
        except BaseException:
            stop(child)
            raise
        finally:
            forget(child)
    if _closed.is_set():  # ended half-way, with whatever code: no word about what it was doing
        raise InterruptedRunError("interrupted")
    done = Done(tuple(argv), child.returncode, bytes(out.kept), bytes(err.kept),
                time.monotonic() - started, why, timed_out=late)
    _confined(done)
    return check(done, ok, hint, name)


def _confined(done: Done) -> None:
    """Raise ``InfrastructureError`` when it was the sandbox that failed, not what it should run."""
    said = done.stderr or done.stdout[:400]
    if done.returncode == 1 and said.startswith(b"bwrap: "):
        raise InfrastructureError(
            f"the sandbox did not start: {said.decode('utf-8', 'replace').splitlines()[0]}",
            hint="harness doctor says whether bubblewrap works here")


def check(done: Done, ok: tuple[int, ...] | None, hint: str = "", name: str = "") -> Done:
    """Return ``done`` when it ended well, else raise what it deserves."""
    if ok is None:
        return done
    name = name or done.argv[0]
    if done.why:
        raise DeadlineError(f"{name}: {done.why}", hint=hint)
    if done.returncode not in ok:
        tail = (done.stderr or done.stdout)[-4000:].decode("utf-8", "replace")
        raise CommandFailedError(name, done.returncode, tail, hint=hint)
    return done


def feed(argv: Sequence[str], chunks: Iterable[bytes], *, env: Mapping[str, str] | None = None,
         cwd: Path | None = None) -> Done:
    """Run ``argv`` with a stream of any size on standard input.

    The output must be small: it is read when the stream has ended.
    """
    started = time.monotonic()
    child = start(argv, cwd=cwd, env=env, stdin=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert child.stdin is not None  # noqa: S101  (for mypy)
    assert child.stdout is not None  # noqa: S101  (for mypy)
    try:
        with contextlib.suppress(BrokenPipeError):
            for chunk in chunks:
                child.stdin.write(chunk)
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        output = child.stdout.read(KEEP)
        child.wait()
    except BaseException:
        stop(child)
        raise
    finally:
        forget(child)
    done = Done(tuple(argv), child.returncode, output, b"", time.monotonic() - started)
    return check(done, (0,))
