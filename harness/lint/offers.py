# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a capability is documented, where it is reported, and where it works. Pure.

A profile has a row for each capability (``[[offer]]`` in its about.toml): the test that passes
where the kernel reports it, and tests one of which passes where it does something.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from harness.arch import MACHINES, NATIVE_TARGET
from harness.clean import decode
from harness.lint.subsystem import Subsystem, sections, subsystems
from harness.model import Finding, GuestRun, Location, Offer, Outcome, Severity, Status
from harness.profiles import Offered

Read = Callable[[str], bytes | None]
YES, NO, FAILS, NOT_RUN = "yes", "no", "fails", "not run"


def table(rows: Iterable[Offered], sides: tuple[tuple[Read, GuestRun], tuple[Read, GuestRun]],
          ) -> tuple[Offer, ...]:
    """Each capability on each architecture whose kernels were run, the base first."""
    machines = [(NATIVE_TARGET.name, "", NATIVE_TARGET.srcarch), *(
        (m.name, f"{m.name}:", m.target.srcarch) for m in MACHINES)]
    tests = [{f"{p.name}.{t.name}": t for p in run.outcomes for t in p.children}
             for _, run in sides]
    found = []
    for row in rows:
        for name, prefix, srcarch in machines:
            told = [[known.get(f"{prefix}{test}") for test in (row.reported, *row.works)]
                    for known in tests]
            if not any(test for side in told for test in side):
                continue
            one, two = (_side(documented(read, row.capability, srcarch), side)
                        for (read, _), side in zip(sides, told, strict=True))
            found.append(Offer(row.capability, name, (one.documented, two.documented),
                               (one.reported, two.reported), (one.works, two.works),
                               two.why or one.why))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Side:
    """What one kernel says of a capability; ``why``: the reason of a test that was skipped."""

    documented: str
    reported: str
    works: str
    why: str


def _side(documented_: str, told: list[Outcome | None]) -> _Side:
    """Of the test that asks whether it is reported, and then those that use it."""
    first, *rest = ([test] if test else [] for test in told)
    there = [test for row in rest for test in row]
    return _Side(documented_, _answer(first), _answer(there),
                 next((t.reason for t in there if t.status is Status.SKIP), ""))


def _answer(tests: list[Outcome]) -> str:
    """Yes where one passes, no where all are skipped: what fails is told as a failing test."""
    if not tests:
        return NOT_RUN
    if any(t.status is Status.PASS for t in tests):
        return YES
    odd = [t.status for t in tests if t.status is not Status.SKIP]
    if not odd:
        return NO
    return FAILS if set(odd) == {Status.FAIL} else f"not known: {odd[-1].value}"


def _place(read: Read, capability: str) -> Iterator[tuple[Subsystem, str, int, tuple[str, ...]]]:
    """The sections that are about a capability: row, document, line, architectures."""
    for row in subsystems():
        if not re.fullmatch(row.capability, capability):
            continue
        for path in row.documents:
            for section in sections(decode(read(path) or b"")):
                if capability in section.names(row.capability):
                    yield row, path, section.line, section.arches


def documented(read: Read, capability: str, srcarch: str) -> str:
    """Whether a section is about a capability that lists an architecture, or all."""
    for row, _, _, arches in _place(read, capability):
        known = dict(row.aliases)
        name = dict(row.names).get(srcarch, srcarch)
        if "all" in arches or name in {known.get(a, a) for a in arches}:
            return YES
    return NO


def findings(rows: Iterable[Offer], after: Read,
             lacks: Callable[[Offer], str] = lambda _: "") -> Iterator[Finding]:
    """What is reported and does nothing, and what is documented and not reported.

    What is so on the base too is a note, and where only the kernel that was booted ``lacks`` a
    symbol.
    """
    for row in rows:
        idle = [answers == (YES, NO) for answers in zip(row.reported, row.works, strict=True)]
        missing = [answers == (YES, NO)
                   for answers in zip(row.documented, row.reported, strict=True)]
        why = f": {row.why}" if row.why else ""
        symbol = lacks(row) if missing[1] else ""
        off = f": the kernel that was booted has no CONFIG_{symbol}, others have" if symbol else ""
        for rule, (before, now), message in (
                ("capability-no-effect", idle, (
                    f"{row.capability} is reported on {row.machine} and does nothing there{why}")),
                ("capability-not-reported", missing, (
                    f"{row.capability} is documented for {row.machine} and not reported there{off}"
                ))):
            if not now:
                continue
            path, line = next(((p, n) for _, p, n, _ in _place(after, row.capability)), ("", 0))
            mild = before or (rule == "capability-not-reported" and symbol)
            yield Finding(rule, Severity.NOTE if mild else Severity.WARNING,
                          message + (", as on the base" if before else ""), Location(path, line),
                          evidence=_evidence(row), subject=f"{row.capability} {row.machine}")


def _evidence(row: Offer) -> str:
    return "\n".join(f"{what}: {one} on the base, {two} with the series" for what, (one, two) in (
        ("documented", row.documented), ("reported", row.reported), ("works", row.works)))
