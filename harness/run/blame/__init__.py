# SPDX-License-Identifier: GPL-2.0-or-later
"""The stage that names the patch of a series since which a test fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.errors import CommandFailedError, HarnessError
from harness.model import BAD, Applied, Finding, GuestRun
from harness.run.blame import again
from harness.run.state import SkippedStage, State, require

RULES = frozenset({"runtime-regression", "runtime-failure"})
MOST = 3  # programs that are looked into: each takes a kernel for every halving
Again = Callable[[Applied], GuestRun]


@dataclass(frozen=True, slots=True)
class Since:
    """The first patch with which a test fails, or why that is not known."""

    patch: int = 0
    why: str = ""


def blame(state: State) -> State:
    """Bisect a series over its patches for each program with tests that it has broken."""
    groups = grouped(state)
    if not groups:
        raise SkippedStage("no test is worse with the series")
    total = len(require(state.applied).commits)
    if total == 1:
        return _named(state, {f: Since(1) for row in groups.values() for f in row}, total)
    if not state.request.bisect:
        return replace(state, notices=(*state.notices, (
            "which patch a test fails since was not looked for (--no-bisect)")))
    found: dict[Finding, Since] = {}
    for number, (program, rows) in enumerate(groups.items()):
        since = Since(why=f"{MOST} others were bisected") if number >= MOST else (
            _search(state, program, rows))
        found |= dict.fromkeys(rows, since)
    return _named(state, found, total)


def grouped(state: State) -> dict[str, list[Finding]]:
    """What the series has broken, by program."""
    names = {f"{p.name}.{t.name}": p.name for run in (state.after,) if run
             for p in run.outcomes for t in p.children}
    found: dict[str, list[Finding]] = {}
    for finding in state.findings:
        if finding.rule in RULES and (program := names.get(finding.where.test)):
            found.setdefault(program, []).append(finding)
    return found


def _search(state: State, program: str, rows: list[Finding]) -> Since:
    applied = require(state.applied)
    state.say(f"looking for the patch since which {program} fails")
    try:
        return bisected(applied, again.of(state, program), frozenset(f.where.test for f in rows))
    except (CommandFailedError, again.UnknownProgramError) as error:
        return Since(why=str(error)[:200])
    except HarnessError as error:
        return Since(why=error.message[:200])


def bisected(applied: Applied, run: Again, tests: frozenset[str]) -> Since:
    """The first patch with which one of the tests fails: none does on the base, some at the end.

    It has to fail by itself at the end first. Raises what ``run`` raises: a patch in the middle
    may not build or boot.
    """
    def failed(patches: int) -> bool:
        done = run(replace(applied, commits=applied.commits[:patches]))
        return any(t.status in BAD and f"{p.name}.{t.name}" in tests
                   for p in done.outcomes for t in p.children)
    good, bad = 0, len(applied.commits)
    if not failed(bad):
        return Since(why="it does not fail by itself, with all patches")
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (good, middle) if failed(middle) else (middle, bad)
    return Since(bad)


def _named(state: State, found: dict[Finding, Since], total: int) -> State:
    """The findings with their patch, and what could not be found out."""
    def one(finding: Finding) -> Finding:
        since = found.get(finding)
        if since is None or not since.patch:
            return finding
        words = f"; since patch {since.patch}/{total}" if total > 1 else ""
        return replace(finding, patch=since.patch, message=finding.message + words)
    lost = dict.fromkeys(f"which patch {f.where.test} fails since is not known: {s.why}"
                         for f, s in found.items() if s.why)
    return replace(state, findings=tuple(map(one, state.findings)),
                   notices=(*state.notices, *lost))
