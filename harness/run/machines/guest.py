# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel in the guest of its own machine."""

from __future__ import annotations

from dataclasses import replace

from harness.arch import Machine
from harness.cache import store
from harness.guest.boot import Guest
from harness.model import GuestRun, KernelImage
from harness.run import boot_stages, cache_keys, guests, workload
from harness.run.remembered import Asked, remembered
from harness.run.state import State
from harness.run.workload import Workload


def booted(state: State, row: Machine, image: KernelImage, side: str, load: Workload,
           ) -> tuple[State, GuestRun]:
    """What a kernel does there, under the machine's name, or what an earlier run saw.

    Raises ``NoBootError`` when it gives no life sign.
    """
    versions = (store.version(row.target.program), store.version(row.emulator.program),
                *cache_keys.boot(state, image, load))
    asked = Asked(f"boot-{row.name}", image, f"{row.name}-{side}")
    run, state = remembered(state, asked, _guest(state, row, asked.place), versions,
                            lambda where: workload.run(where, image.path, load))
    return state, _named(row, run)


def ran(state: State, row: Machine, image: KernelImage, place: str, load: Workload) -> GuestRun:
    """The same of a kernel of which nothing is kept."""
    return _named(row, workload.run(_guest(state, row, place), image.path, load))


def _guest(state: State, row: Machine, place: str) -> Guest:
    init = boot_stages.init_for(state, row.target.name, row.target.program)
    return guests.guest(state.settings, state.box(), state.request.out / place, init, state.say,
                        emulator=row.emulator)


def _named(row: Machine, run: GuestRun) -> GuestRun:
    return replace(run, outcomes=tuple(
        replace(o, name=f"{row.name}:{o.name}") for o in run.outcomes))
