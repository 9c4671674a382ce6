# SPDX-License-Identifier: GPL-2.0-or-later
"""Collects what a command prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

LOG_CAP = 64 * 1024 * 1024  # bytes of output written to a log
LONGEST = 65536  # bytes without a newline that count as a line


class Sink:
    """Collects one stream: a bounded head in memory, a log, whole lines."""

    def __init__(
        self, log: IO[bytes] | None, on_line: Callable[[str], None] | None, keep: int,
    ) -> None:
        self.kept = bytearray()
        self._keep = keep
        self._log = log
        self._logged = 0
        self._on_line = on_line
        self._partial = b""

    def feed(self, data: bytes) -> None:
        """Take in what was read."""
        if len(self.kept) < self._keep:
            self.kept += data[: self._keep - len(self.kept)]
        if self._log is not None and self._logged < LOG_CAP:
            self._log.write(data[: LOG_CAP - self._logged])
            self._log.flush()
            self._logged += len(data)
        if self._on_line is not None:
            *lines, rest = (self._partial + data).split(b"\n")
            if len(rest) > LONGEST:
                lines, rest = [*lines, rest], b""
            self._partial = rest
            for line in lines:
                self._on_line(line.decode("utf-8", "replace").rstrip("\r"))

    def finish(self) -> None:
        """The stream has ended: what came after its last newline is a line too."""
        if self._on_line is not None and self._partial:
            self._on_line(self._partial.decode("utf-8", "replace").rstrip("\r"))
            self._partial = b""
