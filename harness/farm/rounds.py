# SPDX-License-Identifier: GPL-2.0-or-later
"""The loop of a watch: take in, queue, begin, wait, keep, tell."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from harness.farm import jobs, taking, turns, watch
from harness.farm.engine import Engine
from harness.farm.gate import Gate
from harness.farm.jobs import Result
from harness.farm.ledger import DONE, Job, Ledger
from harness.farm.telling import Telling, publish, tell, tell_all, title_of
from harness.farm.watch import Plan
from harness.model import Say


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
        tell_all(ledger, plan, telling, say)
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
                publish(ledger, engine.words, telling, say)
                return count
            for key, result in engine.done(min(1.0, clock.every)):
                if gate is not None and gate.finish(key, result, jobs.report_of(plan.folder(key)),
                                                    clock.now()):
                    publish(ledger, engine.words, telling, say)
                    continue
                job = _finished(ledger, plan, (key, result), clock.now(), gate)
                count += job.state == DONE
                say(f"{title_of(ledger, job)}: {job.state}"
                    f"{', ' + job.words if job.words else ''}")
                tell(ledger, plan, telling, job, say)
                publish(ledger, engine.words, telling, say)
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
    taking.collect(ledger, plan, now, say)
    threads = ledger.unsettled() | ledger.recent(now - 2 * plan.patience)
    fresh, replaced = watch.settle(ledger, plan, threads, now, say)
    for key in replaced:
        engine.stop(key)
    if fresh:
        say(f"{fresh} series to check")
