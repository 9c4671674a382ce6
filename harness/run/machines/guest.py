# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel in the guest of its own machine."""

from __future__ import annotations

from dataclasses import replace

from harness.arch import Machine
from harness.cache import store
from harness.model import GuestRun, KernelImage
from harness.run import boot_stages, cache_keys, guests, workload
from harness.run.remembered import Asked, remembered
from harness.run.state import State
from harness.run.workload import Workload


def booted(state: State, row: Machine, image: KernelImage, side: str, load: Workload,
           ) -> tuple[State, GuestRun]:
    """What a kernel does there, under the machine's name.

    Raises ``NoBootError`` when it gives no life sign.
    """
    place = f"{row.name}-{side}"
    init = boot_stages.init_for(state, row.target.name, row.target.program)
    guest = guests.guest(state.settings, state.box(), state.request.out / place, init, state.say,
                         emulator=row.emulator)
    versions = (store.version(row.target.program), store.version(row.emulator.program),
                *cache_keys.boot(state, image, load))
    run, state = remembered(state, Asked(f"boot-{row.name}", image, place), guest, versions,
                            lambda where: workload.run(where, image.path, load))
    return state, replace(run, outcomes=tuple(
        replace(o, name=f"{row.name}:{o.name}") for o in run.outcomes))
