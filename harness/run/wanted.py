# SPDX-License-Identifier: GPL-2.0-or-later
"""What the files that a series changes wait for, as its trees have it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping

from harness.build import compiled
from harness.cover import headers, wants
from harness.cover.makefile import Read
from harness.cover.wants import Users, Want
from harness.evidence import FileKind, arch_of, kind_of
from harness.model import Sources
from harness.run.plain import Plain
from harness.run.reading import makefiles, mentions, prefix
from harness.run.state import State, require
from harness.system import repo

GLOBS = ("*.c", "*.S", "*.h")


def wanted(state: State, base: Plain, patched: Sources) -> tuple[Want, ...]:
    """What has to be set for each file and for its changed lines."""
    new = makefiles(patched)
    trees = wants.Trees(makefiles(base.sources), new, _users(state, new.read, base),
                        mentions(state), base.srcarch)
    files = (f for f in state.files if not f.same and arch_of(f.path) in {"", base.srcarch})
    return wants.wants(files, trees, base.values)


def _users(state: State, read: Read, base: Plain) -> Callable[[str], Users]:
    """A function from a file to the sources that include it; headers are looked for at once."""
    applied = require(state.applied)
    asked = tuple(f.path for f in state.files if not f.same
                  and kind_of(f.path) in {FileKind.HEADER, FileKind.UAPI})
    there: Mapping[str, Iterable[str]] = compiled.users(
        asked, base.out, (prefix(state, base.sources),)
    ) if base.built and asked else {}
    left = tuple(p for p in asked if p not in there)

    @functools.cache
    def naming(words: frozenset[str]) -> dict[str, tuple[str, ...]]:
        return repo.users(applied.tree.repo, applied.head, words, GLOBS)

    def find(paths: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        return headers.users(paths, read, naming, base.srcarch)

    table = find(left) if left else {}

    @functools.cache
    def users(path: str) -> Users:
        if path in there:
            return Users(headers.sources(path, there[path]), compiled=True)
        return Users(table[path] if path in table else find((path,))[path],
                     carriers=headers.carriers(path, read, naming, base.srcarch))
    return users
