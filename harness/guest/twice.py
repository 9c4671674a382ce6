# SPDX-License-Identifier: GPL-2.0-or-later
"""A program or suite that failed and ran once more. Pure."""

from __future__ import annotations

from dataclasses import replace

from harness.model import BAD, GOOD, GuestRun, Outcome, Status

MOST = 8  # programs or suites that are tried again
# Tests that fail on another kernel, as (program, test); None: nothing is tried again.
Known = frozenset[tuple[str, str]] | None


def words(known: Known) -> tuple[str, ...]:
    """For a cache key."""
    return ("once",) if known is None else tuple(f"{p} {t}" for p, t in sorted(known))


def surprises(row: Outcome, known: Known) -> bool:
    """Whether a test fails that is not known to."""
    return known is not None and bool(row.failing - known)


def doubtful(before: GuestRun, after: GuestRun) -> tuple[str, ...]:
    """Programs of which a test fails on the base and on the other kernel does not.

    Only these need a second try on the base: it says whether they are flaky. None of them where
    they are too many to be.
    """
    fails = {key for row in after.outcomes for key in row.failing}
    ran = {row.name for row in after.outcomes}
    found = tuple(row.name for row in before.outcomes if row.name in ran and row.failing - fails)
    return found if len(found) <= MOST else ()


def settled(run: GuestRun, again: GuestRun) -> GuestRun:
    """The results of a kernel with those of a second try of some programs."""
    later = {row.name: row for row in again.outcomes}
    return replace(run, boots=run.boots + again.boots, outcomes=tuple(
        merged(row, later[row.name]) if row.name in later else row for row in run.outcomes))


def merged(one: Outcome, two: Outcome) -> Outcome:
    """The first result with the second: a test that passes then is flaky, and both are kept."""
    later = {c.name: c for c in two.children}

    def test(old: Outcome) -> Outcome:
        new = later.get(old.name)
        if old.status not in BAD or new is None or new.status not in GOOD:
            return old
        return replace(new, status=Status.FLAKY, children=(old, new), log=old.log, reason=(
            f"{old.status} and then {new.status} in a fresh guest: {old.reason}"))
    return replace(one, children=tuple(map(test, one.children)))
