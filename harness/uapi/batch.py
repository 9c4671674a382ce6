# SPDX-License-Identifier: GPL-2.0-or-later
"""Many compilations in one sandbox: starting one takes longer than compiling most headers.

What asks for compilations one after the other is a generator of batches (``Steps``); several of
them go on together, and what all of them ask next is one batch (``drive``).
"""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from harness.errors import DeadlineError, ToolMissingError
from harness.system import proc
from harness.system.sandbox import plain

if TYPE_CHECKING:
    from harness.uapi.compiler import Compiler

_SAID = re.compile(r"^([^:\n]+):(\d+):(?:\d+:)? (warning|error|fatal error|note): (.*)$",
                   re.MULTILINE)
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


# In a folder each; the shell waits for one after the other, and notes how each ended. What runs
# away is no reason to wait for the others.
_ONE = ("(cd {folder} && exec timeout -s KILL {seconds:.0f} {words} t.c >out 2>err); code=$?; "
        "echo $code >{folder}/rc; case $code in 124|137) exit 0;; esac\n")
_KILLED = {124, 137}
MOST_SAID = 64 << 20  # bytes of one compiler's output that are read


def run_all(jobs: Sequence[Job]) -> list[CompileResult]:
    """Compile many sources in one sandbox: starting one takes longer than most headers do.

    Raises ``DeadlineError`` when one of them makes the compiler run away, ``ToolMissingError``
    when a compiler is not there.
    """
    for program in {j.compiler.program for j in jobs}:
        if shutil.which(program) is None:
            raise ToolMissingError(program, needed_for="checking the UAPI",
                                   package="gcc libc6-dev")
    if not jobs:
        return []
    box = jobs[0].compiler.sandbox
    sides = {d: f"/side{n}/headers" for n, d in enumerate(
        dict.fromkeys(j.compiler.headers for j in jobs))}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        script = ""
        for number, job in enumerate(jobs):
            (work / str(number)).mkdir()
            (work / str(number) / "t.c").write_bytes(
                job.source.encode("utf-8", "surrogateescape"))
            words = job.compiler.argv(box.path(job.compiler.headers, sides[job.compiler.headers]),
                                      *job.extra)
            script += _ONE.format(folder=number, seconds=SECONDS, words=shlex.join(words))
        (work / "jobs.sh").write_text(script)
        for folder in work.iterdir():
            box.grant(rw=[folder])
        done = box.run(["sh", "jobs.sh"], ro=sides, rw={work: "/out"},
                       inside={"chdir": box.path(work, "/out"), "memory": MEMORY,
                               "file_size": 256 << 20},
                       ok=None, timeout=SECONDS * (len(jobs) + 1),
                       cwd=None if box.enabled else work)
        proc.check(done, (0,), name="sh")
        return [_result(work / str(n), job) for n, job in enumerate(jobs)]


def _result(folder: Path, job: Job) -> CompileResult:
    """How one of many ended."""
    code = int(_read(folder, "rc").strip() or 1)
    if code in _KILLED:
        raise DeadlineError(f"{job.compiler.program}: no end after {SECONDS:.0f} s")
    if job.keep is not None and (folder / "t.o").is_file():
        shutil.copy(plain(folder, "t.o"), job.keep)
    errors = _read(folder, "err")
    return CompileResult(code == 0, spoken(errors), _read(folder, "out"),
                         frozenset(map(int, _THROUGH.findall(errors))))


def spoken(text: str) -> tuple[Said, ...]:
    """The diagnostics of gcc or clang."""
    said: list[Said] = []
    for file, line, grade, words in _SAID.findall(text):
        name = Path(file).name
        if grade != "note":
            said.append(Said(name, int(line), grade, words, int(line) if name == "t.c" else 0))
        elif said and not said[-1].source and name == "t.c":
            said[-1] = replace(said[-1], source=int(line))
    return tuple(said)


def _read(folder: Path, name: str) -> str:
    with plain(folder, name).open("rb") as handle:
        return handle.read(MOST_SAID).decode("utf-8", "replace")


