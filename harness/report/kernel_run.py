# SPDX-License-Identifier: GPL-2.0-or-later
"""The run of one kernel, with nothing to compare it with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.text import Text

from harness.clean import clean, one_line
from harness.model import BAD, GuestRun, Outcome, Status
from harness.report.json_ import SCHEMA_VERSION

_STYLE = {Status.PASS: "green", Status.SKIP: "yellow", Status.XFAIL: "yellow"}


def verdict(run: GuestRun) -> str:
    """``pass``, ``fail`` or ``not-tested``."""
    statuses = {t.status for p in run.outcomes for t in p.children}
    if statuses & BAD:
        return "fail"
    return "pass" if Status.PASS in statuses else "not-tested"


def _test(program: str, test: Outcome) -> dict[str, Any]:
    return {"name": f"{program}.{test.name}", "status": test.status.value,
            "reason": clean(test.reason), "log": clean(test.log)}


def document(run: GuestRun, out: Path, reproduce: str) -> dict[str, Any]:
    """The run as plain data."""
    return {
        "schema_version": SCHEMA_VERSION, "verdict": verdict(run),
        "tests": [_test(p.name, t) for p in run.outcomes for t in p.children],
        "measurements": [{"name": clean(m.name), "value": m.value, "unit": m.unit}
                         for m in run.measurements],
        "splats": [{"title": clean(s.title), "during": s.during, "text": clean(s.text)}
                   for s in run.splats],
        "boots": run.boots, "seconds": round(run.seconds, 2), "accelerator": run.accelerator,
        "reproduce": reproduce, "out": str(out),
    }


def lines(run: GuestRun, *, verbose: bool) -> list[Text]:
    """The run for a terminal."""
    rows = []
    for program in run.outcomes:
        for test in program.children:
            row = Text()
            row.append(f"{test.status.value:8}", _STYLE.get(test.status, "bold red"))
            row.append(f"{program.name}.{test.name}")
            if test.reason:
                row.append(f"  {one_line(test.reason, 160)}", "dim")
            rows.append(row)
            bad = test.status not in _STYLE
            if bad or verbose:
                rows += [Text(f"          {line}", "dim") for line in clean(test.log).splitlines()]
    rows += [Text(f"{one_line(m.name)}: {m.value:g} {m.unit}") for m in run.measurements]
    return rows
