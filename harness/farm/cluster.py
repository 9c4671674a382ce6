# SPDX-License-Identifier: GPL-2.0-or-later
"""The workers behind a dask scheduler as an engine; talks to ``bridge`` in lines of JSON.

A scheduler or bridge that goes takes nothing with it: its jobs are queued again, and it is asked
again after a pause.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import harness
from harness.clean import decode, one_line
from harness.errors import InputRefusedError, UsageError
from harness.evidence import plural
from harness.farm import jobs, wire, worker
from harness.farm.engine import Folders
from harness.farm.jobs import Result, Spec
from harness.model import Say
from harness.system import sandbox
from harness.system.talk import Talk

_AGAIN = 10.0  # seconds before a scheduler that is not there is asked again
_SILENT = 30.0  # seconds without a word of the bridge, which says one every two
_AHEAD = 2  # jobs for each slot: the next one lies there when one ends
_SAID = 20  # sentences of one kind
_MOST_WAITING = 1000  # jobs that lie at the scheduler until a worker comes that can do them
_STOPPED = Result(130, "interrupted", "", stopped=True)
_PARTS = ("ca.pem", "cert.pem", "key.pem")


@dataclass(frozen=True, slots=True)
class Address:
    """tcp://HOST:PORT, or tls://HOST:PORT with the folder of its files."""

    url: str
    tls: str = ""
    sandboxed: bool = True


def address(url: str, tls: str, *, sandboxed: bool = True) -> Address:
    """Look at what was given; raises ``UsageError``."""
    if url.startswith("tls://") != bool(tls):
        raise UsageError(f"{url}: TLS needs both tls://HOST:PORT and --tls DIR")
    if not tls:
        return Address(url, sandboxed=sandboxed)
    place = Path(tls).expanduser().resolve()
    lacking = [n for n in _PARTS if not os.access(place / n, os.R_OK)]
    if lacking:
        raise UsageError(f"--tls {place}: no {', '.join(lacking)} that can be read there")
    return Address(url, str(place), sandboxed)


