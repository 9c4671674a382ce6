# SPDX-License-Identifier: GPL-2.0-or-later
"""Which jobs may begin: a head of a tree is looked at before a series is judged on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from harness.clean import one_line
from harness.errors import HarnessError
from harness.farm import bases, health, jobs
from harness.farm.bases import ASKED, BAD, GOOD, RUNNING, UNKNOWN, Bases, Head, Ready
from harness.farm.engine import Engine, Folders
from harness.farm.jobs import Result, Spec
from harness.model import Report, Say

MOST_TRIES = 5
_PAUSE = 60.0  # seconds before one is tried again: four times as long each
_STAGES = {"build-base": "does not build", "boot-base": "does not boot"}


class Gate:
    """Keeps what is known of the heads up to date, and says on what a series is judged.

    ``head_of`` gives the commit of a tree, or raises a ``HarnessError``.
    """

    def __init__(self, known: Bases, trees: Iterable[str], head_of: Callable[[str], str],
                 say: Say) -> None:
        self.bases, self._trees = known, tuple(trees)
        self._head_of, self._say = head_of, say
        self._heads: dict[str, str] = {}
        self._notes: dict[str, str] = {}
        known.recover()

    def look(self, now: float) -> None:
        """Ask where the trees are. One that cannot be asked is where it was."""
        for tree in self._trees:
            try:
                self._heads[tree] = self._head_of(tree)
            except (HarnessError, OSError) as error:
                self._say(f"{tree}: cannot be asked now: {one_line(str(error), 200)}")
        for head in self.bases.see(self._heads, now):
            self._say(f"{head.tree} is at {head.head[:12]}: it is looked at before series are")

    def begin(self, folder: Folders, engine: Engine, now: float) -> int:
        """Begin to look at heads, as many as there is room for; returns how many."""
        asked = self.bases.asked(now, engine.free)
        for head in asked:
            jobs.prepare(folder(head.key), ())
            self.bases.set(head.key, state=RUNNING, tries=head.tries + 1)
            engine.begin(head.key, head.spec)
        return len(asked)

    def ready(self, key: str, spec: Spec) -> Ready:
        """What a job is done on, or why it waits."""
        if spec.level != "check":
            return Ready(spec)
        found = bases.ready(spec, self._heads, self.bases)
        self._notes[key] = found.words
        return found

    def ended(self, key: str, result: Result) -> Result:
        """How a job of a series ended, with what is to be said of its base."""
        note = self._notes.pop(key, "")
        return replace(result, words="; ".join(filter(None, (result.words, note))))

    def keep(self, tree: str, report: Report | None, now: float) -> None:
        """Add what a check of a series saw of its base to the record of the tests."""
        seen = health.seen(bases.plain(tree), now, report) if report is not None else None
        if seen is not None:
            self.bases.keep(seen)

    def finish(self, key: str, result: Result, report: Report | None, now: float) -> bool:
        """Keep what is known of a head now; whether the job was about one."""
        head = self.bases.head(key)
        if head is None:
            return False
        if result.stopped:
            self.bases.set(key, state=ASKED, tries=max(0, head.tries - 1))
            return True
        self._judged(head, result, report, now)
        if (now_is := self.bases.head(key)) is not None:
            self._say(f"{head.tree} at {head.head[:12]}: {now_is.state}"
                      f"{', ' + now_is.words if now_is.words else ''}")
        return True

    def _judged(self, head: Head, result: Result, report: Report | None, now: float) -> None:
        seen = None if report is None else health.seen(head.tree, now, report)
        if seen is not None and seen.builds and seen.boots:
            self.bases.set(head.key, state=GOOD, words="", at=now)
            return
        its_own = _why(report)
        why = its_own or one_line(result.words, 200)
        if its_own and its_own == head.words:  # the same twice is no accident
            self.bases.set(head.key, state=BAD, at=now)
        elif head.tries < MOST_TRIES:
            pause = 0.0 if its_own else _PAUSE * 4 ** (head.tries - 1)
            self.bases.set(head.key, state=ASKED, words=why, after=now + pause)
        else:
            self.bases.set(head.key, state=UNKNOWN, words=why, at=now)


def _why(report: Report | None) -> str:
    """Which of building and booting went wrong, and how; "" where neither did."""
    if report is None or not report.ended:
        return ""
    return next((f"{_STAGES[s.name]}: {one_line(s.reason, 150)}" for s in report.stages
                 if s.name in _STAGES and s.reason == report.ended), "")
