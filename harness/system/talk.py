# SPDX-License-Identifier: GPL-2.0-or-later
"""A child that is talked with: by the user at a terminal, or by us in lines, over its pipes."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
from collections.abc import Sequence

from harness.system import proc

_LINES = 64  # that wait to be heard


def interactive(argv: Sequence[str]) -> int:
    """Run ``argv`` at the user's own terminal and return its exit code."""
    with subprocess.Popen(list(argv), env=proc.base_env()) as child:
        return child.wait()


class Talk:
    """``say`` and ``hear`` lines; ``longest`` bytes are in one at most."""

    def __init__(self, argv: Sequence[str], longest: int) -> None:
        self._child = proc.start(argv, cwd=None, env=None, stdin=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        self._longest = longest
        self._heard: queue.Queue[bytes] = queue.Queue(_LINES)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        """Hand on the child's lines, and an empty one when it has gone or says too much."""
        assert self._child.stdout is not None  # noqa: S101  (for mypy)
        with contextlib.suppress(OSError, ValueError):  # closed
            while (line := self._child.stdout.readline(self._longest)).endswith(b"\n"):
                self._heard.put(line)
        self._heard.put(b"")

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
        assert self._child.stderr is not None  # noqa: S101  (for mypy)
        said = self._child.stderr.read(1 << 20)
        while not self._heard.empty():  # who listens may wait to hand on a line
            self._heard.get_nowait()
        proc.forget(self._child)
        return said[-4000:]
