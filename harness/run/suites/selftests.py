# SPDX-License-Identifier: GPL-2.0-or-later
"""The stage that runs the tree's selftests that belong to a change, on both kernels."""

from __future__ import annotations

from dataclasses import replace

from harness.errors import CommandFailedError, NoBootError
from harness.model import GuestRun, Outcome, Status, Suite
from harness.run import patched, workload
from harness.run.state import NotRunError, SkippedStage, State, require
from harness.run.suites import needs, running, targets
from harness.run.suites.targets import Target

KIND = "kselftest"
ALL, KUNIT, NONE = "all", "kunit", "none"


def run_selftests(state: State) -> State:
    """Build the targets from the patched tree and run their programs on both kernels."""
    if NONE in state.request.suites:
        raise SkippedStage("--suite none")
    known = {ALL, KUNIT, *(s.name for s in state.suites)}
    state = replace(state, not_run=state.not_run + tuple(
        f"--suite {name}: NOT_RUN: the tree has no suite of that name"
        for name in state.request.suites
        if name not in known and not targets.there_is(state, name)))
    chosen = targets.chosen(state)
    if not chosen:
        raise SkippedStage("no selftest of the tree belongs to what the series changes: neither "
                           "MAINTAINERS nor its folder names one", state=state)
    sources = patched.sources(state, require(state.image_base).sources, "selftests/head")
    lost: list[str] = []
    for target, why in chosen.items():
        try:
            state = _run(state, targets.built(state, target, sources), why)
        except (NoBootError, CommandFailedError) as error:
            lost.append(f"selftests {target}: NOT_RUN: {error.message}")
    if len(lost) == len(chosen):
        raise NotRunError("; ".join(lost), state)
    return replace(state, not_run=state.not_run + tuple(lost))


def _run(state: State, target: Target, why: str) -> State:
    """Run one target on both kernels: what is too slow on the base is not asked again."""
    base, image = needs.kernels(state, target)
    before = running.booted(state, target, base, "before")
    slow = frozenset(p.name for p in before.outcomes if p.status is Status.TIMEOUT)
    after = running.booted(state, target, image, "after", without=slow)
    before, after = (_named(target, run, slow) for run in (before, after))
    unbuilt = [*(f"{name}: {reason}" for name, reason in target.made.failed),
               *(f"{name}: it is a script" for name in target.made.scripts)]
    ran = sum(1 for p in after.outcomes if p.status is not Status.NOT_RUN)
    words = f"{why}; {ran} programs"
    if unbuilt:
        words += f", {len(unbuilt)} not run: {unbuilt[0]}"
    return replace(
        state, before=workload.more(state.before, before), after=workload.more(state.after, after),
        suites=(*state.suites, Suite(KIND, target.name, f"{targets.FOLDER}{target.name}",
                                     ran=ran > 0, why=words)),
        not_run=state.not_run + (() if ran else (_nothing(target, unbuilt),)))


def _nothing(target: Target, unbuilt: list[str]) -> str:
    return (f"selftests {target.name}, which belong to the change: NOT_RUN: "
            f"{unbuilt[0] if unbuilt else 'it has no programs'}")


def _named(target: Target, run: GuestRun, slow: frozenset[str]) -> GuestRun:
    """The results with the target's name before each program's; a slow one is no failure."""
    def one(row: Outcome) -> Outcome:
        if row.name in slow:
            why = (f"it takes longer than {target.seconds:.0f} s: --suite {target.name} gives it "
                   f"{target.longest:.0f} s")
            row = Outcome(row.name, Status.NOT_RUN, why, (
                Outcome("exit", Status.NOT_RUN, why),))
        return replace(row, name=f"{target.name}:{row.name}")
    rows = tuple(map(one, run.outcomes))
    missing = slow - {p.name for p in run.outcomes}
    more = tuple(one(Outcome(name, Status.NOT_RUN)) for name in sorted(missing))
    return replace(run, outcomes=(*rows, *more))


