# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernels of a run offer: capabilities of the profiles, architecture by architecture."""

from __future__ import annotations

import functools

from harness.arch import MACHINES
from harness.lint import contract, offers
from harness.model import Finding, Offer
from harness.run.state import State, require
from harness.system import repo


def offered(state: State) -> tuple[tuple[Offer, ...], tuple[Finding, ...]]:
    """Where the capabilities of the profiles are documented, reported and work; what is wrong."""
    rows = tuple(row for profile in state.profiles for row in profile.offers)
    if not rows:
        return (), ()
    applied = require(state.applied)
    before, after = (functools.cache(functools.partial(repo.show, applied.tree.repo, commit))
                     for commit in (applied.base, applied.head))
    told = offers.table(rows, ((before, require(state.before)), (after, require(state.after))))
    grep = functools.partial(repo.grep, applied.tree.repo, applied.head)
    on = dict(state.symbols)

    def lacks(row: Offer) -> str:
        target = next((m.target for m in MACHINES if m.name == row.machine), None)
        return "" if target is None or target.name not in on else contract.waits_for(
            after, grep, row.capability, target.srcarch, on[target.name])
    return told, tuple(offers.findings(told, after, lacks))
