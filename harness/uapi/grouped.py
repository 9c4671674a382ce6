# SPDX-License-Identifier: GPL-2.0-or-later
"""Many headers in one source: what compiles together in a dialect compiles there alone.

So a few compilations say of most headers that no dialect and no header of the C library is in
their way. Of a group that fails halves are asked; whoever is left is looked at by itself, and
compared with the base.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from harness.errors import DeadlineError
from harness.uapi import dialects, environments, exporting
from harness.uapi.batch import CompileResult, Job
from harness.uapi.compiler import Compiler
from harness.uapi.headers import including
from harness.uapi.sides import Sides
from harness.uapi.steps import Steps, drive

GROUP = 12  # headers in one source
FEW = 3  # below that each is asked by itself


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of a group: the source for its lines, and whether an answer is content."""

    name: str
    job: Callable[[Compiler, str], Job]
    content: Callable[[CompileResult], bool]


def content(sides: Sides, headers: Sequence[str], pool: Executor) -> dict[str, frozenset[str]]:
    """For each header the names of the questions to which its new version is known to compile."""
    if len(headers) < FEW or sides.abis[0].program != "gcc":
        return {}
    compiler = sides.pair(sides.abis[0])[1]
    # Beside the C library most need not be asked, once it is known how they differ.
    old, new = ([h for h in headers if (h in sides.before) is there] for there in (True, False))
    groups = [(rows[n:n + GROUP], _questions(beside=rows is new))
              for rows in (old, new) for n in range(0, len(rows), GROUP)]
    return {h: frozenset(names) for found in pool.map(
        lambda group: _known(compiler, *group), groups) for h, names in found.items()}


def _known(compiler: Compiler, group: Sequence[str], asked: Sequence[_Question],
           ) -> dict[str, set[str]]:
    """The questions that the headers of a group stand."""
    found: dict[str, set[str]] = {h: set() for h in group}
    try:
        rows = drive(*(_content(compiler, question, group) for question in asked))
    except DeadlineError:  # one of them makes the compiler run away
        middle = len(group) // 2
        return {h: names for half in (group[:middle], group[middle:]) if middle > 0
                for h, names in _known(compiler, half, asked).items()}
    for question, good in zip(asked, rows, strict=True):
        for header in good:
            found[header].add(question.name)
    return found


def _questions(*, beside: bool) -> list[_Question]:
    """Those about dialects; ``beside``: also those about the headers of the C library."""
    def in_dialect(dialect: dialects.Dialect) -> Callable[[Compiler, str], Job]:
        return lambda compiler, lines: Job(dialect.use(compiler), lines, _SYNTAX)
    return [*(_Question(d.name, in_dialect(d), _compiles)
              for d in (dialects.FIRST, *dialects.there())),
            _Question(exporting.AS_C90, lambda c, lines: Job(c, lines, exporting.C90), _compiles),
            # each has its guard
            _Question(dialects.TWICE, lambda c, lines: Job(c, lines * 2, _SYNTAX), _compiles),
            *(_Question(name, job, environments.content)
              for name, job in environments.questions().items() if beside)]


_SYNTAX = ("-fsyntax-only", "-w")


def _compiles(done: CompileResult) -> bool:
    return done.ok


def _content(compiler: Compiler, question: _Question, headers: Sequence[str],
             ) -> Steps[list[str]]:
    """Those of a group that compile."""
    found: list[str] = []
    todo = [list(headers)]
    while todo:
        group = todo.pop()
        job = question.job(compiler, including(group))
        (done,) = yield [job]
        wrong = frozenset() if question.content(done) else _wrong(job, done, group)
        rest = [h for n, h in enumerate(group) if n not in wrong]
        if not wrong:
            found += group
        elif rest and len(rest) < len(group):
            todo.append(rest)
        elif len(group) > 1:
            middle = len(group) // 2
            todo += [group[:middle], group[middle:]]
    return found


def _wrong(job: Job, done: CompileResult, group: Sequence[str]) -> frozenset[int]:
    """Which headers of a group errors lead through; all of them where nobody can tell."""
    everywhere = frozenset(range(len(group)))
    start = job.source.count("\n", 0, job.source.index(including(group)))
    found = {(n - start - 1) % len(group) for n in done.through if n > start}
    return frozenset(found) & everywhere or everywhere
