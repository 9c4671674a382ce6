# SPDX-License-Identifier: GPL-2.0-or-later
"""What comes of a verdict: a draft, the pages, what others are told. Each once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.clean import one_line
from harness.errors import HarnessError
from harness.farm import jobs, outbox, watch
from harness.farm.ledger import DONE, Job, Ledger
from harness.farm.watch import Plan
from harness.model import Report, Say


@dataclass(frozen=True, slots=True)
class Telling:
    """How verdicts go out: drafts of which weight, and what is called with what has changed.

    ``send`` is given each new draft, once, where the user wants that.
    ``publish`` is called with the ledger and who does the jobs; ``post`` with each verdict once:
    the names of the series' mails, and the report; ``keep_room`` as often as the sources are asked,
    with the keys of the jobs that are at work.
    """

    policy: str = "error"
    send: Callable[[Path], None] | None = None
    publish: Callable[[Ledger, str], None] = lambda *_: None
    post: Callable[[tuple[str, ...], Report], None] = lambda *_: None
    keep_room: Callable[[frozenset[str], float], None] = lambda *_: None


def publish(ledger: Ledger, engine: str, telling: Telling, say: Say) -> None:
    """Write the pages; that they cannot be written stops no check."""
    try:
        telling.publish(ledger, engine)
    except OSError as error:
        say(f"the pages cannot be written now: {one_line(str(error), 200)}")


def title_of(ledger: Ledger, job: Job) -> str:
    """The version and title of a job's series."""
    sending = ledger.sending(job.series)
    return one_line(f"v{sending.version} {sending.title}", 100)


def tell_all(ledger: Ledger, plan: Plan, telling: Telling, say: Say) -> None:
    """What was found and not told when the last process ended."""
    for job in ledger.jobs(DONE):
        if not job.told:
            tell(ledger, plan, telling, job, say)


def tell(ledger: Ledger, plan: Plan, telling: Telling, job: Job, say: Say) -> None:
    """Write the draft of what was found, where there is something new to say; once."""
    if job.state != DONE or job.told:
        return
    told: list[str] = []
    draft: Path | None = None
    report = jobs.report_of(plan.folder(job.key))  # none where it was refused: no mail, then
    if report is not None and outbox.wanted(report, telling.policy,
                                            watch.told_before(ledger, job)):
        draft = outbox.write(plan.state / "outbox", job.key, report)
        told = sorted(outbox.ids(report))
        say(f"draft: {draft}")
    ledger.set(job.key, told=json.dumps(told))  # from here on it is not sent a second time
    if report is None:
        return
    try:
        if draft is not None and telling.send is not None:
            telling.send(draft)
    except HarnessError as error:
        say(f"{draft}: not sent: {error.message}")
    try:  # a server that does not take it stops nothing
        telling.post(ledger.sending(job.series).mails, report)
    except HarnessError as error:
        say(f"{title_of(ledger, job)}: its checks were not posted: {error.message}; later: harness "
            f"report {plan.folder(job.key) / jobs.RUN} --to patchwork")
