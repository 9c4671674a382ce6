# SPDX-License-Identifier: GPL-2.0-or-later
"""The summary for a terminal: one screen, most serious first."""

from __future__ import annotations

import io
import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.clean import clean, one_line
from harness.model import ChangeKind, Finding, Report, Severity, Status, Verdict
from harness.report import load, summary
from harness.report.causes import Cause, causes, fix, lesser, problem

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_VERDICT = {Verdict.PASS: "bold green", Verdict.FAIL: "bold red", Verdict.REFUSED: "bold red",
            Verdict.NOT_TESTED: "bold yellow", Verdict.INCOMPLETE: "bold yellow",
            Verdict.INFRASTRUCTURE: "bold magenta"}
_NOTES = 2  # how many of the causes and other findings may be notes
_FAILING = 3  # that fail on the base too, one by one
_LITTLE = 0.1  # seconds of a stage that are worth a word
SCREEN = 50  # lines of a summary, however much there is to say; -v has no limit
_ALL = 10**6
_COUNTED = frozenset({ChangeKind.REGRESSION, ChangeKind.NEW_FAILURE})
_KINDS = {ChangeKind.SAME: "the same", ChangeKind.NEW_FAILURE: "new failure",
          ChangeKind.NEWLY_AVAILABLE: "newly available", ChangeKind.LOST: "lost",
          ChangeKind.ALREADY_FAILING: "already failing", ChangeKind.UNTESTED: "skipped on both"}


@dataclass(frozen=True)
class _Room:
    """How much of each part is shown; what is left out is counted."""

    causes: int = 4  # and other findings
    rows: int = _ALL  # not looked at, and as many notes
    lines: int = 3  # of the terminal for each of these rows
    figures: int = _ALL
    long: float = 1.0  # seconds of a stage that is worth a place


# The first that fits on a screen is taken; where even the last does not, its end is cut off.
_ROOMS = (_Room(), _Room(rows=8, lines=2, figures=8), _Room(rows=6, lines=1, figures=5, long=10.0),
          _Room(causes=3, rows=4, lines=1, figures=3, long=10.0),
          _Room(causes=2, rows=2, lines=1, figures=0, long=_ALL))


def width() -> int:
    """Columns to use: the terminal's; 100 where there is none."""
    return max(shutil.get_terminal_size((100, 24)).columns, 40)


def _wrapped(text: str, before: str = "        ") -> str:
    """A text in lines that fit, all of them behind what stands before the first."""
    lines = textwrap.wrap(text, max(width() - len(before), 20), break_on_hyphens=False) or [""]
    return f"\n{' ' * len(before)}".join(lines)


def to_text(*parts: object, color: bool) -> str:
    """Render with rich into a string; foreign text comes in as ``Text``, never as markup."""
    sink = io.StringIO()
    console = Console(file=sink, width=width(), force_terminal=color, no_color=not color,
                      highlight=False, markup=False, emoji=False, legacy_windows=False)
    for part in parts:  # a line to be copied is as long as it is, whatever the width
        console.print(part, soft_wrap=isinstance(part, Text) and part.no_wrap is True)
    return sink.getvalue()


def finding_lines(item: Finding, *, verbose: bool) -> list[Text]:
    """One finding: what, and in one line where, its id and the first of its evidence."""
    head = Text()
    head.append(f"{item.severity.value:8}", _STYLE[item.severity])
    most = 600 if verbose else 2 * width() - 30
    way_out = one_line(fix(item), 600)
    head.append(_wrapped(one_line(problem(item) if way_out else item.text, most)))
    return [head, *([Text(f"        {_wrapped(way_out)}")] if way_out else []),
            *_where(item, verbose=verbose)]


def _where(item: Finding, *, verbose: bool) -> list[Text]:
    """The id of a finding, and its place; then the first of its evidence, or all."""
    patch = f"patch {item.patch} " if item.patch else ""
    patch = f"(rebuilt: {one_line(item.inferred, 60)}) {patch}" if item.inferred else patch
    evidence = clean(item.evidence).splitlines()
    tail = f"        [{item.id}] {patch}{one_line(str(item.where))}".rstrip()
    if not verbose and item.severity is Severity.ERROR and len(evidence) > 1:
        tail += f" {evidence[1].strip()}"
    if not verbose and len(tail) > width():
        tail = tail[: width() - 1] + "…"
    return [Text(tail, "dim"), *(Text(f"          {line}", "dim") for line in evidence if verbose)]


