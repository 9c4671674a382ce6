# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages that ask finished builds what they compiled, and what the compilers said."""

from __future__ import annotations

import functools
from dataclasses import replace

from harness.build import codecheck, compiled, lines
from harness.evidence import BuiltFile
from harness.model import KernelImage
from harness.run import cache_keys, configs, warned
from harness.run.reading import prefix
from harness.run.state import State, require


def look_at_build(state: State) -> State:
    """Ask the build which of the files it has compiled."""
    sides = sides_of(require(state.image_base), require(state.image_patched))
    inputs = configs.inputs(state)
    rows, state = cache_keys.memo(state, "compiled", inputs, lambda: looked(state, sides))
    return replace(state, compiled=(*state.compiled, (state.target.name, rows)))


def looked(state: State, sides: tuple[codecheck.BuildSide, codecheck.BuildSide],
           ) -> tuple[BuiltFile, ...]:
    """What a build has compiled of the files that the series changes."""
    box, paths = state.box(), tuple(f.path for f in state.files)
    prefixes = dict.fromkeys(prefix(state, side.sources) for side in sides)

    @functools.cache
    def seen(side: codecheck.BuildSide, name: str) -> dict[str, frozenset[int]]:
        return lines.seen(box, side, name, paths)

    return compiled.look(state.files, *sides, prefixes,
                         lambda side, name, path: seen(side, name).get(path))


def sides_of(base: KernelImage, patched: KernelImage,
             ) -> tuple[codecheck.BuildSide, codecheck.BuildSide]:
    """Both builds as what is asked of them."""
    return (codecheck.BuildSide(base.sources, base.build_dir),
            codecheck.BuildSide(patched.sources, patched.build_dir))


def check_code(state: State) -> State:
    """New warnings of compilers and checkers in the files that the series touches."""
    sides = sides_of(require(state.image_base), require(state.image_patched))
    config = configs.config_of(state)
    (found, notices, lacking), state = cache_keys.memo(
        state, "warnings", cache_keys.warnings(configs.inputs(state)),
        lambda: warned.warned(state, config, *sides),
        keep=lambda result: codecheck.steady(result[2]))
    return replace(state, findings=state.findings + found, notices=state.notices + notices,
                   not_run=state.not_run + lacking)
