# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel in the guest of its own machine."""

from __future__ import annotations

from dataclasses import replace

from harness.arch import Machine
from harness.cache import store
from harness.model import GuestRun, KernelImage
from harness.run import boot_stages, cache_keys, workload
from harness.run.machines import machine
from harness.run.remembered import Asked, remembered
from harness.run.state import State
from harness.run.workload import Workload


def booted(state: State, row: Machine, image: KernelImage, side: str, load: Workload,
           ) -> tuple[State, GuestRun]:
    """What a kernel does there, under the machine's name, or what an earlier run saw.

    Raises ``NoBootError`` when it gives no life sign.
    """
    own = machine.of(state, row)
    parts = (store.version(row.target.program), *cache_keys.boot(own, image, load))
    run, own = remembered(own, Asked(f"boot-{row.name}", image, side),
                          boot_stages.guest(own, side), parts,
                          lambda where: workload.run(where, image.path, load))
    return replace(state, cached=own.cached), named(row, run)


def ran(state: State, row: Machine, image: KernelImage, place: str, load: Workload) -> GuestRun:
    """The same of a kernel of which nothing is kept."""
    where = boot_stages.guest(machine.of(state, row), place)
    return named(row, workload.run(where, image.path, load))


def joined(state: State, before: GuestRun, after: GuestRun) -> State:
    """The state with more results of both kernels."""
    return replace(state, before=workload.more(state.before, before),
                   after=workload.more(state.after, after))


def named(row: Machine, run: GuestRun) -> GuestRun:
    """Outcomes under the machine's name."""
    return replace(run, outcomes=tuple(
        replace(o, name=f"{row.name}:{o.name}") for o in run.outcomes))
