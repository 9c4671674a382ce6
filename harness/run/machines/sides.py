# SPDX-License-Identifier: GPL-2.0-or-later
"""The base of another machine, with what runs on both kernels."""

from __future__ import annotations

from dataclasses import dataclass

from harness.arch import Machine
from harness.clean import one_line
from harness.errors import HarnessError
from harness.model import Kconfig, KernelImage
from harness.run.machines import kernels, machine, programs
from harness.run.state import State
from harness.run.workload import NOTHING, Workload


@dataclass(frozen=True, slots=True)
class Side:
    """The base, its configuration, and the programs."""

    image: KernelImage
    config: Kconfig
    load: Workload


def base(state: State, row: Machine) -> tuple[Side, State, str]:
    """The base with what the programs need; without them, and why, where they cannot be had.

    Raises what ``kernels.base`` raises.
    """
    load, state, why = programs.programs(state, row)
    if load:
        config = machine.config(row, state.profiles)
        try:
            return Side(kernels.base(state, row, config), config, load), state, ""
        except HarnessError as error:
            why = f"no program was run: {one_line(error.message, 300)}"
    plain = machine.config(row, ())
    return Side(kernels.base(state, row, plain), plain, NOTHING), state, why
