# SPDX-License-Identifier: GPL-2.0-or-later
"""What the runs of a benchmark measured, as the table that perf prints and as comparisons. Pure.

A benchmark measures "ARM | WHAT | N" for each of N workers, a time where its unit is one, else a
count; and "ARM | ACCESS | samples", "| time" and "| squares" for what it traced (kvmstat.h). Other
names are nobody's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from harness.bench import ranks
from harness.model import Measurement

BASE, PATCHED = SIDES = ("base", "patched")
TIMES = frozenset({"ns", "us", "ms", "s"})
_TRACED = frozenset({"samples", "time", "squares"})


@dataclass(frozen=True, slots=True)
class Row:
    """One access of the table: sums over all runs, and the mean time of each run in us."""

    access: str
    samples: float
    time: float
    squares: float
    means: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The average time in us."""
        return self.time / self.samples if self.samples else 0.0

    @property
    def spread(self) -> float:
        """The standard error of the mean as a share of it, as perf has it (util/stat.c)."""
        if self.samples < 2 or not self.mean:
            return 0.0
        variance = max(0.0, self.squares - self.time * self.mean) / (self.samples - 1)
        return math.sqrt(variance / self.samples) / self.mean


Run = Mapping[tuple[str, str], Mapping[str, Measurement]]  # (arm, what) -> column -> figure


def read(measured: Iterable[Measurement]) -> Run:
    """The figures of one run by arm and subject."""
    found: dict[tuple[str, str], dict[str, Measurement]] = {}
    for one in measured:
        parts = one.name.split(" | ")
        if len(parts) == 3 and (parts[2] in _TRACED or parts[2].isdecimal()):
            found.setdefault((parts[0], parts[1]), {})[parts[2]] = one
    return found


def table(runs: Iterable[Run], arm: str) -> tuple[Row, ...]:
    """The accesses that were traced, the most time first."""
    rows: dict[str, Row] = {}
    for run in runs:
        for (where, what), columns in run.items():
            if where != arm or not columns.keys() >= _TRACED:
                continue
            old = rows.get(what, Row(what, 0, 0, 0, ()))
            number, time, squares = (columns[c].value for c in ("samples", "time", "squares"))
            if number <= 0 or time < 0 or squares < 0:
                continue
            rows[what] = Row(what, old.samples + number, old.time + time, old.squares + squares,
                             (*old.means, time / number))
    return tuple(sorted(rows.values(), key=lambda r: -r.time))


def document(runs: Mapping[str, Sequence[Run]]) -> list[dict[str, Any]]:
    """Both sides, arm by arm: tables, counts, and times with what may be said of them."""
    arms = list(dict.fromkeys(arm for side in SIDES for run in runs[side] for arm, _ in run))
    asked = [(arm, what) for arm in arms for what in _what(runs, arm)]
    tables = {(side, arm): table(runs[side], arm) for side in SIDES for arm in arms}
    timed = [(arm, what) for arm, what in asked if _unit(runs, arm, what) in TIMES]
    shared = [(arm, old, new) for arm in arms for old in tables[BASE, arm]
              for new in tables[PATCHED, arm] if old.access == new.access]
    questions = len(timed) + len(shared)
    return [{
        "arm": arm,
        "tables": {side: _rows(tables[side, arm]) for side in SIDES},
        "counts": [_count(runs, arm, what) for where, what in asked
                   if where == arm and (arm, what) not in timed],
        "times": [
            *(_time(what, _unit(runs, arm, what), (_workers(runs[BASE], arm, what),
                                                   _workers(runs[PATCHED], arm, what)), questions)
              for where, what in timed if where == arm),
            *(_time(f"{old.access}, average", "us", (old.means, new.means), questions)
              for where, old, new in shared if where == arm)],
    } for arm in arms]


def _what(runs: Mapping[str, Sequence[Run]], arm: str) -> list[str]:
    return list(dict.fromkeys(
        what for side in SIDES for run in runs[side] for (where, what), columns in run.items()
        if where == arm and not _TRACED & columns.keys()))


def _unit(runs: Mapping[str, Sequence[Run]], arm: str, what: str) -> str:
    return next((m.unit for side in SIDES for run in runs[side]
                 for m in run.get((arm, what), {}).values()), "")


def _values(run: Run, arm: str, what: str) -> list[float]:
    return [m.value for m in run.get((arm, what), {}).values()]


def _workers(runs: Iterable[Run], arm: str, what: str) -> list[float]:
    """One figure for each run: the median of its workers, who are not independent of another."""
    return [median(values) for run in runs if (values := _values(run, arm, what))]


def _rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    samples, time = sum(r.samples for r in rows), sum(r.time for r in rows)
    return [{"access": r.access, "samples": r.samples, "samples_share": r.samples / samples,
             "time_share": r.time / time if time else 0.0, "average_us": r.mean,
             "spread": r.spread, "runs": len(r.means)} for r in rows]


def _count(runs: Mapping[str, Sequence[Run]], arm: str, what: str) -> dict[str, Any]:
    """A count of each worker in each run: the least and the most."""
    found = {side: [v for run in runs[side] for v in _values(run, arm, what)] for side in SIDES}
    return {"what": what, **{side: [min(v), max(v)] if v else [] for side, v in found.items()}}


def _time(what: str, unit: str, sides: tuple[Sequence[float], Sequence[float]], questions: int,
          ) -> dict[str, Any]:
    """A time on both sides, and the factor between them where one may be claimed."""
    found = ranks.factor(*sides, questions)
    return {"what": what, "unit": unit, BASE: _median(sides[0]), PATCHED: _median(sides[1]),
            "factor": None if found is None else asdict(found)}


def _median(values: Sequence[float]) -> dict[str, Any]:
    """The median with its quartiles, and the figure of each run in their order."""
    if not values:
        return {"median": None, "low": None, "high": None, "values": []}
    rows = sorted(values)
    quarter = [rows[round(q * (len(rows) - 1))] for q in (0.25, 0.75)]
    return {"median": median(rows), "low": quarter[0], "high": quarter[1], "values": list(values)}


def steady(data: Iterable[Mapping[str, Any]]) -> bool:
    """Whether each count was the same in all runs of a side."""
    return all(a == b for arm in data for row in arm["counts"] for side in SIDES
               for a, b in pairwise(row[side]))
