# SPDX-License-Identifier: GPL-2.0-or-later
"""From what the user names to a series, and the base that it goes on."""

from __future__ import annotations

from pathlib import Path

from harness import trees
from harness.apply import base
from harness.clean import one_line
from harness.intake import ReadOptions, Thread, read_thread
from harness.model import Say, Series
from harness.settings import DEFAULT_TREE, Settings
from harness.system.confine import confined


def read(text: str, cache: Path, reading: ReadOptions) -> Thread:
    """Read a series in a child with limits: it comes from strangers."""
    return confined(lambda: read_thread(text, cache, reading), one_line(text))


def choose_base(series: Series, settings: Settings, say: Say, own: str = "") -> base.Base:
    """The tree and commit that a series goes on; ``own`` is the tree that it came out of.

    Without either it is the kernel tree that the user is in, or the default; others that are
    known may fit better.
    """
    said = settings.tree
    mine = "" if said or own else trees.here()
    got = trees.obtain(said or own or mine or DEFAULT_TREE, settings.cache, say)
    if own and not said:
        return base.Base(got, "where the range begins")
    others = [t for row in trees.TREES if (t := trees.cached(settings.cache, row))]
    return base.choose(series, got, others, said=said, mine=bool(mine))


def described(picked: base.Base) -> str:
    """One line about the base."""
    return f"base: {picked.tree.name} {picked.tree.commit[:12]}, by {picked.why}"
