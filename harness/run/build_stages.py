# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages that build kernels."""

from __future__ import annotations

from dataclasses import replace

from harness.build import codecheck, kbuild, kconfig, kernel
from harness.errors import CommandFailedError
from harness.evidence import BUILT, kind_of
from harness.model import Kconfig, KernelImage
from harness.run import cache_keys, kept
from harness.run.state import SkippedStage, State, require

MACHINE = kbuild.MACHINE


def of_the_kernel(state: State) -> None:
    """Raise ``SkippedStage`` when nothing that the series changes is part of the kernel."""
    if state.files and not any(kind_of(f.path) in BUILT and not f.same for f in state.files):
        raise SkippedStage("nothing to build: the series changes documents, comments or "
                           "programs, and no code of the kernel")


def config_of(state: State) -> Kconfig:
    """The configuration for both kernels."""
    debug = (kconfig.DATA / "debug.config",) if state.settings.flavour == "debug" else ()
    return kconfig.combine(kconfig.DATA / "tiny.config", *debug,
                           *(p.config for p in state.profiles if p.config.is_file()))


def inputs(state: State) -> tuple[str, ...]:
    """The cache key of the patched kernel and of everything derived from its build."""
    return cache_keys.build(state, config_of(state), kbuild.toolchain())


def builder(state: State) -> kbuild.Builder:
    """The builder for this run."""
    settings = state.settings
    return kbuild.Builder(settings.cache, state.box(), settings.parallel, settings.build_timeout,
                         state.say, state.log)


def build_base(state: State) -> State:
    """Build the kernel without the series, or take it from the cache."""
    if not state.request.base_only:
        of_the_kernel(state)
    return replace(state, image_base=kernel.base(
        builder(state), require(state.tree), state.base, config_of(state)))


def build_patched(state: State) -> State:
    """Build the kernel with the series; if it does not build, that is a finding."""
    config, depends = config_of(state), inputs(state)
    work = (state.request.out if state.request.keep_build else state.work) / "kernel"
    sources = require(state.image_base).sources  # of no use to anybody when all is cached

    def make() -> kept.Built:
        nonlocal sources
        image, broken = kernel.patched(builder(state), require(state.applied),
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
    path = work / "out" / built.name
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(built.image)
    image = KernelImage(path, work / "out", "", cached="build-patched" in state.cached, seconds=0,
                        sources=sources)
    return replace(state, image_patched=image, findings=state.findings + built.found)
