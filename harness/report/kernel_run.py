# SPDX-License-Identifier: GPL-2.0-or-later
"""The run of one kernel, with nothing to compare it with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.text import Text

from harness.clean import one_line
from harness.model import BAD, GuestRun, Outcome, Status
from harness.report.document import Document, View
from harness.report.json_ import SCHEMA_VERSION

_CODES = {"pass": 0, "fail": 1, "not-tested": 4}
_STYLE = {Status.PASS: "green", Status.SKIP: "yellow", Status.XFAIL: "yellow"}


def verdict(run: GuestRun) -> str:
    """``pass``, ``fail`` or ``not-tested``."""
    statuses = {t.status for p in run.outcomes for t in p.children}
    if statuses & BAD:
        return "fail"
    return "pass" if Status.PASS in statuses else "not-tested"


def _test(program: str, test: Outcome) -> dict[str, Any]:
    return {"name": f"{program}.{test.name}", "status": test.status.value,
            "reason": test.reason, "log": test.log}


def document(run: GuestRun, kernel: Path, out: Path, reproduce: str, note: str = "") -> Document:
    """The run as plain data; ``note`` is what a reader has to know beside it."""
    word = verdict(run)
    return Document("run", {
        "schema_version": SCHEMA_VERSION, "verdict": word, "kernel": str(kernel),
        "tests": [_test(p.name, t) for p in run.outcomes for t in p.children],
        "measurements": [{"name": m.name, "value": m.value, "unit": m.unit}
                         for m in run.measurements],
        "splats": [{"title": s.title, "during": s.during, "text": s.text}
                   for s in run.splats],
        "boots": run.boots, "seconds": round(run.seconds, 2), "accelerator": run.accelerator,
        "note": note, "reproduce": reproduce, "out": str(out),
    }, _CODES[word])


def lines(data: dict[str, Any], view: View) -> list[Text | str]:
    """The run for a reader."""
    rows: list[Text | str] = []
    for test in data["tests"]:
        row = Text()
        style = _STYLE.get(Status(test["status"]))
        row.append(f"{test['status']:8}", style or "bold red")
        row.append(one_line(test["name"]))
        if test["reason"]:
            row.append(f"  {one_line(test['reason'], 160)}", "dim")
        rows.append(row)
        if style is None or view.verbose:
            rows += [Text(f"          {line}", "dim") for line in test["log"].splitlines()]
    rows += [f"{one_line(m['name'])}: {m['value']:g} {one_line(m['unit'], 12)}"
             for m in data["measurements"]]
    rows += [f"splat: {one_line(s['title'], 200)}" for s in data["splats"]]
    rows += [f"note: {one_line(data['note'], 300)}"] if data["note"] else []
    return [*rows, f"{data['verdict'].upper()}  {data['kernel']}   everything is in {data['out']}"]
