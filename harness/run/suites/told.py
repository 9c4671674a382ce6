# SPDX-License-Identifier: GPL-2.0-or-later
"""What is known of each KUnit suite after its kernels ran, and of those that did not. Pure."""

from __future__ import annotations

from dataclasses import replace

from harness.model import GuestRun, Status, Suite
from harness.run.state import State
from harness.run.suites.configured import Suites
from harness.run.suites.reach import KUNIT
from harness.suites import kunit


def names(have: Suites, seen: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The suites that a kernel should have; those that the base has shown may be named by none."""
    unmet = dict(have.unmet)
    known = (s.name for s in have.rows if s.name and s.path not in unmet)
    return tuple(dict.fromkeys((*known, *seen)))


def not_run(state: State, rows: tuple[kunit.Suite, ...], why: str) -> State:
    """The state in which none of them has run, and why."""
    return replace(state, suites=tuple(
        Suite(KUNIT, s.name, s.path, ran=False, why=why) for s in rows))


def told(state: State, have: Suites, wanted: dict[kunit.Suite, str], runs: tuple[GuestRun, ...],
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
