# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages that boot kernels: which accelerator, the base, the patched kernel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.cache import store
from harness.errors import NoBootError
from harness.guest import boot
from harness.model import Finding, GuestRun, Severity
from harness.run import cache_keys, guests, workload
from harness.run.remembered import BOOT, Asked, remembered
from harness.run.state import State, require
from harness.system import sandbox


def init_for(state: State, name: str, compiler: tuple[str, ...] = ("gcc",)) -> Path:
    """The init of a run's guests of that name, or that of an earlier run put back."""
    folder = state.work / f"init-{name}"
    key = (store.version(compiler[0]), *compiler[1:])
    content, _ = cache_keys.memo(state, "init", key, lambda: boot.compile_init(
        folder, state.box(), state.log, compiler).read_bytes())
    init = folder / "init"
    if not init.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        init.write_bytes(content)
    return init


def guest(state: State, side: str) -> boot.Guest:
    """Guest settings of this run; the base's guest runs at a lower CPU priority."""
    box = replace(state.box(), nice=sandbox.GIVE_WAY if side == "before" else 0)
    emulator, line = guests.of_machine(state.machine)
    return guests.guest(state.settings, box, state.request.out / side,
                        init_for(state, side, line), state.say, emulator=emulator)


def accelerator(state: State) -> State:
    """KVM or TCG: the base is asked, once for each boot of this host."""
    chosen, why = guests.accelerated(state.settings, guest(state, "probe"),
                                       require(state.image_base).path, state.profiles)
    settings = replace(state.settings, accel=chosen.machine.accel)
    return replace(state, request=replace(state.request, settings=settings),
                   notices=state.notices + ((why,) if why else ()))


def _boot(state: State, asked: Asked) -> tuple[GuestRun, State]:
    """Run the programs on a kernel, or take what an earlier run saw there."""
    return remembered(state, asked, guest(state, asked.place),
                      cache_keys.boot(state, asked.image, state.load),
                      lambda where: workload.run(where, asked.image.path, state.load))


def run_one(state: State, name: str, kernel: Path, place: str) -> GuestRun:
    """One program of a profile on another kernel."""
    return workload.run(guest(state, place), kernel, state.load.only(name))


def boot_base(state: State) -> State:
    """Run the programs on the base."""
    run, state = _boot(state, Asked("boot-base", require(state.image_base), "before"))
    return replace(state, before=run)


def boot_patched(state: State) -> State:
    """Run the same programs on the patched kernel.

    One that does not boot, where the base does, is a finding.
    """
    image = require(state.image_patched)
    programs = ", ".join(p.name for p in state.profiles) if state.load else ""
    try:
        run, state = _boot(state, Asked("boot-patched", image, "after", programs or BOOT,
                                        "control" if programs else ""))
    except NoBootError as error:
        where = guest(state, "probe")
        if not boot.boot_once(where, require(state.image_base).path, boot.Load(()), {}, 0).bye:
            raise
        return replace(state, findings=(*state.findings, Finding(
            "boot-failure", Severity.ERROR, f"the patched kernel does not boot, the base does: "
            f"{error.message.partition(': ')[2]}", evidence=error.said, subject="boot")))
    return replace(state, after=run)
