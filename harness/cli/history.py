# SPDX-License-Identifier: GPL-2.0-or-later
"""Every run in a small SQLite file, so that versions of a series can be compared.

The whole report is kept as its own document; the columns are what is listed.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.model import Report, Severity
from harness.report import json_, load
from harness.system import database

NAME = "history.sqlite"
# A step for each version of the file's form (PRAGMA user_version).
_STEPS = (
    """create table run (number integer primary key, began text not null, title text not null,
       verdict text not null, errors integer not null, warnings integer not null,
       seconds real not null, out text not null, report blob not null)""",
    "create index run_title on run (title)",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One run, as it is listed."""

    number: int
    began: str
    title: str
    verdict: str
    errors: int
    warnings: int
    seconds: float
    out: str


@contextlib.contextmanager
def _open(place: Path) -> Iterator[sqlite3.Connection]:
    hint = "move it away: runs are kept in their folders too"
    with database.opened(place / NAME, _STEPS, hint) as file, file:
        yield file


def add(place: Path, report: Report) -> int:
    """Keep a report; returns its number."""
    counts = {s: sum(1 for f in report.findings if f.severity is s) for s in Severity}
    document = json_.document(report)
    blob = zlib.compress(json.dumps(document, ensure_ascii=False).encode(), 6)
    with _open(place) as file:
        done = file.execute(
            "insert into run (began, title, verdict, errors, warnings, seconds, out, report) "
            "values (?, ?, ?, ?, ?, ?, ?, ?)",
            (report.began, document["title"], report.verdict.value, counts[Severity.ERROR],
             counts[Severity.WARNING], report.seconds, document["out"], blob))
        return int(done.lastrowid or 0)


def rows(place: Path, limit: int = 50) -> tuple[Row, ...]:
    """The newest runs, newest first."""
    if not (place / NAME).is_file():
        return ()
    with _open(place) as file:
        return tuple(Row(*row) for row in file.execute(
            "select number, began, title, verdict, errors, warnings, seconds, out from run "
            "order by number desc limit ?", (min(limit, 1_000_000),)))


def get(place: Path, number: int) -> Report:
    """The report of a run; raises ``UsageError`` when there is none of that number."""
    row = None
    if (place / NAME).is_file():
        with _open(place) as file:
            row = file.execute("select report from run where number = ?", (number,)).fetchone()
    if row is None:
        raise UsageError(f"no run {number}", hint="harness history lists them")
    return load.load(json.loads(zlib.decompress(row[0])))


def changed(old: Report, new: Report) -> dict[str, tuple[str, ...]]:
    """Ids of findings: those that are gone, those that are new, those that stayed."""
    before, after = {f.id for f in old.findings}, {f.id for f in new.findings}
    return {"gone": tuple(f.id for f in old.findings if f.id not in after),
            "new": tuple(f.id for f in new.findings if f.id not in before),
            "same": tuple(f.id for f in new.findings if f.id in before)}
