# SPDX-License-Identifier: GPL-2.0-or-later
"""Which trees a series is for: by the words in its subject, its lists and the files it touches.

The file that ``--routes`` names is written by whoever runs the watch, in TOML::

    [[tree]]
    tree = "/srv/net-next"
    words = ["net-next"]              # in the brackets of a subject
    [[tree]]
    tree = "/srv/linux@v6.19"
    lists = ["kvm@vger.kernel.org"]   # a mail was sent to
    paths = ["arch/x86/kvm/*", "virt/*"]
    [[tree]]
    tree = "/srv/linux"               # for everything else
    priority = 1                      # before others; without, 0
    name = "linus"                    # as "#test linus" calls it
    [commands]
    senders = ["maintainer@example.org"]   # whose replies may ask for a test
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.hunks import scan
from harness.intake.mail import DIFF, Mail

_KEYS = {"tree", "name", "priority", "words", "lists", "paths"}


_MOST = 100  # the highest priority


@dataclass(frozen=True, slots=True)
class Route:
    """A tree and what is for it; without words, lists and paths everything is."""

    tree: str
    words: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    name: str = ""
    priority: int = 0

    @property
    def is_for_all(self) -> bool:
        """Whether there is no condition."""
        return not (self.words or self.lists or self.paths)


@dataclass(frozen=True, slots=True)
class Routes:
    """The rows of a file, and the addresses of those whose replies may ask for a test."""

    rows: tuple[Route, ...] = ()
    senders: frozenset[str] = frozenset()


def read(path: Path) -> Routes:
    """What a file says; raises ``UsageError`` for one that cannot be used."""
    hint = "a row is [[tree]] with tree = and any of words, lists and paths = [...]"
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"--routes {path}: {error}", hint=hint) from None
    rows, who = data.get("tree"), data.get("commands", {"senders": []})
    if not {"tree"} <= set(data) <= {"tree", "commands"} or not isinstance(rows, list) or not rows:
        raise UsageError(f"--routes {path}: no [[tree]] in it, or something else", hint=hint)
    if not isinstance(who, dict) or set(who) != {"senders"} or not _are_words(who["senders"]):
        raise UsageError(f"--routes {path}: [commands] has senders = [addresses], and no more",
                         hint=hint)
    return Routes(tuple(_route(path, row, hint) for row in rows),
                  frozenset(a.lower() for a in who["senders"]))


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and v for v in value)


def _route(path: Path, row: Any, hint: str) -> Route:
    if not isinstance(row, dict) or not isinstance(row.get("tree"), str) or not row["tree"]:
        raise UsageError(f"--routes {path}: a row without tree =", hint=hint)
    if unknown := set(row) - _KEYS:
        raise UsageError(f"--routes {path}: {', '.join(sorted(unknown))} is not known", hint=hint)
    lists = {k: row.get(k, []) for k in ("words", "lists", "paths")}
    for key, value in lists.items():
        if not _are_words(value):
            raise UsageError(f"--routes {path}: {key} is no list of words", hint=hint)
    if not isinstance(name := row.get("name", ""), str):
        raise UsageError(f"--routes {path}: name is no word", hint=hint)
    priority = row.get("priority", 0)
    if type(priority) is not int or abs(priority) > _MOST:  # bool is an int
        raise UsageError(f"--routes {path}: priority is no number of at most {_MOST}", hint=hint)
    return Route(row["tree"], tuple(lists["words"]), tuple(lists["lists"]),
                 tuple(lists["paths"]), name, priority)


def trees(routes: Iterable[Route], mails: Sequence[Mail]) -> tuple[str, ...]:
    """The trees for a series, the likeliest first.

    A word that the sender put into the subject counts before a list, and that before the files;
    trees without a condition come last.
    """
    words = {w.lower() for m in mails for b in re.findall(r"\[([^][]*)\]", m.subject)
             for w in re.split(r"[\s,]+", b)}
    lists = {r.lower() for m in mails for r in m.recipients}
    paths = {f.path for m in mails if (at := DIFF.search(m.body))
             for f in scan(m.body[at.start():]).files}
    ranked = [(rank, number, route.tree) for number, route in enumerate(routes)
              if (rank := _rank(route, words, lists, paths)) is not None]
    return tuple(dict.fromkeys(tree for _, _, tree in sorted(ranked)))


def priority(routes: Iterable[Route], wanted: Sequence[str]) -> int:
    """How early a series on these trees is checked: as the first of them says."""
    found = {route.tree: route.priority for route in routes if route.tree in wanted}
    return found.get(wanted[0], 0) if wanted else 0


def _rank(route: Route, words: set[str], lists: set[str], paths: set[str]) -> int | None:
    """How well a route fits, 0 the best; None where it does not."""
    if words & {w.lower() for w in route.words}:
        return 0
    if lists & {one.lower() for one in route.lists}:
        return 1
    if any(fnmatch(path, pattern) for path in paths for pattern in route.paths):
        return 2
    return 3 if route.is_for_all else None
