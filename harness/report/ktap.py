# SPDX-License-Identifier: GPL-2.0-or-later
"""KTAP version 1: findings, and the tests on the patched kernel (dev-tools/ktap.rst)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.clean import one_line
from harness.model import Report, Severity, Status, Verdict
from harness.report import looked, summary

_OK = {Status.PASS: "", Status.SKIP: " # SKIP", Status.XFAIL: " # XFAIL",
       Status.NOT_RUN: " # SKIP", Status.FLAKY: " # SKIP"}
_NOT_OK = {Status.TIMEOUT: " # TIMEOUT", Status.MISSING: " # ERROR"}
Row = tuple[str, bool, str, Sequence[str]]  # name, ok, directive with its text, diagnostics


def _name(text: str) -> str:
    """A description: without the mark that begins a directive."""
    return one_line(text).replace("#", "_")


def _block(rows: Sequence[Row], indent: str) -> Iterable[str]:
    yield f"{indent}KTAP version 1"
    yield f"{indent}1..{len(rows)}"
    for number, (name, ok, directive, diagnostics) in enumerate(rows, 1):
        yield from (f"{indent}# {one_line(text, 300)}" for text in diagnostics)
        yield f"{indent}{'ok' if ok else 'not ok'} {number} {_name(name)}{directive}"


def _findings(report: Report) -> list[Row]:
    return [(f.id, f.severity is not Severity.ERROR, "", (
        f"{f.severity.value}: {f.where} {f.text}", *f.evidence.splitlines()[:20]))
        for f in summary.ordered(report.findings)]


def _tests(report: Report) -> list[Row]:
    rows: list[Row] = []
    for c in report.changes:
        said = f"{c.before.value} -> {c.after.value} ({c.kind.value}) {c.reason_after}".strip()
        blamed = c.kind in summary.BLAMED
        # What fails on the base as well is not the series' fault.
        word = _NOT_OK.get(c.after, "") if blamed else _OK.get(c.after, " # SKIP")
        text = f" {one_line(said)}" if word else ""
        rows.append((c.name, not blamed, f"{word}{text}", (said, *c.log.splitlines()[:20])
                     if blamed else ()))
    return rows


def _verdict(report: Report) -> Row:
    """The run as one result: only a pass is "ok" without a directive."""
    good = report.verdict in {Verdict.PASS, Verdict.INCOMPLETE, Verdict.NOT_TESTED}
    skip = "" if report.verdict is Verdict.PASS or not good else (
        f" # SKIP {one_line(summary.headline(report))}")
    return (report.verdict.value, good and not report.bugs, skip, report.bugs)


def render(report: Report) -> str:
    """The report as KTAP: one parent for findings, one for tests, one for what was not run."""
    parents: list[tuple[str, list[Row]]] = [("verdict", [_verdict(report)]),
                                            ("findings", _findings(report)),
                                            ("tests", _tests(report))]
    stages: list[Row] = [
        (s.name, s.status is not Status.FAIL or not report.ended,
         f" # SKIP {one_line(s.reason)}" if s.status in {Status.NOT_RUN, Status.SKIP} else "", ())
        for s in report.stages]
    parents.append(("stages", stages))
    parents.append(("files", [
        (f.path, True, f" # SKIP {one_line('; '.join(looked.gap_lines([f])))}" if f.gaps else "",
         ()) for f in report.evidence]))
    full = [(name, rows) for name, rows in parents if rows]
    lines = ["KTAP version 1", f"1..{len(full)}",
             f"# {summary.told(report)}", f"# {one_line(report.title)}",
             f"# looked at: {one_line(summary.looked_at(report), 300)}",
             *(f"# rebuilt, not as posted: {one_line(t, 300)}" for t in report.inferred),
             *(f"# not checked: {one_line(row, 300)}" for row in summary.unchecked(report))]
    for number, (name, rows) in enumerate(full, 1):
        lines += _block(rows, "  ")
        good = all(ok for _, ok, _, _ in rows)
        lines.append(f"{'ok' if good else 'not ok'} {number} {name}")
    return "\n".join(lines) + "\n"
