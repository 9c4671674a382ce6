# SPDX-License-Identifier: GPL-2.0-or-later
"""The ledger as pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.farm import health
from harness.farm.assemble import MOST_PATCHES, Sending
from harness.farm.bases import Head, plain
from harness.farm.jobs import report_of
from harness.farm.ledger import DONE, Job, Ledger
from harness.farm.watch import Plan
from harness.report import site

_SHOWN = 2000  # series on the pages, the newest ones


class Pages:
    """Writes the pages; what is done is not read a second time."""

    def __init__(self, place: Path, plan: Plan, title: str) -> None:
        self._place, self._plan, self._title = place, plan, title
        self._known: dict[str, site.Version] = {}
        self._bases: dict[str, health.Seen | None] = {}

    def write(self, ledger: Ledger, now: float, engine: str = "", heads: Sequence[Head] = (),
              ) -> int:
        """Write what is new; returns how many files that are.

        ``engine``: who does the jobs; ``heads``: the newest of each tree.
        """
        jobs = {j.series: j for j in ledger.jobs()}
        rows: dict[str, list[Sending]] = defaultdict(list)
        for sending in ledger.sendings():
            rows[sending.work].append(sending)
        newest = sorted(rows.items(), key=lambda row: -max(s.sent for s in row[1]))[:_SHOWN]
        works = [site.Work(name, self._versions(ledger, found, jobs)) for name, found in newest]
        trees = [seen for job in jobs.values() if (seen := self._bases.get(job.key))]
        states = tuple((h.tree, h.head, h.state, h.words) for h in heads)
        count = site.write_trees(self._place, health.of(trees), self._title, states)
        return count + site.write(self._place, works, self._title, now, engine)

    def _versions(self, ledger: Ledger, found: list[Sending], jobs: dict[str, Job],
                  ) -> tuple[site.Version, ...]:
        found.sort(key=lambda s: (s.version, s.sent))
        newest = next((s for s in reversed(found) if not s.missing), found[-1])
        done = [s for s in found if s.key in jobs and jobs[s.key].state == DONE]
        versions = []
        for sending in found:
            earlier = [s for s in done if s is not sending and (
                s.version, s.sent) < (sending.version, sending.sent)]
            versions.append(self._version(ledger, (sending, newest), jobs.get(sending.key),
                                          jobs[earlier[-1].key] if earlier else None))
        return tuple(reversed(versions))

    def _unchecked(self, ledger: Ledger, sending: Sending, newest: Sending) -> tuple[str, str]:
        """The state of a sending that has no job, and why."""
        if sending.missing:
            many = len(sending.missing) > 1
            numbers = ", ".join(map(str, sending.missing[:20]))
            return "waiting", (f"patch{'es' * many} {numbers} of {sending.total} "
                               f"ha{'ve' if many else 's'} not come")
        if len(sending.mails) > MOST_PATCHES:
            return "not checked", f"more than {MOST_PATCHES} mails"
        if self._plan.is_old(sending.sent, ledger.seen(sending.key)):
            return "not checked", "it was sent before this watch began"
        if sending is not newest:
            return "not checked", f"v{newest.version} is there"
        return "waiting", "a newer version is coming in"

    def _version(self, ledger: Ledger, which: tuple[Sending, Sending], job: Job | None,
                 before: Job | None) -> site.Version:
        sending, newest = which
        if job is not None and job.key in self._known:
            return self._known[job.key]
        row = site.Version(
            sending.version, sending.total, sending.title, sending.sender, sending.message_id,
            site.stamp(sending.sent), "", key=sending.key)
        if job is None:
            state, why = self._unchecked(ledger, sending, newest)
            return replace(row, state=state, words=why)
        ended = job.state == DONE
        report = report_of(self._plan.folder(job.key)) if ended else None
        old = report_of(self._plan.folder(before.key)) if report and before else None
        row = replace(
            row, state=job.state, words=job.words, verdict=job.verdict if ended else "",
            errors=job.errors, warnings=job.warnings, tree=job.tree, ended=job.ended,
            report=site.write_report(self._place, job.key, report) if report else "",
            changed=site.changed(old, report) if report else ())
        if report is not None:
            self._bases[job.key] = health.seen(plain(job.tree), job.ended, report)
        if ended:
            self._known[job.key] = row
        return row
