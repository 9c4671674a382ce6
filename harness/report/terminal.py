# SPDX-License-Identifier: GPL-2.0-or-later
"""The summary for a terminal: one screen, most serious first."""

from __future__ import annotations

import io
import shutil

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.clean import clean, one_line
from harness.model import ChangeKind, Finding, Report, Severity, Status, Verdict
from harness.report import load, summary
from harness.report.causes import Cause, causes

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_VERDICT = {Verdict.PASS: "bold green", Verdict.FAIL: "bold red", Verdict.REFUSED: "bold red",
            Verdict.NOT_TESTED: "bold yellow", Verdict.INCOMPLETE: "bold yellow",
            Verdict.INFRASTRUCTURE: "bold magenta"}
_SHOWN, _NOTES = 4, 2  # causes and other findings, and how many of them may be notes
_FAILING = 3  # that fail on the base too, one by one
_LONG = 1.0  # seconds of a stage that is worth a place
_LITTLE = 0.1  # seconds of a stage that are worth a word


def width() -> int:
    """Columns to use: the terminal's, at most 110."""
    return min(shutil.get_terminal_size((100, 24)).columns, 110)


def to_text(*parts: object, color: bool) -> str:
    """Render with rich into a string; foreign text comes in as ``Text``, never as markup."""
    sink = io.StringIO()
    console = Console(file=sink, width=width(), force_terminal=color, no_color=not color,
                      highlight=False, markup=False, emoji=False, legacy_windows=False)
    for part in parts:
        console.print(part)
    return sink.getvalue()


def finding_lines(item: Finding, *, verbose: bool) -> list[Text]:
    """One finding: what, and in one line where, its id and the first of its evidence."""
    head = Text()
    head.append(f"{item.severity.value:8}", _STYLE[item.severity])
    head.append(one_line(item.text, 600 if verbose else 2 * width() - 30))
    patch = f"patch {item.patch} " if item.patch else ""
    patch = f"(rebuilt: {one_line(item.inferred, 60)}) {patch}" if item.inferred else patch
    evidence = clean(item.evidence).splitlines()
    tail = f"        {patch}{one_line(str(item.where))} [{item.id}]"
    if not verbose and item.severity is Severity.ERROR and len(evidence) > 1:
        tail += f" {evidence[1].strip()}"
    if not verbose and len(tail) > width():
        tail = tail[: width() - 1] + "…"
    return [head, Text(tail, "dim"),
            *(Text(f"          {line}", "dim") for line in evidence if verbose)]


def _causes(found: tuple[Finding, ...]) -> list[Cause]:
    """The errors by their causes, then warnings and a few notes: what fits on one screen."""
    rest = [f for f in found if f.severity is not Severity.ERROR]
    notes = [f for f in rest if f.severity is Severity.NOTE][:_NOTES]
    rows = [*causes(found), *(Cause("", (f,)) for f in rest
                              if f.severity is not Severity.NOTE or f in notes)]
    return rows[:_SHOWN]


def _cause_lines(row: Cause) -> list[Text]:
    """A cause that several findings have, and the first of them; one alone is itself."""
    first = row.findings[0]
    if len(row.findings) < 2:
        return finding_lines(first, verbose=False)
    head = Text(f"{first.severity.value:8}", _STYLE[first.severity])
    head.append(one_line(f"{row.says}: {row.names}", width() - 9), "not bold default")
    _, tail = finding_lines(first, verbose=False)
    way_out = first.text.partition("; ")[2]  # never cut
    return [head, Text(f"        {one_line(way_out, 400)}" if way_out else
                       f"        {one_line(first.text, width() - 10)}"), tail,
            Text(f"        also [{', '.join(f.id for f in row.findings[1:4])}]"[:width()], "dim")]


def _verdict(report: Report, words: str) -> Text:
    """The verdict in a line, with a few words on it."""
    text = Text()
    text.append(report.verdict.value.upper(), _VERDICT[report.verdict])
    return text.append(f"  {one_line(report.title)}: {words}")


def _refusal(report: Report) -> list[Text]:
    """Why nothing was done, and what to do about it: three lines."""
    why, _, way_out = next((n for n in report.notices if n.startswith(report.ended)),
                           report.ended).partition("; next: ")
    text = Text(report.verdict.value.upper(), _VERDICT[report.verdict])
    text.append(f"  {one_line(why, 600)}")
    return [text, *([Text(f"next: {one_line(way_out, 300)}")] if way_out else []),
            Text(f"repeat: {report.reproduce}", "dim")]


