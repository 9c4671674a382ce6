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

from harness import __version__
from harness.clean import clean, one_line
from harness.evidence import FileEvidence, LineState, Look, Ran
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
from harness.report import by_machine, looked, summary
from harness.report.causes import causes
from harness.report.causes import fix as causes_fix
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


def _cards(report: Report) -> Iterator[tuple[Finding, Card]]:
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
        yield item, Card(item.id, item.rule, item.severity.value, clean(item.text),
                         clean(str(item.where)), item.patch, clean(item.evidence),
                         tuple((_MARK.get(t[:1], "same"), clean(t)) for t in lines),
                         clean(item.inferred))


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


_DULL = frozenset({ChangeKind.SAME, ChangeKind.NEWLY_AVAILABLE})


_BOTH = frozenset({ChangeKind.ALREADY_FAILING, ChangeKind.UNTESTED, ChangeKind.SAME})
_FEW = 6  # tests that end alike on both kernels, and are shown at once


def _ends_otherwise(row: Change) -> bool:
    return row.kind not in _DULL or row.after in BAD


def _matrix(changes: tuple[Change, ...]) -> list[dict[str, Any]]:
    """The tests that nothing is to be said about, by program."""
    groups: dict[str, list[Change]] = {}
    for row in changes:
        if not _ends_otherwise(row):
            groups.setdefault(row.name.partition(".")[0], []).append(row)
    return [{"name": name, "rows": rows, "number": len(rows)} for name, rows in groups.items()]


def _errors(report: Report, cards: dict[int, Card]) -> list[tuple[str, str, Card, list[Card]]]:
    """Each cause with its first finding, and the others."""
    rows = []
    for cause in causes(report.findings):
        first, *rest = (cards[id(f)] for f in cause.findings)
        rows.append((clean(cause.says), clean(cause.names), first, rest))
    return rows


def _shares(report: Report) -> list[tuple[str, int, int]]:
    """How much was looked at: (what, how many, of how many)."""
    lines = [n for f in report.evidence for n in f.lines if n.state is not LineState.NOT_CODE]
    rows = [("lines compiled", sum(n.state is LineState.COMPILED for n in lines), len(lines))]
    ran = looked.ran(report.evidence)
    rows.append(("run by tests", ran.count(Ran.TESTS), len(ran)))
    proved = [n.defended for f in report.evidence for n in f.lines if n.defended is not None]
    rows.append(("lines defended", proved.count(True), len(proved)))
    for look, word in ((Look.BOOTED, "files booted"), (Look.TESTED, "files tested")):
        asked = [f for f in report.evidence
                 if f.has(look) or any(g.look is look for g in f.gaps)]
        rows.append((word, sum(f.has(look) for f in asked), len(asked)))
    return [row for row in rows if row[2]]


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


# Who has executed a line; a letter, as not everybody sees colours.
_RAN = {"tests": "T", "boot": "B", "not-executed": "-", "unknown": "\N{MIDDLE DOT}", "": " "}


# Whether a wrong version of it is noticed.
_DEFENDED = {True: "D", False: "U", None: ""}


@functools.cache
def environment() -> Environment:
    """The templates beside this file; what they are given is escaped."""
    return Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True,
                       undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _severity_counts(found: tuple[Finding, ...]) -> list[tuple[str, int]]:
    return [(s.value, n) for s in Severity if (n := sum(1 for f in found if f.severity is s))]


def _told(file: FileEvidence) -> bool:
    """Whether a file has a line that is worth being seen at once."""
    return any(n.state is LineState.NOT_COMPILED or n.ran is Ran.NOT or n.defended is False
               for n in file.lines)


def render(report: Report) -> str:
    """The page."""
    counts = {k: sum(1 for c in report.changes if c.kind is k) for k in ChangeKind}
    made = list(_cards(report))
    errors = _errors(report, {id(f): c for f, c in made})
    both = [c for c in report.changes if _ends_otherwise(c) and c.kind in _BOTH]
    both = both if len(both) > _FEW else []
    folded = [(s.value, [c for f, c in made if f.severity is s])
              for s in (Severity.WARNING, Severity.NOTE)]
    return environment().get_template("page.html").render(
        report=report, title=clean(report.title), headline=summary.headline(report),
        looked_at=summary.looked_at(report), counted=looked.line_count, gutter=_GUTTER,
        ran=_RAN, defended=_DEFENDED, told=_told, run_count=looked.ran_count,
        counts=_severity_counts(report.findings), unchecked=summary.unchecked(report),
        groups_of_errors=errors, causes=[
            (c.id, says, names, clean(causes_fix(row.findings[0])))
            for (says, names, c, _), row in zip(errors, causes(report.findings), strict=True)],
        folded=[row for row in folded if row[1]], shares=_shares(report),
        changed=[c for c in report.changes if _ends_otherwise(c) and c not in both], both=both,
        layouts=[_layout(a, b) for a, b in report.layouts],
        groups=_matrix(report.changes), kinds=[(k.value, n) for k, n in counts.items() if n],
        bars=_bars(report), figures=summary.figures(report, every=True),
        offers=summary.offers(report), machines=by_machine.table(report.changes),
        timeline=_timeline(report), logs=_logs(report), notices=[clean(n) for n in report.notices],
        bad={s.value for s in BAD}, suites=[
            (clean(s.name or s.path), s.ran, clean(s.why)) for s in report.suites],
        version=__version__, reproduce=clean(report.reproduce))
