# SPDX-License-Identifier: GPL-2.0-or-later
"""Changed lines as addresses of a kernel, and which of them a guest has executed. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness import csource
from harness.cover.linetable import Function, Table
from harness.evidence import Lost, Place

Symbols = Mapping[str, Collection[tuple[int, int]]]  # function -> (address, size) of each
NEAR = 64  # bytes between functions that are watched as one
NOTHING: Mapping[str, str] = {}
_BRACES = re.compile(r"[\s{}();]+")
_NM = re.compile(r"^([0-9a-f]{1,16}) ([0-9a-f]{1,16}) [tTwW] (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Span:
    """Code of a kernel, from ``start`` to ``end`` (not included), that comes from a line.

    Where both are the same the line begins there, and the code is another one's. ``begins``: a
    statement of the line begins there.
    """

    start: int
    end: int
    path: str
    line: int
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """What is to be looked at in a kernel: functions as (address, size), and code by lines.

    ``lost``: the code of which nothing can be said; empty where all of it was found.
    ``statements``: the lines on which one begins in the source, whatever gcc has made of it.
    ``partial``: files of whose code only a part was looked for. ``implied``: lines, each with one
    that does not run without it; ``others`` is the code of such lines that were not asked for.
    ``vague``: lines of which their code says nothing: a label or brace (with itself), and where a
    condition goes on (with the line where it begins).
    """

    ranges: tuple[tuple[int, int], ...] = ()
    spans: tuple[Span, ...] = ()
    lost: tuple[Lost, ...] = ()
    statements: frozenset[Place] = frozenset()
    partial: frozenset[str] = frozenset()
    implied: tuple[tuple[Place, Place], ...] = ()
    others: tuple[Span, ...] = ()
    vague: tuple[tuple[Place, Place], ...] = ()

    @property
    def places(self) -> frozenset[Place]:
        """The lines that have an instruction of their own."""
        return frozenset((s.path, s.line) for s in self.spans if s.start < s.end)

    def executed(self, addresses: Collection[int]) -> frozenset[Place]:
        """The lines of which at least one of these instructions is.

        Where a statement begins on a line, its beginning has to have run too: gcc may have put
        other code of it before a condition that was not met.
        """
        seen = frozenset(addresses)
        return frozenset(self._touched(sorted(seen)) - self._unbegun(seen))

    def passed(self, addresses: Collection[int]) -> frozenset[Place]:
        """The lines that may have run, and are not known to have.

        They begin where one of these instructions is, and it is another line's (gcc has made one
        of both there); or only other code of them ran than that at which their statement begins;
        or only a part of their file's code was looked for; or what does not run without them ran.
        """
        seen = frozenset(addresses)
        shared = {(s.path, s.line) for s in self.spans if (s.start == s.end and s.start in seen)
                  or s.path in self.partial}
        ran = self._sure(seen)
        vague = {line for line, head in self.vague if line == head or head in ran}
        mine = {(s.path, s.line) for s in self.spans}
        return frozenset(shared | (self._touched(sorted(seen)) & self._unbegun(seen))
                         | (((ran | vague) & mine) - self.executed(seen)))

    def _sure(self, seen: Collection[int]) -> set[Place]:
        """The lines that have run, by their own code or because others have that need them."""
        if not self.implied and not self.vague:
            return set()
        ran = set(replace(self, spans=self.spans + self.others).executed(seen))
        needed: dict[Place, list[Place]] = {}
        for line, after in self.implied:
            needed.setdefault(after, []).append(line)
        left = list(ran)
        while left:
            for line in needed.get(left.pop(), ()):
                if line not in ran:
                    ran.add(line)
                    left.append(line)
        return ran

    def limited(self, most: int) -> Watch:
        """The same with at most so many ranges; code of others is lost."""
        kept = _joined(self.ranges)[:most]
        ends = sorted((start + length, start) for start, length in kept)

        def inside(span: Span) -> bool:
            at = bisect_right(ends, (span.start, 1 << 64))
            return at < len(ends) and ends[at][1] <= span.start
        spans = tuple(s for s in self.spans if s.start == s.end or inside(s))
        gone = dict.fromkeys((s.path, s.line) for s in self.spans if not (
            s.start == s.end or inside(s)))
        return replace(self, ranges=kept, spans=spans, partial=self.partial | {
            path for path, _ in gone}, lost=(*self.lost, *(
                Lost(path, line, f"more than {most} functions hold changed lines")
                for path, line in gone)))

    def _touched(self, ordered: Sequence[int]) -> set[Place]:
        return {(s.path, s.line) for s in self.spans
                if bisect_left(ordered, s.start) < bisect_left(ordered, s.end)}

    def _unbegun(self, seen: Collection[int]) -> set[Place]:
        """The lines on which statements begin, none of which has."""
        begins = {(s.path, s.line) for s in self.spans if s.begins}
        begun = {(s.path, s.line) for s in self.spans if s.begins and s.start in seen}
        return (begins | self.statements) - begun


def symbols(text: str) -> dict[str, set[tuple[int, int]]]:
    """Functions out of what ``nm -S`` prints."""
    found: dict[str, set[tuple[int, int]]] = {}
    for address, size, name in _NM.findall(text):
        found.setdefault(name, set()).add((int(address, 16), int(size, 16)))
    return found


MOST_OTHERS = 400  # lines of a file that are looked at besides


def with_needed(wanted: Mapping[str, frozenset[int]], sources: Mapping[str, str],
                ) -> dict[str, frozenset[int]]:
    """Lines that are asked for, and those that do not run without them."""
    found = {}
    for path, lines in wanted.items():
        rows, left = set(lines), sorted(lines)
        known = csource.implied(_parsed(sources.get(path, "")))
        while left and len(rows) < len(lines) + MOST_OTHERS:
            more = known.get(left.pop(0), frozenset()) - rows
            rows |= more
            left += sorted(more)
        found[path] = frozenset(rows)
    return found


def _parsed(text: str) -> csource.Node:
    return csource.parse(text.encode("utf-8", "surrogateescape"))


def _vague(text: str, root: csource.Node) -> dict[int, int]:
    bare = {n: n for n, row in enumerate(text.split("\n"), 1) if _BRACES.fullmatch(row)}
    return bare | {n: n for n in csource.labels(root)} | csource.heads(root)


def place(tables: Iterable[Table], known: Symbols, sources: Mapping[str, str] = NOTHING,
          wanted: Mapping[str, frozenset[int]] | None = None) -> Watch:
    """Find the code of some objects in a kernel; ``sources`` are the files that it is of.

    ``wanted``: the lines that are asked for, where the tables have more. The linker moves a section
    as a whole: how far is what all of its functions agree on, of which there may be several of one
    name and size.
    """
    ranges: dict[tuple[int, int], None] = {}
    spans: dict[Span, None] = {}
    others: dict[Span, None] = {}
    lost: dict[Lost, None] = {}
    for table in tables:
        for section in sorted({row.section for row in table.rows}):
            rows = [row for row in table.rows if row.section == section]
            by = _moved(table, section, known)
            mine = [f for f in table.functions if f.section == section]
            for row in rows:
                whole = next((f for f in mine if f.start <= row.start < f.start + f.size), None)
                why = by if isinstance(by, str) else _another(whole, by, known)
                asked = wanted is None or row.line in wanted.get(row.path, ())
                if why or isinstance(by, str):
                    if asked:
                        lost[Lost(row.path, row.line, why)] = None
                    continue
                span = Span(row.start + by, row.end + by, row.path, row.line, row.begins)
                (spans if asked else others)[span] = None
                if not asked:
                    continue
                # A block is logged by where it begins.
                start, size = (whole.start, whole.size) if whole else (
                    row.start, row.end - row.start)
                if size:
                    ranges[start + by, size] = None
    lines = {(span.path, span.line) for span in (*spans, *others)}
    roots = {path: _parsed(text) for path, text in sources.items()}
    begins = frozenset((path, n) for path, root in roots.items()
                       for n in csource.statements(root) if (path, n) in lines)
    implied = tuple(((path, n), (path, after)) for path, root in roots.items()
                    for n, rows in csource.implied(root).items() for after in sorted(rows)
                    if (path, n) in lines or (path, after) in lines)
    vague = tuple(((path, n), (path, head)) for path, text in sources.items()
                  for n, head in _vague(text, roots[path]).items() if (path, n) in lines)
    return Watch(tuple(ranges), tuple(spans), tuple(lost), begins, implied=implied,
                 others=tuple(others), vague=vague)


def has_statements(text: str, lines: Collection[int]) -> bool:
    """Whether a statement that computes anything begins on one of these lines of a source."""
    return not csource.statements(_parsed(text)).isdisjoint(lines)


def _moved(table: Table, section: int, known: Symbols) -> int | str:
    """By how much a section was moved, or why that cannot be said."""
    agreed: set[int] | None = None
    for function in table.functions:
        if function.section != section:
            continue
        there = {address - function.start for address, size in known.get(function.name, ())
                 if size == function.size}
        if there:
            agreed = there if agreed is None else agreed & there
    if agreed is None:
        return "its code is not in the kernel that boots"
    if len(agreed) != 1:
        return "several functions of the kernel have its name" if agreed else (
            "its functions are not those of the kernel that boots")
    return next(iter(agreed))


def _another(function: Function | None, by: int, known: Symbols) -> str:
    """Why a function is not the one of its name that the kernel has there; "" if it is."""
    if function is None or (function.start + by, function.size) in known.get(function.name, ()):
        return ""
    return "its function is another one in the kernel that boots"


def _joined(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Ranges in order, those that nearly touch as one."""
    rows: list[tuple[int, int]] = []
    for start, length in sorted(ranges):
        if rows and start <= sum(rows[-1]) + NEAR:
            first = rows[-1][0]
            rows[-1] = (first, max(rows[-1][1], start + length - first))
        else:
            rows.append((start, length))
    return tuple(rows)
