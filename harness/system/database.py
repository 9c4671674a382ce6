# SPDX-License-Identifier: GPL-2.0-or-later
"""A small SQLite file whose form grows by steps (PRAGMA user_version)."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.errors import InfrastructureError

PATIENCE = 10.0  # seconds that another writer is waited for


@contextlib.contextmanager
def opened(path: Path, steps: Sequence[str], hint: str) -> Iterator[sqlite3.Connection]:
    """The file, brought to today's form; closed at the end.

    ``steps`` has one script for each version of the form; ``hint`` says what to do with a file
    that is none. Raises ``InfrastructureError`` for that, and for a file of a newer harness.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = sqlite3.connect(path, timeout=PATIENCE)
        try:
            file.execute("pragma journal_mode = wal")
            _migrate(file, path.name, steps)
            yield file
        finally:
            file.close()
    except sqlite3.DatabaseError as error:
        full = "full" in str(error) or "disk I/O" in str(error)
        raise InfrastructureError(f"{path}: {error}", hint=(
            "make room and start it again: what was finished is there" if full else hint)) from None


def _migrate(file: sqlite3.Connection, name: str, steps: Sequence[str]) -> None:
    """Bring an older file to today's form; one of a newer harness is refused."""
    (version,) = file.execute("pragma user_version").fetchone()
    if version > len(steps):
        raise InfrastructureError(
            f"{name} has version {version}, this harness knows {len(steps)}",
            hint="use the newer harness, or another folder")
    for number in range(version, len(steps)):
        with contextlib.suppress(sqlite3.OperationalError):  # another process was as quick
            file.executescript(steps[number])
        file.execute(f"pragma user_version = {number + 1}")
