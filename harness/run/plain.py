# SPDX-License-Identifier: GPL-2.0-or-later
"""The base in the plain configuration, which knows nothing of the series: where a search begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.arch import NATIVE_TARGET
from harness.build import kconfig, kernel, prepared
from harness.model import Kconfig, Sources
from harness.run import configs
from harness.run.state import State, require


@dataclass(frozen=True, slots=True)
class Plain:
    """Sources and a .config; ``built``: whether ``out`` has objects too."""

    sources: Sources
    out: Path
    built: bool
    srcarch: str

    @property
    def values(self) -> dict[str, str]:
        """``CONFIG_X`` to its value."""
        return kconfig.values(self.out)


def plain(state: State, config: Kconfig) -> Plain:
    """The base as it is in the cache, or configured there."""
    maker, tree = configs.builder(state), require(state.tree)
    if state.target is NATIVE_TARGET and (home := kernel.cached(
            state.settings.cache, tree, state.base, config)):
        return Plain(Sources(home / "src"), home / "out", built=True, srcarch=state.target.srcarch)
    found = prepared.prepare(maker, tree, state.base, config)
    return Plain(found.sources, found.out, built=False, srcarch=state.target.srcarch)


def essential(config: Kconfig) -> dict[str, bool]:
    """The symbols that a configuration asks for, and whether each is to be on."""
    rows = kconfig.parse("\n".join(config.fragments))
    return {name: value == "y" for name, (value, _) in rows.items() if value in {"y", "n"}}
