# SPDX-License-Identifier: GPL-2.0-or-later
"""report.json: the whole report as data; ``schema_version`` changes with its form."""

from __future__ import annotations

import json
from typing import Any

from harness.clean import clean
from harness.model import Change, Finding, GuestRun, Report, Series

SCHEMA_VERSION = 1


def finding(item: Finding) -> dict[str, Any]:
    """One finding; ``id`` is the same in every format and every run."""
    return {
        "id": item.id, "rule": item.rule, "severity": item.severity.value,
        "message": clean(item.message), "where": clean(item.where),
        "evidence": clean(item.evidence), "patch": item.patch or None,
    }


def _change(row: Change) -> dict[str, Any]:
    return {
        "name": row.name, "before": row.before.value, "after": row.after.value,
        "change": row.kind.value, "reason_before": clean(row.reason_before),
        "reason_after": clean(row.reason_after), "log": clean(row.log),
    }


def _series(series: Series | None) -> dict[str, Any] | None:
    if series is None:
        return None
    return {
        "title": clean(series.title), "version": series.version, "source": clean(series.source),
        "patches": [{"number": p.number, "subject": clean(p.subject), "author": clean(p.author),
                     "message_id": clean(p.message_id), "files": [clean(f.path) for f in p.files]}
                    for p in series.patches],
    }


def _measurements(before: GuestRun | None, after: GuestRun | None) -> list[dict[str, Any]]:
    old = {m.name: m for m in (before.measurements if before else ())}
    new = {m.name: m for m in (after.measurements if after else ())}
    return [
        {"name": clean(name), "unit": (new.get(name) or old[name]).unit,
         "before": old[name].value if name in old else None,
         "after": new[name].value if name in new else None}
        for name in dict.fromkeys((*new, *old))]


def document(report: Report) -> dict[str, Any]:
    """The report as plain data, every foreign string cleaned."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": report.verdict.value,
        "title": clean(report.title),
        "series": _series(report.series),
        "base": None if report.tree is None else {
            "tree": report.tree.name, "origin": clean(report.tree.origin),
            "commit": report.base or report.tree.commit},
        "stages": [{"name": s.name, "status": s.status.value, "seconds": round(s.seconds, 2),
                    "reason": clean(s.reason)} for s in report.stages],
        "findings": [finding(f) for f in report.findings],
        "tests": [_change(c) for c in report.changes],
        "measurements": _measurements(report.before, report.after),
        "splats": {side: [{"title": clean(s.title), "during": s.during, "text": clean(s.text)}
                          for s in run.splats]
                   for side, run in (("before", report.before), ("after", report.after)) if run},
        "accelerator": report.after.accelerator if report.after else (
            report.before.accelerator if report.before else None),
        "notices": [clean(n) for n in report.notices],
        "reproduce": report.reproduce,
        "out": str(report.out),
    }


def render(report: Report) -> str:
    """The document as text."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"
