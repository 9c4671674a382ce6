# SPDX-License-Identifier: GPL-2.0-or-later
"""Changed lines as addresses of a kernel, and which of them a guest has executed. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness import csource
from harness.cover.linetable import Row, Table
from harness.evidence import Lost, Place

Symbols = Mapping[str, Collection[tuple[int, int]]]  # function -> (address, size) of each
NOTHING: Mapping[str, str] = {}
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
    """

    ranges: tuple[tuple[int, int], ...] = ()
    spans: tuple[Span, ...] = ()
    lost: tuple[Lost, ...] = ()
    statements: frozenset[Place] = frozenset()

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
        of both there); or only other code of them ran than that at which their statement begins.
        """
        seen = frozenset(addresses)
        shared = {(s.path, s.line) for s in self.spans if s.start == s.end and s.start in seen}
        return frozenset(shared | (self._touched(sorted(seen)) & self._unbegun(seen)))

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


def place(tables: Iterable[Table], known: Symbols, sources: Mapping[str, str] = NOTHING) -> Watch:
    """Find the code of some objects in a kernel; ``sources`` are the files that it is of.

    The linker moves a section as a whole: how far is what all of its functions agree on, of
    which there may be several of one name and size.
    """
    ranges: dict[tuple[int, int], None] = {}
    spans: dict[Span, None] = {}
    lost: dict[Lost, None] = {}
    for table in tables:
        for section in sorted({row.section for row in table.rows}):
            rows = [row for row in table.rows if row.section == section]
            by = _moved(table, section, known)
            if isinstance(by, str):
                lost[Lost(rows[0].path, rows[0].line, by)] = None
                continue
            spans |= dict.fromkeys(Span(r.start + by, r.end + by, r.path, r.line, r.begins)
                                   for r in rows)
            ranges |= dict.fromkeys(_around(table, section, rows, by))
    lines = {(span.path, span.line) for span in spans}
    begins = frozenset(row for path, text in sources.items()
                       for n in csource.statements(csource.parse(text.encode()))
                       if (row := (path, n)) in lines)
    return Watch(tuple(ranges), tuple(spans), tuple(lost), begins)


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


def _around(table: Table, section: int, rows: Iterable[Row], by: int,
            ) -> Iterator[tuple[int, int]]:
    """The functions that hold some code: a block is logged by where it begins."""
    mine = [f for f in table.functions if f.section == section]
    for row in rows:
        whole = next((f for f in mine if f.start <= row.start < f.start + f.size), None)
        yield (whole.start + by, whole.size) if whole else (row.start + by, row.end - row.start)
