# SPDX-License-Identifier: GPL-2.0-or-later
"""All tests on one kernel, in as many guests as it takes.

When a guest dies, the test that was running is named and a fresh guest runs
what is left. What failed is run once more in a fresh guest: a test that passes
then is flaky, a state of its own.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.errors import NoBootError, ToolMissingError
from harness.guest import ktap
from harness.guest.boot import Boot, Guest, Load, boot_once
from harness.guest.ends import bad_end
from harness.model import BAD, BOOT_TEST, GOOD, GuestRun, Measurement, Outcome, Splat, Status

# The program's name under which init reports, and the test that every kernel gets: init runs, and
# nothing was complained of before.
KERNEL, BOOT = BOOT_TEST.split(".")
REPLAY = "# replay "  # begins what a driver that replays scripts answers
# An oops is evidence, however rare; these may be flaky.
MAX_KERNEL = 50  # tests that init makes of the kernel itself
RETRIED = frozenset({Status.FAIL, Status.TIMEOUT, Status.MISSING})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Limits on reboots, and which results are tried again."""

    boots: int = 24  # a series that crashes more tests than this is bad enough
    retried: frozenset[Status] = RETRIED
    most: int = 8  # so many failing tests may be flaky; more are not


USUAL = RetryPolicy()


@dataclass
class _Progress:
    """The results of one kernel so far."""

    todo: dict[str, list[str]]
    done: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    figures: dict[str, Measurement] = field(default_factory=dict)
    splats: list[Splat] = field(default_factory=list)
    replayed: list[str] = field(default_factory=list)
    kernel: tuple[Outcome, ...] = ()  # what init found out about the kernel itself
    start: Outcome | None = None  # whether it came up without a complaint
    boots: int = 0
    silent: int = 0
    killed: int = 0


def run_programs(guest: Guest, kernel: Path, load: Load, retry: RetryPolicy = USUAL,
                 ) -> GuestRun:
    """Run all tests of all programs on ``kernel``; without programs it is only booted.

    Every test that a program lists has an outcome, whatever the guest did.
    Raises ``NoBootError`` when two guests in a row give no life sign.
    """
    emulator = guest.machine.emulator
    if shutil.which(emulator.program) is None:
        raise ToolMissingError(emulator.program, needed_for="booting kernels",
                               package=emulator.package)
    started = time.monotonic()
    progress = _Progress({p.name: list(p.tests) for p in load.programs})
    _boot_until_done(guest, kernel, load, progress, retry.boots)
    _retry_failed(guest, kernel, load, progress, retry)
    _start_again(guest, kernel, load, progress, retry)
    outcomes = tuple(
        Outcome(p.name, _worst_status(children), children=children)
        for p in load.programs
        for children in (tuple(progress.done[p.name, t] for t in p.tests),))
    kernel_rows = (*((progress.start,) if progress.start else ()), *progress.kernel)
    if kernel_rows:
        outcomes += (Outcome(KERNEL, _worst_status(kernel_rows), children=kernel_rows),)
    return GuestRun(outcomes, tuple(progress.figures.values()), tuple(progress.splats),
                    progress.boots, time.monotonic() - started, guest.machine.accel,
                    tuple(progress.replayed))


def _boot_until_done(guest: Guest, kernel: Path, load: Load, progress: _Progress,
                     limit: int) -> None:
    """Boot until nothing is left to do, or ``limit`` guests have died."""
    while any(progress.todo.values()) or progress.start is None:
        progress.todo = {name: tests for name, tests in progress.todo.items() if tests}
        if progress.boots == limit:
            _give_up(progress, f"{limit} guests have died already")
            return
        progress.boots += 1
        guest.say(f"guest {progress.boots}: {sum(map(len, progress.todo.values()))} tests")
        boot = boot_once(guest, kernel, load, progress.todo, progress.boots)
        _collect_results(boot, progress)
        if boot.killed and not boot.splats and not boot.bye:  # also before it said anything
            progress.killed += 1
            if progress.killed == 2:
                _give_up(progress, f"{boot.why}, twice: no word about the kernel", Status.MISSING)
                return
            continue
        if boot.hello and progress.start is None:
            progress.start = _started(boot, alone=not load.programs)
        if not boot.hello:
            progress.silent += 1
            if progress.silent == 2:
                raise NoBootError(
                    f"the guest does not boot: {boot.why or 'it ended at once'}",
                    boot.splats[0].text if boot.splats else boot.tail,
                    hint=f"see {guest.out}/boot{progress.boots}/console")
            continue
        progress.silent = 0
        if boot.bye:
            _explain_missing(boot, progress)
            return
        culprit = _culprit(boot, progress.todo)
        # Another test may have left a kernel that is no judge of this one.
        if culprit is not None and not _broken_before(boot, ".".join(culprit), progress):
            program, test = culprit
            status, reason, log = blame(boot, f"{program}.{test}")
            progress.done[program, test] = Outcome(test, status, reason, log=log)
            progress.todo[program].remove(test)