T = TypeVar("T")
Steps = Generator["list[Job]", "list[CompileResult]", T]


def drive(*steps: Steps[T]) -> list[T]:
    """Let generators of batches go on together; returns what each returns.

    Raises what ``run_all`` raises.
    """
    answers: dict[int, T] = {}
    waiting: dict[int, list[Job]] = {}

    def go_on(number: int, done: list[CompileResult] | None) -> None:
        try:
            waiting[number] = next(steps[number]) if done is None else steps[number].send(done)
        except StopIteration as end:
            answers[number] = end.value

    for number in range(len(steps)):
        go_on(number, None)
    while waiting:
        asked, rows = list(waiting.items()), [j for jobs in waiting.values() for j in jobs]
        waiting.clear()
        done = run_all(rows)
        for number, jobs in asked:
            part, done = done[:len(jobs)], done[len(jobs):]
            go_on(number, part)
    return [answers[n] for n in range(len(steps))]


ROUNDS = 8  # of leaving out what does not compile, before halves are asked
Lines = dict[str, str]


def surviving(compiler: Compiler, head: str, lines: Mapping[str, str], *flags: str,
              keep: Path | None = None, first: CompileResult | None = None,
              ) -> Steps[tuple[Lines, Lines]]:
    """Find which of many one-line declarations compile.

    ``lines`` maps a name to one line of C. Returns (good lines, name -> first
    error). gcc is asked again without the bad lines until it is content, as some errors hide
    others: of an undeclared name it speaks once. Where that takes too long, halves are asked.
    ``keep`` is where the object of the good lines goes; ``first`` what was said of all of them,
    where that is known already.
    """
    ask = _Ask(compiler, head, (*(("-c", "-o", "t.o") if keep else ("-fsyntax-only",)), "-w",
                                *flags), keep)
    good, bad, content = yield from _without_the_wrong(ask, dict(lines), first)
    if content:
        return good, bad
    (alone,) = yield [Job(compiler, head, ("-fsyntax-only", "-w", *flags))]
    if not alone.ok:
        return {}, bad | dict.fromkeys(good, _SOMEHOW)
    kept, parts = Lines(), [good]
    while parts:
        part = parts.pop()
        good, wrong, content = yield from _without_the_wrong(ask, part)
        bad |= wrong
        if content:
            kept |= good
        elif len(part) == 1:
            bad |= dict.fromkeys(good, _SOMEHOW)
        else:
            rows = list(good.items())
            middle = (len(rows) + 1) // 2
            parts += [dict(half) for half in (rows[middle:], rows[:middle]) if half]
    if keep is not None:
        yield [ask.job(kept)]
    return kept, bad


_SOMEHOW = "does not compile"


@dataclass(frozen=True, slots=True)
class _Ask:
    """What every round of ``surviving`` has in common."""

    compiler: Compiler
    head: str
    flags: tuple[str, ...]
    keep: Path | None

    def job(self, lines: Lines) -> Job:
        return Job(self.compiler, self.head + "".join(f"{line}\n" for line in lines.values()),
                   self.flags, self.keep)


def _without_the_wrong(ask: _Ask, good: Lines, done: CompileResult | None = None,
                       ) -> Steps[tuple[Lines, Lines, bool]]:
    """Drop the lines that gcc names; returns the rest, those dropped, and if gcc is content."""
    bad = Lines()
    start = ask.head.count("\n") + 1
    for _ in range(ROUNDS):
        names = list(good)
        if done is None:
            (done,) = yield [ask.job(good)]
        if done.ok:
            return good, bad, True
        wrong: Lines = {}
        for said in done.said:
            index = said.source - start
            if said.grade != "warning" and 0 <= index < len(names):
                wrong.setdefault(names[index], said.text)
        if not wrong:  # the error is in another file: inside a macro
            break
        bad |= wrong
        good, done = {n: line for n, line in good.items() if n not in wrong}, None
    return good, bad, False
