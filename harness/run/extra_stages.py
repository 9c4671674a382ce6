# SPDX-License-Identifier: GPL-2.0-or-later
"""The stage that builds in other configurations, by the user's wish."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.build import codecheck, kconfig, kernel
from harness.errors import CommandFailedError
from harness.model import Finding
from harness.run import code_stages, configs
from harness.run.state import NotRunError, State, require


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
    config, maker = kconfig.named(name), configs.builder(state)
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
        sides = code_stages.sides_of(start, image)
        found = codecheck.bisection_broken(broken, len(require(state.applied).commits))
        state = replace(state, compiled=(*state.compiled, (
            f"{state.target.name}, {Path(name).name}", code_stages.looked(state, sides))))
    return replace(state, findings=(*state.findings, *(replace(
        f, message=f"{name}: {f.message}", subject=f"{name} {f.subject}") for f in found)))
