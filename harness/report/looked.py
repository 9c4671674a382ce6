# SPDX-License-Identifier: GPL-2.0-or-later
"""What was looked at, in words and figures. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from harness.evidence import (
    BUILT,
    SAID,
    FileEvidence,
    FileKind,
    LineState,
    Look,
    Ran,
    few,
    plural,
    runs,
)


def _places(files: Iterable[FileEvidence], look: Look) -> str:
    return ", ".join(dict.fromkeys(s.where for f in files for s in f.seen
                                   if s.look is look and s.where))


def sentence(files: tuple[FileEvidence, ...], booted: str, tests: str, *, builds: bool = True,
             ) -> str:
    """Summarise what was looked at; the caller supplies the clauses ``booted`` and ``tests``.

    ``builds``: False where the caller has said already that nothing is built.
    """
    parts = []
    built = [f for f in files if f.kind in BUILT or f.has(Look.COMPILED)
             or any(g.look is Look.COMPILED for g in f.gaps)]
    unchanged = [f for f in built if f.has(Look.UNCHANGED) and not f.has(Look.COMPILED)]
    built = [f for f in built if f not in unchanged]
    if built and builds:
        done = [f for f in built if f.has(Look.COMPILED)
                and not any(g.look is Look.COMPILED for g in f.gaps)]
        of = f"{len(done)} of {plural(len(built), 'file')}"
        where = _places(done, Look.COMPILED)
        count = line_count(files)
        parts.append(f"compiled {of}" + (f" and {count}" if count else "")
                     + (f" ({where})" if where else ""))
        if by := ran_count(files):
            parts.append(by)
    if unchanged:
        parts.append(f"{plural(len(unchanged), 'file')} with the same code as before")
    headers = [f for f in files if f.has(Look.COMPARED)]
    if headers:
        parts.append(f"{plural(len(headers), 'header')} compared "
                     f"({_places(headers, Look.COMPARED)})")
    parts += [clause for clause in (booted, tests) if clause]
    documents = sum(1 for f in files if f.kind is FileKind.DOCUMENT)
    if documents and not parts:
        parts.append(f"read {plural(documents, 'document')}")
    return ", ".join(parts) or "nothing was looked at"


def line_count(files: Iterable[FileEvidence]) -> str:
    """``118 of 121 changed lines of code``; empty where no build was asked for lines."""
    code = [line for f in files for line in f.lines if line.state is not LineState.NOT_CODE]
    done = sum(1 for line in code if line.state is LineState.COMPILED)
    return f"{done} of {plural(len(code), 'changed line')} of code" if code else ""


def ran(files: Iterable[FileEvidence]) -> list[Ran]:
    """Whether each line ran that was looked for; nothing where it is known of none."""
    rows: list[Ran] = [line.ran for f in files for line in f.lines if line.ran != Ran.UNASKED]
    return rows if SAID.intersection(rows) else []


def ran_count(files: Iterable[FileEvidence]) -> str:
    """``96 executed by tests, 9 by the boot, 13 by nothing, 3 unknown``; empty where nobody asked.

    Of the last the compiler has made a part of others' code.
    """
    rows = ran(files)
    if not rows:
        return ""
    tests, boot, nothing, unknown = (
        rows.count(r) for r in (Ran.TESTS, Ran.BOOT, Ran.NOT, Ran.UNKNOWN))
    return ", ".join(filter(None, (
        f"{tests} executed by tests", f"{boot} by the boot" * bool(boot),
        f"{nothing} by nothing" * bool(nothing),
        f"{unknown} unknown (no instruction of their own)" * bool(unknown))))


def not_executed(files: Iterable[FileEvidence]) -> tuple[str, ...]:
    """The lines that nothing has executed, as ``mm/slub.c:318-330``."""
    return tuple(f"{f.path}:{', '.join(runs(numbers))}" for f in files if (
        numbers := [line.number for line in f.lines if line.ran is Ran.NOT]))


def gap_lines(files: Iterable[FileEvidence], most: int = 12) -> tuple[str, ...]:
    """One line for each gap; files with the same reason share a line."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for item in files:
        for gap in item.gaps:
            rows.setdefault((f"not {gap.look}", gap.reason, gap.hint), []).append(item.path)
    lines = [f"{few(paths)}: {word}: {reason}{f'; {hint}' if hint else ''}"
             for (word, reason, hint), paths in rows.items()]
    return tuple(lines[:most]) + ((f"and {len(lines) - most} more",) if len(lines) > most else ())
