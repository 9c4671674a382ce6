# SPDX-License-Identifier: GPL-2.0-or-later
"""The loop of a watch: take in, queue, begin, wait, keep, tell."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from harness.clean import one_line
from harness.errors import HarnessError
from harness.farm import jobs, outbox, turns, watch
from harness.farm.engine import Engine
from harness.farm.gate import Gate
from harness.farm.jobs import Result
from harness.farm.ledger import DONE, Job, Ledger
from harness.farm.watch import Plan
from harness.model import Report, Say


@dataclass(frozen=True, slots=True)
class Telling:
    """How verdicts go out: drafts of which weight, and what is called with what has changed.

    ``publish`` is called with the ledger and who does the jobs; ``post`` with each verdict once:
    the names of the series' mails, and the report; ``keep_room`` as often as the sources are asked,
    with the keys of the jobs that are at work.
    """

    policy: str = "error"
    publish: Callable[[Ledger, str], None] = lambda *_: None
    post: Callable[[tuple[str, ...], Report], None] = lambda *_: None
    keep_room: Callable[[frozenset[str], float], None] = lambda *_: None


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds since 1970, and how often the sources are asked; for tests another one."""

    now: Callable[[], float] = time.time
    every: float = 60.0


def run(ledger: Ledger, plan: Plan, engine: Engine, telling: Telling, say: Say, *,
        once: bool = False, clock: Clock = Clock(), gate: Gate | None = None) -> int:
    """Watch until there is nothing more to do (``once``), or for ever.

    With a ``gate`` the heads of the trees are looked at before series are judged on them.
    Returns how many jobs ended. Whoever interrupts it leaves nothing undone that was told.
    """
    count = 0
    try:
        if found := ledger.recover():
            say(f"{found} job{'s' * (found > 1)} of the last time begin{'s' * (found == 1)} again")
        _tell_all(ledger, plan, telling, say)
        asked = float("-inf")
        while True:
            now = clock.now()
            if abs(now - asked) >= clock.every:  # a clock can jump back
                asked = now
                telling.keep_room(frozenset(engine.working), now)
                _take_in(ledger, plan, engine, now, say)
                if gate is not None:
                    gate.look(now)
            taken = turns.begin(ledger, plan.folder, engine, now, gate)
            if once and not taken and not engine.working:
                _publish(ledger, engine, telling, say)
                return count
            for key, result in engine.done(min(1.0, clock.every)):
                if gate is not None and gate.finish(key, result, jobs.report_of(plan.folder(key)),
                                                    clock.now()):
                    _publish(ledger, engine, telling, say)
                    continue
                job = _finished(ledger, plan, (key, result), clock.now(), gate)
                count += job.state == DONE
                say(f"{_title(ledger, job)}: {job.state}"
                    f"{', ' + job.words if job.words else ''}")
                _tell(ledger, plan, telling, job, say)
                _publish(ledger, engine, telling, say)
            if not engine.working and not once:
                time.sleep(min(1.0, clock.every))
    finally:
        engine.close()


def _finished(ledger: Ledger, plan: Plan, ended: tuple[str, Result], now: float,
              gate: Gate | None) -> Job:
    """Keep how a job of a series ended: its key, and what it says."""
    key, result = ended
    if gate is None:
        return turns.finish(ledger, key, result, now)
    job = turns.finish(ledger, key, gate.ended(key, result), now)
    if job.state == DONE:
        gate.keep(job.tree, jobs.report_of(plan.folder(key)), now)
    return job


def _take_in(ledger: Ledger, plan: Plan, engine: Engine, now: float, say: Say) -> None:
    watch.collect(ledger, plan, now, say)
    threads = ledger.unsettled() | ledger.recent(now - 2 * plan.patience)
    fresh, replaced = watch.settle(ledger, plan, threads, now, say)
    for key in replaced:
        engine.stop(key)
    if fresh:
        say(f"{fresh} series to check")


def _publish(ledger: Ledger, engine: Engine, telling: Telling, say: Say) -> None:
    """Write the pages; that they cannot be written stops no check."""
    try:
        telling.publish(ledger, engine.words)
    except OSError as error:
        say(f"the pages cannot be written now: {one_line(str(error), 200)}")


def _title(ledger: Ledger, job: Job) -> str:
    sending = ledger.sending(job.series)
    return one_line(f"v{sending.version} {sending.title}", 100)


def _tell_all(ledger: Ledger, plan: Plan, telling: Telling, say: Say) -> None:
    """What was found and not told when the last process ended."""
    for job in ledger.jobs(DONE):
        if not job.told:
            _tell(ledger, plan, telling, job, say)


def _tell(ledger: Ledger, plan: Plan, telling: Telling, job: Job, say: Say) -> None:
    """Write the draft of what was found, where there is something new to say; once."""
    if job.state != DONE or job.told:
        return
    told: list[str] = []
    report = jobs.report_of(plan.folder(job.key))  # none where it was refused: no mail, then
    if report is not None and outbox.wanted(report, telling.policy,
                                            watch.told_before(ledger, job)):
        path = outbox.write(plan.state / "outbox", job.key, report)
        told = sorted(outbox.ids(report))
        say(f"draft: {path}")
    ledger.set(job.key, told=json.dumps(told))
    if report is None:
        return
    try:  # a server that does not take it stops nothing
        telling.post(ledger.sending(job.series).mails, report)
    except HarnessError as error:
        say(f"{_title(ledger, job)}: its checks were not posted: {error.message}; later: harness "
            f"report {plan.folder(job.key) / jobs.RUN} --to patchwork")
