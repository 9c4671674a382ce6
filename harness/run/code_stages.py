# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages that ask finished builds what they compiled, and what the compilers said."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

from harness.build import codecheck, kconfig, kernel
from harness.errors import CommandFailedError
from harness.model import Finding, KernelImage
from harness.run import build_stages, cache_keys, waiting
from harness.run.state import NotRunError, State, require
from harness.system import sandbox


def look_at_build(state: State) -> State:
    """Ask the build which of the files it has compiled."""
    sides = _sides(require(state.image_base), require(state.image_patched))
    inputs = build_stages.inputs(state)
    rows, state = cache_keys.memo(state, "compiled", inputs, lambda: _looked(state, sides))
    return replace(state, compiled=(*state.compiled, (build_stages.MACHINE, rows)))


def _looked(state: State, sides: tuple[codecheck.BuildSide, codecheck.BuildSide],
            ) -> waiting.Built:
    return waiting.look(state.files, *sides, _prefixes(state, *sides))


def _sides(base: KernelImage, patched: KernelImage,
           ) -> tuple[codecheck.BuildSide, codecheck.BuildSide]:
    return (codecheck.BuildSide(base.sources, base.build_dir),
            codecheck.BuildSide(patched.sources, patched.build_dir))


def _prefixes(state: State, *sides: codecheck.BuildSide) -> tuple[str, ...]:
    """The name of the source directory in make's dependency files."""
    return tuple(dict.fromkeys(f"{state.box().path(s.sources.root, '/src')}/" for s in sides))


def build_extra(state: State) -> State:
    """Build both sides in the configurations of --config: no boot, only whether it builds."""
    lost: list[str] = []
    for name in state.request.configs:
        try:
            state = _in_configuration(state, name)
        except _BaseBrokenError as error:
            lost.append(f"{name}: the base does not build: {error}")
    if lost:
        raise NotRunError("; ".join(lost), state)
    return state


class _BaseBrokenError(Exception):
    """The base does not build in a configuration: nothing can be said of the series there."""


def _in_configuration(state: State, name: str) -> State:
    """Build both sides in one configuration more."""
    config, maker = kconfig.named(name), build_stages.builder(state)
    try:
        start = kernel.base(maker, require(state.tree), state.base, config)
    except CommandFailedError as error:
        raise _BaseBrokenError(error.tail[:200]) from None
    found: tuple[Finding, ...]
    try:
        image, broken = kernel.patched(maker, require(state.applied), start, config,
                                      state.work / "extra")
    except CommandFailedError as error:
        found = (kernel.finding(error),)
    else:
        sides = _sides(start, image)
        found = codecheck.bisection_broken(broken, len(require(state.applied).commits))
        state = replace(state, compiled=(*state.compiled, (
            f"{build_stages.MACHINE}, {Path(name).name}", _looked(state, sides))))
    return replace(state, findings=(*state.findings, *(replace(
        f, message=f"{name}: {f.message}", subject=f"{name} {f.subject}") for f in found)))


def check_code(state: State) -> State:
    """New warnings of compilers and checkers in the files that the series touches."""
    sides = _sides(require(state.image_base), require(state.image_patched))
    config = build_stages.config_of(state)
    (found, notices, lacking), state = cache_keys.memo(
        state, "warnings", cache_keys.warnings(build_stages.inputs(state)),
        lambda: codecheck.check(
            require(state.series), sides, replace(state.box(), nice=sandbox.GIVE_WAY),
            state.log, functools.partial(cache_keys.old_warnings, state, config)),
        keep=lambda result: codecheck.steady(result[2]))
    return replace(state, findings=state.findings + found, notices=state.notices + notices,
                   not_run=state.not_run + lacking)
