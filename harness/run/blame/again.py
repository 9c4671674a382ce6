# SPDX-License-Identifier: GPL-2.0-or-later
"""One program again, on the kernel after some patches of a series."""

from __future__ import annotations

from collections.abc import Callable

from harness.build import kernel
from harness.guest import commands, kunit
from harness.model import Applied, GuestRun, Kconfig, KernelImage
from harness.run import boot_stages, configs, own, suites
from harness.run.machines import middle
from harness.run.state import State, require

WORK = "bisect"


class UnknownProgramError(Exception):
    """Nobody knows how a program was run."""


def of(state: State, program: str) -> Callable[[Applied], GuestRun]:
    """A function that runs a program after some patches.

    Raises ``UnknownProgramError``; what is returned raises ``CommandFailedError`` where those
    patches do not build, and ``NoBootError``.
    """
    kind, _, name = program.partition(":")
    if kind == suites.KUNIT:
        start, config = suites.kernel_of(state)
        return lambda some: kunit.run_alone(
            boot_stages.guest(state, WORK), _kernel(state, some, start, config).path, [name])
    start, config = require(state.image_base), configs.config_of(state)
    if program in {p.name for p in state.load.programs}:
        return lambda some: boot_stages.run_one(
            state, program, _kernel(state, some, start, config).path, WORK)
    if program in own.names(state.request.own):
        return lambda some: own.run_one(state, program, _kernel(state, some, start, config).path)
    if (one := suites.program(state, program)) is not None:
        start, config, command, more = one
        return lambda some: commands.run_commands(
            boot_stages.guest(state, WORK), _kernel(state, some, start, config).path, [command],
            more)
    if (other := middle.program(state, program)) is not None:
        return other
    raise UnknownProgramError(f"{program} cannot be run by itself yet")


def _kernel(state: State, some: Applied, start: KernelImage, config: Kconfig) -> KernelImage:
    return kernel.after(configs.builder(state), some, start, config, state.work / WORK)
