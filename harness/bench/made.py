# SPDX-License-Identifier: GPL-2.0-or-later
"""Both kernels as a profile's benchmark needs them, and its programs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from harness.bench.figures import BASE, PATCHED
from harness.errors import InputRefusedError, UsageError
from harness.generate.programs import build_programs
from harness.model import Program
from harness.run import pipeline
from harness.run.state import State, require
from harness.uapi.series import export_to


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """How often each side runs; ``twice``: the base on both sides, to see what chance does."""

    runs: int = 20
    twice: bool = False


@dataclass(frozen=True, slots=True)
class Bench:
    """The kernels by side, and the programs that each boot runs."""

    state: State
    kernels: dict[str, Path]
    programs: tuple[Program, ...]


def prepare(state: State, plan: BenchPlan) -> Bench:
    """Build both kernels with what the benchmark needs, and its programs.

    Raises ``UsageError`` where no profile with a benchmark knows the subject of the series, and
    ``InputRefusedError`` where the series does not build.
    """
    state = pipeline.through(state, "intake", "tree", "apply", "profiles")
    chosen = tuple(p for p in state.profiles if p.bench)
    if not chosen:
        raise UsageError("no profile with a benchmark knows what this series touches",
                         hint="[bench] in kselftests/<profile>/about.toml")
    state = replace(state, profiles=(*chosen, *(p.benchmark for p in chosen)))
    state = pipeline.through(state, "build-base")
    if not plan.twice:
        state = pipeline.through(state, "build-patched")
        if state.image_patched is None:
            raise InputRefusedError("the series does not build: nothing to measure",
                                    hint="harness check says why")
    head = require(state.applied).head if not plan.twice else state.base
    headers = export_to(require(state.tree), head, state.work / "headers")
    programs = tuple(program for p in chosen for program in build_programs(
        p.benchmark, headers, state.request.out / "programs" / p.name, state.box(), state.log))
    state = pipeline.through(state, "accelerator")
    old = require(state.image_base).path
    new = old if plan.twice else require(state.image_patched).path
    return Bench(state, {BASE: old, PATCHED: new}, programs)
