# SPDX-License-Identifier: GPL-2.0-or-later
"""The same tests on several architectures, beside one another. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.arch import MACHINES, NATIVE_TARGET
from harness.model import BAD, Change, Status

_PREFIXES = {f"{m.name}:": m.name for m in MACHINES}


@dataclass(frozen=True, slots=True)
class Cell:
    """One test on one architecture: how it ended on the base and with the series, and why so."""

    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """Tests by architecture.

    ``totals``: for each machine how many passed, failed and did not run, on the base and with the
    series. ``rows``: the name of a test and a cell for each machine, None where it has none.
    """

    machines: tuple[str, ...]
    totals: tuple[tuple[tuple[int, int, int], tuple[int, int, int]], ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]


def _split(name: str) -> tuple[str, str]:
    """The machine of a test, and its name there."""
    prefix, colon, rest = name.partition(":")
    machine = _PREFIXES.get(prefix + colon)
    return (machine, rest) if machine else (NATIVE_TARGET.name, name)


def table(changes: Iterable[Change]) -> Table | None:
    """The table; None where all tests ran on one architecture."""
    found: dict[str, dict[str, Change]] = {}
    names: dict[str, None] = {}
    for row in changes:
        machine, name = _split(row.name)
        found.setdefault(name, {})[machine] = row
        names.setdefault(machine)
    machines = tuple(names)
    if len(machines) < 2:
        return None
    return Table(machines, tuple(
        (_counted(rows[m].before for rows in found.values() if m in rows),
         _counted(rows[m].after for rows in found.values() if m in rows)) for m in machines),
        tuple((name, tuple(_cell(rows.get(m)) for m in machines)) for name, rows in found.items()))


def _counted(ends: Iterable[Status]) -> tuple[int, int, int]:
    rows = list(ends)
    good = sum(end in {Status.PASS, Status.XFAIL} for end in rows)
    bad = sum(end in BAD for end in rows)
    return good, bad, len(rows) - good - bad


def _cell(row: Change | None) -> Cell | None:
    if row is None:
        return None
    return Cell(row.before.value, row.after.value, row.reason_after or row.reason_before)
