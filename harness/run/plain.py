# SPDX-License-Identifier: GPL-2.0-or-later
"""The base in the plain configuration, which knows nothing of the series: where a search begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.arch import NATIVE_TARGET
from harness.build import kbuild, kconfig, kernel, prepared
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
    """The base as it is in the cache, or configured for this run."""
    maker, tree = configs.builder(state), require(state.tree)
    srcarch = state.target.srcarch
    if state.target is not NATIVE_TARGET:
        found = prepared.prepare(maker, tree, state.base, config)
        return Plain(found.sources, found.out, built=False, srcarch=srcarch)
    home = kernel.cached(state.settings.cache, tree, state.base, config)
    if home is not None:
        return Plain(Sources(home / "src"), home / "out", built=True, srcarch=srcarch)
    work = configs.written(state)
    (work / "out").mkdir(parents=True, exist_ok=True)
    kernel.write_sources(maker, tree, state.base, work)
    kbuild.configure(maker, Sources(work / "src"), work / "out", config)
    return Plain(Sources(work / "src"), work / "out", built=False, srcarch=srcarch)


def essential(config: Kconfig) -> dict[str, bool]:
    """The symbols that a configuration asks for, and whether each is to be on."""
    rows = kconfig.parse("\n".join(config.fragments))
    return {name: value == "y" for name, (value, _) in rows.items() if value in {"y", "n"}}
