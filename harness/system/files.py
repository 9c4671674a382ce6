# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that others may have made, read with care; files that others read, written whole."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read(path: Path, most: int) -> bytes:
    """A plain file's content, and at most a byte more than ``most`` of it.

    No link is followed and no pipe waited for. Raises ``OSError``, also for what is no plain file.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "no plain file")
        return file.read(most + 1)


def write(path: Path, text: str) -> None:
    """Write a file: a reader sees all of it or what was there, also after a power cut."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(path)
