# SPDX-License-Identifier: GPL-2.0-or-later
"""``about.toml`` of a topic below ``patches/``: its series and their ports."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import UsageError


@dataclass(frozen=True, slots=True)
class Port:
    """A series as it applies to some trees; ``base`` is applied before it.

    ``patches`` is a folder, or the files of which the series is made, in order.
    """

    patches: tuple[Path, ...]
    base: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Inferred:
    """A part of a series that nobody posted like this: it was rebuilt.

    ``about`` is a regular expression over where a finding is and what it says.
    """

    what: str
    about: str


@dataclass(frozen=True, slots=True)
class Topic:
    """One series of a topic: title, ports, and the verdict that it deserves.

    Of the ports the first one that applies to a tree is taken; no tree is named.
    """

    title: str
    name: str
    expect: str
    ports: tuple[Port, ...]
    inferred: tuple[Inferred, ...] = ()


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None


def _paths(folder: Path, words: str | list[str]) -> tuple[Path, ...]:
    """One path or several, below the topic's folder."""
    rows = [words] if isinstance(words, str) else words
    return tuple(folder / word for word in rows)


def _topic(about: Path, name: str) -> Topic | None:
    data = _load(about)
    row = data.get("series", {}).get(name)
    if row is None:
        return None
    try:
        ports = tuple(
            Port(_paths(about.parent, p["patches"]), _paths(about.parent, p.get("base", ())))
            for p in row["port"])
        inferred = tuple(Inferred(i["what"], i["about"]) for i in row.get("inferred", ()))
        for item in inferred:
            re.compile(item.about)
        return Topic(data["title"], name, row.get("expect", ""), ports, inferred)
    except (KeyError, TypeError, re.error) as error:
        raise UsageError(f"{about}: series.{name}: {error} is missing or wrong") from None


def find_topic(path: Path | None, patches: Path) -> Topic | None:
    """The topic of a series.

    ``path`` is the folder of a series (``patches/x/v2``), of a topic
    (``patches/x``: its default series), or None for the default topic below
    ``patches``. None comes back for a path that is in no topic.
    """
    if path is None:
        abouts = sorted(patches.glob("*/about.toml"))
        default = next((a for a in abouts if "default" in _load(a)), None)
        if default is None:
            raise UsageError(f"no SERIES given and no default topic in {patches}")
        path = default.parent
    if (path / "about.toml").is_file():
        name = _load(path / "about.toml").get("default", "")
        topic = _topic(path / "about.toml", name)
        if topic is None:
            raise UsageError(f"{path}/about.toml: no default series")
        return topic
    about = path.resolve().parent / "about.toml"
    return _topic(about, path.resolve().name) if about.is_file() and path.is_dir() else None
