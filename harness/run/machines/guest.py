# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel in the guest of its own machine."""

from __future__ import annotations

from dataclasses import replace

from harness.cache import store
from harness.model import GuestRun, KernelImage
from harness.run import boot_stages, guests, workload
from harness.run.machines.machine import Machine
from harness.run.remembered import Asked, remembered
from harness.run.state import State


def booted(state: State, row: Machine, image: KernelImage, side: str) -> tuple[State, GuestRun]:
    """What a kernel does there, under the architecture's name.

    Raises ``NoBootError`` when it gives no life sign.
    """
    place = f"{row.name}-{side}"
    init = boot_stages.init_for(state, row.name, row.target.program)
    guest = guests.guest(state.settings, state.box(), state.request.out / place, init, state.say,
                         emulator=row.emulator)
    versions = (store.version(row.target.program), store.version(row.emulator.program))
    run, state = remembered(state, Asked(f"boot-{row.name}", image, place), guest, versions,
                            lambda where: workload.run(where, image.path, workload.NOTHING))
    return state, replace(run, outcomes=tuple(
        replace(o, name=f"{row.name}:{o.name}") for o in run.outcomes))
