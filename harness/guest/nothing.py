# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that does nothing but end: what running any program costs a kernel, and no more.

elf(5); exit(0) by system call, for x86-64.
"""

from __future__ import annotations

import struct
from pathlib import Path

from harness.guest.boot import Command, Guest, Load
from harness.guest.run import run_programs
from harness.model import GuestRun

_AT = 0x400000
_CODE = b"\xb8\x3c\x00\x00\x00\x31\xff\x0f\x05"  # mov $60, %eax; xor %edi, %edi; syscall
_HEADERS = 64 + 56
_SIZE = _HEADERS + len(_CODE)
NOTHING = Command("nothing", b"".join((
    struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, _AT + _HEADERS, 64, 0, 0,
                64, 56, 1, 0, 0, 0),
    struct.pack("<IIQQQQQQ", 1, 5, 0, _AT, _AT, _SIZE, _SIZE, 0x1000), _CODE)))


def run_nothing(guest: Guest, kernel: Path, append: str = "") -> GuestRun:
    """Boot a kernel, run that program, and pass on the kernel's log if there is an ``append``.

    What this executes is the merit of no test: any program needs it. Raises ``NoBootError``.
    """
    return run_programs(guest, kernel, Load((), commands=(NOTHING,), append=append,
                                            log=bool(append)))
