# SPDX-License-Identifier: GPL-2.0-or-later
"""What a proof says of the lines of a report: whether a wrong version of each is noticed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from harness.clean import one_line
from harness.errors import UsageError
from harness.evidence import FileEvidence, Line, Place, few
from harness.model import Report

_OPEN = {"survived": "not noticed: ", "not-executed": ""}
_SAID = 3  # tests that are named


def with_proof(report: Report, data: Mapping[str, Any]) -> Report:
    """The report with what became of the wrong versions of its lines.

    ``data``: the document of ``harness prove``. Raises ``UsageError`` where it is one of another
    series.
    """
    right = data["right"]
    if report.series is None or (right["title"], right.get("version"), right.get("base")) != (
            report.series.title, report.series.version, report.base):
        raise UsageError(
            f"that is a proof of another series, version or base: {one_line(right['title'], 100)}",
            hint="harness prove, with the series and the tree of this report")
    rows: dict[Place, list[Mapping[str, Any]]] = {}
    for mutant in data["mutants"]:
        path, _, number = mutant["name"].partition(" ")[0].rpartition(":")
        if path and number.isdecimal():
            rows.setdefault((path, int(number)), []).append(mutant)
    return replace(report, evidence=tuple(_file(f, rows) for f in report.evidence))


def _file(item: FileEvidence, rows: Mapping[Place, list[Mapping[str, Any]]]) -> FileEvidence:
    return replace(item, lines=tuple(_line(line, rows.get((item.path, line.number), ()))
                                     for line in item.lines))


def _line(line: Line, mutants: Iterable[Mapping[str, Any]]) -> Line:
    """A line is defended where each of its wrong versions that could be tried was noticed."""
    missed = [m for m in mutants if m["status"] in _OPEN]
    if missed:
        first = missed[0]
        why = f"{_OPEN[first['status']]}{first['line'] or first['why']}"
        return replace(line, defended=False, defence=one_line(why, 200))
    if any(m["status"] == "not-tried" for m in mutants):
        return line
    by = dict.fromkeys(test for m in mutants if m["status"] == "caught" for test in m["by"])
    return replace(line, defended=True, defence=few(tuple(by), _SAID)) if by else line
