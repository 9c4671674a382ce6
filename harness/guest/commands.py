# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody else's programs and scripts on a kernel: exit codes and KTAP both count.

The codes are those of tools/testing/selftests/kselftest.h: 0 is success, 4 a skip, 2 and 3 are an
expected failure and its opposite. A program that prints "ok" and ends by a signal is not ok.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from harness.clean import one_line
from harness.errors import InfrastructureError, NoBootError
from harness.evidence import plural
from harness.guest import ktap, twice
from harness.guest.boot import Boot, Command, Guest, Load
from harness.guest.ends import said, took
from harness.guest.sure import boot_surely
from harness.model import GuestRun, Outcome, Splat, Status

EXIT = "exit"  # the test of each program that its exit code is
MOST_BOOTS = 12  # of one kernel: a guest for each program that the one before did not survive
PATIENCE = 3  # times as long as before may a second try take of what ran out of time
MOST_LOG = 40  # lines of a program's output that a report keeps
EMPTY = Load(())
# ksft_print_cnts() of kselftest.h
_TOTALS = re.compile(r"# Totals: pass:\d{1,6} fail:(\d{1,6}) .*?error:(\d{1,6})$")
_LAST = 20  # lines of a program's output in which its totals stand
_SKIP = 4  # of tools/testing/selftests/kselftest.h; its runner.sh calls any other code a failure


def run_commands(guest: Guest, kernel: Path, commands: Iterable[Command], more: Load = EMPTY,
                 known: twice.Known = frozenset()) -> GuestRun:
    """Run commands one after another; a guest that one of them ends is begun anew for the rest.

    ``more``: what they find in the guest. Each is a program of the result; its tests are what it
    says in KTAP, and ``exit``. One of which a test fails that is not ``known`` to runs a second
    time. Raises ``NoBootError`` when the kernel gives no life sign, and ``InfrastructureError``
    when only a later guest does.
    """
    left = list(commands)
    found, splats, boots = _all(guest, kernel, left, more, 1)
    failed = [_longer(c, found[c.name]) for c in left if twice.surprises(found[c.name], known)]
    if 0 < len(failed) <= twice.MOST:
        again, complaints, extra = _all(guest, kernel, failed, more, boots + 1)
        splats, boots = splats + complaints, boots + extra
        found |= {name: twice.merged(found[name], again[name]) for name in again}
    return GuestRun(tuple(found[c.name] for c in left), (), splats, boots, 0.0,
                    guest.machine.accel)


def _longer(command: Command, first: Outcome) -> Command:
    """A second try, with more time for what had too little: the host may have been busy."""
    late = any(t.name == EXIT and t.status is Status.TIMEOUT for t in first.children)
    return replace(command, seconds=PATIENCE * command.seconds) if late else command


def _all(guest: Guest, kernel: Path, commands: list[Command], more: Load, number: int,
         ) -> tuple[dict[str, Outcome], tuple[Splat, ...], int]:
    """The results by name, the kernel's complaints, and how many guests it took."""
    left, boots = list(commands), 0
    longest = max((c.seconds for c in left), default=0.0)
    guest = replace(guest, silence=max(guest.silence, guest.test_timeout, longest) + 5,
                    run_timeout=max(guest.run_timeout, sum(c.seconds for c in left) + 60))
    found: dict[str, Outcome] = {}
    splats: tuple[Splat, ...] = ()
    while left:
        if boots == MOST_BOOTS:
            found |= {c.name: _whole(c.name, Status.NOT_RUN, f"{boots} guests have died already")
                      for c in left}
            break
        guest.say(f"guest {number + boots}: {len(left)} programs")
        boot = boot_surely(guest, kernel, replace(more, commands=tuple(left)),
                           number + boots, lambda boot: not boot.hello)
        boots += 1
        splats += boot.splats
        if not boot.hello and number > 1:  # a second try: the first results stand
            break
        if not boot.hello and boots > 1:
            raise InfrastructureError(
                "a later guest of the same kernel does not boot: "
                f"{boot.why or 'it ended at once'}", hint="the run can be repeated")
        if not boot.hello:
            raise NoBootError(f"the guest does not boot: {boot.why or 'it ended at once'}",
                              boot.splats[0].text if boot.splats else boot.tail,
                              hint=f"see {guest.out}/boot{number + boots - 1}/console")
        done = dict(_results(boot, left))
        if not done:  # init died before the first
            done = {left[0].name: _whole(left[0].name, Status.NOT_RUN, boot.why)}
        found |= done
        left = [c for c in left if c.name not in done]
    return found, splats, boots


def _results(boot: Boot, commands: Iterable[Command]) -> Iterator[tuple[str, Outcome]]:
    """The results of the programs that ran in one guest; the one that it died of is the last.

    A kernel that has crashed in a program before is no judge of the one that does not end on it:
    that one has none, and runs in another guest.
    """
    crashed = {s.during for s in boot.splats if s.fatal}
    broken = False
    for command in commands:
        notes = boot.notes.get(command.name, [])
        if "@start" not in notes:
            continue
        mine = f"{command.name}." in crashed
        if mine or said(notes, "@end") or not broken:
            yield command.name, _one(command, boot, notes)
        broken = broken or mine


def _one(command: Command, boot: Boot, notes: list[str]) -> Outcome:
    lines = boot.lines.get(command.name, [])
    tests, _ = ktap.parse(lines)
    end, stopped = said(notes, "@end"), said(notes, "@stopped")
    if end == str(_SKIP) and [(t.name, t.status) for t in tests] == [("all", Status.SKIP)]:
        lines, tests = [tests[0].reason], ()  # its code says the same
    splat = next((s for s in boot.splats if s.during == f"{command.name}."), None)
    log = "\n".join(lines[-MOST_LOG:])
    if splat is not None:
        status, why = Status.CRASHED if splat.fatal else Status.FAIL, f"kernel: {splat.title}"
        log = f"{log}\n{splat.text}".strip()
    elif not end:
        status, why = Status.TIMEOUT if boot.late else Status.CRASHED, boot.why or "the guest ended"
        log = boot.tail
    elif stopped:
        status = Status.TIMEOUT if stopped == "deadline" else Status.FAIL
        why = f"no end after {command.seconds:.0f} s" if stopped == "deadline" else stopped
    else:
        status, why = _by_end(end, lines)
    return Outcome(command.name, status, why, (*tests, Outcome(EXIT, status, why, log=log)),
                   seconds=took(notes))


def _by_end(end: str, lines: list[str]) -> tuple[Status, str]:
    """What an end says: "0", or "signal 11"."""
    last = one_line(next((t for t in reversed(lines) if t.strip()), ""), 160)
    if end == "0":
        # kcmp_test and others print them and end with 0 whatever they say.
        totals = next((m for t in reversed(lines[-_LAST:]) if (m := _TOTALS.match(t))), None)
        bad = int(totals[1]) + int(totals[2]) if totals else 0
        if not bad:
            return Status.PASS, ""
        return Status.FAIL, f"its totals have {plural(bad, 'failure')}, though it ended with 0"
    if end == str(_SKIP):
        return Status.SKIP, last
    how = f"it ended by {end}" if end.startswith("signal") else f"it ended with {end}"
    return (Status.CRASHED if end.startswith("signal") else Status.FAIL), (
        how + (f": {last}" if last else ""))


def _whole(name: str, status: Status, reason: str) -> Outcome:
    return Outcome(name, status, reason, (Outcome(EXIT, status, reason),))
