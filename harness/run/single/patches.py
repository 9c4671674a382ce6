# SPDX-License-Identifier: GPL-2.0-or-later
"""The trees of a series, patch by patch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.build import kernel
from harness.evidence import FileKind, kind_of
from harness.model import Sources
from harness.run.state import State, require
from harness.system import repo


@dataclass(frozen=True, slots=True)
class Step:
    """The tree after one patch, and the files that it changes."""

    number: int
    sources: Sources
    paths: tuple[str, ...]

    @property
    def builds_otherwise(self) -> bool:
        """Whether what make builds, and how, may be another after this patch."""
        return any(kind_of(p) in {FileKind.KCONFIG, FileKind.MAKEFILE} for p in self.paths)


def steps(state: State, bench: kernel.Workspace, sources: Sources) -> Iterator[Step]:
    """The patches that change something of the kernel, in order."""
    applied, at = require(state.applied), require(state.applied).base
    for number, commit in enumerate(applied.commits, 1):
        paths = repo.changed(applied.tree.repo, at, commit)
        if kernel.matters(paths):
            sources, at = bench.move(sources, at, commit), commit
            yield Step(number, sources, paths)


def sources_alone(state: State) -> bool:
    """Whether nothing changes but sources that are there before and after.

    Then make's command lines are those of the base. A source that others include is none of
    these: its objects have their names.
    """
    kinds = {FileKind.CODE, FileKind.DOCUMENT, FileKind.TOOL}
    return not state.configured.users and all(
        kind_of(f.path) in kinds and f.before is not None and f.after is not None
        for f in state.files)


