# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's monitor: a pair of FIFOs, of which only one is ever used, to tell it something."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

NAME = "monitor"
_SUFFIXES = (".in", ".out")


def make(work: Path) -> None:
    """Make the FIFOs in the folder of a boot."""
    for suffix in _SUFFIXES:
        fifo = work / f"{NAME}{suffix}"
        os.mkfifo(fifo)
        fifo.chmod(0o666)


@contextlib.contextmanager
def monitor(work: Path) -> Iterator[Callable[[bytes], object]]:
    """Yield what writes a command to QEMU's monitor."""
    # Opened for both, so that it does not matter whether QEMU has opened it yet.
    handle = os.open(work / f"{NAME}.in", os.O_RDWR | os.O_NONBLOCK)
    try:
        yield functools.partial(os.write, handle)
    finally:
        os.close(handle)
        for suffix in _SUFFIXES:
            (work / f"{NAME}{suffix}").unlink(missing_ok=True)
