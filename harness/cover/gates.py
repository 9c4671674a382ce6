# SPDX-License-Identifier: GPL-2.0-or-later
"""The CONFIG symbols that an object of the kernel waits for, by its Kbuild Makefiles. Pure.

Documentation/kbuild/makefiles.rst: ``obj-$(CONFIG_X) += a.o`` builds an object, ``a-y := b.o c.o``
makes one of several, ``obj-$(CONFIG_Y) += dir/`` descends. Makefiles are read as text: what only
make can tell is not seen, and a condition of it counts as met. So an answer is what has to be
set, as far as can be read; make has the last word.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from harness.cover.makefile import SYMBOL, Read, Reader, Row, Way

MOST_FILES = 400  # Makefiles for one object
MOST_KEPT = 2000  # folders
MOST_WORDS = 500_000  # of lists that are looked through for one object
MOST_WAYS = 16  # alternatives that are followed
DEPTH = 12  # objects of objects

_LIST = re.compile(r"(.*?)(?:-objs)?-?(\$\((?:subst\s.*|CONFIG_\w+)\)|y|m|objs|\$\([^()$]*\))")
# Lists of make's own, which are linked into the kernel or built as modules.
_LISTS = frozenset({"obj", "lib", "extra", "always", "subdir", "targets"})
# Those of the top Makefile and of arch/*/Makefile; elsewhere an object may be called like that.
_TOP_LISTS = _LISTS | {"libs", "core", "drivers", "net", "head", "init", "virt"}
# Folders that the top Makefile descends into by itself.
_TOPS = frozenset({"init", "usr", "kernel", "certs", "mm", "fs", "ipc", "security", "crypto",
                   "block", "io_uring", "lib", "drivers", "sound", "net", "virt", "rust"})


@dataclass
class Makefiles:
    """The Makefiles of a tree that were read, each once.

    ``read`` gives the text of a file of the tree, or None.
    """

    read: Read
    known: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    left: Iterator[int] = field(default_factory=lambda: iter(range(MOST_FILES)))
    looked: int = 0  # at words

    def gates(self, path: str) -> tuple[Way, ...]:
        """What has to be set so that make builds a source file: alternatives, shortest first.

        Empty: no Makefile names the object.
        """
        self.left, self.looked = iter(range(MOST_FILES)), 0
        return shortest(self.nearest(*posixpath.split(f"{path.rpartition('.')[0]}.o")) or ())

    def entered(self, folder: str) -> tuple[Way, ...]:
        """What has to be set so that make enters a folder."""
        self.left, self.looked = iter(range(MOST_FILES)), 0
        return shortest(self.above(folder))

    def rows(self, folder: str) -> tuple[Row, ...]:
        """The assignments of a folder's Kbuild file, else of its Makefile.

        An architecture may have both: its Makefile is part of the top one and names whole paths.
        """
        if folder not in self.known and len(self.known) < MOST_KEPT:
            names = [n for n in ("Kbuild", "Makefile")
                     if self.read(posixpath.join(folder, n)) is not None]
            reader = Reader(self.read, folder, self.left)
            self.known[folder] = tuple(
                replace(row, words=tuple(w.removeprefix(f"{folder}/") for w in row.words))
                if folder else row for name in (names if _is_top(folder) else names[:1])
                for row in reader.rows(posixpath.join(folder, name)))
        return self.known.get(folder, ())

    def ways(self, folder: str, name: str, seen: frozenset[str] = frozenset()) -> set[Way]:
        """The conditions under which a folder's Makefile builds an object or enters a folder."""
        found: set[Way] = set()
        if name in seen or len(seen) > DEPTH:
            return found
        for row in self.rows(folder):
            self.looked += 1 + len(row.words)
            if self.looked > MOST_WORDS:
                break
            if not any(_plain(w) == name for w in row.words):
                continue
            match = _LIST.fullmatch(row.target)
            base, gate = match.groups() if match else (row.target, "")
            way = row.conditions.union((symbol, True) for symbol in SYMBOL.findall(gate))
            if match and base in (_TOP_LISTS if _is_top(folder) else _LISTS):
                found.add(way)
            else:  # part of an object that is made of several, or a list of some of its parts
                parts = (f"{base}.o", f"$({row.target})", *([f"$({base}-y)"] if match else []))
                for part in parts:
                    found |= {way | up for up in self.ways(folder, part, seen | {name})}
            if len(found) >= MOST_WAYS:
                break
        return found

    def whole(self, folder: str, name: str) -> set[Way]:
        """The conditions for what a folder's Makefile lists, with those of the folders above."""
        return _joined(self.ways(folder, name), self.above(folder))

    def above(self, folder: str) -> set[Way]:
        """The conditions under which make enters a folder."""
        if _is_top(folder) or folder in _TOPS:
            return {frozenset()}
        parent, name = posixpath.split(folder)
        found = self.nearest(parent, f"{name}/", name)
        return {frozenset()} if found is None else found

    def home(self, path: str) -> str | None:
        """The folder whose Makefile lists a source file's object; None: no Makefile names it."""
        found = self.listing(*posixpath.split(f"{path.rpartition('.')[0]}.o"))
        return None if found is None else found[0]

    def nearest(self, folder: str, *names: str) -> set[Way] | None:
        """The conditions of the first Makefile, from a folder upwards, that has one of the names.

        None: no Makefile has it.
        """
        found = self.listing(folder, *names)
        return None if found is None else _joined(found[1], self.above(found[0]))

    def listing(self, folder: str, *names: str) -> tuple[str, set[Way]] | None:
        """The first folder, upwards, whose Makefile has one of the names, and its conditions.

        Further up an object is called ``foo/bar.o``.
        """
        while not (ways := set[Way]().union(*(self.ways(folder, name) for name in names))):
            if not folder.strip("/"):
                return None
            folder, last = posixpath.split(folder)
            names = tuple(f"{last}/{name}" for name in names)
        return folder, ways


def _is_top(folder: str) -> bool:
    return not folder or re.fullmatch(r"arch/[^/]+", folder) is not None


def _plain(word: str) -> str:
    return re.sub(r"^\$\((?:obj|src)\)/", "", word)


def _joined(ways: set[Way], others: set[Way]) -> set[Way]:
    """Each way with each other, but for those that contradict themselves."""
    both = {a | b for a in ways for b in others}
    sound = {w for w in both if not any((n, not v) in w for n, v in w)}
    return set(sorted(sound, key=_length)[:MOST_WAYS])


def _length(way: Way) -> tuple[int, list[tuple[str, bool]]]:
    return len(way), sorted(way)


def shortest(ways: Iterable[Way]) -> tuple[Way, ...]:
    """Alternatives, those with the fewest symbols first."""
    return tuple(sorted(ways, key=_length))
