# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders for small files that live for seconds: in memory, where the system has room there.

Ten thousand compilations of headers write fifty thousand files; on a disk that is a quarter of
their time. ``/dev/shm`` is memory on any Linux (``shm_overview(7)``), but nothing tidies it up:
so all folders of a process lie in one that it holds a lock on, and the next process takes away
what nobody holds any more.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import os
import shutil
import tempfile
import time
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of our own is made in it)
ROOM = 1 << 30  # bytes that have to be free there; containers often have 64 MiB in all
_PREFIX = "harness-"
_YOUNG = 60.0  # seconds in which its owner may not have locked it yet


def folder() -> tempfile.TemporaryDirectory[str]:
    """A new folder, gone at the end of ``with``; where $TMPDIR is set, it is there."""
    home = None if os.environ.get("TMPDIR") else _home(MEMORY, os.getpid())
    return tempfile.TemporaryDirectory(dir=home)


@functools.cache
def _home(memory: Path, _: int) -> Path | None:
    """The folder of this process in memory, or None where there is no room."""
    try:
        free = os.statvfs(memory)
        if free.f_bavail * free.f_frsize < ROOM or not os.access(memory, os.W_OK | os.X_OK):
            return None
        tidy(memory)
        home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=memory))
        hold(home)
    except OSError:
        return None
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


def hold(path: Path) -> int:
    """Hold a folder until what is returned is closed, or this process ends.

    Raises ``OSError`` when another does.
    """
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def tidy(memory: Path) -> None:
    """Remove what processes of this user left that were killed."""
    for path in memory.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            state = path.lstat()
            if state.st_uid != os.geteuid() or time.time() - state.st_mtime < _YOUNG:
                continue
            handle = hold(path)
            shutil.rmtree(path, ignore_errors=True)
            os.close(handle)
