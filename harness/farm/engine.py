# SPDX-License-Identifier: GPL-2.0-or-later
"""Who does the jobs: threads of this process here, or the workers of a cluster (cluster.py)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Protocol

from harness.clean import one_line
from harness.evidence import plural
from harness.farm import jobs
from harness.farm.jobs import Result, Spec

Folders = Callable[[str], Path]  # where a job has its files, by its key


class Engine(Protocol):
    """Does jobs whose mails lie in their folders, and puts there what they leave behind."""

    @property
    def free(self) -> int:
        """How many more jobs it takes now."""

    @property
    def working(self) -> Collection[str]:
        """The keys of the jobs that it has."""

    @property
    def words(self) -> str:
        """Who does the jobs, for a page."""

    def begin(self, key: str, spec: Spec) -> None:
        """Take a job."""

    def stop(self, key: str) -> None:
        """End one that nobody needs any more."""

    def done(self, seconds: float) -> list[tuple[str, Result]]:
        """Wait so long at most for jobs that end; returns those that have."""

    def close(self) -> None:
        """End everything."""


class Pool:
    """Threads that wait for a process each."""

    def __init__(self, folder: Folders, workers: int, extra: tuple[str, ...] = ()) -> None:
        self._folder, self._workers, self._extra = folder, workers, extra
        self._pool = ThreadPoolExecutor(workers)
        self._stop: dict[str, threading.Event] = {}
        self._jobs: dict[Future[Result], str] = {}

    @property
    def free(self) -> int:
        """How many more jobs can begin."""
        return self._workers - len(self._jobs)

    @property
    def working(self) -> Collection[str]:
        """The keys of the jobs that are being done."""
        return self._jobs.values()

    @property
    def words(self) -> str:
        """How many jobs there are at a time."""
        return f"{len(self._jobs)} of {plural(self._workers, 'job')} at a time, on one machine"

    def begin(self, key: str, spec: Spec) -> None:
        """Let a thread do a job."""
        stop = self._stop[key] = threading.Event()
        self._jobs[self._pool.submit(
            jobs.perform, spec, self._folder(key), self._extra,
            lambda: "nobody needs it any more" if stop.is_set() else "")] = key

    def stop(self, key: str) -> None:
        """End a job."""
        if key in self._stop:
            self._stop[key].set()

    def done(self, seconds: float) -> list[tuple[str, Result]]:
        """Wait for jobs that end; returns those that have."""
        if not self._jobs:
            return []
        ended, _ = wait(self._jobs, seconds, FIRST_COMPLETED)
        return [(self._forget(f), _outcome(f)) for f in ended]

    def _forget(self, ended: Future[Result]) -> str:
        key = self._jobs.pop(ended)
        del self._stop[key]
        return key

    def close(self) -> None:
        """End the jobs, and wait for the threads that wait for them."""
        for stop in self._stop.values():
            stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _outcome(ended: Future[Result]) -> Result:
    error = ended.exception()
    if isinstance(error, Exception):
        return Result(70, "infrastructure", bug(error), again=True)
    return ended.result()


def bug(error: Exception) -> str:
    """What is said of a bug of ours."""
    return f"a bug in harness, please report it: {type(error).__name__}: {one_line(str(error))}"