def _retry_failed(guest: Guest, kernel: Path, load: Load, progress: _Progress,
                  retry: RetryPolicy) -> None:
    """Run what failed once more; both results are kept when they are not the same."""
    first = {key: o for key, o in progress.done.items() if o.status in retry.retried}
    if not 0 < len(first) <= retry.most or progress.boots >= retry.boots:
        return
    progress.todo = {}
    for program, test in first:
        progress.todo.setdefault(program, []).append(test)
    try:
        _boot_until_done(guest, kernel, load, progress, retry.boots)
    except NoBootError as error:  # the first results stand
        _give_up(progress, error.message)
    for key, old in first.items():
        new = progress.done.get(key, old)
        if new.status in GOOD:
            why = old.reason or next(iter(old.log.splitlines()), "")
            progress.done[key] = replace(
                new, status=Status.FLAKY, children=(old, new),
                reason=f"{old.status} and then {new.status} in a fresh guest: {why}", log=old.log)
        elif new.status is Status.NOT_RUN:
            progress.done[key] = old
        elif new.status is not old.status:
            worse = old if _WORST.index(old.status) < _WORST.index(new.status) else new
            progress.done[key] = replace(
                worse, children=(old, new), reason=f"{old.status} and then {new.status} in a "
                f"fresh guest: {worse.reason}")


def _started(boot: Boot, *, alone: bool) -> Outcome:
    """The result of booting; complaints before the first test belong to the boot itself.

    ``alone``: no test follows, so a guest that does not end in order is the boot's own affair.
    """
    early = next((s for s in boot.splats if not s.during), None)
    if alone and not boot.bye:
        status, reason, log = blame(boot)
        return Outcome(BOOT, status, reason, log=log)
    if early is None:
        return Outcome(BOOT, Status.PASS)
    return Outcome(BOOT, Status.FAIL, f"kernel: {early.title}", log=early.text)


def _start_again(guest: Guest, kernel: Path, load: Load, progress: _Progress,
                 retry: RetryPolicy) -> None:
    """Boot once more where the kernel complained: a busy host makes it complain of stalls."""
    old = progress.start
    if old is None or old.status not in retry.retried or progress.boots >= retry.boots:
        return
    progress.boots += 1
    boot = boot_once(guest, kernel, replace(load, programs=()), {}, progress.boots)
    if boot.hello and _started(boot, alone=True).status is Status.PASS:
        progress.start = replace(old, status=Status.FLAKY, reason=(
            f"{old.status} and then PASS in a fresh guest: {old.reason}"))


def _culprit(boot: Boot, todo: dict[str, list[str]]) -> tuple[str, str] | None:
    """The test that was running when the guest ended."""
    during = next((s.during for s in boot.splats if s.during), "")
    program, _, test = during.partition(".")
    if test in todo.get(program, []):
        return program, test
    program = boot.order[-1] if boot.order else ""
    return (program, todo[program][0]) if todo.get(program) else None


def _broken_before(boot: Boot, name: str, progress: _Progress) -> bool:
    """Whether the kernel crashed in a test before, which has its result, and not in this one.

    So each boot of which this is true takes a test away from what is left.
    """
    crashed = {s.during for s in boot.splats if s.fatal}
    return name not in crashed and any(
        f"{program}.{test}" in crashed for program, test in progress.done)


