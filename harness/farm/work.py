# SPDX-License-Identifier: GPL-2.0-or-later
"""A job on a worker: JSON in, JSON out. What was done here is not done twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.clean import one_line
from harness.errors import HarnessError
from harness.farm import jobs, wire
from harness.farm.engine import bug
from harness.farm.jobs import Result
from harness.system import files

_MOST_KEPT = 1000  # answers


@dataclass(frozen=True, slots=True)
class Home:
    """Where a worker keeps its own: jobs in work, and answers."""

    place: Path
    extra: tuple[str, ...] = ()

    def answer(self, key: str) -> Path:
        """Where the answer of a job is kept."""
        return self.place / "answers" / f"{key}.json"


def work(text: str, home: Home, stop_when: Callable[[], str]) -> str:
    """Do a job that ``wire.job`` wrote, and return what ``wire.answer`` does; raises nothing."""
    try:
        spec, mails = wire.read_job(text)
        kept = home.answer(spec.key)
        if kept.is_file() and wire.whole(said := kept.read_text("utf-8", "replace")):
            return said
        folder = home.place / "jobs" / spec.key
        try:
            jobs.prepare(folder, mails)
            result = jobs.perform(spec, folder, home.extra, stop_when)
            said = wire.answer(result, folder)
            if not result.again and not result.stopped:
                _keep(kept, said)
            return said
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except (HarnessError, OSError) as error:
        return wire.answer(Result(5, "infrastructure", one_line(str(error), 300), again=True))
    except Exception as error:  # noqa: BLE001  (whatever it is: the driver wants to know)
        return wire.answer(Result(70, "infrastructure", bug(error), again=True))


def _keep(path: Path, text: str) -> None:
    """Keep an answer, whole, beside the newest others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, text)
    rows = sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime)
    for old in rows[:-_MOST_KEPT]:
        old.unlink(missing_ok=True)
