# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the tests see a wrong implementation? Each mutant is built, booted and compared.

A mutant is a patch of a directory, or a wrong version of a line that the
series adds (``mutate``). It is caught when a check that the right version
passes finds an error; what is a difference and no failure is listed apart.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from harness import compare
from harness.build import kernel
from harness.clean import one_line
from harness.errors import CommandFailedError, InputRefusedError
from harness.model import Severity, Status
from harness.prove import static, steps
from harness.prove.baseline import Baseline
from harness.prove.mutants import Mutant, commit_of
from harness.prove.proof import Judged


def judge(right: Baseline, mutant: Mutant, bench: Path, seen: dict[str, Judged]) -> Judged:
    """Check one mutant; ``seen`` has what running found about each image, and whose it was."""
    started = time.monotonic()

    def done(status: str, by: tuple[str, ...] = (), differences: tuple[str, ...] = (),
             why: str = "") -> Judged:
        return Judged(mutant.name, status, by, differences, time.monotonic() - started, why,
                      mutant.line)

    try:
        commit = commit_of(right, mutant)
    except InputRefusedError as error:
        return done("not-applied", why=error.message)
    out = right.state.request.out / "mutants" / mutant.name.replace("/", "_").replace(" ", "_")
    out.mkdir(parents=True, exist_ok=True)
    known = static.findings(right, mutant, commit)
    by = static.names(known, Severity.ERROR)
    differences = static.names(known, Severity.WARNING)
    builder = steps.quiet_builder(right.state, out / "log")
    assert right.state.tree is not None  # noqa: S101  (for mypy)
    try:
        image = kernel.variant(builder, right.state.tree, right.start, commit, bench)
    except CommandFailedError as error:
        return done("caught" if by else "not-compiled", by, why=one_line(error.tail, 200))
    digest = steps.digest_of(image)
    if digest == right.digest:
        if by:
            return done("caught", by, differences)
        why = "the same machine code here: no test on this architecture can see it"
        return done("equivalent" if mutant.edit else "survived", (), differences, why)
    if digest in seen:
        twin = seen[digest]
        both = tuple(dict.fromkeys((*by, *twin.by)))
        return done("caught" if both else "survived", both,
                    tuple(dict.fromkeys((*differences, *twin.differences))),
                    f"the same code as {twin.name}")
    after = steps.run_wrong(right.state, right.init, out, image)
    changed = [c for c in compare.changes(right.before, after) if c.after is not Status.NOT_RUN]
    runtime = compare.findings(tuple(changed), frozenset())
    ran = static.names(runtime, Severity.ERROR)
    differs = static.names(runtime, Severity.WARNING, Severity.NOTE)
    by += ran
    judged = done("caught" if by else "survived", by, differences + differs)
    seen[digest] = replace(judged, by=ran, differences=differs)
    return judged
