# SPDX-License-Identifier: GPL-2.0-or-later
"""The unchanged version that mutants are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.model import BAD, Tree
from harness.prove.ways import Way
from harness.run.line_evidence import NOTHING, Traced
from harness.run.state import State, require

_SUFFIXES = {".patch", ".diff", ".eml", ".mbox"}


@dataclass(frozen=True, slots=True)
class Baseline:
    """The unchanged version that mutants are compared with."""

    state: State
    head: str
    ways: tuple[Way, ...]
    shown: Traced = NOTHING  # which of the series's lines ran
    lost: tuple[str, ...] = ()  # ways that were not to be had, and why

    @property
    def tree(self) -> Tree:
        """The tree that it is built from."""
        return require(self.state.tree)


@dataclass(frozen=True, slots=True)
class ProofPlan:
    """The user's request."""

    mutants: Path | None = None
    only: tuple[str, ...] = ()
    limit: int = 0
    workers: int = 2
    own: bool = True
    budget: float = 0.0  # seconds after which none is begun; 0: all are tried


def patches_in(folder: Path) -> list[Path]:
    """The mutants of a directory; raises ``UsageError`` when there are none."""
    found = sorted(p for p in folder.glob("*") if p.suffix in _SUFFIXES and p.is_file()
                   ) if folder.is_dir() else []
    if not found:
        raise UsageError(f"{folder}: no mutants there", hint="a directory of *.patch files")
    return found


def described(right: Baseline) -> dict[str, Any]:
    """Describe the baseline, and list the tests that already fail on it."""
    state = right.state
    return {"title": state.series.title if state.series and state.request.series else "",
            "version": state.series.version if state.series and state.request.series else 0,
            "base": state.base, "tree": state.tree.name if state.tree else "", "commit": right.head,
            "ways": [way.name for way in right.ways], "lost": list(right.lost),
            "failing": [f"{p.name}.{t.name}" for way in right.ways for p in way.before.outcomes
                        for t in p.children if t.status in BAD]}
