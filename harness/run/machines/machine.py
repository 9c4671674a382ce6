# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines besides the native one: whether a run is about one, and what it lacks here."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace

from harness.arch import MACHINES, NATIVE_TARGET, Machine
from harness.build import kconfig
from harness.evidence import BUILT, arch_of, kind_of
from harness.model import Kconfig
from harness.profiles import Profile
from harness.run.single.targets import ALL
from harness.run.state import State


def config(row: Machine, profiles: Iterable[Profile]) -> Kconfig:
    """The configuration of its kernels, with what the programs of ``profiles`` need."""
    return kconfig.for_machine(row.emulator, row.config, *(
        path for profile in profiles for path in profile.fragments(row.target.name)))


def of(state: State, row: Machine) -> State:
    """The state in which its kernels are the ones that are built and booted, with their log."""
    out = state.request.out / row.name
    out.mkdir(parents=True, exist_ok=True)
    return replace(state, machine=row, target=row.target, work=state.work / "machines" / row.name,
                   request=replace(state.request, out=out))


def lacking(row: Machine, *, boots: bool = True) -> str:
    """What has to be installed before anything of it can be done; "" when all is there.

    ``boots``: built is not enough.
    """
    needed = [(row.target.program, f"{row.target.package} libc6-dev")]
    if boots:
        needed += [(row.abi.program, row.package), (row.emulator.program, row.emulator.package)]
    for program, package in needed:
        if shutil.which(program) is None:
            return (f"no kernel was {'booted' if boots else 'built'}: {program} is not "
                    f"installed: apt-get install {package}")
    return ""


def wanted(state: State) -> tuple[Machine, ...]:
    """Those that were asked for, and those of which the series touches a file."""
    return tuple(row for row in MACHINES if _wanted(state, row))


def asked(state: State, row: Machine) -> bool:
    """Whether the user wants it by name, or all."""
    return row.name in state.request.arches or ALL in state.request.arches


def _wanted(state: State, row: Machine) -> bool:
    if asked(state, row):
        return True
    # What is native is built and booted anyway: its 32 bits are asked for by name.
    return row.target.srcarch != NATIVE_TARGET.srcarch and row.name == row.target.name and any(
        arch_of(f.path) == row.target.srcarch and kind_of(f.path) in BUILT and not f.same
        for f in state.files)
