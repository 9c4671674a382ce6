# SPDX-License-Identifier: GPL-2.0-or-later
"""How files of a tree are read, and who mentions a file, for whoever asks its Makefiles."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from harness.build import overlay
from harness.cover.gates import Makefiles
from harness.cover.makefile import MOST_TEXT, Read
from harness.model import Sources
from harness.run.state import State, require
from harness.system import repo

MOST_KEPT = 500  # texts: the same Makefiles are read for each file of a folder
MAKEFILES = ("*Makefile*", "*Kbuild*")


def reader(sources: Sources) -> Read:
    """A function that gives the text of a file of the tree, or None."""
    return functools.lru_cache(MOST_KEPT)(
        lambda name: overlay.text_of(sources, name, MOST_TEXT))


def makefiles(sources: Sources) -> Makefiles:
    """The Makefiles of a tree."""
    return Makefiles(reader(sources))


def prefix(state: State, sources: Sources) -> str:
    """What stands before a path of the tree in make's dependency files."""
    return f"{state.box().path(sources.root, '/src')}/"


def mentions(state: State) -> Callable[[str], tuple[str, ...]]:
    """A function from the name of a file to the Makefiles of the patched tree that have it."""
    applied = require(state.applied)
    return functools.partial(_mentions, applied.tree.repo, applied.head)


@functools.cache
def _mentions(store: Path, commit: str, name: str) -> tuple[str, ...]:
    return repo.users(store, commit, (name,), MAKEFILES)[name]
