# SPDX-License-Identifier: GPL-2.0-or-later
"""Build a wrong version, and run on it what may notice it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness import compare
from harness.build import kernel
from harness.clean import one_line
from harness.errors import CommandFailedError, NoBootError
from harness.model import BOOT_TEST, Severity, Status
from harness.prove import static, steps
from harness.prove.baseline import Baseline
from harness.prove.proof import Judged
from harness.prove.ways import Way


def tried(right: Baseline, way: Way, name: str, at: tuple[str, Path],
          seen: dict[str, Judged]) -> Judged:
    """Build a mutant, which is a commit, in a folder, and run on it what a way has."""
    commit, bench = at
    out = right.state.request.out / "mutants" / steps.folder(name)
    out.mkdir(parents=True, exist_ok=True)
    builder = replace(steps.quiet_builder(right.state, out / "log"), target=way.target)
    try:
        image = kernel.variant(builder, right.tree, way.start, commit, bench)
    except CommandFailedError as error:
        return Judged(name, "not-compiled", why=one_line(error.tail, 200))
    digest = steps.digest_of(image)
    if digest == way.digest:
        return Judged(name, "equivalent")
    if digest in seen:
        return replace(seen[digest], why=f"the same code as {seen[digest].name}")
    by, differs = tuple[str, ...](), tuple[str, ...]()
    for run in way.runs:
        try:
            after = run(out, image)
        except NoBootError:
            by = (BOOT_TEST,)  # the right version came up
            break
        ran = {p.name for p in after.outcomes}
        before = replace(way.before, outcomes=tuple(
            p for p in way.before.outcomes if p.name in ran))
        changed = [c for c in compare.changes(before, after) if c.after is not Status.NOT_RUN]
        found = compare.findings(tuple(changed), frozenset())
        by = static.names(found, Severity.ERROR)
        differs += static.names(found, Severity.WARNING, Severity.NOTE)
        if by:
            break
    judged = Judged(name, "caught" if by else "survived", by, tuple(dict.fromkeys(differs)))
    seen[digest] = judged
    return judged
