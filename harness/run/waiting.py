# SPDX-License-Identifier: GPL-2.0-or-later
"""For files that a build has no object of: the symbols that they wait for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from harness.build import compiled, overlay
from harness.build.codecheck import BuildSide
from harness.build.compiled import BuiltFile, Changed
from harness.cover.gates import MOST_TEXT, Way, gates
from harness.csource.regions import symbols

SOURCES = (".c", ".S", ".rs")
Built = tuple[BuiltFile, ...]


def look(files: Iterable[Changed], before: BuildSide, after: BuildSide, prefixes: Iterable[str],
         ) -> Built:
    """What ``compiled.look`` finds, and why it finds nothing where it does not."""
    return filled(compiled.look(files, before, after, prefixes), before, after)


def filled(rows: Iterable[BuiltFile], before: BuildSide, after: BuildSide) -> Built:
    """The rows, those without an object with what would have to be set."""
    done = tuple(rows)
    lacking = {row.path for row in done if not row.objects and row.path.endswith(SOURCES)}
    if not lacking:
        return done
    old, new = asked(before), asked(after)
    # A file that goes has its line in the base's Makefile, and no more in the patched one.
    return tuple(replace(row, needs=(
        new if after.sources.find(row.path).is_file() else old)(row.path))
        if row.path in lacking else row for row in done)


def asked(side: BuildSide) -> Callable[[str], tuple[str, ...]]:
    """A function from a file to ``CONFIG_X=y`` or ``=n`` for each symbol that keeps it out.

    Of several ways the one with the fewest; empty where no Makefile names the file. Each Makefile
    is read once.
    """
    have = symbols((side.out / ".config").read_text("utf-8", "replace"))
    read = functools.cache(lambda name: overlay.text_of(side.sources, name, MOST_TEXT))

    def needs(path: str) -> tuple[str, ...]:
        ways = [_missing(way, have) for way in gates(read, path)]
        return min(ways, key=lambda missing: (len(missing), missing), default=())
    return needs


def _missing(way: Way, have: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"CONFIG_{name}={'y' if wanted else 'n'}" for name, wanted in sorted(way)
                 if (have.get(f"CONFIG_{name}", "n") in {"y", "m"}) is not wanted)
