# SPDX-License-Identifier: GPL-2.0-or-later
"""Both kernels with the tree's KUnit suites, built and booted."""

from __future__ import annotations

from dataclasses import replace

from harness.errors import CommandFailedError, NoBootError
from harness.model import GuestRun
from harness.run.state import NotRunError, State
from harness.run.suites import boots, reach, sides, told
from harness.run.suites.plan import planned, with_added
from harness.suites.kunit import Suite

NO_KERNEL = "its kernel did not run"


def both(state: State, rows: tuple[Suite, ...], wanted: dict[Suite, str],
         ) -> tuple[State, tuple[GuestRun, ...]]:
    """The state with what is known of each suite, and what the base and the patched kernel say.

    The base is alone where the patched kernel does not build or boot, which is a finding then.
    Raises ``NotRunError`` where the base does not.
    """
    try:
        plan = planned(state, rows, wanted)
        start, without = plan.start, plan.without
        before, state = boots.booted(state, start, plan.names, "before",
                                     without=frozenset(without), alone=plan.alone)
        if state.machine is None:
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
        return replace(state, findings=(*state.findings, sides.no_build(error))), (before,)
    except NoBootError as error:
        state = told.told(state, have, wanted, (before,), without)
        return replace(state, findings=(*state.findings, boots.no_boot(error))), (before,)
    runs = (before, after)
    return told.told(known, have, wanted, runs, without), runs
