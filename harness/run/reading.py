# SPDX-License-Identifier: GPL-2.0-or-later
"""How files of a tree are read, and who mentions a file, for whoever asks its Makefiles."""

from __future__ import annotations

import functools
from collections.abc import Callable

from harness.build import overlay
from harness.cover.gates import MOST_TEXT, Read
from harness.model import Sources
from harness.run.state import State, require
from harness.system import repo

MAKEFILES = ("*Makefile*", "*Kbuild*")


def reader(sources: Sources) -> Read:
    """A function that gives the text of a file of the tree, or None."""
    return lambda name: overlay.text_of(sources, name, MOST_TEXT)


def mentions(state: State) -> Callable[[str], tuple[str, ...]]:
    """A function from the name of a file to the Makefiles of the patched tree that have it."""
    applied = require(state.applied)
    return functools.cache(lambda name: repo.users(
        applied.tree.repo, applied.head, (name,), MAKEFILES)[name])
