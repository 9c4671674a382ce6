# SPDX-License-Identifier: GPL-2.0-or-later
"""Which changed lines tests have executed, as genhtml reads it: geninfo(1), "TRACEFILE FORMAT".

Only lines of which that is known. One that a mere boot runs counts as not executed: no test looked
at what it does.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.clean import one_line
from harness.evidence import SAID, FileEvidence, Ran
from harness.model import Report
from harness.report import summary


def hits(file: FileEvidence) -> tuple[tuple[int, int], ...]:
    """The lines of a file of which it is known, each with 1 where a test has executed it, or 0."""
    return tuple(sorted((line.number, int(line.ran is Ran.TESTS))
                        for line in file.lines if line.ran in SAID))


def render(report: Report) -> str:
    """The changed lines, with what was not looked at as comments."""
    return "\n".join((*(f"# {row}" for row in remarks(report)), "TN:harness", *(
        row for file in report.evidence for row in _file(file)))) + "\n"


def remarks(report: Report) -> Iterator[str]:
    """What a reader should know of the figures: the verdict, and what was not looked at."""
    yield f"{one_line(summary.told(report), 400)}: {one_line(report.title)}"
    if report.ended:
        yield f"the run ended: {one_line(report.ended)}"
    yield from (f"not looked at: {one_line(row)}" for row in summary.unchecked(report))


def _file(file: FileEvidence) -> Iterator[str]:
    rows = hits(file)
    if not rows:
        return
    yield f"SF:{one_line(file.path)}"
    yield from (f"DA:{number},{hit}" for number, hit in rows)
    yield f"LF:{len(rows)}"
    yield f"LH:{sum(hit for _, hit in rows)}"
    yield "end_of_record"
