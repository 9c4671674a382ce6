# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages that build kernels, and ask the builds what they have compiled."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

from harness.arch import X86_64
from harness.build import codecheck, compiled, kbuild, kconfig, kernel
from harness.errors import CommandFailedError
from harness.evidence import BUILT, kind_of
from harness.model import Finding, Kconfig, KernelImage
from harness.run import cache_keys, workload
from harness.run.state import NotRunError, SkippedStage, State, got


def of_the_kernel(state: State) -> None:
    """Raise ``SkippedStage`` when nothing that the series changes is part of the kernel."""
    if state.files and not any(kind_of(f.path) in BUILT and not f.same for f in state.files):
        raise SkippedStage("nothing to build: the series changes documents, comments or "
                           "programs, and no code of the kernel")


def config_of(state: State) -> Kconfig:
    """Which configuration both kernels are built in."""
    debug = (kconfig.DATA / "debug.config",) if state.settings.flavour == "debug" else ()
    return kconfig.combine(kconfig.DATA / "tiny.config", *debug,
                           *(p.config for p in state.profiles))


def builder(state: State) -> kbuild.Builder:
    """How kernels of this run are built."""
    settings = state.settings
    return kbuild.Builder(settings.cache, state.box(), settings.parallel, settings.build_timeout,
                         state.say, state.log)


def build_base(state: State) -> State:
    """Build the kernel without the series, or take it from the cache."""
    if not state.request.base_only:
        of_the_kernel(state)
    return replace(state, image_base=kernel.base(
        builder(state), got(state.tree), state.base, config_of(state)))


def build_patched(state: State) -> State:
    """Build the kernel with the series; if it does not build, that is a finding."""
    config, tools = config_of(state), kbuild.toolchain()
    work = (state.request.out if state.request.keep else state.work) / "kernel"
    sources = got(state.image_base).sources  # of no use to anybody when all is cached

    def make() -> cache_keys.Built:
        nonlocal sources
        image, broken = kernel.patched(builder(state), got(state.applied), got(state.image_base),
                                      config, work)
        sources = image.sources
        total = len(got(state.applied).commits)
        return cache_keys.Built(
            str(image.path.relative_to(image.build_dir)), image.path.read_bytes(),
            tuple(codecheck.not_bisectable(error, number, total) for number, error in broken))

    try:
        # Without the warnings of a former run the objects are needed, not only the image.
        built, state = cache_keys.memo(
            state, "build-patched", cache_keys.build(state, config, tools), make,
            again=state.request.keep or not all(cache_keys.has(state, *row) for row in (
                ("warnings", cache_keys.warnings(state, config, tools)),
                ("compiled", cache_keys.build(state, config, tools)))))
    except CommandFailedError as error:
        return replace(state, findings=(*state.findings, kernel.finding(error)))
    path = work / "out" / built.name
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(built.image)
    image = KernelImage(path, work / "out", "", cached="build-patched" in state.cached, seconds=0,
                        sources=sources)
    return replace(state, image_patched=image, findings=state.findings + built.found)


def look_at_build(state: State) -> State:
    """Ask the build which of the files it has compiled."""
    sides = _sides(got(state.image_base), got(state.image_patched))
    inputs = cache_keys.build(state, config_of(state), kbuild.toolchain())
    rows, state = cache_keys.memo(state, "compiled", inputs, lambda: compiled.look(
        state.files, *sides, _prefixes(state, *sides)))
    return replace(state, compiled=(*state.compiled, (X86_64.name, rows)))


def _sides(base: KernelImage, patched: KernelImage) -> tuple[codecheck.Side, codecheck.Side]:
    return (codecheck.Side(base.sources, base.build_dir),
            codecheck.Side(patched.sources, patched.build_dir))


def _prefixes(state: State, *sides: codecheck.Side) -> tuple[str, ...]:
    """How the sources' folder is called in what make left behind."""
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
    config, maker = kconfig.named(name), builder(state)
    try:
        start = kernel.base(maker, got(state.tree), state.base, config)
    except CommandFailedError as error:
        raise _BaseBrokenError(error.tail[:200]) from None
    found: tuple[Finding, ...] = ()
    try:
        image, broken = kernel.patched(maker, got(state.applied), start, config,
                                      state.work / "extra")
    except CommandFailedError as error:
        found = (kernel.finding(error),)
    else:
        sides = _sides(start, image)
        total = len(got(state.applied).commits)
        found = tuple(codecheck.not_bisectable(error, number, total) for number, error in broken)
        state = replace(state, compiled=(*state.compiled, (
            f"{X86_64.name}, {Path(name).name}", compiled.look(
                state.files, *sides, _prefixes(state, *sides)))))
    return replace(state, findings=(*state.findings, *(replace(
        f, message=f"{name}: {f.message}", subject=f"{name} {f.subject}") for f in found)))


def check_code(state: State) -> State:
    """New warnings of compilers and checkers in the files that the series touches."""
    sides = _sides(got(state.image_base), got(state.image_patched))
    (found, notices), state = cache_keys.memo(
        state, "warnings", cache_keys.warnings(state, config_of(state), kbuild.toolchain()),
        lambda: codecheck.check(
            got(state.series), sides, replace(state.box(), nice=workload.GIVE_WAY),
            state.log, functools.partial(cache_keys.old_warnings, state, config_of(state))))
    return replace(state, findings=state.findings + found, notices=state.notices + notices)
