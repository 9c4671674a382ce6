# SPDX-License-Identifier: GPL-2.0-or-later
"""The stage that compiles what a series touches, before and after, and nothing else."""

from __future__ import annotations

import functools
from dataclasses import replace

from harness.build import codecheck, kernel
from harness.run import cache_keys, configs
from harness.run.single import targets
from harness.run.single.answer import answer
from harness.run.state import SkippedStage, State, require


def compile_only(state: State) -> State:
    """Compile the touched objects in each configuration that the series asks for.

    Where kernels are built as well, that of the kernel that boots is compiled early when its base
    has to be built first: an error shall not wait for that.
    """
    configs.of_the_kernel(state)
    alone = state.request.compile_only
    numbers = range(max(1, len(state.configured.settings)))
    modules = configs.has_modules(state)
    if not alone and not modules and kernel.cached(
            state.settings.cache, require(state.tree), state.base, configs.config_of(state)):
        numbers = numbers[1:]
    if not targets.native(state):
        numbers = numbers[:0]
    others = targets.chosen(state)
    if not numbers and not others:
        raise SkippedStage("the kernel that boots has it all")
    for number in numbers:
        state = in_configuration(state, number, told=alone or modules or number > 0)
    for target, files in others:
        state = targets.compile_for(state, target, files, functools.partial(
            in_configuration, told=True))
    return state


def in_configuration(state: State, number: int, *, told: bool) -> State:
    """Compile in one of the configurations; ``told``: no kernel is built in it."""
    config = configs.numbered(state, number)
    said, state = cache_keys.memo(
        state, "compile", cache_keys.compiles(state, config, configs.toolchain(state)),
        lambda: answer(state, config), keep=lambda a: codecheck.steady(a.lacking))
    state = replace(state, broken=state.broken or (number == 0 and said.broken),
                    findings=state.findings + tuple(
                        f for f in said.found if f not in state.findings))
    return state if not told else replace(
        state, not_run=state.not_run + said.lacking, unbuilt=state.unbuilt + tuple(
            (path, f"it does not compile on the base: {why}", "") for path, why in said.failed),
        compiled=(*state.compiled, (configs.name_of(state, number), said.rows)))
