# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages that run the tree's own tests on both kernels."""

from __future__ import annotations

from harness.run.suites.selftests import program, run_selftests
from harness.run.suites.stage import KUNIT, kernel_of, run_suites

__all__ = ["KUNIT", "kernel_of", "program", "run_selftests", "run_suites"]
