# SPDX-License-Identifier: GPL-2.0-or-later
"""The queue: which job is next, and what becomes of one that has ended."""

from __future__ import annotations

import zlib

from harness.farm import jobs
from harness.farm.bases import Ready
from harness.farm.engine import Engine, Folders, bug
from harness.farm.gate import Gate
from harness.farm.jobs import Result, Spec
from harness.farm.ledger import DONE, GIVEN_UP, QUEUED, RUNNING, Job, Ledger

MOST_TRIES = 5
MOST_WAITING = 5000  # jobs that are looked through for one that need not wait
MOST_DEATHS = 3  # a series that ends its process as often is left alone
_PAUSE, LONGEST = 60.0, 6 * 3600.0  # seconds before a job is tried again: four times as long each


def begin(ledger: Ledger, folder: Folders, engine: Engine, now: float, gate: Gate | None = None,
          ) -> int:
    """Begin as many jobs as there is room for; returns how many were taken, begun or given up.

    With a ``gate`` heads come first, and some series wait for them.
    """
    count = gate.begin(folder, engine, now) if gate is not None else 0
    room = engine.free
    for job in ledger.next(now, LONGEST, room if gate is None or not room else MOST_WAITING):
        if room <= 0:
            break
        ready = Ready(Spec.of(job.spec)) if gate is None else gate.ready(
            job.key, Spec.of(job.spec))
        if ready.spec is None:
            if job.words != ready.words:
                ledger.set(job.key, words=ready.words)
            continue
        room, count = room - 1, count + 1
        try:
            sending = ledger.sending(job.series)
            jobs.prepare(folder(job.key), [ledger.mail(name) for name in sending.mails])
        except (zlib.error, TypeError, LookupError) as error:  # the row is damaged
            ledger.set(job.key, state=GIVEN_UP, ended=now, words=bug(error))
            continue
        ledger.set(job.key, state=RUNNING, began=now, tries=job.tries + 1)
        engine.begin(job.key, ready.spec)
    return count


def finish(ledger: Ledger, key: str, result: Result, now: float) -> Job:
    """Keep how a job ended; returns its row as it is now."""
    job = ledger.job(key)
    if result.stopped:
        if job.state == RUNNING:  # we are ending, and it was not its fault
            ledger.set(key, state=QUEUED, tries=max(0, job.tries - 1))
        return ledger.job(key)
    words = {"code": result.code, "verdict": result.verdict, "words": result.words,
             "errors": result.errors, "warnings": result.warnings, "tree": result.tree}
    most = MOST_DEATHS if result.verdict == jobs.KILLED else MOST_TRIES
    if result.again and job.tries < most:
        pause = min(LONGEST, _PAUSE * 4 ** (job.tries - 1))
        ledger.set(key, state=QUEUED, after=now + pause, **words)
    else:
        ledger.set(key, state=GIVEN_UP if result.again else DONE, ended=now, **words)
    return ledger.job(key)
