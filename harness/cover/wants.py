# SPDX-License-Identifier: GPL-2.0-or-later
"""What a configuration must have so that the lines that a series changes are compiled. Pure."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.cover.gates import Read, Way, entered, gates
from harness.csource import blocks
from harness.evidence import Changed, FileKind, kind_of

MOST_USERS = 12  # files that include a header which are tried
MOST_WAYS = 16
MOST_WANTS = 400  # of one series
SOURCES = (".c", ".S", ".rs")
NO_MAKEFILE = "no Makefile mentions it"
NOBODY = "no file that this architecture builds includes it"


@dataclass(frozen=True, slots=True)
class Want:
    """What one file, or some of its lines, wait for: alternatives, or why none is known.

    ``lines``: () is the file itself; lines that go are negative.
    """

    path: str
    lines: tuple[int, ...]
    ways: tuple[Way, ...]
    reason: str = ""

    def met(self, config: Mapping[str, str]) -> bool:
        """Whether a configuration (``CONFIG_X`` to its value) has it already."""
        return any(all((config.get(f"CONFIG_{n}", "n") not in {"n", ""}) is on for n, on in way)
                   for way in self.ways)


@dataclass(frozen=True, slots=True)
class Trees:
    """How files of the tree are read, before and after the series, and who includes a header.

    ``users`` gives None for a header that is compiled as it is.
    """

    old: Read
    new: Read
    users: Callable[[str], Iterable[str] | None]


def wants(files: Iterable[Changed], trees: Trees, config: Mapping[str, str]) -> tuple[Want, ...]:
    """What each file and each of its conditional regions with changed lines waits for."""
    rows = (want for item in files for want in _of(item, trees, config))
    return tuple(itertools.islice(rows, MOST_WANTS))


def _of(item: Changed, trees: Trees, config: Mapping[str, str]) -> Iterator[Want]:
    kind = kind_of(item.path)
    read = trees.new if item.after is not None else trees.old
    if kind is FileKind.MAKEFILE:
        yield from _makefile(item, read)
        return
    if kind in {FileKind.HEADER, FileKind.UAPI}:
        found, reason = _through_users(item.path, trees, read), NOBODY
    elif kind is FileKind.CODE or item.path.endswith(SOURCES):
        found, reason = gates(read, item.path), NO_MAKEFILE
    else:
        return
    yield Want(item.path, (), found, "" if found else reason)
    if found:
        yield from _regions(item, found, config)


def _regions(item: Changed, found: tuple[Way, ...], config: Mapping[str, str]) -> Iterator[Want]:
    assembler = item.path.endswith(".S")
    for sign, text, lines in ((1, item.after, item.come), (-1, item.before, item.gone)):
        rows = blocks.around(text or "", lines) if lines else {}
        for asked, numbers in rows.items():
            ways = blocks.ways(asked, config, assembler=assembler)
            both = _with(found, ways)
            words = " and ".join(map(str, asked))
            yield Want(item.path, tuple(sign * n for n in numbers), both,
                       "" if both else f"no setting gives {words}")


def _with(found: Iterable[Way], more: Iterable[blocks.Way]) -> tuple[Way, ...]:
    both = (way | frozenset(extra) for extra in more for way in found)
    sound = (w for w in both if not any((n, not on) in w for n, on in w))
    return tuple(itertools.islice(dict.fromkeys(sound), MOST_WAYS))


def _through_users(path: str, trees: Trees, read: Read) -> tuple[Way, ...]:
    """The ways to the files that include a header."""
    every = trees.users(path)
    if every is None:
        return (frozenset(),)
    users = itertools.islice((u for u in every if u.endswith(SOURCES)), MOST_USERS)
    ways = {way: None for user in users for way in gates(read, user)}
    return tuple(sorted(ways, key=lambda way: (len(way), sorted(way)))[:MOST_WAYS])


_OBJECT = re.compile(r"[\w./+-]+\.o\b")


def _makefile(item: Changed, read: Read) -> Iterator[Want]:
    """The objects of changed lines; a Makefile that has none waits for its folder."""
    folder = posixpath.dirname(item.path)
    rows = (item.after or "").splitlines()
    lines = [rows[n - 1] for n in item.come if n <= len(rows)]
    objects = dict.fromkeys(o for line in lines for o in _OBJECT.findall(line.partition("#")[0]))
    ways = [(o, gates(read, posixpath.join(folder, o))) for o in objects]
    known = [row for row in ways if row[1]]
    for _, found in known:
        yield Want(item.path, (), found)
    if not known and (found := entered(read, folder)):
        yield Want(item.path, (), found)
