# SPDX-License-Identifier: GPL-2.0-or-later
"""Sources, kernel images and programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kconfig:
    """Wanted configuration: what make's target ``start`` gives, then fragments, later ones win."""

    fragments: tuple[str, ...]
    start: str = "tinyconfig"


@dataclass(frozen=True, slots=True)
class Sources:
    """A kernel tree on disk: a directory, and what lies over it, later rows on top.

    The rows are paths in the tree and where the file or directory is in truth.
    """

    root: Path
    over: tuple[tuple[str, Path], ...] = ()

    def binds(self, top: str) -> dict[Path, str]:
        """Mounts that make the tree appear at ``top``: host path to inner path."""
        return {self.root: top, **{place: f"{top}/{name}" for name, place in self.over}}

    def find(self, name: str) -> Path:
        """The host path of a file or directory of the tree."""
        folder, rest = self.split(name)
        return folder / rest

    def split(self, name: str) -> tuple[Path, str]:
        """The host folder (or file) that a part of the tree lies in, and the path below it."""
        for folder, place in reversed(self.over):
            if name == folder or name.startswith(f"{folder}/"):
                return place, name[len(folder) + 1:]
        return self.root, name


@dataclass(frozen=True, slots=True)
class KernelImage:
    """A bootable kernel and how it came about."""

    path: Path
    build_dir: Path
    key: str
    cached: bool
    seconds: float
    sources: Sources


@dataclass(frozen=True, slots=True)
class Program:
    """A static test binary and its tests; ``parallel``: it needs CPUs at the same time."""

    name: str
    path: Path
    tests: tuple[str, ...]
    parallel: bool = False
