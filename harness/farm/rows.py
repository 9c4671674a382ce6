# SPDX-License-Identifier: GPL-2.0-or-later
"""What came of the jobs of a matrix, as rows: from a ledger, in a document, as a table."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from harness.clean import clean, one_line
from harness.errors import InputRefusedError
from harness.farm import wire
from harness.farm.jobs import WRONG_USE, Spec
from harness.farm.ledger import (
    DONE,
    ELSEWHERE,
    GIVEN_UP,
    QUEUED,
    RUNNING,
    Job,
    Ledger,
    outcome,
)
from harness.system import files

NAME = "matrix.json"  # in the folder of a matrix
SCHEMA = 1
MOST = 256 << 20  # bytes of a document that is read
_FINDINGS, _REFUSED, _INCOMPLETE, _TROUBLE, _BUG = 1, 3, 4, 5, 70
_STATES = {DONE, GIVEN_UP, ELSEWHERE, QUEUED, RUNNING}


@dataclass(frozen=True, slots=True)
class Row:
    """One job; ``seconds`` are those that it took."""

    key: str
    title: str
    version: int
    spec: Spec
    state: str
    verdict: str
    code: int
    errors: int
    warnings: int
    words: str
    tries: int
    seconds: float

    @property
    def outcome(self) -> str:
        """Its verdict, or the state that it is in."""
        return outcome(self.state, self.verdict)

    @property
    def column(self) -> str:
        """What the series was tried on."""
        return one_line(" ".join(column(self.spec)), 60) or "no tree"

    @property
    def known(self) -> int:
        """How much is known: nothing, that it was given up, a verdict."""
        return {DONE: 2, GIVEN_UP: 1}.get(self.state, 0)


def column(spec: Spec) -> tuple[str, ...]:
    """What a series is tried on, in words."""
    return tuple(w for w in (*spec.trees, spec.flavour, *spec.arches) if w)


def of(ledger: Ledger, keys: Iterable[str]) -> list[Row]:
    """The rows of these jobs."""
    wanted = dict.fromkeys(keys)
    titles = {s.key: (s.title, s.version) for s in ledger.sendings()}
    jobs = {j.key: j for j in ledger.jobs() if j.key in wanted}
    return [_row(jobs[k], *titles[jobs[k].series]) for k in wanted]


def _row(job: Job, title: str, version: int) -> Row:
    return Row(job.key, title, version, Spec.of(job.spec), job.state, job.verdict, job.code,
               job.errors, job.warnings, job.words, job.tries,
               round(max(0.0, job.ended - job.began), 1))


def document(rows: Sequence[Row], differ: Sequence[str], place: Path) -> dict[str, Any]:
    """As JSON has it; ``place`` has the folders of the jobs."""
    def one(row: Row) -> dict[str, Any]:
        found = {f.name: getattr(row, f.name) for f in fields(row)}
        return {n: clean(v) if isinstance(v, str) else v for n, v in found.items()} | {
            "spec": json.loads(row.spec.json), "folder": str(place / "jobs" / row.key)}
    return {"document": "matrix", "schema_version": SCHEMA, "exit_code": code(rows),
            "differ": list(differ), "jobs": [one(r) for r in rows]}


def read(path: Path) -> list[Row]:
    """The rows of a document that another machine wrote: nothing of it is believed.

    Raises ``InputRefusedError`` for what is none.
    """
    try:
        return _rows(json.loads(files.read(path, MOST)))
    except OSError as error:
        raise InputRefusedError(f"{path}: {error.strerror}", hint="the folder of a matrix's --out"
                                ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputRefusedError(f"{path}: no answer of a matrix: {type(error).__name__}: "
                                f"{one_line(str(error), 80)}") from None


def _rows(data: dict[str, Any]) -> list[Row]:
    if (data["document"], data["schema_version"]) != ("matrix", SCHEMA):
        raise ValueError(str(data["schema_version"])[:20])
    return [_read(row) for row in data["jobs"]]


def _read(row: dict[str, Any]) -> Row:
    spec = Spec.of(json.dumps(row["spec"]))
    made = Row(**wire.values(Row, row, 300, spec=spec))
    if made.key != spec.key or made.state not in _STATES:
        raise ValueError("a key")
    if made.state == DONE:
        wire.sound(made.verdict, made.code, again=False)
    return made


def code(rows: Sequence[Row]) -> int:
    """The exit code of all jobs together: the worst of them."""
    codes = {_code(row) for row in rows}
    if codes == {_REFUSED}:
        return _REFUSED
    for bad in (_BUG, _FINDINGS, WRONG_USE, _TROUBLE):
        if bad in codes:
            return bad
    return _INCOMPLETE if codes - {0} or not rows else 0


def _code(row: Row) -> int:
    if row.state == GIVEN_UP:
        return row.code if row.code in {_BUG, WRONG_USE} else _TROUBLE
    return row.code if row.state == DONE else _INCOMPLETE


def table(rows: Sequence[Row]) -> str:
    """Series and what they were tried on, and below it why, for people."""
    columns = list(dict.fromkeys(r.column for r in rows))
    same: dict[tuple[str, int], set[str]] = defaultdict(set)
    for row in rows:
        same[row.title, row.version].add(row.spec.series)
    lines: dict[str, dict[str, str]] = {}
    for row in rows:
        mark = f"[{row.spec.series[:6]}] " if len(same[row.title, row.version]) > 1 else ""
        lines.setdefault(f"{mark}{name(row)}", {})[row.column] = row.outcome
    cells = [("series", *columns), *((one_line(n, 60), *(c.get(w, "") for w in columns))
                                     for n, c in lines.items())]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    text = "".join("  ".join(w.ljust(n) for w, n in zip(row, widths, strict=True)).rstrip() + "\n"
                   for row in cells)
    return text + "".join(f"{name(r)} {r.column}: {one_line(r.words, 300)}\n"
                          for r in rows if r.words)


def name(row: Row) -> str:
    """A series as people name it."""
    return titled(row.version, row.title)


def titled(version: int, title: str) -> str:
    """A version of a series as people name it."""
    return one_line(f"v{version} {title}" if version > 1 else title, 120)
