# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of a matrix that other machines did, brought together; they are not believed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from harness.errors import InputRefusedError
from harness.farm import jobs, rows
from harness.farm.ledger import DONE
from harness.farm.rows import Row
from harness.report import json_, load
from harness.system import files
from harness.system.sandbox import plain

_KEPT = (f"{jobs.RUN}/{json_.NAME}", "log")  # of a job's folder


def merge(parts: Sequence[Path], out: Path) -> tuple[list[Row], list[str]]:
    """The rows of all parts, and what two of them say differently; reports are copied to ``out``.

    Where two differ the worse one counts. Raises ``InputRefusedError`` for what is no part.
    """
    found: dict[str, Row] = {}
    whose: dict[str, Path] = {}
    differ = []
    for part in parts:
        for row in rows.read(part / rows.NAME):
            known = found.get(row.key)
            if known is not None and known.known == row.known == 2 and known.verdict != row.verdict:
                differ.append(f"{rows.name(row)} {row.column}: {known.verdict} and {row.verdict}")
            if known is None or (row.known, row.code == 1, row.code) > (
                    known.known, known.code == 1, known.code):
                found[row.key], whose[row.key] = row, part
    for key, row in found.items():
        if row.state == DONE:
            _copy(whose[key] / "jobs" / key, out / "jobs" / key)
    return list(found.values()), differ


def _copy(source: Path, target: Path) -> None:
    """The report and the log of a job; no link is followed, and no pipe waited for."""
    for name in _KEPT:
        try:
            data = files.read(plain(source.parent.parent, f"jobs/{source.name}/{name}"), load.MOST)
        except (InputRefusedError, OSError):
            continue  # it left none, or something that is no file
        if len(data) <= load.MOST:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(data)


def keep(place: Path, document: dict[str, object]) -> None:
    """Write what came of a matrix into its folder, whole or not at all."""
    files.write(place / rows.NAME, json.dumps(document, indent=2) + "\n")
