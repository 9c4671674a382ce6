# SPDX-License-Identifier: GPL-2.0-or-later
"""The base of another machine, with what runs on both kernels."""

from __future__ import annotations

from dataclasses import dataclass

from harness.arch import Machine
from harness.clean import one_line
from harness.errors import HarnessError, InterruptedRunError
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
        except InterruptedRunError:
            raise
        except HarnessError as error:
            why = f"no program was run: {one_line(error.message, 300)}"
    plain = machine.config(row, ())
    return Side(kernels.base(state, row, plain), plain, NOTHING), state, why


def only_built(state: State, row: Machine) -> Side:
    """The base with what the profiles have in their configuration, or without.

    Raises what ``kernels.base`` raises.
    """
    config, plain = machine.config(row, state.profiles), machine.config(row, ())
    try:
        return Side(kernels.base(state, row, config), config, NOTHING)
    except InterruptedRunError:
        raise
    except HarnessError:
        if config == plain:
            raise
        return Side(kernels.base(state, row, plain), plain, NOTHING)
