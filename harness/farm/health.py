# SPDX-License-Identifier: GPL-2.0-or-later
"""The health of the trees that series are judged on, out of what the checks of series saw. Pure.

Each check builds and boots the base too. What fails on it is nobody's fault, but somebody has to
know; a test that ends now so and now so says something only over many runs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from harness.clean import one_line
from harness.model import BAD, ChangeKind, Report, Status

RUNS = 15  # of a tree that are looked back on: as many clean ones NIPA asks of a test
_MOST = 50  # tests of a tree that are named


@dataclass(frozen=True, slots=True)
class Seen:
    """What one check saw of its base. ``builds`` and ``boots``: None where it did not look."""

    tree: str
    ended: float
    base: str = ""
    builds: bool | None = None
    boots: bool | None = None
    failing: frozenset[str] = frozenset()
    unsteady: frozenset[str] = frozenset()
    ran: frozenset[str] = frozenset()
    ends: tuple[tuple[str, Status], ...] = ()  # how each test ended on the base


@dataclass(frozen=True, slots=True)
class Health:
    """A tree: the newest look at it, and its tests as (name, how often, of how many runs)."""

    newest: Seen
    runs: int
    failing: tuple[tuple[str, int, int], ...] = ()
    unsteady: tuple[tuple[str, int, int], ...] = ()


def seen(tree: str, ended: float, report: Report) -> Seen | None:
    """What a report says of its base; None where nothing was built or booted."""
    stages = {s.name: s.status for s in report.stages}
    builds, boots = (_went(stages.get(name)) for name in ("build-base", "boot-base"))
    if builds is None and boots is None:
        return None
    rows = [c for c in report.changes if c.before not in {Status.SKIP, Status.NOT_RUN}]
    return Seen(
        tree, ended, report.base[:12], builds, boots,
        frozenset(one_line(c.name, 100) for c in rows if c.before in BAD),
        frozenset(one_line(c.name, 100) for c in rows
                  if Status.FLAKY in {c.before, c.after} or c.kind is ChangeKind.FLAKY),
        frozenset(one_line(c.name, 100) for c in rows),
        tuple((one_line(c.name, 300), c.before) for c in rows))  # what a series does is its own


def _went(status: Status | None) -> bool | None:
    return None if status in {None, Status.SKIP, Status.NOT_RUN} else status is Status.PASS


def of(rows: Iterable[Seen]) -> tuple[Health, ...]:
    """The health of each tree, by name; of each its last ``RUNS`` checks count."""
    trees: dict[str, list[Seen]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: -r.ended):
        if len(trees[row.tree]) < RUNS:
            trees[row.tree].append(row)
    return tuple(Health(last[0], len(last), _counted(last, [r.failing for r in last]),
                        _counted(last, [r.unsteady for r in last]))
                 for _, last in sorted(trees.items()))


def _counted(last: list[Seen], names: list[frozenset[str]],
             ) -> tuple[tuple[str, int, int], ...]:
    found = Counter(name for row in names for name in row)
    ran = Counter(name for row in last for name in row.ran)
    return tuple((name, n, ran[name]) for name, n in found.most_common(_MOST))
