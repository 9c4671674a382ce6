# SPDX-License-Identifier: GPL-2.0-or-later
"""Outcomes before and after -> what changed. Pure.

Never in the absolute: what fails in the same way on both kernels is the
base's trouble, and a test that could not run is no success.
"""

from __future__ import annotations

import re

from harness.model import (
    BAD,
    ENDED,
    GOOD,
    Change,
    ChangeKind,
    Finding,
    GuestRun,
    Location,
    Outcome,
    Severity,
    Status,
)

_ABSENT = frozenset({Status.SKIP, Status.NOT_RUN})
_WORSE = frozenset({ChangeKind.REGRESSION, ChangeKind.NEW_FAILURE})

_LINE = re.compile(r"(?<=\.[chS]):\d+(?::\d+)?")


def kind_of(before: Status, after: Status) -> ChangeKind:
    """Name the move from one status to another."""
    if after is Status.FLAKY:
        known = before in BAD or before is Status.FLAKY
        return ChangeKind.ALREADY_FAILING if known else ChangeKind.FLAKY
    if after in BAD:
        if before in BAD or before is Status.FLAKY:
            return ChangeKind.ALREADY_FAILING
        return ChangeKind.REGRESSION if before in GOOD else ChangeKind.NEW_FAILURE
    if after in _ABSENT:
        return ChangeKind.LOST if before in GOOD else ChangeKind.UNTESTED
    if before in BAD or before is Status.FLAKY:
        return ChangeKind.FIXED
    if before is not after and (before in GOOD or after is Status.XFAIL):
        return ChangeKind.DIFFERENT
    return ChangeKind.NEWLY_AVAILABLE if before in _ABSENT else ChangeKind.SAME


def _flat(run: GuestRun) -> dict[str, Outcome]:
    return {f"{program.name}.{test.name}": test
            for program in run.outcomes for test in program.children}


def _ends(run: GuestRun) -> dict[str, Outcome]:
    """How each program ended: the test that it did not survive, or PASS."""
    return {p.name: next((t for t in p.children if t.status in ENDED),
                         Outcome("", Status.PASS)) for p in run.outcomes}


def _of(title: str) -> str:
    """What a report is, wherever its line has moved: a series adds lines above others."""
    return _LINE.sub("", title)


def changes(before: GuestRun, after: GuestRun) -> tuple[Change, ...]:
    """One row per test, in the order of the patched run."""
    old, new = _flat(before), _flat(after)
    crashes = {_of(s.title) for s in before.splats if s.fatal}
    was, ended = _ends(before), _ends(after)
    shaken = set.intersection(*({s.during for s in r.splats if s.fatal} for r in (before, after)))
    program = {f"{p.name}.{t.name}": p.name for run in (before, after) for p in run.outcomes
               for t in p.children}
    none = Outcome("", Status.NOT_RUN, "not in this run")
    rows = []
    for name in dict.fromkeys((*new, *old)):
        a, b = old.get(name, none), new.get(name, none)
        end = ended.get(program[name], none)
        if name not in old and b.status in ENDED:
            a = was.get(program[name], none)  # whether the program came to its end on the base
        if name not in new and end.status in ENDED:
            b = Outcome("", Status.NOT_RUN, f"the program ended before: {end.reason}")
        kind, why = kind_of(a.status, b.status), b.reason
        if kind is ChangeKind.LOST and name not in new and (
                end.status in ENDED and was[program[name]].status not in ENDED):
            kind = ChangeKind.UNTESTED  # that end is what the series is to blame for
        if kind is ChangeKind.DIFFERENT and any(
                o.reason.upper().startswith("XFAIL") for o in (a, b)):
            kind = ChangeKind.SAME  # a test of the tree that skips so depends on chance
        mine = {_of(s.title) for s in after.splats if s.during == name and s.fatal}
        if b.status is Status.CRASHED and kind is not ChangeKind.ALREADY_FAILING and (
                mine and mine <= crashes):
            # A defect of the base corrupts memory now here and now there.
            kind, why = ChangeKind.ALREADY_FAILING, f"{why}; the base crashes there too"
        if kind in _WORSE and program[name] in shaken:
            # After an oops the other cases of a suite end as chance has it.
            kind = ChangeKind.ALREADY_FAILING
            why = f"{why}; the base's kernel crashes in this suite too".lstrip("; ")
        rows.append(Change(name, a.status, b.status, kind, a.reason, why, b.log))
    return tuple(rows)


_WORDS = {
    ChangeKind.REGRESSION: ("runtime-regression", Severity.ERROR, "passed on the base"),
    ChangeKind.NEW_FAILURE: ("runtime-failure", Severity.ERROR, "is new and fails"),
    ChangeKind.LOST: ("runtime-lost", Severity.ERROR, "ran on the base and cannot run now"),
    ChangeKind.FLAKY: ("runtime-flaky", Severity.WARNING, "fails and passes on the same kernel"),
    ChangeKind.DIFFERENT: ("runtime-difference", Severity.WARNING,
                           "behaves differently in an unspecified case; please review"),
}


def _weight(row: Change) -> Severity:
    """Away from what kernels do is to be decided; towards it, or new, is news."""
    if row.kind is ChangeKind.DIFFERENT and row.before is not Status.PASS:
        return Severity.NOTE
    return _WORDS[row.kind][1]


def findings(rows: tuple[Change, ...], added: frozenset[str]) -> tuple[Finding, ...]:
    """Findings for the changes that the series is to blame for.

    ``added`` are names that the series adds to the UAPI: a test that is skipped
    on the patched kernel for want of one of them says that the kernel does not
    do what its header announces.
    """
    found = []
    for row in rows:
        if row.kind in _WORDS:
            rule, _, words = _WORDS[row.kind]
            found.append(Finding(
                rule, _weight(row), f"{row.name} {words}: {row.before} -> {row.after}"
                + (f": {row.reason_after}" if row.reason_after else _first(row.log)),
                where=Location(test=row.name), evidence=row.log or row.reason_after,
                subject=row.name))
    names = {r.name for r in rows}
    # What other machines report beside this one is for the table of offers to say (lint.offers).
    missing = {name: [r.name for r in rows if r.after is Status.SKIP and name in r.reason_after
                      and r.name.partition(":")[2] not in names]
               for name in sorted(added)}
    found += [Finding(
        "runtime-not-announced", Severity.ERROR,
        f"the series adds {name}, but the patched kernel does not report it: "
        f"{len(names)} tests could not run", where=Location(test=names[0]),
        evidence="\n".join(names), subject=name) for name, names in missing.items() if names]
    return tuple(found)


def _first(log: str) -> str:
    lines = [line for line in log.splitlines() if line.strip()]
    return f": {lines[0]}" if lines else ""
