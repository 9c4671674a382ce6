# SPDX-License-Identifier: GPL-2.0-or-later
"""Both kernels with the tree's own suites, built."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.build import kernel
from harness.errors import CommandFailedError
from harness.model import Finding, Kconfig, KernelImage
from harness.run import cache_keys, configs, kept, watch
from harness.run.state import State, require


def base(state: State, config: Kconfig, begun: Path | None = None) -> KernelImage:
    """The base with its suites, from the cache or built; raises ``CommandFailedError``.

    ``begun``: what an attempt with more in it has left.
    """
    return kernel.base(configs.builder(state), require(state.tree), state.base, config,
                       configs.written(state), more=True, begun=begun)


def unfinished(state: State, config: Kconfig) -> Path:
    """What ``base`` leaves where it cannot build."""
    return kernel.unfinished(configs.builder(state), require(state.tree), state.base, config)


def patched(state: State, start: KernelImage, config: Kconfig) -> tuple[KernelImage, State]:
    """The patched kernel with its suites; raises ``CommandFailedError`` when it does not build."""
    key = cache_keys.build(state, config, configs.toolchain(state))
    work = state.work / "suites" / cache_keys.short(key)  # other targets have others
    sources = start.sources  # of no use to anybody when all is cached

    def make() -> kept.Built:
        nonlocal sources
        image = built_patched(state, start, config, work)
        sources = image.sources
        return kept.Built(str(image.path.relative_to(image.build_dir)), image.path.read_bytes(),
                          ())

    for again in (False, True):
        built, state = cache_keys.memo(state, "build-suites", key, make, again=again)
        image = replace(start, path=kept.image_of(built, work / "out"), build_dir=work / "out",
                        key="", cached=False, sources=sources)
        # Without the places of the changed lines the objects are needed, not only the image.
        if "build-suites" not in state.cached or state.machine or watch.known(state, image):
            break
    return image, state


def built_patched(state: State, start: KernelImage, config: Kconfig, work: Path) -> KernelImage:
    """The patched kernel with its suites and its objects, built in any case.

    Raises ``CommandFailedError`` when it does not build.
    """
    return kernel.patched(configs.builder(state), require(state.applied), start, config, work)[0]


def no_build(error: CommandFailedError) -> Finding:
    """A patched kernel that does not build with the suites, where the base does."""
    return kernel.finding(error)
