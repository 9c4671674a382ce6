# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that says something about its kernel: one that was killed, or is silent, boots twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.errors import InfrastructureError
from harness.guest.boot import Boot, Guest, Load, boot_once

SECOND = 1000  # the number of a second boot is that of the first and this


def boot_surely(guest: Guest, kernel: Path, load: Load, number: int,
                silent: Callable[[Boot], bool]) -> Boot:
    """Boot, and again where QEMU was killed by somebody else or the guest was ``silent``.

    A busy host does both; one that panics before it says anything has to do so twice. Raises
    ``InfrastructureError`` when QEMU is killed the second time.
    """
    boot = boot_once(guest, kernel, load, {}, number)
    if boot.bye or not (silent(boot) or (boot.killed and not _speaks(boot))):
        return boot
    guest.say(f"guest {number}: {boot.why or 'no life sign'}, and once more")
    boot = boot_once(guest, kernel, load, {}, number + SECOND)
    if boot.killed and not _speaks(boot):
        raise InfrastructureError(f"{boot.why}: no word about the kernel",
                                  hint="the run can be repeated")
    return boot


def _speaks(boot: Boot) -> bool:
    return boot.bye or any(s.fatal for s in boot.splats)
