# SPDX-License-Identifier: GPL-2.0-or-later
"""Many headers in one source: what compiles together in a dialect compiles there alone.

So a few compilations say of most headers that no dialect and no header of the C library is in
their way. Of a group that fails halves are asked; whoever is left is looked at by itself, and
compared with the base.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor

from harness.errors import DeadlineError
from harness.uapi import batch, dialects, environments, exporting
from harness.uapi.batch import Job
from harness.uapi.compiler import Compiler
from harness.uapi.headers import including
from harness.uapi.sides import Sides

GROUP = 12  # headers in one source
FEW = 3  # below that each is asked by itself


def quiet(sides: Sides, headers: Sequence[str], pool: Executor) -> frozenset[str]:
    """The headers of which every dialect and environment is content with the new version."""
    if len(headers) < FEW or sides.abis[0].program != "gcc":
        return frozenset()
    compiler = sides.pair(sides.abis[0])[1]
    groups = [headers[n:n + GROUP] for n in range(0, len(headers), GROUP)]
    return frozenset(h for found in pool.map(lambda g: _content(compiler, g), groups)
                     for h in found)


def _content(compiler: Compiler, headers: Sequence[str]) -> Iterable[str]:
    """Those of a group that compile everywhere."""
    found: list[str] = []
    todo = [list(headers)]
    while todo:
        group = todo.pop()
        wrong = _wrong(compiler, group)
        rest = [h for n, h in enumerate(group) if n not in wrong]
        if not wrong:
            found += group
        elif rest and len(rest) < len(group):
            todo.append(rest)
        elif len(group) > 1:
            middle = len(group) // 2
            todo += [group[:middle], group[middle:]]
    return found


def _wrong(compiler: Compiler, group: Sequence[str]) -> frozenset[int]:
    """Which headers of a group errors lead through; all of them where nobody can tell."""
    lines = including(group)
    jobs = [Job(d.use(compiler), lines, ("-fsyntax-only", "-w"))
            for d in (dialects.FIRST, *dialects.there())]
    jobs.append(Job(compiler, lines, exporting.C90))
    jobs.append(Job(compiler, lines * 2, ("-fsyntax-only", "-w")))  # each has its guard
    beside = environments.jobs(compiler, lines)
    everywhere = frozenset(range(len(group)))
    try:
        done = batch.run_all([*jobs, *beside])
    except DeadlineError:
        return everywhere
    bad = [not one.ok for one in done[:len(jobs)]] + [
        not environments.content(one) for one in done[len(jobs):]]
    if not any(bad):
        return frozenset()
    starts = [*(0 for _ in jobs), *(j.source.count("\n", 0, j.source.index(lines)) for j in beside)]
    found = {(n - start - 1) % len(group) for one, start, wrong in zip(
        done, starts, bad, strict=True) if wrong for n in one.through if n > start}
    return frozenset(found) & everywhere or everywhere
