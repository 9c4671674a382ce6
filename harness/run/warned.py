# SPDX-License-Identifier: GPL-2.0-or-later
"""What compilers and checkers say anew of the files that a series touches."""

from __future__ import annotations

import functools
from dataclasses import replace

from harness.build import codecheck
from harness.build.codecheck import BuildSide
from harness.model import Finding, Kconfig
from harness.run import cache_keys
from harness.run.state import State, require
from harness.system import sandbox


def warned(state: State, config: Kconfig, before: BuildSide, after: BuildSide,
           ) -> tuple[tuple[Finding, ...], tuple[str, ...], tuple[str, ...]]:
    """Findings, notes, and the tools that could not be asked; the base's answers are kept."""
    return codecheck.check(
        require(state.series), (before, after), replace(state.box(), nice=sandbox.GIVE_WAY),
        state.log, functools.partial(cache_keys.old_warnings, state, config))
