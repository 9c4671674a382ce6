# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads spec files: behaviour as data, checked before any C is written."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import UsageError

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_START = re.compile(r"\s*\[\[\s*test\s*\]\]\s*(?:#.*)?$")
_FILE_KEYS = {"about", "needs", "structs", "hazard", "may_differ", "test"}
_TEST_KEYS = {"name", "says", "needs", "structs", "hazard", "may_differ", "covers",
              "steps"}


@dataclass(frozen=True, slots=True)
class Test:
    """One behaviour. ``needs`` is a capability without which it is skipped.

    ``may_differ`` says why another behaviour is a difference and no failure,
    ``covers`` which statements of the subject's description the test is for.
    """

    __test__ = False  # pytest would collect it for its name

    name: str
    says: str
    steps: tuple[str, ...]
    needs: str
    structs: tuple[str, ...]
    hazard: str
    line: int
    may_differ: str = ""
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """One spec file, which becomes one program of the same name."""

    name: str
    about: str
    path: Path
    tests: tuple[Test, ...]


def load_spec(path: Path) -> Spec:
    """Read one file; raises ``UsageError`` naming file, line and key."""
    try:
        text = path.read_text("utf-8")
        data = tomllib.loads(text)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None
    starts = [n for n, line in enumerate(text.splitlines(), 1) if _START.match(line)]
    _keys(data, _FILE_KEYS, f"{path}:1")
    rows = data.get("test")
    if not isinstance(rows, list) or not rows:
        raise UsageError(f"{path}: no [[test]]")
    if not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{path}: test is no list of tables", hint="[[test]]")
    if len(starts) != len(rows):  # written in another way: the file is named, and no line
        starts = [1] * len(rows)
    tests: list[Test] = []
    for row, line in zip(rows, starts, strict=True):
        test = _test(row, data, f"{path}:{line}", line)
        if any(t.name == test.name for t in tests):
            raise UsageError(f"{path}:{line}: name {test.name!r} is there twice")
        tests.append(test)
    return Spec(path.stem, str(data.get("about", "")), path, tuple(tests))


def _keys(row: dict[str, Any], known: set[str], where: str) -> None:
    for key in row:
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}",
                             hint=f"known keys: {', '.join(sorted(known))}")


def _test(row: dict[str, Any], common: dict[str, Any], where: str, line: int) -> Test:
    _keys(row, _TEST_KEYS, where)
    for key in ("name", "says", "steps"):
        if not row.get(key):
            raise UsageError(f"{where}: {key} is missing or empty")
    if not _NAME.fullmatch(str(row["name"])):
        raise UsageError(f"{where}: name {row['name']!r} is not a C identifier in lower case")
    if not isinstance(row["says"], str):
        raise UsageError(f"{where}: says must be a string")
    for key in ("steps", "covers", "structs"):
        value = row.get(key, common.get(key, []))
        if not isinstance(value, list) or not all(isinstance(s, str) for s in value):
            raise UsageError(f"{where}: {key} must be a list of strings")

    def inherited(key: str) -> Any:
        return row.get(key, common.get(key, ""))

    return Test(
        name=row["name"], says=row["says"], steps=tuple(row["steps"]),
        needs=str(inherited("needs")), structs=tuple(inherited("structs") or ()),
        hazard=str(inherited("hazard")), line=line,
        may_differ=str(inherited("may_differ")), covers=tuple(row.get("covers", ())))
