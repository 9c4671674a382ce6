# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a function on hostile input in a child of its own, with limits.

A parser that loops, recurses or eats memory then takes the child with it, not the run.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import TypeVar

from harness import errors
from harness.system import proc

_T = TypeVar("_T")
MEMORY = 1 << 30  # bytes
CPU = 25  # seconds
_PR_SET_PDEATHSIG = 1


def confined(function: Callable[[], _T], what: str, *, memory: int = MEMORY, cpu: int = CPU) -> _T:
    """Return what ``function`` returns, as a value that was pickled.

    Raises the ``HarnessError`` that it raised, ``InputRefusedError`` when it met a limit and
    ``InfrastructureError`` for any other end.
    """
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(function, writer, parent, memory, cpu)
    os.close(writer)
    deadline = time.monotonic() + 3 * cpu
    try:
        data = _read(reader, deadline)
        if data is None:
            raise errors.InputRefusedError(f"{what}: not read after {3 * cpu} seconds")
        _, status = os.waitpid(child, 0)
        child = 0
    finally:
        os.close(reader)
        if child:
            _end(child)
    return _result(data, status, what)


def _end(child: int) -> None:
    """Politely, so that the child stops what it started; then firmly."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(child, signal.SIGTERM)
        until = time.monotonic() + proc.GRACE
        while time.monotonic() < until:
            if os.waitpid(child, os.WNOHANG)[0]:
                return
            time.sleep(0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _read(reader: int, deadline: float) -> bytes | None:
    data = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        if not select.select([reader], [], [], left)[0]:
            continue
        part = os.read(reader, 1 << 20)
        if not part:
            return bytes(data)
        data += part


def _child(function: Callable[[], object], writer: int, parent: int, memory: int,
           cpu: int) -> None:
    code = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime)
        resource.setrlimit(resource.RLIMIT_AS, (memory + _mapped(), memory + _mapped()))
        resource.setrlimit(resource.RLIMIT_CPU, (spent + cpu, spent + cpu + 2))
        try:
            answer: tuple[str, object, str] = ("ok", function(), "")
        except errors.HarnessError as error:
            answer = (type(error).__name__, error.message, error.hint)
        except (MemoryError, RecursionError) as error:
            answer = ("limit", type(error).__name__, "")
        with os.fdopen(writer, "wb") as out:
            pickle.dump(answer, out, pickle.HIGHEST_PROTOCOL)
        code = 0
    except KeyboardInterrupt:
        proc.interrupt_all()
        code = 130
    except MemoryError:
        code = 3
    except BaseException:  # noqa: BLE001  (the one place where a bug must show before the end)
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _mapped() -> int:
    """Bytes of address space that the parent has mapped already: they are not the input's."""
    with open("/proc/self/statm", encoding="ascii") as handle:  # noqa: PTH123
        return int(handle.read().split()[0]) * resource.getpagesize()


def _result(data: bytes, status: int, what: str) -> _T:  # type: ignore[type-var]
    code = os.waitstatus_to_exitcode(status)
    if code == 130:
        raise KeyboardInterrupt
    if code in {-signal.SIGXCPU, -signal.SIGKILL, 3} or not data:
        if code == 1:
            raise errors.InfrastructureError(f"{what}: the reader died; its traceback is above")
        raise errors.InputRefusedError(f"{what}: takes more time or memory to read than is allowed "
                                       f"({CPU} s, {MEMORY >> 20} MiB)")
    kind, value, hint = pickle.loads(data)  # noqa: S301  (written by our own child)
    if kind == "ok":
        return value  # type: ignore[no-any-return]
    if kind == "limit":
        raise errors.InputRefusedError(f"{what}: too deep or too large to read ({value})")
    known = {"InputRefusedError": errors.InputRefusedError, "UsageError": errors.UsageError}
    raise known.get(kind, errors.InfrastructureError)(value, hint=hint)
