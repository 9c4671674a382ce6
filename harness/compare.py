# SPDX-License-Identifier: GPL-2.0-or-later
"""Outcomes before and after -> what changed. Pure.

Never in the absolute: what fails in the same way on both kernels is the
base's trouble, and a test that could not run is no success.
"""

from __future__ import annotations

from harness.model import (
    BAD,
    Change,
    ChangeKind,
    Finding,
    GuestRun,
    Outcome,
    Severity,
    Status,
)

_ABSENT = frozenset({Status.SKIP, Status.NOT_RUN})
_GOOD = frozenset({Status.PASS, Status.XFAIL})


def kind_of(before: Status, after: Status) -> ChangeKind:
    """Name the move from one status to another."""
    if after in BAD:
        if before in BAD:
            return ChangeKind.ALREADY_FAILING
        return ChangeKind.REGRESSION if before in _GOOD else ChangeKind.NEW_FAILURE
    if after in _ABSENT:
        return ChangeKind.LOST if before in _GOOD else ChangeKind.UNTESTED
    if before in BAD:
        return ChangeKind.FIXED
    return ChangeKind.NEWLY_AVAILABLE if before in _ABSENT else ChangeKind.SAME


def _flat(run: GuestRun) -> dict[str, Outcome]:
    return {f"{program.name}.{test.name}": test
            for program in run.outcomes for test in program.children}


def changes(before: GuestRun, after: GuestRun) -> tuple[Change, ...]:
    """One row per test, in the order of the patched run."""
    old, new = _flat(before), _flat(after)
    none = Outcome("", Status.NOT_RUN, "not in this run")
    rows = []
    for name in dict.fromkeys((*new, *old)):
        a, b = old.get(name, none), new.get(name, none)
        rows.append(Change(name, a.status, b.status, kind_of(a.status, b.status),
                           a.reason, b.reason, b.log))
    return tuple(rows)


_WORDS = {
    ChangeKind.REGRESSION: ("runtime-regression", "passed on the base"),
    ChangeKind.NEW_FAILURE: ("runtime-failure", "is new and fails"),
    ChangeKind.LOST: ("runtime-lost", "ran on the base and cannot run now"),
}


def findings(rows: tuple[Change, ...], added: frozenset[str]) -> tuple[Finding, ...]:
    """What the series is to blame for.

    ``added`` are names that the series adds to the UAPI: a test that is skipped
    on the patched kernel for want of one of them says that the kernel does not
    do what its header announces.
    """
    found = []
    for row in rows:
        if row.kind in _WORDS:
            rule, words = _WORDS[row.kind]
            found.append(Finding(
                rule, Severity.ERROR, f"{row.name} {words}: {row.before} -> {row.after}"
                + (f": {row.reason_after}" if row.reason_after else _first(row.log)),
                where=row.name, evidence=row.log or row.reason_after, subject=row.name))
    missing = {name: [r.name for r in rows if r.after is Status.SKIP and name in r.reason_after]
               for name in sorted(added)}
    found += [Finding(
        "runtime-not-announced", Severity.ERROR,
        f"the series adds {name}, but the patched kernel does not report it: "
        f"{len(names)} tests could not run", where=names[0], evidence="\n".join(names),
        subject=name) for name, names in missing.items() if names]
    return tuple(found)


def _first(log: str) -> str:
    lines = [line for line in log.splitlines() if line.strip()]
    return f": {lines[0]}" if lines else ""
