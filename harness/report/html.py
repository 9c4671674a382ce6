# SPDX-License-Identifier: GPL-2.0-or-later
"""One self-contained page: no script, no request to anywhere, readable on a phone.

The template escapes whatever it is given; a policy in its head forbids scripts and
requests, should anything ever get through.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness import __version__, evidence
from harness.clean import clean, one_line
from harness.model import (
    BAD,
    Change,
    ChangeKind,
    Finding,
    Member,
    Report,
    Severity,
    StructLayout,
)
from harness.report import summary
from harness.report.causes import causes
from harness.report.quote import excerpt, hunks, nearest

_MARK = {"+": "add", "-": "del", "@": "hunk"}


@dataclass(frozen=True, slots=True)
class Card:
    """A finding as the page shows it: ``diff`` are (class, text) rows of its hunk."""

    id: str
    rule: str
    severity: str
    message: str
    where: str
    patch: int
    evidence: str
    diff: tuple[tuple[str, str], ...]
    inferred: str = ""


def _cards(report: Report) -> Iterator[Card]:
    series = report.series
    rows = {p.number: hunks(p.shown.decode("utf-8", "replace")) for p in (
        series.patches if series else ())}
    shown = set[tuple[int, int]]()  # hunks: each is on the page once
    for item in summary.ordered(report.findings):
        spot = summary.in_series(item, series.paths if series else ())
        hunk = nearest(rows.get(item.patch, ()), *spot) if spot else None
        here = (item.patch, id(hunk))
        hunk = None if here in shown else hunk
        shown.add(here)
        lines = excerpt(hunk, [spot[1]], 14) if hunk and spot else ()
        yield Card(item.id, item.rule, item.severity.value, clean(item.text),
                   clean(str(item.where)), item.patch, clean(item.evidence),
                   tuple((_MARK.get(t[:1], "same"), clean(t)) for t in lines), clean(item.inferred))


def _member(member: Member) -> str:
    bits = f" : {member.bits}" if member.bits else ""
    return f"{clean(member.type)} {clean(member.name)}{bits}"


def _layout(old: StructLayout, new: StructLayout) -> dict[str, Any]:
    """Both layouts as rows: offset, size, member; ``same`` when a row did not change."""
    rows = []
    for a, b in zip_longest(old.members, new.members):
        one, two = ((m.offset, m.size, _member(m)) if m else None for m in (a, b))
        rows.append({"before": one, "after": two, "same": one == two})
    return {"name": clean(old.name), "before": old, "after": new, "rows": rows}


def _matrix(changes: tuple[Change, ...]) -> list[dict[str, Any]]:
    """Tests by program; a program with something to look at comes first, and open."""
    groups: dict[str, list[Change]] = {}
    for row in changes:
        groups.setdefault(row.name.partition(".")[0], []).append(row)
    dull = {ChangeKind.SAME, ChangeKind.NEWLY_AVAILABLE}
    made = [{"name": name, "rows": rows, "open": any(
        r.kind not in dull or r.after in BAD for r in rows)} for name, rows in groups.items()]
    return sorted(made, key=lambda g: not g["open"])


def _bars(report: Report) -> list[dict[str, Any]]:
    """Figures without a unit that differ, as bars; each scaled to its own greater one."""
    old, new = summary.measured(report)
    rows = []
    for name, before in old.items():
        after = new.get(name, before)
        if not before.unit and before.value != after.value:
            most = max(before.value, after.value, 1)
            rows.append({"name": one_line(name), "rows": [
                (side, summary.figure(one), max(0.0, 100 * one.value / most))
                for side, one in (("base", before), ("patched", after))]})
    return rows


def _timeline(report: Report) -> dict[str, Any]:
    """Stages on one scale; widths and offsets are per cent of the whole."""
    end = max([s.started + s.seconds for s in report.stages] or [0.0]) or 1.0
    return {"end": end, "rows": [
        {"name": s.name, "status": s.status.value, "seconds": s.seconds, "reason": clean(s.reason),
         "from": 100 * s.started / end, "wide": max(0.4, 100 * s.seconds / end)}
        for s in report.stages]}


def _logs(report: Report) -> list[tuple[str, str]]:
    logs = [(f"{side}: {splat.title}" + (f" during {splat.during}" if splat.during else ""),
             clean(splat.text))
            for side, run in (("base", report.before), ("patched", report.after)) if run
            for splat in run.splats]
    return [*logs, *((f"{c.name}: {c.after.value}", clean(c.log)) for c in report.changes
                     if c.log and c.kind in summary.BLAMED)]


_GUTTER = {"compiled": "\N{BLACK CIRCLE}", "not-code": "\N{MIDDLE DOT}",
           "not-compiled": "\N{WHITE CIRCLE}"}


@functools.cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True,
                       undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _severity_counts(found: tuple[Finding, ...]) -> list[tuple[str, int]]:
    return [(s.value, n) for s in Severity if (n := sum(1 for f in found if f.severity is s))]


def render(report: Report) -> str:
    """The page."""
    counts = {k: sum(1 for c in report.changes if c.kind is k) for k in ChangeKind}
    cards = list(_cards(report))
    return _environment().get_template("page.html").render(
        report=report, title=clean(report.title), headline=summary.headline(report),
        looked_at=summary.looked_at(report), counted=evidence.line_count, gutter=_GUTTER,
        counts=_severity_counts(report.findings), unchecked=summary.unchecked(report),
        cards=cards, folded=len(cards) - sum(c.severity != Severity.NOTE for c in cards),
        causes=[(c.findings[0].id, clean(c.says), clean(c.names)) for c in causes(report.findings)],
        layouts=[_layout(a, b) for a, b in report.layouts],
        groups=_matrix(report.changes), kinds=[(k.value, n) for k, n in counts.items() if n],
        bars=_bars(report), figures=summary.figures(report, every=True),
        timeline=_timeline(report), logs=_logs(report), notices=[clean(n) for n in report.notices],
        bad={s.value for s in BAD}, suites=[
            (clean(s.name or s.path), s.ran, clean(s.why)) for s in report.suites],
        version=__version__, reproduce=clean(report.reproduce))
