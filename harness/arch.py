# SPDX-License-Identifier: GPL-2.0-or-later
"""Architectures, one row each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Architecture:
    """What the stages need to know about a target.

    ``images`` are build targets in the order of preference: the first that
    the configuration can boot is built.
    """

    name: str
    srcarch: str
    qemu: str
    machine: str
    cpu: str
    console: str
    results: str


X86_64 = Architecture(
    name="x86_64",
    srcarch="x86",
    qemu="qemu-system-x86_64",
    # microvm boots 0.3 s faster but hung in 4 of 30 boots; q35 never did in 24.
    machine="q35",
    # 36 bits: older kernels walk QEMU's hole below 1 TiB page by page otherwise.
    cpu="max,phys-bits=36",
    console="ttyS0",
    results="ttyS1",
)
