# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot both kernels with a benchmark in turns, and say what was measured."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.bench import figures
from harness.bench.figures import SIDES, Run
from harness.bench.made import Bench, BenchPlan
from harness.errors import InfrastructureError
from harness.guest.boot import Load
from harness.guest.run import RetryPolicy, run_programs
from harness.model import GOOD, GuestRun
from harness.report.document import Document
from harness.run import boot_stages
from harness.run.state import require

SCHEMA_VERSION = 1
ONCE = RetryPolicy(boots=2, retried=frozenset())  # a second try would be a run of its own


def run(bench: Bench, plan: BenchPlan) -> dict[str, list[Run]]:
    """Boot both sides in turns, each first as often as the other.

    Raises ``InfrastructureError`` where a benchmark does not run to its end.
    """
    found: dict[str, list[Run]] = {side: [] for side in SIDES}
    began = time.monotonic()
    for number in range(plan.runs):
        for side in SIDES if number % 2 == 0 else reversed(SIDES):
            found[side].append(_once(bench, side, number))
        left = (time.monotonic() - began) / (number + 1) * (plan.runs - number - 1)
        bench.state.say(f"run {number + 1} of {plan.runs}, about {left // 60:.0f}:"
                        f"{left % 60:02.0f} left")
    return found


def _once(bench: Bench, side: str, number: int) -> Run:
    where = boot_stages.guest(bench.state, f"{side}/run{number + 1}")
    where = replace(where, say=lambda _: None, sandbox=bench.state.box())
    done = run_programs(where, bench.kernels[side], Load(bench.programs), ONCE)
    if why := _failed(done):
        raise InfrastructureError(f"{side}, run {number + 1}: {why}",
                                  hint=f"its console and results are in {where.out}")
    return figures.read(done.measurements)


def _failed(done: GuestRun) -> str:
    """Why a run measured nothing; "" where it did."""
    bad = [(f"{p.name}.{t.name}", t) for p in done.outcomes for t in p.children
           if t.status not in GOOD]
    return next((f"{name}: {t.status.value}: {t.reason}" for name, t in bad),
                "" if done.measurements else "it measured nothing")


def document(bench: Bench, found: Mapping[str, Sequence[Run]], plan: BenchPlan, seconds: float,
             ) -> Document:
    """The figures as plain data: both sides arm by arm, and what may be said of them."""
    state = bench.state
    arms = figures.document(found)
    data: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION, "title": state.series.title if state.series else "",
        "tree": require(state.tree).name, "base": state.base, "runs": plan.runs,
        "twice": plan.twice,
        "table": next((p.bench_table for p in state.profiles if p.bench), "Access"),
        "accelerator": state.settings.accel, "arms": arms,
        "steady": figures.steady(arms), "notices": list(state.notices),
        "seconds": round(seconds, 1), "reproduce": state.request.reproduce}
    traced = all(arm["tables"][side] for arm in arms for side in SIDES)
    return Document("bench", data, 0 if arms and traced else 4)