def _stages(report: Report, *, verbose: bool) -> Text:
    """The stages; without ``verbose`` those that were well and quick are counted."""
    text = Text()
    told = [s for s in report.stages if verbose or s.status is not Status.PASS
            or s.seconds >= _LONG]
    for stage in told:
        style = {Status.PASS: "green", Status.FAIL: "red"}.get(stage.status, "yellow")
        mark = {Status.PASS: "ok", Status.FAIL: "FAIL"}.get(stage.status, stage.status.value)
        text.append(f"{stage.name} ")
        text.append(f"{mark}, cached" if stage.cached else mark, style)
        took = f" {stage.seconds:.1f}s" if stage.seconds >= _LITTLE else ""
        text.append(f"{took}  ", "dim")
    if quick := [s for s in report.stages if s not in told]:
        kept = sum(s.cached for s in quick)
        text.append(f"{'and ' * bool(told)}{len(quick)} {'more ' * bool(told)}ok"
                    f"{f', {kept} cached' * bool(kept)}", "dim")
    return text


def _looked_at(report: Report) -> list[Text]:
    """The lines about what was and was not looked at; they come first."""
    rows = [Text(summary.looked_at(report), "bold")]
    rows += [Text(f"  not looked at: {row}", "yellow") for row in summary.unchecked(report)]
    if report.inferred:
        rows.append(Text(f"  rebuilt, not as posted: {'; '.join(report.inferred)}", "yellow"))
    return [*rows, Text()]


def _tests(report: Report, *, verbose: bool) -> list[object]:
    if not report.changes:
        return []
    counts = {k: sum(1 for c in report.changes if c.kind is k) for k in ChangeKind}
    words = ", ".join(f"{n} {k.value}" for k, n in counts.items() if n)
    out: list[object] = [Text(f"Tests before and after: {words}")]
    available = [c for c in report.changes if c.kind is ChangeKind.NEWLY_AVAILABLE]
    if available:
        reasons = [c.reason_before for c in available if c.reason_before]
        longest = max(reasons, key=len, default="")
        out.append(Text(f"  newly available; on the base: {one_line(longest, 240)}", "dim"))
    failing = [c for c in report.changes if c.kind is ChangeKind.ALREADY_FAILING]
    if failing and (verbose or len(failing) <= _FAILING):
        out += [Text(f"  {c.name}: already fails on the base, not blamed on the series", "dim")
                for c in failing]
    elif failing:
        out.append(Text(f"  {len(failing)} already fail on the base, not blamed on the series: "
                        f"{failing[0].name} ... (-v shows all)", "dim"))
    return out


def _measurements(report: Report, *, verbose: bool) -> list[object]:
    rows = summary.figures(report, every=verbose)
    if not rows:
        return []
    table = Table(box=None, pad_edge=False, show_edge=False)
    rest = len(summary.figures(report, every=True)) - len(rows)
    table.add_column(f"Measured ({rest} more are the same)" if rest else "Measured")
    table.add_column("base", justify="right")
    table.add_column("patched", justify="right")
    for name, _, before, after in rows:
        table.add_row(Text(name), before, after)
    return [table]


def render(report: Report, *, color: bool = False, verbose: bool = False) -> str:
    """The whole summary."""
    report = load.cleaned(report)
    found = summary.ordered(report.findings)
    if report.verdict is Verdict.REFUSED and not (found or report.changes):
        return to_text(*_refusal(report), color=color)
    parts: list[object] = [_verdict(report, summary.verdict(report)), Text()]
    rows = [] if verbose else _causes(found)
    for item in found if verbose else ():
        parts += finding_lines(item, verbose=True)
    for row in rows:
        parts += _cause_lines(row)
    told = sum(len(row.findings) for row in rows)
    if rows and len(found) > told:
        parts.append(Text(f"... and {len(found) - told} more (-v shows all)", "dim"))
    if found:
        parts.append(Text())
    parts += _looked_at(report)
    parts += _tests(report, verbose=verbose)
    parts += _measurements(report, verbose=verbose)
    parts.append(_stages(report, verbose=verbose))
    parts += [Text(f"note: {one_line(n, 300)}", "yellow") for n in report.notices]
    if report.ended and not any(n.startswith(report.ended) for n in report.notices):
        parts.append(Text(f"note: {summary.headline(report)}", "yellow"))
    took = f", {report.seconds:.0f} s" if report.seconds else ""
    parts.append(_verdict(report, f"{summary.counts(report)}{took}"))
    if report.kept:
        parts.append(Text(f"report: {report.out}/report.json", "dim"))
    parts.append(Text(f"repeat: {report.reproduce}", "dim"))
    return to_text(*parts, color=color)
