# SPDX-License-Identifier: GPL-2.0-or-later
"""A ledger, a maildir, and jobs that are done by nobody."""

import pytest

from harness.farm import jobs, turns, watch
from harness.farm.engine import Pool
from harness.farm.ledger import HINT, NAME, STEPS, Ledger
from harness.report import json_
from harness.system import database
from tests import make


class List:
    """A maildir to which mails come, the ledger of who watches it, and what jobs answer.

    ``answers`` maps a title to a report or a ``Result``; ``done`` has the titles of the series
    that were checked, in their order.
    """

    def __init__(self, place, ledger):
        self.place, self.ledger = place / "md", ledger
        for sub in ("new", "cur", "tmp"):
            (self.place / sub).mkdir(parents=True)
        self.plan = watch.Plan(place / "state", (self.place,))
        self.answers, self.done, self.said, self.now, self.count = {}, [], [], 1e9, 0
        self.specs = {}  # by title, as they were begun

    def come(self, *mails):
        """Let mails come."""
        for data in mails:
            self.count += 1
            (self.place / "new" / f"{self.count:04d}").write_bytes(data)

    def perform(self, spec, folder, extra=(), stop_when=None):
        """Answer a job as ``jobs.perform`` does."""
        title = self.ledger_title(spec.series) if spec.series else f"head {spec.commits[0]}"
        self.specs[title] = spec
        self.done.append(title)
        answer = self.answers.get(title, make.report())
        if isinstance(answer, jobs.Result):
            return answer
        (folder / jobs.RUN).mkdir(parents=True, exist_ok=True)
        (folder / jobs.RUN / json_.NAME).write_text(json_.render(answer))
        return jobs.Result(0 if answer.verdict.value == "pass" else 1, answer.verdict.value, "said",
                           tree="".join(spec.trees[:1]))

    def engine(self):
        """Who does the jobs."""
        return Pool(self.plan.folder, 1)

    def ledger_title(self, key):
        """The title and version of a series; asked by the threads of jobs."""
        return self.titles[key]


@pytest.fixture
def lists(tmp_path, monkeypatch):
    with database.opened(tmp_path / NAME, STEPS, HINT) as file:
        made = List(tmp_path, Ledger(file))
        made.file = file
        begin = turns.begin

        def remembers(ledger, *args):
            made.titles = {s.key: f"v{s.version} {s.title}" for s in ledger.sendings()}
            return begin(ledger, *args)
        monkeypatch.setattr(turns, "begin", remembers)
        monkeypatch.setattr(jobs, "perform", made.perform)
        yield made