class Cluster:
    """An ``Engine``. ``say`` hears of trouble alone."""

    def __init__(self, where: Address, folder: Folders, say: Say) -> None:
        self._where, self._folder, self._say = where, folder, say
        self._jobs: set[str] = set()
        self._unwanted: set[str] = set()
        self._bridge: Talk | None = None
        self._refused: list[tuple[str, Result]] = []
        self._slots, self._idle = 0, ""
        self._tried = self._heard = float("-inf")
        self._strangers: frozenset[str] = frozenset()
        self._needs: dict[str, frozenset[str]] = {}
        self._lacking: frozenset[str] = frozenset()
        self._waiting = 0

    @property
    def free(self) -> int:
        """How many more jobs it takes now; none while there is no scheduler."""
        self._connect()
        waiting = min(self._waiting, _MOST_WAITING)  # they keep nobody from a slot
        return max(0, self._slots * _AHEAD - len(self._jobs) + waiting)

    @property
    def working(self) -> Collection[str]:
        """The keys of the jobs that it has."""
        return self._jobs

    @property
    def words(self) -> str:
        """How many slots its workers have, and what none of them has."""
        said = f"{plural(len(self._jobs), 'job')} for {plural(self._slots, 'slot')} of its workers"
        lacking = "; no worker has " + ", ".join(sorted(self._lacking)) if self._lacking else ""
        return one_line(said + lacking, 300) if self._bridge else "the scheduler is not there"

    def _connect(self) -> None:
        if self._bridge is not None or time.monotonic() - self._tried < _AGAIN:
            return
        self._tried = self._heard = time.monotonic()
        own = Path(harness.__file__).resolve().parent.parent
        argv = [sys.executable, "-P", "-m", "harness.farm.bridge", self._where.url, self._where.tls]
        if self._where.sandboxed:
            sandbox.get(enabled=True)  # or it is refused: what a worker sends may run there
            argv = sandbox.reading_only(argv, (own, Path(sys.prefix), Path(sys.executable).parent,
                                               Path(self._where.tls or "/")))
        self._bridge = Talk(argv, 2 * wire.MOST, {"PYTHONPATH": str(own)})

    def _tell(self, words: dict[str, Any]) -> None:
        if self._bridge is not None:
            self._bridge.say(json.dumps(words).encode())

    def begin(self, key: str, spec: Spec) -> None:
        """Hand a job on."""
        self._jobs.add(key)
        self._unwanted.discard(key)
        mails = [p.read_bytes() for p in sorted((self._folder(key) / jobs.PATCHES).iterdir())]
        try:
            text = wire.job(spec, mails)
        except InputRefusedError as error:
            self._refused.append((key, Result(3, "refused", error.message)))
            return
        needs = worker.needs(spec.level, spec.arches)
        self._needs[key] = frozenset(needs)
        self._tell({"begin": key, "job": text, "needs": needs})

    def stop(self, key: str) -> None:
        """End a job."""
        if key in self._jobs:
            self._unwanted.add(key)
            self._tell({"stop": key})

    def done(self, seconds: float) -> list[tuple[str, Result]]:
        """Wait for jobs that end; returns those that have."""
        found, self._refused = self._refused, []
        self._jobs -= {key for key, _ in found}
        if self._bridge is None and not found:
            time.sleep(min(seconds, 1.0))
        until = time.monotonic() + seconds
        while self._bridge is not None:
            line = self._bridge.hear(0.0 if found else until - time.monotonic())
            if line is not None:
                found += self._understood(line) if line else self._gone("")
            elif time.monotonic() - self._heard > _SILENT:
                found += self._gone(f"no word for {_SILENT:.0f} s")
            elif found or time.monotonic() >= until:
                break
        return found

    def _understood(self, line: bytes) -> list[tuple[str, Result]]:
        """What a line of the bridge says of a job; one that says nothing ends the bridge."""
        self._heard = time.monotonic()
        try:
            words = json.loads(line)
            if "slots" in words:
                self._workers(int(words["slots"]), frozenset(map(str, words["strangers"])))
                self._wait([frozenset(map(str, one)) for one in words["have"]])
                return []
            word = next(w for w in ("done", "killed", "stopped") if w in words)
            key = str(words[word])
            answer = str(words.get("answer", ""))
        except (ValueError, KeyError, TypeError, StopIteration, RecursionError, AttributeError):
            return self._gone("it said what cannot be understood")
        if key not in self._jobs:
            return []
        self._jobs.discard(key)
        if word == "killed":
            return [(key, Result(5, jobs.KILLED, "its worker died", again=True))]
        return [(key, self._answer(key, answer) if word == "done" else _STOPPED)]

    def _answer(self, key: str, text: str) -> Result:
        """What a worker says; what it cannot say is its trouble, and counts as a try."""
        try:
            result = wire.read_answer(text, self._folder(key))
        except (InputRefusedError, OSError) as error:
            return Result(5, "infrastructure", one_line(f"a worker's answer: {error}", 200),
                          again=True)
        if result.stopped and key not in self._unwanted:
            return Result(5, "infrastructure", "its worker gave it up", again=True)
        return result

    def _workers(self, slots: int, strangers: frozenset[str]) -> None:
        for name in sorted(strangers - self._strangers)[:_SAID]:
            self._say(f"worker {one_line(name, 100)}: gets nothing, this is {worker.VERSION}")
        self._strangers = strangers
        idle = "" if slots else f"{self._where.url}: no worker is there: harness worker ADDRESS"
        if idle and idle != self._idle:
            self._say(idle)
        self._slots, self._idle = slots, idle

    def _wait(self, have: list[frozenset[str]]) -> None:
        """Say which jobs no worker can take, once for each thing that lacks."""
        self._needs = {key: needs for key, needs in self._needs.items() if key in self._jobs}
        waiting = [needs for needs in self._needs.values()
                   if have and not any(needs <= one for one in have)]
        self._waiting = len(waiting)
        lacking = {word for needs in waiting for word in needs.difference(*have)
                   or ["all of " + ", ".join(sorted(needs - {worker.VERSION}))]}
        for word in sorted(lacking - self._lacking)[:_SAID]:
            number = sum(word in needs or word.startswith("all of") for needs in waiting)
            self._say(f"{self._where.url}: no worker has {one_line(word, 100)} (jobs that wait for "
                      f"it: {number}): start `harness worker` on a machine that has its tools")
        self._lacking = frozenset(lacking)

    def _gone(self, why: str) -> list[tuple[str, Result]]:
        """The bridge has ended, or said what it cannot say: all its jobs are to be done again."""
        last = self._bridge.end() if self._bridge is not None else b""
        said = [t for t in decode(last).splitlines() if t.strip()][-1:]
        why = why or one_line("".join(said), 300) or "no connection"
        self._say(f"{self._where.url}: {why}; it is asked again")
        self._bridge, self._slots = None, 0
        lost, self._jobs = self._jobs, set()
        return [(key, _STOPPED) for key in sorted(lost)]

    def close(self) -> None:
        """Let go of all jobs: the workers end them."""
        if self._bridge is not None:
            self._bridge.end()
            self._bridge = None
