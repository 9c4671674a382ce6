# SPDX-License-Identifier: GPL-2.0-or-later
"""The stage that runs the tree's selftests that belong to a change, on both kernels."""

from __future__ import annotations

from dataclasses import replace

from harness.errors import CommandFailedError, NoBootError
from harness.model import GuestRun, Outcome, Status, Suite
from harness.run import patched, workload
from harness.run.state import NotRunError, SkippedStage, State, require
from harness.run.suites import needs, reach, running, shown, targets
from harness.run.suites.targets import Target

KIND = "kselftest"
ALL, NONE = "all", "none"


def run_selftests(state: State) -> State:
    """Build targets from the patched tree and run their programs on both kernels.

    Those that the user asks for or the series changes; that others belong to the change is said.
    """
    if NONE in state.request.suites:
        raise SkippedStage("--suite none")
    reached = reach.of_targets(state, targets.every(state))
    found = targets.belonging(state, reached)
    chosen = {name: why for name, why in found.items()
              if name in reached or targets.asked(state, name)}
    state = replace(state, suites=state.suites + tuple(
        Suite(KIND, name, f"{targets.FOLDER}{name}", ran=False,
              why=f"{why}; --suite {name} runs it")
        for name, why in found.items() if name not in chosen))
    known = {ALL, reach.KUNIT, *(s.name for s in state.suites), *chosen}
    lost = [f"--suite {name}: the tree has no suite of that name"
            for name in state.request.suites if name not in known]
    if not chosen and not lost:
        raise SkippedStage(_none(found), state=state)
    sources = patched.sources(state, require(state.image_base).sources, "selftests/head")
    for target, why in chosen.items():
        try:
            state = _run(state, targets.built(state, target, sources), why)
        except (NoBootError, CommandFailedError) as error:
            lost.append(f"selftests {target}: {error.message}")
    if lost:
        raise NotRunError("; ".join(lost), state)
    return state


def _none(found: dict[str, str]) -> str:
    if not found:
        return ("no selftest of the tree belongs to what the series changes: neither MAINTAINERS "
                "nor its folder names one")
    return f"--suite {next(iter(found))} runs the selftests that belong to the change"


def _run(state: State, target: Target, why: str) -> State:
    """Run one target on both kernels: what is too slow on the base is not asked again."""
    base, image = needs.kernels(state, target)
    before, state = running.booted(state, target, base, "before")
    state = reach.of_target(state, base, running.place_of(target, "before"), target.name)
    slow = frozenset(p.name for p in before.outcomes if p.status is Status.TIMEOUT)
    # That these fail on the base is known: no second try is needed to see what that means.
    after, state = running.booted(state, target, image, "after", without=slow,
                                  before=before)
    before, state = running.again(state, target, base, before, after)
    before, after = (_named(target, run, slow) for run in (before, after))
    unbuilt = [f"{name}: {reason}" for name, reason in target.made.failed]
    ran = sum(1 for p in after.outcomes if p.status is not Status.NOT_RUN)
    words = f"{why}; {ran} programs"
    if unbuilt:
        words += f", {len(unbuilt)} not run: {unbuilt[0]}"
    new = shown.by(state.files, target.name, before, after)
    words += "".join(f"; {row.program}, which the series adds, is {row.before} on the base and "
                     f"{row.after} with it" for row in new)
    return replace(
        state, before=workload.more(state.before, before), after=workload.more(state.after, after),
        findings=state.findings + shown.findings(new),
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
            more = target.longest > target.seconds
            why = f"it takes longer than {target.seconds:.0f} s: " + (
                f"--suite {target.name} gives it {target.longest:.0f} s" if more
                else "its own settings file gives it no more")
            row = Outcome(row.name, Status.NOT_RUN, why, (
                Outcome("exit", Status.NOT_RUN, why),))
        return replace(row, name=f"{target.name}:{row.name}")
    rows = tuple(map(one, run.outcomes))
    missing = slow - {p.name for p in run.outcomes}
    rows += tuple(one(Outcome(name, Status.NOT_RUN)) for name in sorted(missing))
    return replace(run, outcomes=rows)


