# SPDX-License-Identifier: GPL-2.0-or-later
"""report.json: the whole report as data, and back again.

``schema.json`` beside this file describes its form (JSON Schema 2020-12); ``schema_version``
changes with it. Every foreign string in it is cleaned, so that whatever is made of a report
that was read back is harmless too.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from harness.clean import clean
from harness.evidence import FileEvidence, Line
from harness.model import (
    Change,
    Finding,
    GuestRun,
    Location,
    Measurement,
    Patch,
    Report,
    Series,
    StructLayout,
)
from harness.report import promises
from harness.report.causes import causes
from harness.report.summary import headline, looked_at, measured

SCHEMA_VERSION = 8
NAME = "report.json"
SCHEMA = Path(__file__).with_name("schema.json")


def location(place: Location) -> dict[str, Any] | None:
    """A place as data; None: nowhere."""
    return {"path": clean(place.path), "line": place.line, "test": clean(place.test),
            } if place else None


def finding(item: Finding) -> dict[str, Any]:
    """One finding; ``id`` is the same in every format and every run."""
    return {
        "id": item.id, "rule": item.rule, "severity": item.severity.value,
        "message": clean(item.message), "where": clean(str(item.where)),
        "location": location(item.where), "abis": list(item.abis),
        "struct": clean(item.struct), "member": clean(item.member),
        "evidence": clean(item.evidence), "patch": item.patch or None,
        "subject": clean(item.subject), "inferred": clean(item.inferred),
    }


def _evidence(item: FileEvidence) -> dict[str, Any]:
    return {"path": clean(item.path), "kind": item.kind.value,
            "seen": [{"look": s.look.value, "where": clean(s.where)} for s in item.seen],
            "gaps": [{"look": g.look.value, "reason": clean(g.reason), "next": clean(g.hint)}
                     for g in item.gaps],
            "lines": [{"line": n.number, "state": n.state.value, "why": clean(n.why),
                       "text": clean(n.text), "ran": n.ran.value,
                       "by": [clean(g) for g in n.by], **_proved(n)} for n in item.lines]}


def _proved(line: Line) -> dict[str, Any]:
    """What a proof says of a line; nothing where there is none."""
    return {} if line.defended is None else {
        "defended": line.defended, "defence": clean(line.defence)}


def _change(row: Change) -> dict[str, Any]:
    return {
        "name": clean(row.name), "before": row.before.value, "after": row.after.value,
        "change": row.kind.value, "reason_before": clean(row.reason_before),
        "reason_after": clean(row.reason_after), "log": clean(row.log),
    }


def _patch(patch: Patch) -> dict[str, Any]:
    return {
        "number": patch.number, "total": patch.total, "subject": clean(patch.subject),
        "raw_subject": clean(patch.raw_subject), "author": clean(patch.author),
        "email": clean(patch.email), "date": clean(patch.date),
        "message_id": clean(patch.message_id), "recipients": [clean(r) for r in patch.recipients],
        "message": clean(patch.message),
        "diff": clean(patch.diff.decode("utf-8", "surrogateescape")),
        "placed": clean(patch.placed.decode("utf-8", "surrogateescape")),
        "files": [clean(f.path) for f in patch.files],
    }


def _series(series: Series | None) -> dict[str, Any] | None:
    if series is None:
        return None
    return {"title": clean(series.title), "version": series.version,
            "source": clean(series.source), "patches": [_patch(p) for p in series.patches]}


def _measurements(report: Report) -> list[dict[str, Any]]:
    old, new = measured(report)
    return [
        {"name": clean(name), "unit": clean((new.get(name) or old[name]).unit),
         "before": _finite(old.get(name)), "after": _finite(new.get(name))}
        for name in dict.fromkeys((*new, *old))]


def _finite(row: Measurement | None) -> float | None:
    """A figure that JSON can hold."""
    return row.value if row and math.isfinite(row.value) else None


def _layout(struct: StructLayout) -> dict[str, Any]:
    return {"name": clean(struct.name), "size": struct.size, "align": struct.align,
            "members": [{"name": clean(m.name), "offset": m.offset, "size": m.size,
                         "type": clean(m.type), "bits": m.bits, "bit_offset": m.bit_offset}
                        for m in struct.members]}


def _guest(run: GuestRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {"boots": run.boots, "seconds": round(run.seconds, 2),
            "accelerator": clean(run.accelerator),
            "splats": [{"title": clean(s.title), "during": clean(s.during), "text": clean(s.text)}
                       for s in run.splats]}


def document(report: Report) -> dict[str, Any]:
    """The report as plain data, every foreign string cleaned.

    A comparison of headers alone has a verdict of its own; the common one is ``result`` then.
    """
    own = {} if report.scope != "uapi" else {
        "result": report.verdict.value,
        "verdict": promises.verdict(report.findings, promises.not_compared(report)),
        "breaks": promises.breaks(report.findings)}
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": report.verdict.value, **own, "headline": clean(headline(report)),
        "causes": [{"says": clean(c.says), "about": clean(c.names),
                    "findings": [f.id for f in c.findings]} for c in causes(report.findings)],
        "scope": clean(report.scope), "looked_at": clean(looked_at(report)),
        "title": clean(report.title),
        "began": clean(report.began), "seconds": round(report.seconds, 2),
        "ended": clean(report.ended),
        "series": _series(report.series),
        "base": None if report.tree is None else {
            "tree": clean(report.tree.name), "origin": clean(report.tree.origin),
            "commit": report.base or report.tree.commit},
        "stages": [{"name": clean(s.name), "status": s.status.value, "seconds": round(s.seconds, 2),
                    "started": round(s.started, 2), "reason": clean(s.reason),
                    "applies": s.applies, "cached": s.cached} for s in report.stages],
        "evidence": [_evidence(f) for f in report.evidence],
        "inferred": [clean(t) for t in report.inferred], "bugs": [clean(t) for t in report.bugs],
        "not_run": [clean(t) for t in report.not_run],
        "suites": [{"kind": clean(s.kind), "name": clean(s.name), "path": clean(s.path),
                    "ran": s.ran, "why": clean(s.why)} for s in report.suites],
        "findings": [finding(f) for f in report.findings],
        "tests": [_change(c) for c in report.changes],
        "measurements": _measurements(report),
        "offers": [{"capability": clean(o.capability), "machine": clean(o.machine),
                    "documented": [clean(t) for t in o.documented],
                    "reported": [clean(t) for t in o.reported],
                    "works": [clean(t) for t in o.works], "why": clean(o.why)}
                   for o in report.offers],
        "layouts": [{"before": _layout(a), "after": _layout(b)} for a, b in report.layouts],
        "guests": {"before": _guest(report.before), "after": _guest(report.after)},
        "notices": [clean(n) for n in report.notices],
        "reproduce": clean(report.reproduce),
        "out": clean(str(report.out)),
    }


def render(report: Report) -> str:
    """The document as text."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"
