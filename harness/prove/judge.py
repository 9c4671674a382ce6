# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the tests see a wrong implementation? Each mutant is built, booted and compared.

A mutant is a patch of a directory, or a wrong version of a line that the
series adds (``mutate``). It is caught when a check that the right version
passes finds an error; what is a difference and no failure is listed apart.
"""

from __future__ import annotations

import time
from pathlib import Path

from harness.arch import NATIVE_TARGET
from harness.errors import InputRefusedError
from harness.evidence import Ran
from harness.model import Severity
from harness.prove import static
from harness.prove.baseline import Baseline
from harness.prove.mutants import Mutant, commit_of
from harness.prove.proof import Judged
from harness.prove.trying import tried


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
    known = static.findings(right, mutant, commit)
    by = static.names(known, Severity.ERROR)
    differences = static.names(known, Severity.WARNING)
    ran = {right.shown.of(place)[0] for place in mutant.places} - {Ran.UNKNOWN} or {Ran.UNKNOWN}
    here = all(way.target == NATIVE_TARGET for way in right.ways)  # elsewhere nobody has looked
    if ran == {Ran.NOT} and not by and here:
        return done("not-executed", (), differences, "no test executes this line")
    # What a boot executes already is in no log again: any test may execute it.
    reaching = [w for w in right.ways if not ran <= {Ran.TESTS, Ran.NOT}
                or any(w.reaches(place) for place in mutant.places)]
    rows = []
    for way in reaching or right.ways[:1]:
        row = tried(right, way, mutant.name, (commit, bench / way.name), seen)
        rows.append(row)
        by, differences = (tuple(dict.fromkeys((*a, *b))) for a, b in (
            (by, row.by), (differences, row.differences)))
        if by:
            break
    why = next((row.why for row in rows if row.why), "")
    if by:
        return done("caught", by, differences, why)
    same = all(row.status == "equivalent" for row in rows)
    if same:
        why = "the same machine code here: no test on this architecture can see it"
        return done("equivalent" if mutant.edit else "survived", (), differences, why)
    broken = any(row.status == "not-compiled" for row in rows)
    return done("not-compiled" if broken else "survived", (), differences, why)

