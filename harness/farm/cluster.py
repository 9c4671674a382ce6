# SPDX-License-Identifier: GPL-2.0-or-later
"""The workers behind a dask scheduler as an engine; talks to ``bridge`` in lines of JSON.

A scheduler or bridge that goes takes nothing with it: its jobs are queued again, and it is asked
again after a pause.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from harness.clean import decode, one_line
from harness.errors import InputRefusedError
from harness.farm import jobs, wire, worker
from harness.farm.engine import Folders
from harness.farm.jobs import Result, Spec
from harness.system import sandbox
from harness.system.talk import Talk

_AGAIN = 10.0  # seconds before a scheduler that is not there is asked again
_AHEAD = 2  # jobs for each slot: the next one lies there when one ends
_STOPPED = Result(130, "interrupted", "", stopped=True)
Say = Callable[[str], None]


class Cluster:
    """An ``Engine``; ``address`` is tcp://HOST:PORT or tls://HOST:PORT."""

    def __init__(self, address: str, folder: Folders, say: Say, tls: str = "") -> None:
        self._argv = [sys.executable, "-m", "harness.farm.bridge", address, tls]
        self._address, self._folder, self._say = address, folder, say
        self._jobs: set[str] = set()
        self._bridge: Talk | None = None
        self._refused: list[tuple[str, Result]] = []
        self._slots = 0
        self._tried = float("-inf")
        self._strangers: frozenset[str] = frozenset()

    @property
    def free(self) -> int:
        """How many more jobs it takes now; none while there is no scheduler."""
        self._connect()
        return max(0, self._slots * _AHEAD - len(self._jobs))

    @property
    def working(self) -> Collection[str]:
        """The keys of the jobs that it has."""
        return self._jobs

    def _connect(self) -> None:
        if self._bridge is not None or time.monotonic() - self._tried < _AGAIN:
            return
        self._tried = time.monotonic()
        self._bridge = Talk(sandbox.reading_only(self._argv), wire.MOST + 1000)

    def _tell(self, words: dict[str, Any]) -> None:
        if self._bridge is not None:
            self._bridge.say(json.dumps(words).encode())

    def begin(self, key: str, spec: Spec) -> None:
        """Hand a job on."""
        self._jobs.add(key)
        mails = [p.read_bytes() for p in sorted((self._folder(key) / jobs.PATCHES).iterdir())]
        try:
            text = wire.job(spec, mails)
        except InputRefusedError as error:
            self._refused.append((key, Result(3, "refused", error.message)))
            return
        self._tell({"begin": key, "job": text, "needs": worker.needs(spec.level, spec.arches)})

    def stop(self, key: str) -> None:
        """End a job."""
        if key in self._jobs:
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
            if line is None:
                if found or time.monotonic() >= until:
                    break
                continue
            found += self._understood(line) if line else self._gone()
        return found

    def _understood(self, line: bytes) -> list[tuple[str, Result]]:
        """What a line of the bridge says of a job; one that says nothing ends the bridge."""
        try:
            words = json.loads(line)
            if "slots" in words:
                self._slots = int(words["slots"])
                self._name(frozenset(map(str, words["strangers"])))
                return []
            word = next(w for w in ("done", "killed", "stopped") if w in words)
            if words[word] not in self._jobs:
                return []
            key = str(words[word])
            result = _STOPPED
            if word == "done":
                result = wire.read_answer(words["answer"], self._folder(key))
            elif word == "killed":
                result = Result(5, jobs.KILLED, "its worker died", again=True)
        except (ValueError, KeyError, TypeError, StopIteration, InputRefusedError):
            return self._gone()
        self._jobs.discard(key)
        return [(key, result)]

    def _name(self, strangers: frozenset[str]) -> None:
        for name in sorted(strangers - self._strangers)[:20]:
            self._say(f"worker {one_line(name, 100)}: gets nothing, this is {worker.VERSION}")
        self._strangers = strangers

    def _gone(self) -> list[tuple[str, Result]]:
        """The bridge has ended, or said what it cannot say: all its jobs are to be done again."""
        last = self._bridge.end() if self._bridge is not None else b""
        why = one_line(decode(last).strip()[-300:], 300)
        self._say(f"{self._address}: {why or 'no connection'}; it is asked again")
        self._bridge, self._slots = None, 0
        lost, self._jobs = self._jobs, set()
        return [(key, _STOPPED) for key in sorted(lost)]

    def close(self) -> None:
        """Let go of all jobs: the workers end them."""
        if self._bridge is not None:
            self._bridge.end()
            self._bridge = None


def folder_of(text: str) -> str:
    """The folder of TLS as the bridge gets it."""
    return str(Path(text).expanduser().resolve()) if text else ""
