# SPDX-License-Identifier: GPL-2.0-or-later
"""What selftests that a series adds say about it. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from harness.evidence import Changed
from harness.model import Finding, GuestRun, Location, Severity, Status
from harness.run.suites.running import name_of
from harness.run.suites.targets import FOLDER


@dataclass(frozen=True, slots=True)
class Shown:
    """A program that a series adds to the selftests, and how it ended on both kernels."""

    program: str
    path: str
    before: Status
    after: Status


def by(files: Iterable[Changed], target: str, before: GuestRun, after: GuestRun,
       ) -> tuple[Shown, ...]:
    """The programs of a target whose source the series adds, as they ran on both kernels."""
    old, new = ({p.name: p.status for p in run.outcomes} for run in (before, after))
    folder = f"{FOLDER}{target}/"
    rows = ((f.path, f"{target}:{name_of(posixpath.splitext(f.path.removeprefix(folder))[0])}")
            for f in files if f.before is None and f.path.startswith(folder))
    return tuple(Shown(name, path, old.get(name, Status.NOT_RUN), new[name])
                 for path, name in rows if name in new)


def findings(rows: Iterable[Shown]) -> tuple[Finding, ...]:
    """A note for each that passes without the change too; one that fails is found anyway."""
    return tuple(Finding(
        "test-passes-before", Severity.NOTE, f"{row.program}, which the series adds, passes on the "
        "base too: it does not show the change", where=Location(row.path, test=row.program),
        subject=row.program) for row in rows if row.before is row.after is Status.PASS)
