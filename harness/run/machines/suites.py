# SPDX-License-Identifier: GPL-2.0-or-later
"""The tree's KUnit suites that belong to a change, on both kernels of another machine."""

from __future__ import annotations

from dataclasses import replace

from harness.arch import Machine
from harness.clean import one_line
from harness.model import GuestRun, KernelImage
from harness.run.machines import guest, machine
from harness.run.state import NotRunError, State
from harness.run.suites import choice, registered
from harness.run.suites.both import both
from harness.run.suites.stage import NONE


def ran(state: State, row: Machine, base: KernelImage) -> tuple[State, tuple[str, ...]]:
    """The state with what its suites say on both kernels, and why some did not run.

    Programs of 32 bits have no kernel of their own, and so no suites. ``base`` is its plain one.
    """
    if row.name != row.target.name or NONE in state.request.suites:
        return state, ()
    own = replace(machine.of(state, row), image_base=base, not_run=(), findings=())
    rows = registered.suites(own)
    wanted, _ = choice.chosen(own, rows)
    if not wanted:
        return state, ()
    state.say(f"KUnit suites for {row.name}")
    try:
        own, runs = both(own, rows, wanted)
    except NotRunError as error:
        return state, (one_line(str(error), 300),)
    return _joined(state, row, own, runs), own.not_run


def _joined(state: State, row: Machine, own: State, runs: tuple[GuestRun, ...]) -> State:
    """The state of the run with what was found there, under the machine's name."""
    findings = tuple(replace(f, message=f"{f.message} (for {row.name})",
                             subject=f"{row.name} {f.subject}") for f in own.findings)
    state = replace(state, cached=own.cached, findings=(*state.findings, *findings))
    if len(runs) == 1:
        return state
    before, after = (guest.named(row, run) for run in runs)
    return guest.joined(state, before, after)
