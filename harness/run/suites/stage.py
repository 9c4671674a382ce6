# SPDX-License-Identifier: GPL-2.0-or-later
"""The KUnit suites that belong to a change, on both kernels.

One kernel has all suites of the tree: it is built once for each base, and which of them run costs
nothing then. What the series changes decides whether it is worth it, unless the user does.
"""

from __future__ import annotations

from dataclasses import replace

from harness.errors import CommandFailedError, NoBootError
from harness.run import workload
from harness.run.state import NotRunError, SkippedStage, State
from harness.run.suites import boots, choice, reach, registered, sides, told
from harness.run.suites.plan import planned, with_added

NONE = "none"
NO_KERNEL = "its kernel did not run"


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
    try:
        plan = planned(state, rows, wanted)
        start, without = plan.start, plan.without
        before, state = boots.booted(state, start, plan.names, "before",
                                     without=frozenset(without), alone=plan.alone)
        state = reach.of_suites(state, start, boots.BASE, {s.path for s in rows})
    except CommandFailedError as error:
        raise NotRunError(f"the base does not build with its KUnit suites: {error.tail[:200]}",
                          told.not_run(state, rows, NO_KERNEL)) from None
    except NoBootError as error:
        raise NotRunError(f"the base does not boot with its KUnit suites: {error.message}",
                          told.not_run(state, rows, NO_KERNEL)) from None
    have = with_added(state, rows, plan)
    try:
        image, known = sides.patched(state, start, have.config)
        after, known = boots.booted(known, image, plan.of(have), "after", known=before.failing,
                                    without=frozenset(without), alone=plan.alone, rows=rows)
        before, known = boots.again(known, start, before, after)
    except CommandFailedError as error:
        state = told.told(state, have, wanted, (before,), without)
        return replace(state, findings=(*state.findings, sides.no_build(error)))
    except NoBootError as error:
        state = told.told(state, have, wanted, (before,), without)
        return replace(state, findings=(*state.findings, boots.no_boot(error)))
    known = told.told(known, have, wanted, (before, after), without)
    return replace(known, before=workload.more(state.before, before),
                   after=workload.more(state.after, after))
