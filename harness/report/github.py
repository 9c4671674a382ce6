# SPDX-License-Identifier: GPL-2.0-or-later
"""Annotations for GitHub's (and Forgejo's) log of a job: ``::error file=...::message``.

Only our own lines may be commands: in a message %, CR and LF are escaped as the runner's
own toolkit does, in a property : and , as well.
"""

from __future__ import annotations

from harness.clean import clean, one_line
from harness.model import Report, Severity, Verdict
from harness.report import summary
from harness.report.causes import causes

_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
MOST = 50  # the runner shows ten of each kind for a step; the rest would be noise


def _data(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")


def render(report: Report) -> str:
    """The verdict, then findings as annotations, then what was and what was not looked at.

    The runner shows ten errors of a step: the first finding of each cause comes before the others.
    """
    paths = report.series.paths if report.series else ()
    first = [c.findings[0] for c in causes(report.findings)]
    rows = [*first, *(f for f in summary.ordered(report.findings) if f not in first)]
    more = len(rows) - MOST
    rest = f"; {more} more findings are in the report" if more > 0 else ""
    kind = "notice" if report.verdict is Verdict.PASS else "error" if (
        report.verdict is Verdict.FAIL or report.ended or report.bugs) else "warning"
    said = f"{summary.told(report)}: {one_line(report.title)}"
    lines = [f"::{kind} title=kernel patch harness::{_data(said)}{rest}"]
    for item in rows[:MOST]:
        spot = summary.in_series(item, paths)
        where = ""
        if spot is not None:
            where = f"file={_property(spot[0])}" + (f",line={spot[1]}" if spot[1] else "") + ","
        text = "\n".join(filter(None, (item.text, item.evidence[:2000])))
        lines.append(f"::{_COMMAND[item.severity]} {where}title={_property(item.id)}::"
                     f"{_data(text)}")
    lines += [f"::warning title=not checked::{_data(row)}" for row in summary.unchecked(report)]
    lines.append(f"::notice title=looked at::{_data(one_line(summary.looked_at(report), 600))}")
    lines += [f"::warning title=rebuilt, not as posted::{_data(t)}" for t in report.inferred]
    return "\n".join(lines) + "\n"
