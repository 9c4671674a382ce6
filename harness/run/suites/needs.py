# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that have what a target of the selftests needs."""

from __future__ import annotations

from dataclasses import replace

from harness.build import kconfig
from harness.model import Kconfig, KernelImage
from harness.run import configs
from harness.run.state import State, require
from harness.run.suites import sides
from harness.run.suites.targets import Target


def kernels(state: State, target: Target) -> tuple[KernelImage, KernelImage]:
    """Both kernels with the symbols that a target wants: those that are there, where they do.

    Raises ``CommandFailedError`` where one does not build.
    """
    start, config = base(state, target)
    if start == state.image_base:
        return start, require(state.image_patched)
    return start, sides.patched(state, start, config)[0]


def base(state: State, target: Target) -> tuple[KernelImage, Kconfig]:
    """The base with those symbols, and its configuration; raises ``CommandFailedError``."""
    there, config = require(state.image_base), configs.config_of(state)
    wanted = kconfig.parse(target.symbols)
    have = kconfig.values(there.build_dir)
    if all(have.get(f"CONFIG_{n.removeprefix('CONFIG_')}", "n") != "n"
           for n, (value, _) in wanted.items() if value in {"y", "m"}):
        return there, config
    # Built in, since the guest loads no modules; what the tree does not have is left out.
    lines = "".join(f"{line.replace('=m', '=y')} # optional\n"
                    for line in target.symbols.splitlines() if line.startswith("CONFIG_"))
    config = replace(config, fragments=(*config.fragments, lines))
    return sides.base(state, config), config
