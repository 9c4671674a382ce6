# SPDX-License-Identifier: GPL-2.0-or-later
"""Cells: work that is a pure function of what its key is made of, done once and kept.

A cell's key is a hash over everything that its result depends on: trees, patches,
configuration, tools, programs, settings, and the harness's own code. The result lies in
a file of its own, written beside and renamed, with a checksum in front; a ledger in SQLite
says which cells are done, when, and how long they took. Two runs that do the same work do no
harm: the same key has the same result.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import pickle
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from harness.system import proc

_T = TypeVar("_T")
_HOUSE = Path(__file__).resolve().parent.parent
_SHOWS = ("report/", "cli/", "__main__.py")
_SCHEMA = """create table if not exists cell (
    key text primary key, kind text not null, done real not null, seconds real not null,
    size integer not null)"""


@functools.cache
def code() -> str:
    """A hash of the harness itself: another version may give other results.

    What only shows results, or reads the command line, has no part in them.
    """
    parts: list[str | bytes] = []
    for path in sorted(p for p in _HOUSE.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        name = str(path.relative_to(_HOUSE))
        if not name.startswith(_SHOWS):
            parts += [name, path.read_bytes()]
    return digest(*parts)


def digest(*parts: str | bytes) -> str:
    """A hash over parts, each told apart from the next."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()


def tree_digest(folder: Path) -> str:
    """A hash over the files of a folder, their names and contents."""
    parts: list[str | bytes] = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        parts += [str(path.relative_to(folder)), path.read_bytes()]
    return digest(*parts)


@functools.lru_cache(maxsize=64)
def _file_digest(path: str, size: int, mtime: int) -> str:  # noqa: ARG001  (part of the key)
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def file_digest(path: Path) -> str:
    """The hash of a file's content."""
    stat = path.stat()
    return _file_digest(str(path), stat.st_size, stat.st_mtime_ns)


@functools.cache
def version(tool: str) -> str:
    """The first line of ``tool --version``; "" when it is not there."""
    try:
        return proc.run([tool, "--version"], ok=None).text.partition("\n")[0]
    except Exception:  # noqa: BLE001  (not installed: the stage that needs it says so)
        return ""


@dataclass(frozen=True, slots=True)
class Store:
    """A directory of results; ``root`` is created with the first of them."""

    root: Path

    def _path(self, key: str) -> Path:
        return self.root / key[:2] / key

    def get(self, key: str) -> object | None:
        """The result of a cell, or None; a damaged file is removed and counts as none."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(data[32:]).digest() == data[:32]:
            with contextlib.suppress(Exception):  # a class that is no more: as good as damaged
                return pickle.loads(data[32:])  # type: ignore[no-any-return]  # noqa: S301
        path.unlink(missing_ok=True)
        return None

    def put(self, key: str, kind: str, value: object, seconds: float) -> None:
        """Keep a result; a reader sees all of it or nothing, also after a power cut."""
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as handle:
            handle.write(hashlib.sha256(data).digest() + data)
            handle.flush()
            os.fsync(handle.fileno())
        Path(handle.name).rename(path)
        with self._ledger() as ledger:
            ledger.execute("insert or replace into cell values (?, ?, ?, ?, ?)",
                           (key, kind, time.time(), seconds, len(data)))

    @contextlib.contextmanager
    def _ledger(self) -> Iterator[sqlite3.Connection]:
        self.root.mkdir(parents=True, exist_ok=True)
        ledger = sqlite3.connect(self.root / "ledger.sqlite", timeout=10)
        try:
            ledger.execute("pragma journal_mode = wal")
            ledger.execute(_SCHEMA)
            with ledger:
                yield ledger
        finally:
            ledger.close()

    def rows(self) -> list[tuple[str, str, float, float, int]]:
        """The ledger: key, kind, when (seconds since 1970), seconds it took, bytes."""
        if not self.root.is_dir():
            return []
        with self._ledger() as ledger:
            return list(ledger.execute("select * from cell order by done desc"))

    def forget(self, keys: Iterable[str]) -> None:
        """Remove cells."""
        gone = list(keys)
        for key in gone:
            self._path(key).unlink(missing_ok=True)
        with self._ledger() as ledger:
            ledger.executemany("delete from cell where key = ?", [(k,) for k in gone])

    def memo(self, kind: str, inputs: Iterable[str | bytes], compute: Callable[[], _T], *,
             keep: Callable[[_T], bool] = lambda _: True, again: bool = False) -> tuple[_T, bool]:
        """The result of a cell, and whether it was there already.

        It is kept only if ``keep`` says so; ``again`` computes it in any case.
        """
        key = digest(kind, code(), *inputs)
        known = None if again else self.get(key)
        if known is not None:
            return known, True  # type: ignore[return-value]
        started = time.monotonic()
        value = compute()
        if keep(value) and not proc.interrupted():
            self.put(key, kind, value, time.monotonic() - started)
        return value, False

    def has(self, kind: str, inputs: Iterable[str]) -> bool:
        """Whether a cell's result is there and sound."""
        return self.get(digest(kind, code(), *inputs)) is not None
