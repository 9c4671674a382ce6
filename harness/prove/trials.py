# SPDX-License-Identifier: GPL-2.0-or-later
"""Judge many mutants beside one another, and go on where an earlier run ended."""

from __future__ import annotations

import hashlib
import json
import math
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue

from harness.cache import store
from harness.errors import InterruptedRunError
from harness.model import Say
from harness.prove.baseline import Baseline, ProofPlan
from harness.prove.judge import judge
from harness.prove.mutants import Mutant
from harness.prove.proof import NOT_TRIED, Judged
from harness.system import proc


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _key(right: Baseline, mutant: Mutant) -> str:
    what = mutant.patch.read_bytes() if mutant.patch else (
        mutant.edit.content if mutant.edit else b"")
    state = right.state
    asked = repr(([right.shown.of(place) for place in mutant.places], state.request.suites,
                  state.settings.timeout_factor, [way.name for way in right.ways]))
    parts = (store.code().encode(), *(way.digest.encode() for way in right.ways), what,
             asked.encode(),
             *(p.path.read_bytes() for p in state.load.programs))
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _kept(place: Path, key: str) -> Judged | None:
    """The result of an earlier, interrupted run, when it was about the same."""
    try:
        data = json.loads(place.read_text("utf-8"))
        if not isinstance(data, dict) or data.pop("key") != key:
            return None
        by, differences = tuple(data.pop("by")), tuple(data.pop("differences"))
        return Judged(**data, by=by, differences=differences)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def prove(right: Baseline, mutants: list[Mutant], plan: ProofPlan, say: Say) -> list[Judged]:
    """Judge all mutants, two at a time; what is done already is not done again.

    Once the plan's budget is spent, those that are left are not tried.
    """
    ends = time.monotonic() + plan.budget if plan.budget else math.inf
    benches: SimpleQueue[Path] = SimpleQueue()
    for n in range(plan.workers):
        benches.put(right.state.work / f"bench{n}")
    seen: dict[str, Judged] = {}
    kept = right.state.request.out / "judged"
    kept.mkdir(parents=True, exist_ok=True)

    def one(mutant: Mutant) -> Judged:
        key = _key(right, mutant)
        place = kept / f"{hashlib.sha256(_bytes(mutant.name)).hexdigest()[:16]}.json"
        if (old := _kept(place, key)) is not None:
            return old
        if time.monotonic() > ends:
            return Judged(mutant.name, NOT_TRIED, line=mutant.line)
        bench = benches.get()
        try:
            judged = judge(right, mutant, bench, seen)
        finally:
            benches.put(bench)
        if proc.interrupted():  # what was ended half-way says nothing
            raise InterruptedRunError("interrupted")
        place.write_text(json.dumps({"key": key, **asdict(judged)}), "utf-8")
        return judged

    with ThreadPoolExecutor(plan.workers) as pool:
        futures = [pool.submit(one, m) for m in mutants]
        try:
            _follow(futures, say)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            proc.interrupt_all()  # a worker would boot the next guest otherwise
            raise
    return [f.result() for f in futures]


def _follow(futures: list[Future[Judged]], say: Say) -> None:
    """Say what comes in; the first error ends it."""
    started, left, count = time.monotonic(), set(futures), 0
    while left:
        done, left = wait(left, timeout=1.0, return_when=FIRST_COMPLETED)
        for future in (f for f in futures if f in done):
            judged, count = future.result(), count + 1
            more = len(futures) - count
            rest = (time.monotonic() - started) / count * more
            say(f"{count}/{len(futures)} {judged.name}: {judged.status}"
                f"{' by ' + judged.by[0] if judged.by else ''}"
                f"{f', about {int(rest) // 60}:{int(rest) % 60:02d} left' if more else ''}")
