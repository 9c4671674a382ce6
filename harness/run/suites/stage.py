# SPDX-License-Identifier: GPL-2.0-or-later
"""The KUnit suites that belong to a change, on both kernels.

One kernel has all suites of the tree: it is built once for each base, and which of them run costs
nothing then. What the series changes decides whether it is worth it, unless the user does.
"""

from __future__ import annotations

from dataclasses import replace

from harness.run import workload
from harness.run.state import SkippedStage, State
from harness.run.suites import choice, registered, told
from harness.run.suites.both import both

NONE = "none"


def run_suites(state: State) -> State:
    """Build and boot both kernels with the tree's KUnit suites, where some belong to the change."""
    if NONE in state.request.suites:
        raise SkippedStage("--suite none")
    rows = registered.suites(state)
    if not rows:
        raise SkippedStage("the tree has no KUnit suites")
    wanted, why = choice.chosen(state, rows)
    if not wanted:
        raise SkippedStage(f"{why}: --suite all runs the tree's {len(rows)} KUnit suites",
                           state=told.not_run(state, rows, why))
    state, runs = both(state, rows, wanted)
    if len(runs) == 1:
        return state
    before, after = runs
    return replace(state, before=workload.more(state.before, before),
                   after=workload.more(state.after, after))
