# SPDX-License-Identifier: GPL-2.0-or-later
"""Work that asks for compilations again and again, several pieces of it going on together.

What asks for compilations one after the other is a generator of batches (``Steps``); what
several of them ask next is one batch (``drive``).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from harness.uapi import batch
from harness.uapi.batch import CompileResult, Job
from harness.uapi.compiler import Compiler

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
        done = batch.run_all(rows)
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
    # -w would take back what -Werror= makes an error
    quiet = () if any(f.startswith("-Werror=") for f in flags) else ("-w",)
    ask = _Ask(compiler, head, (*(("-c", "-o", "t.o") if keep else ("-fsyntax-only",)), *quiet,
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


_LOST = "at end of input"
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
        # What a line before it left open: of the last lines nothing is known then.
        wrong = {n: text for n, text in wrong.items() if _LOST not in text} or wrong
        if not wrong:  # the error is in another file: inside a macro
            break
        bad |= wrong
        good, done = {n: line for n, line in good.items() if n not in wrong}, None
    return good, bad, False
