# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine besides the native one, whether a run is about it, and what it lacks here."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from harness.arch import MACHINES, Emulator, Target
from harness.build import kconfig
from harness.evidence import BUILT, arch_of, kind_of
from harness.model import Kconfig
from harness.run.single.targets import ALL
from harness.run.state import State


@dataclass(frozen=True, slots=True)
class Machine:
    """How its kernels are made, and what boots them."""

    target: Target
    emulator: Emulator

    @property
    def name(self) -> str:
        """As users know it."""
        return self.target.name

    @property
    def config(self) -> Kconfig:
        """The configuration of its kernels."""
        return kconfig.for_machine(self.emulator)

    @property
    def lacking(self) -> str:
        """What has to be installed before anything of it can be booted; "" when all is there."""
        for program, package in ((self.target.program, f"{self.target.package} libc6-dev"),
                                 (self.emulator.program, self.emulator.package)):
            if shutil.which(program) is None:
                return (f"no kernel was booted: {program} is not installed: "
                        f"apt-get install {package}")
        return ""


def wanted(state: State) -> tuple[Machine, ...]:
    """Those that were asked for, and those of which the series touches a file."""
    return tuple(Machine(*row) for row in MACHINES if _wanted(state, row[0]))


def _wanted(state: State, target: Target) -> bool:
    asked = state.request.arches
    return target.name in asked or ALL in asked or any(
        arch_of(f.path) == target.srcarch and kind_of(f.path) in BUILT and not f.same
        for f in state.files)
