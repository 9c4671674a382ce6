# SPDX-License-Identifier: GPL-2.0-or-later
"""The patched tree's sources, laid over those of the base."""

from __future__ import annotations

from harness.build import kernel
from harness.model import Sources
from harness.run import configs
from harness.run.state import State, require


def sources(state: State, base: Sources, place: str) -> Sources:
    """The tree after the series; what differs is written below ``place`` of the run's work."""
    applied = require(state.applied)
    bench = kernel.Workspace(configs.builder(state), applied.tree, state.work / place)
    bench.clear()
    return bench.move(base, applied.base, applied.head)
