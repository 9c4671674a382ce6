# SPDX-License-Identifier: GPL-2.0-or-later
"""The selftests that judge wrong versions of a series, on a kernel that has what they need."""

from __future__ import annotations

from harness.model import KernelImage
from harness.run import patched
from harness.run.state import State, require
from harness.run.suites import needs, reach, registered, sides, targets
from harness.run.suites.selftests import ALL, NONE
from harness.run.suites.targets import Target


def wanted(state: State) -> tuple[str, ...]:
    """The targets that are asked for, that the series changes, or known to reach its functions."""
    reached = reach.of_targets(state, targets.every(state))
    return tuple(name for name in targets.belonging(state, reached)
                 if name in reached or targets.asked(state, name))


def unknown(state: State) -> tuple[str, ...]:
    """What is said of the suites that were asked for and that the tree does not have."""
    known = {ALL, NONE, reach.KUNIT, *(s.name for s in registered.suites(state))}
    return tuple(f"--suite {name}: the tree has no suite of that name"
                 for name in state.request.suites
                 if name not in known and not targets.there_is(state, name))


def ready(state: State, name: str) -> tuple[Target, KernelImage]:
    """A target's programs, and a kernel with the series on which they can run.

    Raises ``CommandFailedError`` where either does not build.
    """
    base = require(state.image_base)
    target = targets.built(state, name, patched.sources(state, base.sources, "selftests/head"))
    start, config = needs.base(state, target)
    if start == base:
        return target, require(state.image_patched)
    work = state.work / f"selftests-kernel-{name.replace('/', '-')}"
    return target, sides.built_patched(state, start, config, work)
