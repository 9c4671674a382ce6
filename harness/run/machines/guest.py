# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel in the guest of its own machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.cache import store
from harness.guest import boot
from harness.model import GuestRun, KernelImage
from harness.run import cache_keys, guests, workload
from harness.run.machines.machine import Machine
from harness.run.remembered import Asked, remembered
from harness.run.state import State


def booted(state: State, row: Machine, image: KernelImage, side: str) -> tuple[State, GuestRun]:
    """What a kernel does there, under the architecture's name.

    Raises ``NoBootError`` when it gives no life sign.
    """
    place = f"{row.name}-{side}"
    init, state = _init(state, row)
    guest = guests.guest(state.settings, state.box(), state.request.out / place, init, state.say,
                         emulator=row.emulator)
    versions = (store.version(row.target.program), store.version(row.emulator.program))
    run, state = remembered(state, Asked(f"boot-{row.name}", image, place), guest, versions,
                            lambda where: workload.run(where, image.path, workload.NOTHING))
    return state, replace(run, outcomes=tuple(
        replace(o, name=f"{row.name}:{o.name}") for o in run.outcomes))


def _init(state: State, row: Machine) -> tuple[Path, State]:
    """The guest's init for that machine."""
    folder, compiler = state.work / f"init-{row.name}", row.target.program
    content, state = cache_keys.memo(state, "init", (store.version(compiler),), lambda: (
        boot.compile_init(folder, state.box(), state.log, compiler).read_bytes()))
    init = folder / "init"
    if not init.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        init.write_bytes(content)
    return init, state
