# SPDX-License-Identifier: GPL-2.0-or-later
"""Build the right version, and run on it what is to notice the wrong ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.errors import InputRefusedError, UsageError
from harness.intake import read_series
from harness.model import Applied, Patch, Series
from harness.prove import judges, machines, ways
from harness.prove.baseline import Baseline, ProofPlan, patches_in
from harness.prove.ways import Way
from harness.run import executed, pipeline
from harness.run.state import SkippedStage, State, require

WANTED = ("intake", "tree", "apply", "profiles", "configure", "build-base", "build-patched")
OF_A_TREE = ("profiles", "build-base", "generate")


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
    """Build the right version, and run on it once what is to notice the wrong ones."""
    if state.request.series is None:
        return _without_series(state, plan)
    state = pipeline.through(state, *WANTED)
    if state.image_patched is None or state.applied is None:
        raise InputRefusedError("the series itself does not build: nothing to prove",
                                hint="harness check says why")
    state = pipeline.through(state, "accelerator")
    found = list[Way]()
    if state.profiles:
        ready = pipeline.through(state, "generate")
        state = pipeline.through(ready, "boot-patched")
        way = ways.programs(state, require(state.image_patched), require(state.applied).head)
        found.append(ways.told(way, ready, state))
    more, lost, state = judges.found(state)
    elsewhere, dark = machines.found(state)
    found += (*more, *elsewhere)
    lost += dark
    if not found:
        raise InputRefusedError("no test belongs to this series: nothing can notice a wrong "
                                "version", hint="; ".join(lost) or "--suite NAME lets a suite or a "
                                "selftest of the tree judge")
    return Baseline(state, require(state.applied).head, tuple(found), executed.traced(state),
                    lost)


def _without_series(state: State, plan: ProofPlan) -> Baseline:
    """The tree as it stands, for mutants of a folder."""
    if plan.mutants is None:
        raise UsageError("without a series, --mutants DIR says what to try",
                         hint="harness prove --tree debian-6.1 --mutants DIR")
    state = replace(pipeline.through(state, "tree"),
                    series=_mutant_series(patches_in(plan.mutants)))
    tree = require(state.tree)
    state = replace(state, base=tree.commit, applied=Applied(tree, tree.commit, ()))
    try:
        state = pipeline.through(state, *OF_A_TREE)
    except SkippedStage as reason:
        raise InputRefusedError(f"no test belongs to what the mutants touch: {reason}",
                                hint="a profile says which files it is about: docs/extending.md"
                                ) from None
    way = ways.programs(state, require(state.image_base), tree.commit)
    elsewhere, dark = machines.found(state)
    return Baseline(state, tree.commit, (way, *elsewhere), lost=dark)
