# SPDX-License-Identifier: GPL-2.0-or-later
"""The base with the tree's KUnit suites, and which of them run with the others, alone or not."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model import KernelImage
from harness.run.state import State
from harness.run.suites import boots, kernels, told
from harness.run.suites.configured import Suites
from harness.suites.kunit import Suite


@dataclass(frozen=True, slots=True)
class Plan:
    """What the guests of both kernels run.

    ``names``: the suites that the base should have; ``without``: those that do not run with the
    others, and why; of them those that run ``alone``.
    """

    have: Suites
    start: KernelImage
    seen: tuple[str, ...]
    without: dict[str, str]
    alone: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The suites that the base should have."""
        return self.of(self.have)

    def of(self, have: Suites) -> tuple[str, ...]:
        """The suites that a kernel with these should have."""
        return told.names(have, self.seen)


def planned(state: State, rows: tuple[Suite, ...], wanted: dict[Suite, str]) -> Plan:
    """Build the base with its suites, and look at which of them cost others their boot.

    Raises ``CommandFailedError`` and ``NoBootError``.
    """
    have, start = kernels.base(state, rows)
    mine = {s.name for s in wanted}
    apart = boots.apart(state, start, told.names(have))
    alone = tuple(n for n in apart.dead if n in mine)
    without = {n: why for n, why in boots.reasons(apart).items() if n in alone or n not in mine}
    return Plan(have, start, apart.seen, without, alone)


def with_added(state: State, rows: tuple[Suite, ...], plan: Plan) -> Suites:
    """The suites of the patched kernel: those of the base and those that the series adds."""
    return kernels.with_added(state, rows, plan.have, plan.start)
