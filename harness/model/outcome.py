# SPDX-License-Identifier: GPL-2.0-or-later
"""Results of tests, and how they differ between two kernels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The status of a test or a stage. Only ``PASS`` is success."""

    PASS = "PASS"  # noqa: S105  (the word, not a password)
    FAIL = "FAIL"
    SKIP = "SKIP"
    XFAIL = "XFAIL"
    CRASHED = "CRASHED"
    TIMEOUT = "TIMEOUT"
    MISSING = "MISSING"  # planned, but no result ever came
    NOT_RUN = "NOT_RUN"  # never started; the reason says why
    FLAKY = "FLAKY"  # failed and passed on the same kernel; both results are kept


BOOT_TEST = "kernel.boot"  # that every kernel gets: no word about what a series changes
# What a test that ran must not end with; SKIP and NOT_RUN are no result, and no success either.
BAD = frozenset({Status.FAIL, Status.CRASHED, Status.TIMEOUT, Status.MISSING})
GOOD = frozenset({Status.PASS, Status.XFAIL})
ENDED = frozenset({Status.CRASHED, Status.TIMEOUT})  # what a program does not go on after


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one test, or of a program with its tests as children."""

    name: str
    status: Status
    reason: str = ""
    children: tuple[Outcome, ...] = ()
    log: str = ""
    seconds: float = 0.0  # that it took, where that is known

    @property
    def failing(self) -> frozenset[tuple[str, str]]:
        """The tests of this program that fail: program and test."""
        return frozenset((self.name, t.name) for t in self.children if t.status in BAD)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A figure that a test reported: never a gate."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Splat:
    """A kernel's own complaint on the console: oops, BUG, WARNING, panic."""

    title: str
    text: str
    during: str = ""
    fatal: bool = False  # the kernel cannot be trusted after it


@dataclass(frozen=True, slots=True)
class GuestRun:
    """Results of running the programs on one kernel."""

    outcomes: tuple[Outcome, ...]
    measurements: tuple[Measurement, ...]
    splats: tuple[Splat, ...]
    boots: int
    seconds: float
    accelerator: str
    replayed: tuple[str, ...] = ()  # what a driver that replays scripts answered

    @property
    def failing(self) -> frozenset[tuple[str, str]]:
        """The tests that fail: program and test."""
        return frozenset().union(*(p.failing for p in self.outcomes))


class ChangeKind(StrEnum):
    """How a test's result moved from base to patched."""

    SAME = "same"
    REGRESSION = "regression"
    NEW_FAILURE = "new-failure"
    FIXED = "fixed"
    NEWLY_AVAILABLE = "newly-available"
    ALREADY_FAILING = "already-failing"
    LOST = "lost"
    UNTESTED = "untested"
    DIFFERENT = "different"  # where kernels may differ: to be looked at, no failure
    FLAKY = "flaky"


@dataclass(frozen=True, slots=True)
class Change:
    """One test, before and after."""

    name: str
    before: Status
    after: Status
    kind: ChangeKind
    reason_before: str = ""
    reason_after: str = ""
    log: str = ""