def blame(boot: Boot, during: str = "") -> tuple[Status, str, str]:
    """Status, reason and log of the test that a guest died of; "": of the boot."""
    first = next((s for s in boot.splats if not during or s.during == during), None)
    if first is not None:
        return Status.CRASHED, f"kernel: {first.title}", first.text
    if boot.late:
        return Status.TIMEOUT, boot.why, boot.tail
    return Status.CRASHED, boot.why or "the guest ended early", boot.tail


def _with_splat(outcome: Outcome, program: str, splats: tuple[Splat, ...]) -> Outcome:
    """A test during which the kernel complained has not passed."""
    mine = [s for s in splats if s.during == f"{program}.{outcome.name}"]
    if not mine:
        return outcome
    text = "\n".join(s.text for s in mine)
    worst = next((s for s in mine if s.fatal), mine[0])
    return replace(outcome, status=Status.CRASHED if worst.fatal else Status.FAIL,
                   reason=f"kernel: {worst.title}", log=f"{outcome.log}\n{text}".strip())


def _collect_results(boot: Boot, progress: _Progress) -> None:
    """Take the results of one boot out of ``todo`` into ``done``."""
    progress.splats += boot.splats
    for program, lines in boot.lines.items():
        progress.replayed += [t.removeprefix(REPLAY) for t in lines if t.startswith(REPLAY)]
        outcomes, measured = ktap.parse(t for t in lines if not t.startswith(REPLAY))
        progress.figures |= {m.name: m for m in measured}
        if program == KERNEL:
            progress.kernel = outcomes[:MAX_KERNEL]
        todo, mine = progress.todo.get(program, []), list[Outcome]()
        if (whole := _skipped(outcomes)) is not None:
            outcomes = tuple(replace(whole, name=name) for name in todo)
        other: Outcome | None = None  # "Bail out!", or a failure of no test that is known
        for outcome in outcomes:
            if outcome.name in todo and outcome.status is not Status.MISSING:
                mine.append(_with_splat(outcome, program, boot.splats))
                todo.remove(outcome.name)
            elif outcome.status in BAD and outcome.status is not Status.MISSING:
                other = other or outcome
        if not todo:  # else its end explains what never came
            mine = _ended(mine, boot.notes.get(program, []))
        if mine and other is not None and not any(o.status in BAD for o in mine):
            mine[-1] = replace(mine[-1], status=other.status, log=other.log or mine[-1].log,
                               reason=f"{other.name}: {other.reason}".rstrip(": "))
        progress.done |= {(program, o.name): o for o in mine}


def _skipped(outcomes: tuple[Outcome, ...]) -> Outcome | None:
    """What a program says that skips all of its tests: a plan of none, with a reason."""
    return outcomes[0] if [(o.name, o.status) for o in outcomes] == [
        ("all", Status.SKIP)] else None


def _ended(outcomes: list[Outcome], notes: list[str]) -> list[Outcome]:
    """The results of a program; its last one is not good when its end is not.

    A code that says that a test failed says nothing new where one did.
    """
    bad = bad_end(notes) if outcomes else None
    if bad is None or (bad[0] is Status.FAIL and any(o.status in BAD for o in outcomes)) or (
            outcomes[-1].status in BAD):
        return outcomes
    return [*outcomes[:-1], replace(outcomes[-1], status=bad[0], reason=bad[1])]


def _give_up(progress: _Progress, reason: str, status: Status = Status.NOT_RUN) -> None:
    for program, tests in progress.todo.items():
        for test in tests:
            progress.done[program, test] = Outcome(test, status, reason)
    progress.todo.clear()
    if progress.start is None:
        progress.start = Outcome(BOOT, status, reason)


def _explain_missing(boot: Boot, progress: _Progress) -> None:
    """The guest ended in order, but some results never came."""
    for program, tests in progress.todo.items():
        said = [n for n in boot.notes.get(program, []) if n != "@start"]
        reason = "the program ended without a result: " + (" ".join(said) or "it never started")
        for test in tests:
            progress.done[program, test] = Outcome(test, Status.MISSING, reason)


_WORST = (Status.CRASHED, Status.TIMEOUT, Status.FAIL, Status.MISSING, Status.NOT_RUN, Status.FLAKY,
          Status.SKIP)


def _worst_status(children: tuple[Outcome, ...]) -> Status:
    have = {c.status for c in children}
    for status in _WORST[:-1]:
        if status in have:
            return status
    return Status.SKIP if have == {Status.SKIP} else Status.PASS
