# SPDX-License-Identifier: GPL-2.0-or-later
"""A child that is talked with: by the user at a terminal, or by us in lines, over its pipes."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence

from harness.system import proc

_LINES = 64  # that wait to be heard
_WORDS = 4000  # bytes of its last words


def interactive(argv: Sequence[str]) -> int:
    """Run ``argv`` at the user's own terminal and return its exit code."""
    with subprocess.Popen(list(argv), env=proc.base_env()) as child:
        return child.wait()


class Talk:
    """``say`` and ``hear`` lines; ``longest`` bytes are in one at most."""

    def __init__(self, argv: Sequence[str], longest: int, env: Mapping[str, str]) -> None:
        self._child = proc.start(argv, cwd=None, env=proc.base_env() | dict(env),
                                 stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        self._last = b""
        self._longest = longest
        self._heard: queue.Queue[bytes] = queue.Queue(_LINES)
        self._threads = [threading.Thread(target=t, daemon=True)
                         for t in (self._listen, self._watch)]
        for thread in self._threads:
            thread.start()

    def _listen(self) -> None:
        """Hand on the child's lines, and an empty one when it has gone or says too much."""
        assert self._child.stdout is not None  # noqa: S101  (for mypy)
        with contextlib.suppress(OSError, ValueError):  # closed
            while (line := self._child.stdout.readline(self._longest)).endswith(b"\n"):
                self._heard.put(line)
        self._heard.put(b"")

    def _watch(self) -> None:
        """Keep its last words; a pipe that nobody reads would stop it."""
        assert self._child.stderr is not None  # noqa: S101  (for mypy)
        with contextlib.suppress(OSError, ValueError):
            while data := self._child.stderr.read1(_WORDS):  # type: ignore[attr-defined]
                self._last = (self._last + data)[-_WORDS:]

    def say(self, line: bytes) -> None:
        """Say a line; that nobody is there any more is heard, not raised."""
        assert self._child.stdin is not None  # noqa: S101  (for mypy)
        with contextlib.suppress(OSError, ValueError):
            self._child.stdin.write(line + b"\n")
            self._child.stdin.flush()

    def hear(self, seconds: float) -> bytes | None:
        """The next line, b"" when the child has gone, or None when so long nothing was said."""
        try:
            return self._heard.get(timeout=seconds) if seconds > 0 else self._heard.get_nowait()
        except queue.Empty:
            return None

    def end(self) -> bytes:
        """End the child; returns its last words on standard error."""
        proc.stop(self._child)
        while any(t.is_alive() for t in self._threads):  # who listens may wait to hand on a line
            with contextlib.suppress(queue.Empty):
                self._heard.get(timeout=0.05)
        proc.forget(self._child)
        return self._last
