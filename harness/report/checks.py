# SPDX-License-Identifier: GPL-2.0-or-later
"""A report as few named checks: for b4's review, Patchwork, NIPA, git bisect.

Each of them knows a handful of states, and none knows "did not run": that becomes a
warning which says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.clean import clean, one_line
from harness.evidence import Look
from harness.model import Finding, Report, Severity, Status, Verdict
from harness.report import load, summary

_DECIDED = frozenset({Verdict.PASS, Verdict.FAIL})
# Gaps in what was looked at, by the check that they make incomplete.
_GAPS = {"uapi": frozenset({Look.COMPARED}), "build": frozenset({Look.COMPILED}),
         "tests": frozenset({Look.BOOTED, Look.TESTED}), "lint": frozenset({Look.LINTED})}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a check list; ``status`` is pass, warn or fail."""

    name: str
    status: str
    summary: str
    details: str


# Which findings belong to a check, by the beginning of their rule; the stages that make it.
FAMILIES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("uapi", ("uapi-",), ("uapi",)),
    ("build", ("build-", "not-bisectable", "warning-"),
     ("build-patched", "compiled", "warnings", "tools")),
    ("tests", ("runtime-", "boot-", "tests-", "base-failure", "claim"),
     ("boot-patched", "compare")),
    ("lint", ("",), ("lint", "lint-tree")),
)


def _family(item: Finding) -> str:
    return next(name for name, begins, _ in FAMILIES if item.rule.startswith(begins))


def _check(report: Report, name: str, stages: tuple[str, ...]) -> Check | None:
    rows = [s for s in report.stages if s.name in stages]
    if not rows:
        return None
    found = [f for f in summary.ordered(report.findings) if _family(f) == name]
    errors = sum(1 for f in found if f.severity is Severity.ERROR)
    warnings = sum(1 for f in found if f.severity is Severity.WARNING)
    missing = [s.reason for s in rows if summary.unseen(s) or (
        s.status is Status.FAIL and not found)]  # it ended the run
    missing += [f"{f.path}: {g.reason}" for f in report.evidence for g in f.gaps
                if g.look in _GAPS[name]]
    details = "\n".join(
        clean(f"{f.severity.value}: {f.where}: {f.text} [{f.id}]") for f in found)
    if errors or warnings:
        worst = one_line(found[0].text, 90)
        more = len(found) - 1
        words = f"{worst}{f' (and {more} more)' if more else ''}"
        return Check(name, "fail" if errors else "warn", words, details)
    if missing:
        return Check(name, "warn", one_line(f"NOT_RUN: {missing[0]}", 120), details)
    if all(s.status is Status.SKIP for s in rows):
        return Check(name, "pass", one_line(f"does not apply: {rows[0].reason}", 120), details)
    notes = f", {len(found)} notes" if found else ""
    return Check(name, "pass", f"no findings{notes}", details)


def checks(report: Report) -> tuple[Check, ...]:
    """The report's checks; a run that ended early is one of them."""
    report = load.cleaned(report)
    rows = [c for name, _, stages in FAMILIES if (c := _check(report, name, stages))]
    if report.verdict not in _DECIDED and not any(c.status != "pass" for c in rows):
        rows.insert(0, Check("run", "warn", one_line(summary.headline(report), 120), ""))
    if report.bugs:
        rows.insert(0, Check("run", "warn", one_line(report.bugs[0], 120), ""))
    if report.verdict is Verdict.REFUSED:
        rows.insert(0, Check("intake", "fail", one_line(report.ended, 120), clean(report.ended)))
    elif report.ended:
        rows.insert(0, Check("run", "warn", one_line(f"ended early: {report.ended}", 120), ""))
    return tuple(rows)


def b4_review(report: Report) -> list[dict[str, str]]:
    """The JSON that b4's review-check commands (0.15 and later) expect on standard output."""
    return [{"tool": f"harness-{c.name}", "status": c.status, "summary": c.summary, "url": "",
             "details": c.details} for c in checks(report)]


def b4_lines(report: Report) -> tuple[str, int]:
    """b4's prep-perpatch-check: a line is a warning, with ERROR: in it a failure."""
    report = load.cleaned(report)
    lines = []
    for item in summary.ordered(report.findings):
        if item.severity is not Severity.NOTE:
            word = "ERROR" if item.severity is Severity.ERROR else "WARNING"
            lines.append(f"{word}: {one_line(f'{item.where}: {item.text} [{item.id}]', 300)}")
    if report.ended:
        lines.append(f"ERROR: {one_line(report.ended, 300)}")
    lines += [f"WARNING: not looked at: {row}" for row in summary.unchecked(report)]
    if not lines and report.verdict not in _DECIDED:
        lines.append(f"WARNING: {summary.headline(report)}")  # silence is success to b4
    bad = any(line.startswith("ERROR") for line in lines)
    return "".join(f"{line}\n" for line in lines), int(bad)


def nipa(report: Report) -> tuple[str, int]:
    """NIPA: one line of summary, and 0, 250 (warning) or 1."""
    rows = checks(report)
    failed = [c for c in rows if c.status == "fail"]
    warned = [c for c in rows if c.status == "warn"]
    text = "; ".join(f"{c.name}: {c.summary}" for c in failed or warned) or "no findings"
    return one_line(text, 300), 1 if failed else 250 if warned else 0


def bisect(report: Report) -> tuple[str, int]:
    """Git bisect run: 0 good, 1 bad, 125 for what could not be tested."""
    code = {Verdict.PASS: 0, Verdict.FAIL: 1}.get(report.verdict, 125)
    return f"{report.verdict.value}: {summary.headline(report)}", code


MODES: dict[str, Callable[[Report], tuple[str, int]]] = {
    "b4": b4_lines, "nipa": nipa, "bisect": bisect}
