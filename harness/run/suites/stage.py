# SPDX-License-Identifier: GPL-2.0-or-later
"""The KUnit suites that belong to a change, on both kernels.

One kernel has all suites of the tree: it is built once for each base, and which of them run costs
nothing then. What the series changes decides whether it is worth it, unless the user does.
"""

from __future__ import annotations

from dataclasses import replace

from harness.errors import CommandFailedError, NoBootError
from harness.model import GuestRun, Kconfig, KernelImage, Status, Suite
from harness.run import workload
from harness.run.state import NotRunError, SkippedStage, State
from harness.run.suites import buildable, configured, registered, sides
from harness.run.suites.configured import Suites
from harness.suites import kunit, near

KUNIT = "kunit"
ALL, NONE = "all", "none"
FAR = "it is not beside what the series changes"


def run_suites(state: State) -> State:
    """Build and boot both kernels with the tree's KUnit suites, where some belong to the change."""
    if NONE in state.request.suites:
        raise SkippedStage("--suite none")
    rows = registered.suites(state)
    if not rows:
        raise SkippedStage("the tree has no KUnit suites")
    wanted = chosen(state, rows)
    if not wanted:
        state = replace(state, suites=tuple(
            Suite(KUNIT, s.name, s.path, ran=False, why=FAR) for s in rows))
        raise SkippedStage(f"none of the tree's {len(rows)} KUnit suites is beside what the "
                           "series changes: --suite all runs them", state=state)
    try:
        have, start = _base(state, rows)
        mine = {s.name for s in wanted}
        apart = sides.apart(state, start, names(have))
        alone = tuple(n for n in apart.dead if n in mine)
        without = {n: why for n, why in sides.reasons(apart).items() if n in alone or n not in mine}
        before, state = sides.booted(state, start, names(have, apart.seen), "before",
                                     without=frozenset(without), alone=alone)
    except CommandFailedError as error:
        raise NotRunError(f"the base does not build with its KUnit suites: {error.tail[:200]}",
                          _not_run(state, rows)) from None
    except NoBootError as error:
        raise NotRunError(f"the base does not boot with its KUnit suites: {error.message}",
                          _not_run(state, rows)) from None
    have = _with_added(state, rows, have, start)
    try:
        image, known = sides.patched(state, start, have.config)
        after, known = sides.booted(known, image, names(have, apart.seen), "after",
                                    known=before.failing, without=frozenset(without), alone=alone)
        before, known = sides.again(known, start, before, after)
    except CommandFailedError as error:
        state = _told(state, have, wanted, (before,), without)
        return replace(state, findings=(*state.findings, sides.no_build(error)))
    except NoBootError as error:
        state = _told(state, have, wanted, (before,), without)
        return replace(state, findings=(*state.findings, sides.no_boot(error)))
    known = _told(known, have, wanted, (before, after), without)
    return replace(known, before=workload.more(state.before, before),
                   after=workload.more(state.after, after))


def _base(state: State, rows: tuple[kunit.Suite, ...]) -> tuple[Suites, KernelImage]:
    """The base with its suites; raises ``CommandFailedError``."""
    added = registered.added(state, rows)
    old = tuple(s for s in rows if s not in added)
    return buildable.base(state, old)


def _with_added(state: State, rows: tuple[kunit.Suite, ...], have: Suites, start: KernelImage,
                ) -> Suites:
    """The suites of the patched kernel: those of the base and those that the series adds."""
    added = registered.added(state, rows)
    if not added:
        return have
    more = configured.added(state, added, have, start.build_dir / ".config")
    return replace(more, rows=rows, unmet=(*have.unmet, *more.unmet))


def names(have: Suites, seen: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The suites that a kernel should have; those that the base has shown may be named by none."""
    unmet = dict(have.unmet)
    known = (s.name for s in have.rows if s.name and s.path not in unmet)
    return tuple(dict.fromkeys((*known, *seen)))


def _not_run(state: State, rows: tuple[kunit.Suite, ...]) -> State:
    return replace(state, suites=tuple(
        Suite(KUNIT, s.name, s.path, ran=False, why="its kernel did not run") for s in rows))


def kernel_of(state: State) -> tuple[KernelImage, Kconfig]:
    """The base with the tree's KUnit suites, and the configuration of the patched kernel."""
    rows = registered.suites(state)
    have, start = _base(state, rows)
    return start, _with_added(state, rows, have, start).config


def chosen(state: State, rows: tuple[kunit.Suite, ...]) -> dict[kunit.Suite, str]:
    """The suites to run, and why."""
    asked = state.request.suites
    if {ALL, KUNIT} & set(asked):
        return dict.fromkeys(rows, f"--suite {ALL if ALL in asked else KUNIT}")
    named = {s: f"--suite {s.name}" for s in rows if s.name in asked}
    own = near.belonging((f.path for f in state.files if not f.same), rows)
    return own | named


def _told(state: State, have: Suites, wanted: dict[kunit.Suite, str], runs: tuple[GuestRun, ...],
          without: dict[str, str]) -> State:
    """The state with what is known of each suite; one that belongs and did not run is a gap."""
    there = {p.name.removeprefix(f"{KUNIT}:") for run in runs for p in run.outcomes
             if any(t.status is not Status.NOT_RUN for t in p.children)}
    unmet, unclaimed = dict(have.unmet), there - {s.name for s in have.rows}

    def one(suite: kunit.Suite) -> Suite:
        why = wanted.get(suite, "its kernel is built with all of them")
        if suite.name in there or (not suite.name and unclaimed and suite.path not in unmet):
            return Suite(KUNIT, suite.name, suite.path, ran=True, why=why)
        why = without.get(suite.name) or unmet.get(suite.path) or "it said nothing"
        return Suite(KUNIT, suite.name, suite.path, ran=False, why=why)
    told = tuple(one(s) for s in have.rows)
    gaps = tuple(f"KUnit suite {row.name or row.path}, which belongs to the change: NOT_RUN: "
                 f"{row.why}" for suite, row in zip(have.rows, told, strict=True)
                 if suite in wanted and not row.ran)
    return replace(state, suites=told, not_run=state.not_run + gaps)
