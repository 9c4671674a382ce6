# SPDX-License-Identifier: GPL-2.0-or-later
"""The mutants of a directory, and our own, and each as a commit on the right version."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness import apply
from harness.evidence import Place
from harness.intake import read_series
from harness.prove import mutate
from harness.prove.baseline import Baseline, ProofPlan, patches_in
from harness.system import repo


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong version: a patch of somebody's, or an edit of our own."""

    name: str
    patch: Path | None = None
    edit: mutate.Edit | None = None

    @property
    def place(self) -> Place | None:
        """The line that an edit begins with."""
        return (self.edit.path, self.edit.line) if self.edit else None

    @property
    def places(self) -> tuple[Place, ...]:
        """The lines that an edit changes."""
        return () if self.edit is None else tuple(
            (self.edit.path, self.edit.line + n) for n in range(max(1, self.edit.lines)))

    @property
    def line(self) -> str:
        """Describe the change that an edit made to a line."""
        return f"{self.edit.before}  ->  {self.edit.after or '(nothing)'}" if self.edit else ""


def collect(right: Baseline, plan: ProofPlan) -> list[Mutant]:
    """Every mutant that ``plan`` wants; with a budget one of each line first, then a second."""
    given = patches_in(plan.mutants) if plan.mutants else []
    twins = {p.stem for p in given if sum(q.stem == p.stem for q in given) > 1}
    found = [Mutant(path.name if path.stem in twins else path.stem, patch=path) for path in given]
    found += _own(right) if plan.own else ()
    found = [m for m in found if not plan.only or any(
        fnmatch.fnmatch(m.name, glob) for glob in plan.only)]
    if plan.limit and len(found) > plan.limit:  # evenly over all of them
        found = [found[n * len(found) // plan.limit] for n in range(plan.limit)]
    return _in_turns(found) if plan.budget else found


def _in_turns(found: list[Mutant]) -> list[Mutant]:
    """One of each line, in the order of its kinds (mutate.OPERATORS), then another of each."""
    nth: dict[Place | None, int] = {}
    rows = []
    for mutant in found:
        nth[mutant.place] = nth.get(mutant.place, -1) + 1
        rows.append((nth[mutant.place] if mutant.place else 0, mutant))
    return [mutant for _, mutant in sorted(rows, key=lambda row: row[0])]


def _own(right: Baseline) -> Iterator[Mutant]:
    state = right.state
    if state.request.series is None or state.tree is None or state.series is None:
        return
    for path in state.series.paths:
        new = repo.show(state.tree.repo, right.head, path)
        if new is None or path.startswith(("tools/", "Documentation/", "samples/")):
            continue
        old = repo.show(state.tree.repo, state.base, path) or b""
        yield from (Mutant(edit.name, edit=edit) for edit in mutate.edits(path, old, new))


def commit_of(right: Baseline, mutant: Mutant) -> str:
    """The mutant on the right version; raises ``InputRefusedError`` when it does not apply."""
    tree = right.state.tree
    assert tree is not None  # noqa: S101  (for mypy)
    if mutant.patch is not None:
        return apply.apply_series(read_series(mutant.patch), tree, right.head).head
    assert mutant.edit is not None  # noqa: S101  (for mypy)
    files = {mutant.edit.path: mutant.edit.content}
    return apply.commit_content(tree, right.head, files, mutant.name)
