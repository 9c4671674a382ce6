# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of a patch that a finding is about, as a reviewer would quote it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_HUNK = re.compile(r"^@@ -\d{1,9}(?:,\d{1,9})? \+(\d{1,9})(?:,(\d{1,9}))? @@")
NEAR = 20  # lines that a struct's or function's first line may be above the hunk
AROUND = 2  # lines of a hunk before and after the one that counts


@dataclass(frozen=True, slots=True)
class QuotedHunk:
    """One hunk; ``start`` and ``length`` are lines of the new file."""

    path: str
    start: int
    length: int
    head: str
    lines: tuple[str, ...]

    def distance(self, line: int) -> int:
        """Distance of a line of the new file from the hunk; 0 inside it."""
        return max(self.start - line, line - (self.start + self.length - 1), 0)


def hunks(diff: str) -> tuple[QuotedHunk, ...]:
    """The hunks of a diff that has been found sound."""
    found: list[QuotedHunk] = []
    path, head, body = "", "", list[str]()

    def end() -> None:
        match = _HUNK.match(head)
        if match:
            found.append(QuotedHunk(path, int(match.group(1)), int(match.group(2) or 1), head,
                                    tuple(body)))

    for row in diff.splitlines():
        if row.startswith("@@ "):
            end()
            head, body = row, []
        elif head and row[:1] in {" ", "+", "-", "\\", ""}:
            body.append(row)
        else:
            end()
            head, body = "", []
            if row.startswith("+++ "):
                path = row[4:].partition("\t")[0].removeprefix("b/")
    end()
    return tuple(found)


def nearest(rows: Iterable[QuotedHunk], path: str, line: int) -> QuotedHunk | None:
    """The hunk that holds a line of the new file, or begins soon after it."""
    near = [h for h in rows if h.path == path and h.distance(line) <= NEAR]
    return min(near, key=lambda h: h.distance(line), default=None)


def excerpt(hunk: QuotedHunk, lines: Iterable[int], most: int = 12) -> tuple[str, ...]:
    """Lines of a hunk to quote: changes near ``lines`` of the new file, at most ``most``."""
    at, spots = hunk.start, []
    wanted = sorted(lines)
    for row in hunk.lines:
        spots.append(at)
        at += row[:1] != "-"
    target = wanted[0] if wanted else hunk.start
    best = min(range(len(spots)), key=lambda n: abs(spots[n] - target), default=0)
    changed = [n for n, row in enumerate(hunk.lines) if row[:1] in {"+", "-"}]
    # A struct's first line says where it is; what is commented is its nearest change.
    if changed and not any(abs(n - best) <= AROUND for n in changed):
        best = min(changed, key=lambda n: abs(n - best))
    first = max(0, best - AROUND)
    last = min(len(hunk.lines), max(first + most, best + AROUND + 1))
    last = min(last, first + most)
    while last > best + 1 and hunk.lines[last - 1][:1] == " " and last - best > AROUND + 1:
        last -= 1
    return (hunk.head, *hunk.lines[first:last])
