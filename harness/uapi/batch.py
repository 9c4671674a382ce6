# SPDX-License-Identifier: GPL-2.0-or-later
"""Many compilations in one sandbox: starting one takes longer than compiling most headers."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import re
import shutil
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DeadlineError, HarnessError, ToolMissingError
from harness.system import proc, scratch
from harness.system.sandbox import Inside, Sandbox, plain
from harness.uapi import direct

if TYPE_CHECKING:
    from harness.uapi.compiler import Compiler

_SAID = re.compile(r"^([^:\n]+):(\d+):(?:\d+:)? (warning|error|fatal error|note): (.*)$",
                   re.MULTILINE)
# A name of our sources that is like one that a compiler misses helps nobody.
_OURS = re.compile(r"; did you mean \W?harness_\w+\W?\?")
_THROUGH = re.compile(r"\bt\.c:(\d+)")
MEMORY = 2 << 30  # bytes of address space for one compilation
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Said:
    """One diagnostic: the file's base name, line, grade and text.

    ``source`` is the line of the source itself that a note after it names, where it stands in a
    header: "in the definition of".
    """

    file: str
    line: int
    grade: str
    text: str
    source: int = 0

    def __str__(self) -> str:
        """As compilers write it, without the column."""
        return f"{self.file}:{self.line}: {self.text}"

    def line_in(self, header: str) -> int:
        """Its line where it is said of this header; 0 for any other file."""
        return self.line if self.file == header.rpartition("/")[2] else 0


@dataclass(frozen=True, slots=True)
class CompileResult:
    """A compilation: whether it succeeded, what was said, and its output.

    ``through`` are lines of the source that are named at all, as in "included from t.c:7".
    """

    ok: bool
    said: tuple[Said, ...]
    output: str
    through: frozenset[int] = frozenset()

    @property
    def error(self) -> Said | None:
        """The first error, if one was said."""
        return next((s for s in self.said if s.grade != "warning"), None)

    @property
    def why(self) -> str:
        """Why it failed."""
        return str(self.error or "the compiler failed")


@dataclass(frozen=True, slots=True)
class Job:
    """One compilation of many; ``keep`` is where its object file goes."""

    compiler: Compiler
    source: str
    extra: tuple[str, ...] = ()
    keep: Path | None = None


# In a folder each, one after the other, and how each ended. A limit on the processor's time costs
# no further process, as timeout(1) would for each.
_LIMIT = "ulimit -S -t {seconds:.0f}\n"
_ONE = "cd {folder}; {{ {command}; }} >out 2>err; echo $? >rc; cd ..\n"
_KILLED = {128 + signal.SIGKILL, 128 + signal.SIGXCPU}
_ENDED_BY = re.compile(r"^[\w.+-]+: .*signal terminated program", re.MULTILINE)  # gcc of its cc1
MOST_SAID = 64 << 20  # bytes of one compiler's output that are read
_WAIT = 2.0  # seconds for each of many before they are asked request by request


@functools.cache  # asked ten thousand times
def installed(program: str) -> bool:
    """Whether there is such a compiler."""
    return shutil.which(program) is not None


def bounds(box: Sandbox, work: Path) -> Inside:
    """Where a compiler or its program starts in the sandbox, and what it may take."""
    return {"chdir": box.path(work, "/out"), "memory": MEMORY, "file_size": 256 << 20}


def run_all(jobs: Sequence[Job]) -> list[CompileResult]:
    """Compile many sources in one sandbox: starting one takes longer than most headers do.

    What other threads ask for meanwhile is compiled in the same one. Raises ``DeadlineError``
    when one of them makes the compiler run away, ``ToolMissingError`` when a compiler is not
    there.
    """
    for program in {j.compiler.program for j in jobs}:
        if not installed(program):
            raise ToolMissingError(program, needed_for="checking the UAPI",
                                   package="gcc libc6-dev")
    return _GATE.serve(jobs) if jobs else []


class _Request:
    """What one thread asks for, and the answer."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.jobs = jobs
        self.answer: Future[list[CompileResult]] = Future()


