# SPDX-License-Identifier: GPL-2.0-or-later
"""The stage that compiles what a series touches, before and after, and nothing else."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace

from harness.build import codecheck, kernel
from harness.errors import CommandFailedError
from harness.model import Kconfig
from harness.run import cache_keys, configs
from harness.run.single import targets
from harness.run.single.answer import answer
from harness.run.state import SkippedStage, State, require

_MODULE = re.compile(r"\bMODULE\b")
PLAIN_BOOTS = ("the base does not build in the configuration that compiles the series: the plain "
               "one is built and boots")


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
        raise SkippedStage("the configuration is that of the kernel, which is built anyway"
                           if targets.native(state) else
                           "no file that changes is compiled for the architecture of this machine")
    known = len(state.unbuilt)
    for number in numbers:
        state = _numbered(state, number, told=alone or modules or number > 0)
    rows = [row for _, found in state.compiled for row in found if row.objects]
    there = {row.path for row in rows}
    if any(path not in there for path, _, _ in state.unbuilt[known:]) or any(
            _MODULE.search(words) for row in rows for _, words in row.off):
        # Where few symbols are set, a missing "select" shows: what does not compile so is tried
        # where nearly all of them are. And there are lines that only a module has.
        with contextlib.suppress(CommandFailedError):  # what is known of the files stands
            state = in_configuration(state, configs.richest(state), configs.RICHEST, told=True)
    for target, files in others:
        state = targets.compile_for(state, target, files, _numbered)
    return state


def _numbered(state: State, number: int, *, told: bool = True) -> State:
    return in_configuration(state, configs.numbered(state, number),
                            configs.name_of(state, number), told=told, first=number == 0)


def in_configuration(state: State, config: Kconfig, name: str, *, told: bool, first: bool = False,
                     ) -> State:
    """Compile in one configuration; ``told``: no kernel is built in it.

    ``first``: it is that of the kernel, which is not built when this does not compile.
    """
    said, state = cache_keys.memo(
        state, "compile", cache_keys.compiles(state, config, configs.toolchain(state)),
        lambda: answer(state, config), keep=lambda a: codecheck.steady(a.lacking))
    state = replace(state, broken=state.broken or (first and said.broken),
                    findings=state.findings + tuple(
                        f for f in said.found if f not in state.findings))
    if first and said.failed and not state.request.compile_only and not state.boots_plain:
        # The base's kernel would not build either.
        state = replace(state, boots_plain=True, notices=(*state.notices, PLAIN_BOOTS))
        told, name = True, configs.name_of(state, 0)
    return state if not told else replace(
        state, not_run=state.not_run + said.lacking, unbuilt=state.unbuilt + tuple(
            (path, f"it does not compile on the base: {why}", "") for path, why in said.failed),
        compiled=(*state.compiled, (name, said.rows)))
