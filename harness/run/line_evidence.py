# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of each line that a series brings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from harness import csource
from harness.csource import lines
from harness.evidence import (
    RUN,
    BuiltFile,
    Changed,
    FileKind,
    Gap,
    Line,
    LineState,
    Look,
    Lost,
    Place,
    Ran,
    kind_of,
)

UNSAID = "the preprocessor did not say whether it is compiled"
MOST = 2000  # lines of one file that are told
MOST_TEXT = 200  # characters of one


def unsaid(lines_: Iterable[Line], gaps: Iterable[Gap]) -> Iterator[Gap]:
    """The gap for lines that no build has, where none says so yet."""
    missing = [line for line in lines_ if line.state is LineState.NOT_COMPILED]
    if missing and not any(g.look is Look.COMPILED for g in gaps):
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        yield Gap(Look.COMPILED, f"line {missing[0].number}{more}: {missing[0].why}")


@dataclass(frozen=True, slots=True)
class Traced:
    """What the guests of a run have shown of lines.

    ``known``: those with instructions of their own in a kernel that was watched; ``boot``: those
    that a boot without tests has executed; ``by``: the groups of tests that have executed one;
    ``asked``: whether any kernel was watched; ``lost``: code that was not found.
    """

    known: frozenset[Place] = frozenset()
    boot: frozenset[Place] = frozenset()
    by: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)
    asked: bool = False
    lost: tuple[Lost, ...] = ()

    def of(self, place: Place) -> tuple[Ran, tuple[str, ...]]:
        """Whether a line has run, and which tests ran it."""
        if not self.asked:
            return Ran.UNASKED, ()
        if place in self.by:
            return Ran.TESTS, self.by[place]
        if place in self.boot:
            return Ran.BOOT, ()
        return Ran.NOT if place in self.known else Ran.UNKNOWN, ()


NOTHING = Traced()


def of_file(item: Changed, builds: Iterable[tuple[str, BuiltFile]], gaps: Iterable[Gap],
            traced: Traced = NOTHING) -> tuple[Line, ...]:
    """The lines of a file, given what the builds, the guests and the gaps say of it."""
    if kind_of(item.path) not in RUN or item.after is None or item.same:
        return ()
    having = [(name, row) for name, row in builds if row.path == item.path and row.objects]
    return tuple(_lines(item, having, tuple(gaps), traced))[:MOST]


def _ran(traced: Traced, path: str, number: int, whole: Mapping[int, int],
         ) -> tuple[Ran, tuple[str, ...]]:
    """Whether a line ran; one on which a statement goes on did where its first line did."""
    found = traced.of((path, number))
    return traced.of((path, whole[number])) if found[0] is Ran.UNKNOWN and number in whole else (
        found)


def _lines(item: Changed, having: list[tuple[str, BuiltFile]], gaps: tuple[Gap, ...],
           traced: Traced) -> Iterator[Line]:
    code = lines.code(item.after or "")
    rows = (item.after or "").split("\n")
    missing = next((g.reason for g in gaps if g.look is Look.COMPILED), "")
    # A header for userspace alone is in no object; the comparison has compiled it.
    alone = [] if having or missing or kind_of(item.path) is not FileKind.UAPI else ["userspace"]
    whole = csource.parts(csource.parse((item.after or "").encode("utf-8", "surrogateescape"))
                          ) if traced.asked else {}
    for number in item.come:
        text = rows[number - 1][:MOST_TEXT] if number <= len(rows) else ""
        where = [name for name, row in having if number in row.lines] or alone
        if number not in code:
            yield Line(number, LineState.NOT_CODE, "", text)
        elif where:
            yield Line(number, LineState.COMPILED, ", ".join(where), text,
                       *_ran(traced, item.path, number, whole))
        else:
            words = next((w for _, row in having for n, w in row.off if n == number), "")
            why = f"left out by {words}" if words else missing or UNSAID
            yield Line(number, LineState.NOT_COMPILED, why, text)
