# SPDX-License-Identifier: GPL-2.0-or-later
"""The two kernels of another machine, or those of an earlier run."""

from __future__ import annotations

import glob
from dataclasses import replace
from pathlib import Path

from harness.arch import Machine
from harness.build import kbuild, kconfig, kernel
from harness.errors import CommandFailedError
from harness.model import Applied, Finding, Kconfig, KernelImage
from harness.run import cache_keys, configs, kept
from harness.run.state import State, require


def _builder(state: State, row: Machine) -> kbuild.Builder:
    return replace(configs.builder(state), target=row.target)


def base(state: State, row: Machine, config: Kconfig) -> KernelImage:
    """Its kernel without the series; raises what ``kernel.base`` raises."""
    return kernel.base(_builder(state, row), require(state.tree), state.base, config)


def after(state: State, row: Machine, config: Kconfig, start: KernelImage, some: Applied,
          ) -> KernelImage:
    """Its kernel after the last of some patches; raises ``CommandFailedError``."""
    return kernel.after(_builder(state, row), some, start, config,
                        state.work / "bisect" / row.name)


def broken(row: Machine, error: CommandFailedError) -> Finding:
    """A patched kernel that does not build, where the base does."""
    found = kernel.finding(error)
    return replace(found, message=f"{found.message} (for {row.name})",
                   subject=f"{row.name} {found.subject}")


def _objects(path: Path) -> bool:
    """Whether there is an object of a source file: x.o, or one of its kinds, as x.nvhe.o."""
    return any(path.parent.glob(f"{glob.escape(path.stem)}.o")) or any(
        path.parent.glob(f"{glob.escape(path.stem)}.*.o"))


def made(state: State, row: Machine, config: Kconfig, start: KernelImage, work: Path,
         ) -> KernelImage:
    """Its kernel with the series and all objects; raises ``CommandFailedError``."""
    return kernel.patched(_builder(state, row), require(state.applied), start, config, work)[0]


def patched(state: State, row: Machine, config: Kconfig, start: KernelImage,
            ) -> tuple[KernelImage, State]:
    """Its kernel with the series; raises ``CommandFailedError`` when that does not build.

    The state knows which files of the series are in it, and which symbols are on.
    """
    work = state.work / "machines" / row.name
    out = work / "out"

    def make() -> tuple[kept.Built, frozenset[str], frozenset[str]]:
        image = made(state, row, config, start, work)
        built = kept.Built(str(image.path.relative_to(image.build_dir)), image.path.read_bytes(),
                           ())
        inside = frozenset(f.path for f in state.files if _objects(image.build_dir / f.path))
        return built, inside, frozenset(
            name.removeprefix("CONFIG_") for name, value in kconfig.values(image.build_dir).items()
            if value != "n")

    key = cache_keys.build(state, config, kbuild.toolchain(row.target))
    (built, inside, on), state = cache_keys.memo(state, f"machine-{row.name}", key, make)
    return KernelImage(kept.image_of(built, out), out, "", cached=False, seconds=0,
                       sources=start.sources), replace(
                           state, inside=(*state.inside, (row.target.name, inside)),
                           symbols=(*state.symbols, (row.target.name, on)))
