# SPDX-License-Identifier: GPL-2.0-or-later
"""For files that a build has no object of: the symbols that they wait for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from harness.build import compiled
from harness.build.codecheck import BuildSide
from harness.build.compiled import BuiltFile, Changed
from harness.cover.gates import MOST_TEXT, Way, gates
from harness.csource.regions import symbols
from harness.model import Sources

SOURCES = (".c", ".S", ".rs")
Built = tuple[BuiltFile, ...]


def look(files: Iterable[Changed], before: BuildSide, after: BuildSide, prefixes: Iterable[str],
         ) -> Built:
    """What ``compiled.look`` finds, and why it finds nothing where it does not."""
    return filled(compiled.look(files, before, after, prefixes), before, after)


def filled(rows: Iterable[BuiltFile], before: BuildSide, after: BuildSide,
           ) -> Built:
    """The rows, those without an object with what would have to be set."""
    return tuple(replace(row, needs=needs(_side(row.path, before, after), row.path))
                 if not row.objects and row.path.endswith(SOURCES) else row for row in rows)


def _side(path: str, before: BuildSide, after: BuildSide) -> BuildSide:
    """A file that goes has its line in the base's Makefile, and no more in the patched one."""
    return after if after.sources.find(path).is_file() else before


def needs(side: BuildSide, path: str) -> tuple[str, ...]:
    """``CONFIG_X=y`` or ``=n`` for each symbol that keeps a file out of a build.

    Of several ways the one with the fewest; empty where no Makefile names the file.
    """
    have = symbols((side.out / ".config").read_text("utf-8", "replace"))
    ways = [_missing(way, have) for way in gates(lambda name: _read(side.sources, name), path)]
    return min(ways, key=lambda missing: (len(missing), missing), default=())


def _missing(way: Way, have: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"CONFIG_{name}={'y' if wanted else 'n'}" for name, wanted in sorted(way)
                 if (have.get(f"CONFIG_{name}", "n") in {"y", "m"}) is not wanted)


def _read(sources: Sources, name: str) -> str | None:
    """A Makefile of the tree; links are not followed, they may lead anywhere."""
    place = sources.find(name)
    if ".." in name.split("/") or name.startswith("/") or place.is_symlink() or (
            not place.is_file()):
        return None
    with place.open("rb") as handle:
        return handle.read(MOST_TEXT).decode("utf-8", "replace")
