# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails come in, and the newest version of each series is queued to be checked once.

All that is known is in the ledger, which one thread alone writes.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import InputRefusedError
from harness.farm import assemble, commands, routes, sources
from harness.farm.assemble import Sending
from harness.farm.engine import bug
from harness.farm.jobs import Spec
from harness.farm.ledger import DONE, QUEUED, RUNNING, SUPERSEDED, Job, Ledger
from harness.farm.routes import Route
from harness.intake.mail import Mail, address_of, parse_mail
from harness.model import Say

_ASKED = 1  # how much earlier what a maintainer asks for is checked
_DAY = 86400.0  # seconds
_FIRST = 300.0  # seconds that the first look at the sources may take


@dataclass(frozen=True, slots=True)
class Plan:
    """What a watch does: from where, at which level, on which trees.

    ``patience`` are the seconds that a part of a newer version is waited for before an older one
    that is whole is checked. What was sent before ``since`` and lay there when the first watch
    ``began`` is known, and not checked.
    """

    state: Path
    places: tuple[sources.Place, ...]
    level: str = "lint"
    routes: tuple[Route, ...] = ()
    patience: float = 1800.0
    since: float = 0.0
    began: float = 0.0
    commanders: frozenset[str] = frozenset()  # addresses whose replies may ask for a test
    per_sender: int = 100  # series of one sender in a day; what is more is not checked

    def is_old(self, sent: float, seen: float) -> bool:
        """Whether a series is older than the watch. Whatever comes later is new, as it says."""
        return sent < self.since and seen <= self.began + _FIRST

    def folder(self, key: str) -> Path:
        """Where a job has its files."""
        return self.state / "jobs" / key


def parsed(name: str, data: bytes) -> tuple[Mail, ...]:
    """The mail and those that are attached to it, all under its name."""
    try:
        return tuple(replace(m, source=name) for m in parse_mail(data, name))
    except InputRefusedError:
        return ()


def settle(ledger: Ledger, plan: Plan, threads: Iterable[int], now: float, say: Say,
           ) -> tuple[int, frozenset[str]]:
    """Find the series of some threads and queue what is to be done.

    Returns how many jobs are new, and the keys of those that a newer version replaces. One thread
    that cannot be taken apart stops no other.
    """
    fresh, old = 0, set[str]()
    sent = Counter(map(address_of, ledger.senders(now - _DAY)))
    for thread in sorted(threads):
        try:
            more, gone = _settled(ledger, plan, thread, sent, now)
        except Exception as error:  # noqa: BLE001  (a bug of ours is no reason to stop for good)
            say(f"thread {thread}: left out: {bug(error)}")
            more, gone = 0, set()
        fresh += more
        old |= gone
        ledger.settled(thread)
    return fresh, frozenset(old)


def _settled(ledger: Ledger, plan: Plan, thread: int, sent: Counter[str], now: float,
             ) -> tuple[int, set[str]]:
    """``sent``: how many series of each sender were queued within a day; kept up to date."""
    fresh, old = 0, set[str]()
    mails = [m for name, data in ledger.mails(thread) for m in parsed(name, data)]
    ledger.put(thread, assemble.sendings(mails), now)
    asked: dict[str, list[Job]] = defaultdict(list)
    for job in ledger.jobs_of(thread):
        asked[job.series].append(job)
    for _, versions in itertools.groupby(
            sorted(ledger.sendings(thread), key=lambda s: s.work), key=lambda s: s.work):
        wanted = _newest(list(versions), lambda s: now - ledger.seen(s.key) < plan.patience)
        gone = {s.key for s in wanted.replaced}
        for job in (j for key in gone & asked.keys() for j in asked[key]
                    if j.state in {QUEUED, RUNNING}):
            ledger.set(job.key, state=SUPERSEDED, ended=now, words=wanted.words)
            old.add(job.key)
        if wanted.sending is not None and wanted.sending.key not in asked and (
                not plan.is_old(wanted.sending.sent, ledger.seen(wanted.sending.key))):
            parts = [m for m in mails if m.source in wanted.sending.mails]
            spec = Spec(wanted.sending.key, plan.level, routes.trees(plan.routes, parts))
            if ledger.queue(spec.key, spec.series, spec.json, now,
                            routes.priority(plan.routes, spec.trees)):
                sender = address_of(wanted.sending.sender)
                fresh += _is_for_us(ledger, plan, spec, sent[sender], now)
                sent[sender] += 1
    for sending, name in commands.given(mails, ledger.sendings(thread), plan.commanders):
        parts = [m for m in mails if m.source in sending.mails]
        wanted_trees = commands.trees(name, plan.routes, routes.trees(plan.routes, parts))
        spec = Spec(sending.key, "check", wanted_trees)
        fresh += bool(wanted_trees) and ledger.queue(
            spec.key, spec.series, spec.json, now, _ASKED + routes.priority(
                plan.routes, wanted_trees))
    return fresh, old


def _is_for_us(ledger: Ledger, plan: Plan, spec: Spec, many: int, now: float) -> bool:
    """Whether a series is to be checked; that it is not is how its job ends.

    ``many``: the series that its sender has sent within a day.
    """
    why = (f"more than {plan.per_sender} series of this sender within a day"
           if many >= plan.per_sender else
           "no tree is for it" if not spec.trees and plan.level != "lint" else "")
    if why:
        ledger.set(spec.key, state=DONE, ended=now, code=4, verdict="not-tested", told="[]",
                   words=why)
    return not why


@dataclass(frozen=True, slots=True)
class _Wanted:
    sending: Sending | None
    replaced: tuple[Sending, ...]
    words: str = ""


def _newest(versions: list[Sending], young: Callable[[Sending], bool]) -> _Wanted:
    """The version of a work that is to be checked, and those that it replaces."""
    versions.sort(key=lambda s: (s.version, s.sent))
    whole = [s for s in versions if not s.missing and len(s.mails) <= assemble.MOST_PATCHES]
    if not whole:
        return _Wanted(None, ())
    newest = whole[-1]
    after = versions[versions.index(newest) + 1:]
    words = f"v{newest.version} has come"
    if any(young(s) for s in after):
        return _Wanted(None, tuple(whole[:-1]), words)
    return _Wanted(newest, tuple(whole[:-1]), words)


def told_before(ledger: Ledger, job: Job) -> frozenset[str]:
    """The ids of the findings that earlier versions of a work were told."""
    return frozenset(i for j in ledger.jobs_of_work(job.series) if j.told and j.key != job.key
                     for i in json.loads(j.told))
