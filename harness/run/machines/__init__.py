# SPDX-License-Identifier: GPL-2.0-or-later
"""Both kernels on other machines: built, booted, compared.

What a series breaks there shows as a build or a boot that fails with it and does not without. The
results are those of a program "ARCHITECTURE:kernel" beside all others.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from harness.arch import Machine
from harness.clean import one_line
from harness.errors import CommandFailedError, HarnessError, InterruptedRunError, NoBootError
from harness.model import Finding, GuestRun, KernelImage, Severity
from harness.run.machines import guest, kernels, machine, sides, suites
from harness.run.state import NotRunError, SkippedStage, State


def run_machines(state: State) -> State:
    """Build and boot both kernels for each architecture that is asked for or touched.

    Where the user wants no more they are built only.
    """
    rows = machine.wanted(state)
    if not rows:
        raise SkippedStage("no other architecture is asked for or touched")
    left: list[str] = []
    dark: list[str] = []
    seen = False
    look = _compared if state.request.boots else _built
    for row in rows:
        known = state.before, state.findings, state.inside
        why = machine.lacking(row, boots=state.request.boots)
        state, reasons = (state, (why,)) if why else look(state, row)
        said = [f"{row.name}: {reason}" for reason in reasons]
        nothing = bool(said) and (state.before, state.findings, state.inside) == known
        (dark if nothing and machine.asked(state, row) else left).extend(said)
        seen = seen or not nothing
    if left and not seen:
        dark, left = dark + left, []
    state = replace(state, not_run=(*state.not_run, *left))
    if dark:
        raise NotRunError("; ".join(dark), state)
    return state


def _compared(state: State, row: Machine) -> tuple[State, tuple[str, ...]]:
    """The state with what both kernels did, and why some of that is not known."""
    state.say(f"building and booting for {row.name}")
    try:
        side, state, why = sides.base(state, row)
        state, before, patched = _base_beside_build(state, row, side)
    except InterruptedRunError:
        raise
    except HarnessError as error:  # the tree may not have it, or no longer by that name
        return state, (f"the base was not built or booted: {one_line(error.message, 300)}",)
    left = (why,) if why else ()
    if isinstance(patched, CommandFailedError):
        return _told(state, kernels.broken(row, patched)), left
    try:
        state, after = guest.booted(state, row, patched, "after", side.load)
    except NoBootError as error:
        return _told(state, Finding(
            "boot-failure", Severity.ERROR, f"the patched kernel does not boot for {row.name}, "
            f"the base does: {error.message.partition(': ')[2]}", evidence=error.said,
            subject=f"{row.name} boot")), left
    state, more = suites.ran(guest.joined(state, before, after), row, side.image)
    return state, (*left, *more)


def _base_beside_build(state: State, row: Machine, side: sides.Side,
                       ) -> tuple[State, GuestRun, KernelImage | CommandFailedError]:
    """What the base says, whose guest runs while the patched kernel is built, and that one.

    Raises what booting the base raises.
    """
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(guest.booted, state, row, side.image, "before", side.load)
        patched: KernelImage | CommandFailedError
        try:
            patched, built = kernels.patched(state, row, side.config, side.image)
        except CommandFailedError as error:
            patched, built = error, state
        other, before = running.result()
    return replace(built, cached=built.cached | other.cached), before, patched


def _built(state: State, row: Machine) -> tuple[State, tuple[str, ...]]:
    """The state with what breaks in a build of both kernels, and why nothing is known of that."""
    state.say(f"building for {row.name}")
    try:
        side = sides.only_built(state, row)
    except InterruptedRunError:
        raise
    except HarnessError as error:
        return state, (f"the base was not built: {one_line(error.message, 300)}",)
    try:
        return kernels.patched(state, row, side.config, side.image)[1], ()
    except CommandFailedError as error:
        return _told(state, kernels.broken(row, error)), ()


def _told(state: State, finding: Finding) -> State:
    return replace(state, findings=(*state.findings, finding))
