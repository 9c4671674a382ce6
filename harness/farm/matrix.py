# SPDX-License-Identifier: GPL-2.0-or-later
"""Many jobs at once: series x trees x architectures x flavours; parts of them, and all parts."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

from harness.clean import clean, one_line
from harness.farm import given, rows, turns
from harness.farm.engine import Engine, Folders
from harness.farm.jobs import Spec
from harness.farm.ledger import DONE, ELSEWHERE, GIVEN_UP, QUEUED, RUNNING, Job, Ledger
from harness.farm.shards import Shard
from harness.intake.inputs import Delivery
from harness.model import Say

MOST = 100_000  # jobs of one matrix


@dataclass(frozen=True, slots=True)
class Axes:
    """What each series is tried on. ``trees``: (name, commit); "" and (): as it comes."""

    level: str
    trees: tuple[tuple[str, str], ...]
    flavours: tuple[str, ...] = ("",)
    arches: tuple[tuple[str, ...], ...] = ((),)
    suites: tuple[str, ...] = ()

    def specs(self, series: str, topic: str = "") -> Iterator[Spec]:
        """The jobs of one series; ``topic`` as a ``Spec`` has it."""
        for (tree, commit), flavour, arches in itertools.product(
                self.trees, self.flavours, self.arches):
            yield Spec(series, self.level, (tree,) if tree else (), flavour=flavour,
                       commits=(commit,) if commit else (), arches=arches, suites=self.suites,
                       topic=topic)


def add(ledger: Ledger, delivery: Delivery, axes: Axes, part: Shard, now: float) -> tuple[str, ...]:
    """Queue what a series is tried on; returns the keys, also of jobs that were there already."""
    digest = hashlib.sha256()
    for mail in delivery.mails:
        digest.update(hashlib.sha256(mail.data).digest())
    series = digest.hexdigest()[:32]
    mails = [(f"{series}/{n:04d}", mail.data) for n, mail in enumerate(delivery.mails)]
    ledger.add_mails(clean(delivery.origin), None,
                     [(n, (f"series {series}",), d) for n, d in mails], now)
    alone = int(series[:12], 16)  # of no thread with others
    ledger.put(alone, [given.sending(series, delivery, tuple(n for n, _ in mails))], now)
    found = {spec.key: spec for spec in axes.specs(series, given.topic(delivery))}
    ledger.queue_all([(key, series, spec.json, QUEUED if part.has(key) else ELSEWHERE)
                      for key, spec in found.items()], now)
    return tuple(found)


def run(ledger: Ledger, folder: Folders, engine: Engine, say: Say) -> None:
    """Do all jobs that are queued, and again those that were given up.

    What is done is in the ledger, whatever ends this.
    """
    try:
        ledger.recover()
        ledger.again()
        began, done = time.monotonic(), 0
        while left := ledger.count(QUEUED, RUNNING):
            turns.begin(ledger, folder, engine, time.time())
            if not engine.working:
                time.sleep(0.5)
            for key, result in engine.done(1.0):
                job = turns.finish(ledger, key, result, time.time())
                if job.state not in {DONE, GIVEN_UP}:
                    if job.words and not result.stopped:
                        say(f"{title(ledger, job)}: {job.words}; it is tried again")
                    continue
                done += 1
                left -= 1
                rate = (time.monotonic() - began) / done
                say(f"{title(ledger, job)}: {job.outcome}"
                    + (f", {left} left, about {_span(left * rate)}" if left else ""))
    finally:
        engine.close()


def _span(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def title(ledger: Ledger, job: Job) -> str:
    """A job as people name it."""
    sending, spec = ledger.sending(job.series), Spec.of(job.spec)
    name = rows.titled(sending.version, sending.title)
    return one_line(" ".join([name, *rows.column(spec)]), 160)
