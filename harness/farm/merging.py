# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of a matrix that other machines did, brought together; they are not believed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.clean import one_line
from harness.farm.engine import Folders
from harness.farm.jobs import Spec
from harness.farm.ledger import DONE, ELSEWHERE, GIVEN_UP, Job, Ledger
from harness.farm.matrix import title
from harness.model import Verdict


def merge(target: Ledger, sources: Sequence[tuple[Ledger, Path]], folder: Folders) -> list[str]:
    """Bring the results of several parts together; returns where two of them differ."""
    differ = []
    for source, place in sources:
        target.copy(source)
        rows = [j for j in map(_sound, source.jobs()) if j is not None]
        target.queue_all([(j.key, j.series, j.spec, ELSEWHERE) for j in rows], 0.0)
        for job in rows:
            known = target.job(job.key)
            if known.state == DONE:
                if job.state == DONE and job.verdict != known.verdict:
                    differ.append(f"{title(target, job)}: {known.verdict} and {job.verdict}")
                continue
            if _weight(job) <= _weight(known):
                continue
            target.replace(job)
            if job.state == DONE and (place / job.key).is_dir():
                shutil.rmtree(folder(job.key), ignore_errors=True)
                shutil.copytree(place / job.key, folder(job.key), ignore=_links)
    return differ


def _sound(job: Job) -> Job | None:
    """A row of another machine's file as far as it can be believed; None where it is none."""
    try:
        spec = Spec.of(job.spec)
        whole = job.key == spec.key and job.series == spec.series
        Verdict(job.verdict if job.state == DONE else Verdict.PASS)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return replace(job, words=one_line(job.words, 300), tree=one_line(job.tree, 100),
                   told="") if whole else None


def _links(folder: str, names: list[str]) -> list[str]:
    """What is not taken over: nothing here leads elsewhere."""
    return [n for n in names if (Path(folder) / n).is_symlink()]


def _weight(job: Job) -> int:
    """How much is known: nothing, that it was given up, a verdict."""
    return {DONE: 2, GIVEN_UP: 1}.get(job.state, 0)

