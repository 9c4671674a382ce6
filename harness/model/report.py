# SPDX-License-Identifier: GPL-2.0-or-later
"""The result of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from harness.evidence import FileEvidence
from harness.model.finding import Finding
from harness.model.header import StructLayout
from harness.model.outcome import Change, GuestRun, Status
from harness.model.series import Series, Tree

Say = Callable[[str], None]  # tells the user what is being done


@dataclass(frozen=True, slots=True)
class StageResult:
    """The result of one stage; ``started`` is in seconds after the start of the run."""

    name: str
    status: Status
    seconds: float
    reason: str = ""
    started: float = 0.0
    applies: bool = True  # False: the stage has nothing to do with this series
    cached: bool = False  # an earlier run had the result


@dataclass(frozen=True, slots=True)
class Suite:
    """A group of tests that the tree brings: ``why`` it was run, or was not.

    ``kind``: "kunit"; ``name`` may be "" where only its file is known.
    """

    kind: str
    name: str
    path: str
    ran: bool
    why: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A capability on one architecture: on the base, and with the series.

    Each answer is "yes", "no", or why it is not known; ``why``: what a test says that was skipped.
    """

    capability: str
    machine: str
    documented: tuple[str, str]
    reported: tuple[str, str]
    works: tuple[str, str]
    why: str = ""


class Verdict(StrEnum):
    """The verdict on the whole run."""

    PASS = "pass"  # noqa: S105  (the word, not a password)
    FAIL = "fail"
    INCOMPLETE = "incomplete"  # nothing wrong was found, and something was looked at by nothing
    REFUSED = "refused"
    NOT_TESTED = "not-tested"
    INFRASTRUCTURE = "infrastructure"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a renderer may show; ``report/json_.py`` writes all of it."""

    verdict: Verdict
    title: str
    series: Series | None
    tree: Tree | None
    base: str
    stages: tuple[StageResult, ...]
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    before: GuestRun | None
    after: GuestRun | None
    reproduce: str
    out: Path
    kept: bool = True
    notices: tuple[str, ...] = field(default=())
    layouts: tuple[tuple[StructLayout, StructLayout], ...] = ()  # that differ: before, after
    began: str = ""  # RFC 3339, UTC
    seconds: float = 0.0
    ended: str = ""  # why the run ended before its end
    scope: str = "check"  # the sub-command: a slice looks at less
    evidence: tuple[FileEvidence, ...] = ()
    suites: tuple[Suite, ...] = ()  # of the tree, that were run or belong to the change
    bugs: tuple[str, ...] = ()  # of the harness, met on the way
    not_run: tuple[str, ...] = ()  # what a stage that ran could not ask, and why
    offers: tuple[Offer, ...] = ()  # capabilities, by architecture
    inferred: tuple[str, ...] = ()  # parts of the series that were rebuilt, not as posted
