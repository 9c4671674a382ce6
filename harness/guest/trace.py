# SPDX-License-Identifier: GPL-2.0-or-later
"""Which instructions of some code a guest has executed, by QEMU's translation log.

QEMU translates a block of code before it runs it for the first time, and ``-d in_asm`` says so
(docs/devel/tcg.rst and the manual of QEMU, "-d", "-dfilter"). So a block that is not in the log
has not run. Nothing is changed in the kernel; with KVM there is no translation and no log.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

NAME = "translated"  # the FIFO that QEMU writes to
RAN = "executed"  # the file that is left: an address in each line, in the order of the log
MOST = 200_000  # instructions that are remembered
MOST_RANGES = 400  # that QEMU's command line takes
_SEEN = re.compile(rb"^0x([0-9a-f]{1,16}):", re.MULTILINE)
_BLOCK = re.compile(rb"^IN:[^\n]*\n0x([0-9a-f]{1,16}):", re.MULTILINE)
_CHUNK = 1 << 16


def words(ranges: Iterable[tuple[int, int]], path: str) -> list[str]:
    """What makes QEMU log the code at these (address, length)."""
    rows = [f"0x{start:x}+0x{length:x}" for start, length in ranges]
    return ["-d", "in_asm", "-dfilter", ",".join(rows), "-D", path] if rows else []


@contextlib.contextmanager
def traced(work: Path, ranges: tuple[tuple[int, int], ...], *, blocks: bool = False,
           ) -> Iterator[None]:
    """Read what QEMU logs while a guest runs in ``work``; it is in the file ``RAN`` afterwards.

    ``blocks``: of each block only where it begins, which is enough for functions.
    """
    if not ranges:
        yield
        return
    fifo = work / NAME
    os.mkfifo(fifo)
    fifo.chmod(0o666)
    reader = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)  # for both: it has no end, whoever comes
    stop, wake = os.pipe()
    seen: dict[int, None] = {}
    form = _BLOCK if blocks else _SEEN
    thread = threading.Thread(target=_read, args=(reader, stop, form, ranges, seen), daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.close(wake)
        thread.join()
        os.close(reader)
        os.close(stop)
        fifo.unlink(missing_ok=True)
        (work / RAN).write_text("".join(f"{a:x}\n" for a in seen), "utf-8")


def _read(reader: int, stop: int, form: re.Pattern[bytes], ranges: tuple[tuple[int, int], ...],
          seen: dict[int, None]) -> None:
    """Read until ``stop`` is closed at its other end, and what is there after that."""
    rest, ends = b"", False
    while True:
        ready, _, _ = select.select([reader, stop], [], [], 0 if ends else None)
        ends = ends or stop in ready
        if reader in ready:
            rest = taken(rest + os.read(reader, _CHUNK), ranges, seen, form)
        elif ends:
            return


def taken(text: bytes, ranges: tuple[tuple[int, int], ...], seen: dict[int, None],
          form: re.Pattern[bytes] = _SEEN) -> bytes:
    """Take the addresses of a log; returns what may go on with the next piece."""
    whole, newline, rest = text.rpartition(b"\n")
    if newline and len(seen) < MOST:
        for match in form.finditer(whole):
            address = int(match.group(1), 16)
            if any(start <= address < start + length for start, length in ranges):
                seen[address] = None
    last = whole.rpartition(b"\n")[2]
    if newline and last.startswith(b"IN:"):  # where the block begins is in the next line
        rest = last + newline + rest
    return rest[-_CHUNK:]


def addresses(path: Path) -> tuple[int, ...]:
    """What a boot has left, each once, in the order in which it ran first.

    Raises ``ValueError`` for what is no such file.
    """
    return tuple(dict.fromkeys(int(row, 16) for row in path.read_text("utf-8").split()))
