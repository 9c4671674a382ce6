# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings for guests, and whether KVM can be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from harness.arch import EMULATOR, NATIVE_TARGET, Emulator, Machine
from harness.cache import store
from harness.errors import InfrastructureError
from harness.guest import boot, qemu
from harness.model import Say
from harness.profiles import Profile
from harness.settings import Settings
from harness.system import sandbox
from harness.system.sandbox import Sandbox

KVM = "/dev/kvm"


def box(settings: Settings) -> Sandbox:
    """Where children of a run are shut in."""
    return sandbox.get(enabled=settings.sandbox)


def guest(settings: Settings, box: Sandbox, out: Path, init: Path, say: Say, *,
          emulator: Emulator = EMULATOR) -> boot.Guest:
    """Guest settings of a run; TCG unless ``accelerated`` finds that KVM works."""
    accel = "kvm" if settings.accel == "kvm" and emulator == EMULATOR else "tcg"
    longer = settings.timeout_factor
    return boot.Guest(
        qemu.Machine(emulator, accel, settings.memory, min(settings.cpus, emulator.most_cpus)),
        box, out,
        settings.boot_timeout * longer, settings.test_timeout * longer,
        settings.run_timeout * longer, say, init, guests=settings.shared)


def of_machine(machine: Machine | None) -> tuple[Emulator, tuple[str, ...]]:
    """What boots a machine's kernels, and how the compiler of their init is called.

    None is this one.
    """
    if machine is None:
        return EMULATOR, (NATIVE_TARGET.program,)
    return machine.emulator, machine.init_compiler


def of_one_kernel(settings: Settings, out: Path, folder: Path, say: Say,
                  machine: Machine | None) -> boot.Guest:
    """The guest of a kernel that is given, below ``out``, and its init in ``folder``.

    ``machine``: None is this one.
    """
    emulator, line = of_machine(machine)
    init = boot.compile_init(folder, box(settings), out / "log", line)
    return guest(settings, box(settings), out / "guest", init, say, emulator=emulator)


def accelerated(settings: Settings, where: boot.Guest, kernel: Path, chosen: Iterable[Profile],
                ) -> tuple[boot.Guest, str]:
    """The guest with KVM or TCG, and why not KVM where it was to be tried.

    A kernel is asked once for each boot of this host. Raises ``InfrastructureError`` when KVM
    was asked for by name and does not work.
    """
    needs = tuple(path for profile in chosen for path in profile.guest)
    if settings.accel == "tcg" or (settings.accel == "auto" and not Path(KVM).exists()):
        return where, ""
    faster = replace(where, machine=replace(where.machine, accel="kvm"),
                     out=where.out / "canary")
    why = sandbox.may_use(KVM)
    if not why:
        where.say("checking whether KVM works")
        key = (_host(), store.version(where.machine.emulator.program),
               store.file_digest(kernel), *needs)
        why, _ = store.Store(settings.cache / "cells").memo(
            "accelerator", key, lambda: boot.canary(faster, kernel, needs),
            again=settings.accel == "kvm")
    if why and settings.accel == "kvm":
        raise InfrastructureError(f"--accel kvm: {why}", hint="--accel tcg needs no KVM")
    if why:
        return where, f"falling back to TCG emulation, KVM is not usable: {why}"
    return replace(faster, out=where.out), ""


def _host() -> str:
    """Name this boot of this machine."""
    boot_id = Path("/proc/sys/kernel/random/boot_id")
    return boot_id.read_text("utf-8") if boot_id.is_file() else ""
