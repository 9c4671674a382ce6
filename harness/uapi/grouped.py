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
        if _compiles(compiler, group):
            found += group
        elif len(group) > 1:
            middle = len(group) // 2
            todo += [group[:middle], group[middle:]]
    return found


def _compiles(compiler: Compiler, group: Sequence[str]) -> bool:
    lines = "".join(f"#include <{h}>\n" for h in group)
    jobs = [Job(d.use(compiler), lines, ("-fsyntax-only", "-w"))
            for d in (dialects.FIRST, *dialects.there())]
    jobs.append(Job(compiler, lines, exporting.C90))
    jobs += environments.jobs(compiler, lines)
    try:
        return all(done.ok for done in batch.run_all(jobs))
    except DeadlineError:
        return False
