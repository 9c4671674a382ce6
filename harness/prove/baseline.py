# SPDX-License-Identifier: GPL-2.0-or-later
"""The unchanged version that mutants are compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.build import kernel
from harness.errors import InputRefusedError, UsageError
from harness.intake import read_series
from harness.model import BAD, Applied, GuestRun, Patch, Series
from harness.prove import steps
from harness.run import (
    build_stages,
    generate_stage,
    intake_stages,
    placing,
)
from harness.run.state import State

_SUFFIXES = {".patch", ".diff", ".eml", ".mbox"}


@dataclass(frozen=True, slots=True)
class Baseline:
    """The unchanged version that mutants are compared with."""

    state: State
    head: str
    start: kernel.FinishedBuild
    digest: str
    init: Path
    before: GuestRun


@dataclass(frozen=True, slots=True)
class ProofPlan:
    """The user's request."""

    mutants: Path | None = None
    only: tuple[str, ...] = ()
    limit: int = 0
    workers: int = 2
    own: bool = True


def patches_in(folder: Path) -> list[Path]:
    """The mutants of a directory; raises ``UsageError`` when there are none."""
    found = sorted(p for p in folder.glob("*") if p.suffix in _SUFFIXES) if folder.is_dir() else []
    if not found:
        raise UsageError(f"{folder}: no mutants there", hint="a directory of *.patch files")
    return found


def _mutant_series(paths: list[Path]) -> Series:
    """All mutants as one series: what they touch chooses the profiles."""
    patches: list[Patch] = []
    for path in paths:
        try:
            patches += read_series(path).patches
        except InputRefusedError:
            continue
    return Series("mutants", 1, tuple(patches))


def build_baseline(state: State, plan: ProofPlan) -> Baseline:
    """Build the right version and run everything on it once."""
    if state.request.series is not None:
        stages: tuple[Callable[[State], State], ...] = (
            intake_stages.intake, placing.with_tree, placing.with_applied, placing.with_profiles,
            build_stages.build_base, build_stages.build_patched, generate_stage.generate)
    else:
        if plan.mutants is None:
            raise UsageError("without a series, --mutants DIR says what to try",
                             hint="harness prove --tree debian-6.1 --mutants DIR")
        state = replace(placing.with_tree(state), series=_mutant_series(patches_in(plan.mutants)))
        assert state.tree is not None  # noqa: S101  (for mypy)
        commit = state.tree.commit
        state = replace(state, base=commit, applied=Applied(state.tree, commit, ()))
        stages = (placing.with_profiles, build_stages.build_base, generate_stage.generate)
    for stage in stages:
        state.say(f"{stage.__name__.strip('_')} ...")
        state = stage(state)
    image = state.image_patched or state.image_base
    if image is None or state.applied is None or (
            state.request.series is not None and state.image_patched is None):
        raise InputRefusedError("the series itself does not build: nothing to prove",
                                hint="harness check says why")
    init, before = steps.run_right(state, state.request.out / "right", image.path)
    return Baseline(state, state.applied.head, kernel.FinishedBuild(
        image.sources, image.build_dir, state.applied.head,
        str(image.path.relative_to(image.build_dir))), steps.digest_of(image.path), init, before)


def described(right: Baseline) -> dict[str, Any]:
    """Describe the baseline, and list the tests that already fail on it."""
    state = right.state
    return {"title": state.series.title if state.series and state.request.series else "",
            "tree": state.tree.name if state.tree else "", "commit": right.head,
            "failing": [f"{p.name}.{t.name}" for p in right.before.outcomes
                        for t in p.children if t.status in BAD]}
