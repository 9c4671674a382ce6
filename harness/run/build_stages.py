# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages that build kernels."""

from __future__ import annotations

from dataclasses import replace

from harness.build import codecheck, kernel
from harness.errors import CommandFailedError
from harness.model import KernelImage
from harness.run import bootable, cache_keys, configs, kept
from harness.run.state import SkippedStage, State, require


def build_base(state: State) -> State:
    """Build the kernel without the series, or take it from the cache."""
    if not state.request.base_only:
        configs.of_the_kernel(state)
    if state.broken:
        raise SkippedStage("the series does not compile", applies=True)
    state = bootable.checked(replace(state, image_base=_base(state)))
    return replace(state, image_base=_base(state)) if state.boots_plain else state


def _base(state: State) -> KernelImage:
    return kernel.base(configs.builder(state), require(state.tree), state.base,
                       configs.config_of(state), configs.written(state))


def build_patched(state: State) -> State:
    """Build the kernel with the series; if it does not build, that is a finding."""
    config, depends = configs.config_of(state), configs.inputs(state)
    work = (state.request.out if state.request.keep_build else state.work) / "kernel"
    sources = require(state.image_base).sources  # of no use to anybody when all is cached

    def make() -> kept.Built:
        nonlocal sources
        image, broken = kernel.patched(configs.builder(state), require(state.applied),
                                       require(state.image_base), config, work)
        sources = image.sources
        return kept.Built(
            str(image.path.relative_to(image.build_dir)), image.path.read_bytes(),
            codecheck.bisection_broken(broken, len(require(state.applied).commits)))

    try:
        # Without the warnings of a former run the objects are needed, not only the image.
        built, state = cache_keys.memo(
            state, "build-patched", depends, make,
            again=state.request.keep_build or not all(cache_keys.has(state, *row) for row in (
                ("warnings", cache_keys.warnings(depends)), ("compiled", depends))))
    except CommandFailedError as error:
        return replace(state, findings=(*state.findings, kernel.finding(error)))
    image = KernelImage(kept.image_of(built, work / "out"), work / "out", "",
                        cached="build-patched" in state.cached, seconds=0, sources=sources)
    return replace(state, image_patched=image, findings=state.findings + built.found)
