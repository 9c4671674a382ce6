# SPDX-License-Identifier: GPL-2.0-or-later
"""The tree's KUnit suites as what notices wrong versions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.guest import kunit
from harness.model import GuestRun
from harness.prove import ways
from harness.prove.ways import Way
from harness.run import boot_stages
from harness.run.state import State, require
from harness.run.suites import boots, choice, registered, sides
from harness.run.suites.plan import planned, with_added

KUNIT = "KUnit"


def way(state: State) -> tuple[Way | None, State]:
    """The KUnit suites that belong to a series, and then all that the kernel has; None: none does.

    Raises ``CommandFailedError`` and ``NoBootError`` as the suites of a check do.
    """
    rows = registered.suites(state)
    wanted, _ = choice.chosen(state, rows)
    if not wanted:
        return None, state
    plan = planned(state, rows, wanted)
    mine = {s.name for s in wanted if s.name}
    without = frozenset(plan.without)
    have = with_added(state, rows, plan)
    state.say("the right version with the KUnit suites ...")
    image = sides.built_patched(state, plan.start, have.config, state.work / "kunit-kernel")
    names = plan.of(have)

    def some(out: Path, path: Path) -> GuestRun:
        where = replace(boot_stages.guest(state, "wrong"), out=out / "suites", say=_silent)
        return kunit.run_alone(where, path, sorted(mine))

    def every(out: Path, path: Path) -> GuestRun:
        where = replace(boot_stages.guest(state, "wrong"), out=out / "all", say=_silent)
        return kunit.run_suites(where, path, names, without, before.failing)

    before, known = boots.booted(state, image, names, "after", without=without, rows=rows)
    runs = (some, every) if mine else (every,)
    return ways.of(KUNIT, image, require(state.applied).head, before, *runs), known


def _silent(_: str) -> None:
    """Say nothing: several wrong versions are tried beside one another."""
