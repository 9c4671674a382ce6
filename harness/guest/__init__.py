# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots a kernel with the programs in QEMU and says what each test did."""

from harness.guest.boot import Guest, run_programs

__all__ = ["Guest", "run_programs"]