def _causes(found: tuple[Finding, ...], room: _Room) -> list[Cause]:
    """The errors by their causes, then warnings and a few notes: what fits on one screen."""
    rest = lesser(found)
    notes = [c for c in rest if c.findings[0].severity is Severity.NOTE][:_NOTES]
    rows = [*causes(found), *(c for c in rest
                              if c.findings[0].severity is not Severity.NOTE or c in notes)]
    return rows[: room.causes]


def _cause_lines(row: Cause) -> list[Text]:
    """A cause that several findings have, and the first of them; one alone is itself."""
    first = row.findings[0]
    if len(row.findings) < 2:
        return finding_lines(first, verbose=False)
    head = Text(f"{first.severity.value:8}", _STYLE[first.severity])
    about = f"{row.says}: {row.names}" if row.names else row.says
    head.append(_wrapped(one_line(about, 2 * width() - 20)), "not bold default")
    way_out, rest = one_line(fix(first), 600), [f.id for f in row.findings[1:]]
    fits = max(1, min(len(rest), (width() - 24) // (max(map(len, rest)) + 2)))
    more = f" and {len(rest) - fits} more" if len(rest) > fits else ""
    said = _says(row) if first.where.test or not way_out else ""
    return [head, *([Text(f"        {_wrapped(said)}")] if said else []),
            *([Text(f"        {_wrapped(way_out)}")] if way_out else []),
            *_where(first, verbose=False),
            Text(f"        also [{', '.join(rest[:fits])}]{more}", "dim")]


def _says(row: Cause) -> str:
    """What the first finding of a cause says; of tests that is the kernel's own words."""
    return one_line(problem(row.findings[0]), 2 * width() - 20)


def _verdict(report: Report, words: str) -> Text:
    """The verdict in a line, with a few words on it."""
    text = Text(no_wrap=True)  # the terminal wraps it; what reads a pipe has it in one line
    text.append(report.verdict.value.upper(), _VERDICT[report.verdict])
    return text.append(f"  {one_line(report.title)}: {words}")


def _refusal(report: Report) -> list[Text]:
    """Why nothing was done, and what to do about it: three lines."""
    why, _, way_out = next((n for n in report.notices if n.startswith(report.ended)),
                           report.ended).partition("; next: ")
    text = Text(report.verdict.value.upper(), _VERDICT[report.verdict], no_wrap=True)
    text.append(f"  {one_line(why, 600)}")
    return [text, *([Text(f"next: {one_line(way_out, 300)}", no_wrap=True)] if way_out else []),
            Text(f"repeat: {report.reproduce}", "dim", no_wrap=True)]


def _rows(rows: Sequence[str], before: str, room: _Room, more: str) -> list[Text]:
    """As many rows as there is room for, each in its lines, and how many more there are."""
    fits = _ALL if room.rows == _ALL else room.lines * (width() - 1) - len(before)
    left = len(rows) - room.rows
    return [*(Text(before + one_line(row, fits), "yellow") for row in rows[: room.rows]),
            *([Text(f"  ... and {left} more {more} (-v shows all)", "yellow")] if left > 0 else [])]


def _stages(report: Report, room: _Room, *, verbose: bool) -> Text:
    """The stages; without ``verbose`` those that were well and quick are counted."""
    text = Text()
    told = [s for s in report.stages if verbose or s.status is not Status.PASS
            or s.seconds >= room.long]
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


def _looked_at(report: Report, room: _Room) -> list[Text]:
    """The lines about what was and was not looked at; they come first."""
    rows = [Text(summary.looked_at(report), "bold"),
            *_rows(summary.unchecked(report), "  not looked at: ", room, "were not looked at")]
    if report.inferred:
        rows += _rows(("; ".join(report.inferred),), "  rebuilt, not as posted: ", room, "")
    return [*rows, Text()]


def _tests(report: Report, *, verbose: bool) -> list[object]:
    if not report.changes:
        return []
    counts = {k: sum(1 for c in report.changes if c.kind is k) for k in ChangeKind}
    words = ", ".join(f"{n} {_KINDS.get(k, k.value)}{'s' * (n > 1 and k in _COUNTED)}"
                      for k, n in counts.items() if n)
    out: list[object] = [Text(f"Tests before and after: {words}")]
    available = [c for c in report.changes if c.kind is ChangeKind.NEWLY_AVAILABLE]
    if available:
        reasons = [c.reason_before for c in available if c.reason_before]
        longest = max(reasons, key=len, default="")
        out.append(Text(f"  newly available; on the base: {one_line(longest, 240)}", "dim"))
    failing = [c for c in report.changes if c.kind is ChangeKind.ALREADY_FAILING]
    if failing and (verbose or len(failing) <= _FAILING):
        out += [Text(f"  {one_line(c.name, 100)}: already fails on the base, not blamed on the "
                     "series", "dim") for c in failing]
    elif failing:
        out.append(Text(f"  {len(failing)} already fail on the base, not blamed on the series: "
                        f"{one_line(failing[0].name, 100)} ... (-v shows all)", "dim"))
    return out


def _measurements(report: Report, room: _Room, *, verbose: bool) -> list[object]:
    rows = summary.figures(report, every=verbose)
    if not rows:
        return []
    if not room.figures:
        return [Text(f"Measured: {len(rows)} figures differ (-v shows all)", "dim")]
    table = Table(box=None, pad_edge=False, show_edge=False)
    rest = len(summary.figures(report, every=True)) - len(rows)
    table.add_column(f"Measured ({rest} more are the same)" if rest else "Measured")
    table.add_column("base", justify="right")
    table.add_column("patched", justify="right")
    for name, _, before, after in rows[: room.figures]:
        table.add_row(Text(name), before, after)
    left = len(rows) - room.figures
    return [table, *([Text(f"... and {left} more that differ (-v shows all)", "dim")]
                     if left > 0 else [])]


def _offers(report: Report, room: _Room) -> list[object]:
    rows = summary.offers(report)
    if not rows:
        return []
    if not room.figures:
        return [Text(f"{summary.OFFERS}: {len(rows)} rows (-v shows all)", "dim")]
    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in (summary.OFFERS, "base", "patched"):
        table.add_column(name)
    for row in rows:
        table.add_row(*map(Text, row))
    return [table]


def render(report: Report, *, color: bool = False, verbose: bool = False) -> str:
    """The whole summary: at most :data:`SCREEN` lines unless ``verbose``."""
    report = load.cleaned(report)
    found = summary.ordered(report.findings)
    if report.verdict is Verdict.REFUSED and not (found or report.changes):
        return to_text(*_refusal(report), color=color)
    # A command is there to be copied: it is as long as it is, and counts as one line.
    tail = [Text(f"report: {report.out}/report.json", "dim")] if report.kept else []
    tail.append(Text(f"repeat: {report.reproduce}", "dim", no_wrap=True))
    fits, text = SCREEN - len(tail), ""
    for room in _ROOMS[:1] if verbose else _ROOMS:
        text = to_text(*_parts(report, found, room, verbose=verbose), color=color)
        if text.count("\n") <= fits:
            break
    else:  # a narrow terminal
        text = text if verbose else _cut(text, fits)
    return text + to_text(*tail, color=color)


def _cut(text: str, most: int) -> str:
    """The beginning of a text, and its last line, which is the verdict again."""
    rows = text.splitlines(keepends=True)
    return "".join((*rows[: most - 2], "... (-v shows all)\n", rows[-1]))


def _parts(report: Report, found: tuple[Finding, ...], room: _Room, *,
           verbose: bool) -> list[object]:
    """The parts of a summary, each cut to its room."""
    parts: list[object] = [_verdict(report, summary.verdict(report)), Text()]
    rows = [] if verbose else _causes(found, room)
    for item in found if verbose else ():
        parts += finding_lines(item, verbose=True)
    for row in rows:
        parts += _cause_lines(row)
    told = sum(len(row.findings) for row in rows)
    if rows and len(found) > told:
        parts.append(Text(f"... and {len(found) - told} more (-v shows all)", "dim"))
    if found:
        parts.append(Text())
    parts += _looked_at(report, room)
    parts += _tests(report, verbose=verbose)
    parts += _measurements(report, room, verbose=verbose)
    parts += _offers(report, room)
    parts.append(_stages(report, room, verbose=verbose))
    parts += _rows([one_line(n, 300) for n in report.notices], "note: ", room, "notes")
    if report.ended and not any(n.startswith(report.ended) for n in report.notices):
        parts.append(Text(f"note: {summary.headline(report)}", "yellow"))
    took = f", {report.seconds:.0f} s" if report.seconds else ""
    parts.append(_verdict(report, f"{summary.counts(report)}{took}"))
    return parts
