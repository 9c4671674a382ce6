# SPDX-License-Identifier: GPL-2.0-or-later
"""Which instructions of some code a guest has executed, by QEMU's translation log.

QEMU translates a block of code before it runs it for the first time, and ``-d in_asm`` says so
(docs/devel/tcg.rst and the manual of QEMU, "-d", "-dfilter"). So a block that is not in the log
has not run. Nothing is changed in the kernel; with KVM there is no translation and no log.

What begins is in the same log: before a program, and before each test of one of ours, the guest
runs a "return" at an address of user memory that nothing else has (init.c, kselftests/lib/ktap.c).
A block is logged once, so what ran in several tests is known of the first of each guest.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

NAME = "translated"  # the FIFO that QEMU writes to
RAN = "executed"  # the file that is left: an address in each line, in the order of the log
MARKS, EACH, STUB = 0x6000_0000_0000, 1 << 16, 16  # the first mark, bytes of a program, of a test
MARKED = (MARKS, EACH << 10)
MOST = 200_000  # instructions that are remembered
MOST_RANGES = 700  # that QEMU's command line takes
_SEEN = re.compile(rb"^0x([0-9a-f]{1,16}):", re.MULTILINE)
_BLOCK = re.compile(rb"^IN:[^\n]*\n0x([0-9a-f]{1,16}):", re.MULTILINE)
_RESULT = re.compile(r"(?:not )?ok (\d{1,6}) (?:- )?(\S{1,150})")
_CHUNK = 1 << 16


def words(ranges: Iterable[tuple[int, int]], path: str) -> list[str]:
    """What makes QEMU log the code at these (address, length)."""
    # QEMU takes no range without a byte, and ends.
    rows = [f"0x{start:x}+0x{length:x}" for start, length in ranges if length > 0]
    rows += [f"0x{MARKS:x}+0x{MARKED[1]:x}"] if rows else []
    return ["-d", "in_asm", "-dfilter", ",".join(rows), "-D", path] if rows else []


@contextlib.contextmanager
def traced(work: Path, ranges: tuple[tuple[int, int], ...], *, blocks: bool = False,
           ) -> Iterator[dict[int, None]]:
    """Read what QEMU logs while a guest runs in ``work``: the addresses, in their order.

    ``blocks``: of each block only where it begins, which is enough for functions.
    """
    seen: dict[int, None] = {}
    if not ranges:
        yield seen
        return
    fifo = work / NAME
    os.mkfifo(fifo)
    fifo.chmod(0o666)
    reader = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)  # for both: it has no end, whoever comes
    stop, wake = os.pipe()
    form = _BLOCK if blocks else _SEEN
    thread = threading.Thread(target=_read, args=(reader, stop, form, (*ranges, MARKED), seen),
                              daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        os.close(wake)
        thread.join()
        os.close(reader)
        os.close(stop)
        fifo.unlink(missing_ok=True)


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


def keep(path: Path, seen: Iterable[int], order: Sequence[str],
         lines: Mapping[str, Sequence[str]]) -> None:
    """Write what a boot has executed, with what began where.

    ``order``: the programs as init began them; ``lines``: what each has said, in KTAP.
    """
    rows = (f"@{_begins(a, order, lines)}" if MARKS <= a < sum(MARKED) else f"{a:x}" for a in seen)
    path.write_text("".join(f"{row}\n" for row in rows), "utf-8")


def _begins(mark: int, order: Sequence[str], lines: Mapping[str, Sequence[str]]) -> str:
    """The program that a mark is of, or its test, where the test has a result."""
    number, test = divmod(mark - MARKS, EACH)
    if number >= len(order):
        return ""
    program = order[number]
    results = (m for line in lines.get(program, ()) if (m := _RESULT.match(line)))
    name = next((m.group(2) for m in results if int(m.group(1)) == test // STUB), "")
    return f"{program}.{name}" if name else program


def groups(path: Path) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """What a boot has left, by what had begun; "" before anything had. May raise ValueError."""
    found: list[tuple[str, dict[int, None]]] = [("", {})]
    for row in path.read_text("utf-8").split("\n"):
        if row.startswith("@"):
            found.append((row[1:], {}))
        elif row:
            found[-1][1][int(row, 16)] = None
    return tuple((name, tuple(seen)) for name, seen in found)


def addresses(path: Path) -> tuple[int, ...]:
    """What a boot has left, each once, in the order in which it ran first.

    Raises ``ValueError`` for what is no such file.
    """
    return tuple(dict.fromkeys(a for _, seen in groups(path) for a in seen))
