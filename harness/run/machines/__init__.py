# SPDX-License-Identifier: GPL-2.0-or-later
"""Both kernels on other machines: built, booted, compared.

What a series breaks there shows as a build or a boot that fails with it and does not without. The
results are those of a program "ARCHITECTURE:kernel" beside all others.
"""

from __future__ import annotations

from dataclasses import replace

from harness.arch import Machine
from harness.clean import one_line
from harness.errors import CommandFailedError, HarnessError, NoBootError
from harness.model import Finding, Severity
from harness.run import workload
from harness.run.machines import guest, kernels, machine, sides
from harness.run.state import NotRunError, SkippedStage, State


def run_machines(state: State) -> State:
    """Build and boot both kernels for each architecture that is asked for or touched."""
    rows = machine.wanted(state)
    if not rows:
        raise SkippedStage("no other architecture is asked for or touched")
    left, known = [], (state.before, state.findings)
    for row in rows:
        why = machine.lacking(row)
        if not why:
            state, why = _compared(state, row)
        left += [f"{row.name}: {why}"] if why else []
    if left and (state.before, state.findings) == known:  # nothing of any of them
        raise NotRunError("; ".join(left), state)
    return replace(state, not_run=(*state.not_run, *left))


def _compared(state: State, row: Machine) -> tuple[State, str]:
    """The state with what both kernels did, and why some of that is not known."""
    state.say(f"building and booting for {row.name}")
    try:
        side, state, left = sides.base(state, row)
        state, before = guest.booted(state, row, side.image, "before", side.load)
    except HarnessError as error:  # the tree may not have it, or no longer by that name
        return state, f"the base was not built or booted: {one_line(error.message, 300)}"
    try:
        patched, state = kernels.patched(state, row, side.config, side.image)
    except CommandFailedError as error:
        return _told(state, kernels.broken(row, error)), left
    try:
        state, after = guest.booted(state, row, patched, "after", side.load)
    except NoBootError as error:
        return _told(state, Finding(
            "boot-failure", Severity.ERROR, f"the patched kernel does not boot for {row.name}, "
            f"the base does: {error.message.partition(': ')[2]}", evidence=error.said,
            subject=f"{row.name} boot")), left
    return replace(state, before=workload.more(state.before, before),
                   after=workload.more(state.after, after)), left


def _told(state: State, finding: Finding) -> State:
    return replace(state, findings=(*state.findings, finding))
