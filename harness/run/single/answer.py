# SPDX-License-Identifier: GPL-2.0-or-later
"""What compilers say of the files that a series touches, without a whole kernel."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from harness.build.codecheck import BuildSide
from harness.evidence import BuiltFile
from harness.model import Finding, Kconfig
from harness.run import code_stages, warned
from harness.run.single import base, patches
from harness.run.single.through import Series
from harness.run.state import State


@dataclass(frozen=True, slots=True)
class Answer:
    """What compiling said: findings, the files with an object, and what could not be asked.

    ``broken``: the series as a whole does not compile; ``failed``: the files that already fail on
    the base, and why.
    """

    found: tuple[Finding, ...]
    rows: tuple[BuiltFile, ...]
    broken: bool
    lacking: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


def answer(state: State, config: Kconfig) -> Answer:
    """Compile what the series touches in one configuration, before and after."""
    start = base.base(state, config)
    before, out = start.side, start.bench.work / "out"
    quick = patches.sources_alone(state)
    series = Series(state, config, out, names=start.names, quick=quick, broken={
        n for n in start.names.values() if not (before.out / n).is_file()})
    ask = functools.partial(warned.warned, state, config)
    rest = patches.steps(state, start.bench, before.sources)
    # Without a sandbox the sources of each step lie where those of the last one did.
    path = list(rest) if state.settings.sandbox else []
    with ThreadPoolExecutor(1) as pool:
        after = BuildSide(path[-1].sources if path else before.sources, out)
        waiting = pool.submit(ask, before, after) if path and quick else None
        for step in path or rest:
            series.take(step)
            after = replace(after, sources=step.sources)
        # The gaps say which files were not compiled.
        found, _, lacking = waiting.result() if waiting else ask(before, after)
    rows = code_stages.looked(state, (before, after))
    bad = {p for p, name in series.names.items() if name in series.bad}
    # An error in a header is that of each object which includes it.
    return Answer((*dict.fromkeys(series.findings()), *(
        f for f in found if f.where.path not in bad)), rows, bool(series.bad), lacking,
        start.failed)