class _Gate:
    """As many sandboxes as processors; who has one takes along its part of what all wait for."""

    def __init__(self, free: int) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Request] = []
        self._all = self.free = free

    def serve(self, jobs: Sequence[Job]) -> list[CompileResult]:
        request = _Request(jobs)
        with self._lock:
            self._waiting.append(request)
        self.work()
        return request.answer.result()

    def work(self) -> None:
        """Compile until nobody waits, where a sandbox is free; else who has one will do it."""
        with self._lock:
            if not self.free:
                return
            self.free -= 1
        try:
            while taken := self._take():
                _answer(taken)
        except BaseException as error:  # this thread ends, and nobody may wait for it
            with self._lock:
                left, self._waiting = self._waiting, []
                self.free += 1
            for request in left:
                request.answer.set_exception(error)
            raise

    def _take(self) -> list[_Request]:
        """The next batch; where there is none, the sandbox is free again."""
        with self._lock:
            if not self._waiting:
                self.free += 1
                return []
            box = self._waiting[0].jobs[0].compiler.sandbox
            rows = [r for r in self._waiting if r.jobs[0].compiler.sandbox == box]
            part = max(_WORTH, sum(len(r.jobs) for r in rows) // self._all)
            before = itertools.accumulate((len(r.jobs) for r in rows), initial=0)
            taken = [r for r, jobs in zip(rows, before, strict=False) if jobs < part]
            self._waiting = [r for r in self._waiting if r not in taken]
            return taken


_WORTH = 16  # jobs, of which a sandbox's start is a small part
_GATE = _Gate((os.cpu_count() or 1) + 1)


def _answer(taken: Sequence[_Request]) -> None:
    """Answer all requests; one that fails fails alone."""
    try:
        rows = [j for r in taken for j in r.jobs]
        patience = SECONDS + (_WAIT if len(taken) > 1 else SECONDS) * len(rows)
        with _compiled(rows, patience) as work:
            number = 0
            for request in taken:
                _settle(request, [(work / str(number + n), job)
                                  for n, job in enumerate(request.jobs)])
                number += len(request.jobs)
    except BaseException as error:  # whatever ends this: nobody may wait for ever
        alone = len(taken) == 1 or not isinstance(error, HarnessError)
        for request in taken:
            if request.answer.done():
                continue
            if alone:
                request.answer.set_exception(error)
            else:
                _answer([request])
        if not isinstance(error, Exception):
            raise


def _settle(request: _Request, places: Sequence[tuple[Path, Job]]) -> None:
    try:
        request.answer.set_result([_result(folder, job) for folder, job in places])
    except HarnessError as error:
        request.answer.set_exception(error)


@contextlib.contextmanager
def _compiled(jobs: Sequence[Job], patience: float) -> Iterator[Path]:
    """Compile in one sandbox; the folder with one for each job, gone afterwards."""
    box = jobs[0].compiler.sandbox
    sides = {d: f"/side{n}/headers" for n, d in enumerate(
        dict.fromkeys(j.compiler.headers for j in jobs))}
    with scratch.folder() as name:
        work = Path(name)
        script = _LIMIT.format(seconds=SECONDS)
        for number, job in enumerate(jobs):
            (work / str(number)).mkdir()
            (work / str(number) / "t.c").write_bytes(
                job.source.encode("utf-8", "surrogateescape"))
            headers = box.path(job.compiler.headers, sides[job.compiler.headers])
            argv = job.compiler.argv(headers, *job.extra)
            script += _ONE.format(folder=number, command=direct.commands(tuple(argv), headers))
        (work / "jobs.sh").write_text(script)
        for folder in work.iterdir():
            box.grant(rw=[folder])
        done = box.run(["sh", "jobs.sh"], ro=sides, rw={work: "/out"},
                       inside=bounds(box, work),
                       ok=None, timeout=patience, cwd=None if box.enabled else work)
        proc.check(done, (0,), name="sh")
        yield work


def _result(folder: Path, job: Job) -> CompileResult:
    """How one of many ended."""
    code = int(_read(folder, "rc").strip() or 1)
    errors = _read(folder, "err")
    if code in _KILLED or (code and _ENDED_BY.search(errors)):
        raise DeadlineError(f"{job.compiler.program}: no end after {SECONDS:.0f} s")
    if job.keep is not None and (folder / "t.o").is_file():
        shutil.copy(plain(folder, "t.o"), job.keep)
    return CompileResult(code == 0, spoken(errors), _read(folder, "out"),
                         frozenset(map(int, _THROUGH.findall(errors))))


def spoken(text: str) -> tuple[Said, ...]:
    """The diagnostics of gcc or clang."""
    said: list[Said] = []
    for file, line, grade, words in _SAID.findall(_OURS.sub("", text)):
        name = Path(file).name
        if grade != "note":
            said.append(Said(name, int(line), grade, words, int(line) if name == "t.c" else 0))
        elif said and not said[-1].source and name == "t.c":
            said[-1] = replace(said[-1], source=int(line))
    return tuple(said)


def _read(folder: Path, name: str) -> str:
    with plain(folder, name).open("rb") as handle:
        return handle.read(MOST_SAID).decode("utf-8", "replace")
