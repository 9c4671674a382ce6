# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages that run the tree's own tests on both kernels."""

from __future__ import annotations

from harness.run.suites.kernels import kernel_of
from harness.run.suites.program import program
from harness.run.suites.reach import KUNIT
from harness.run.suites.selftests import run_selftests
from harness.run.suites.stage import run_suites

__all__ = ["KUNIT", "kernel_of", "program", "run_selftests", "run_suites"]
