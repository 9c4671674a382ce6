# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a base can begin: the kernel in the cache that differs least from it.

Its sources are linked, what differs is written anew, and its objects are copied: make then
compiles what the other files and the other symbols ask for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.build import kconfig, overlay
from harness.build.objects import remove
from harness.errors import CommandFailedError
from harness.model import Kconfig, Sources, Tree
from harness.system import repo

MOST_CHANGED = 3000  # files: what differs more is as well built from nothing
_SYMBOL = 3  # a symbol that differs counts as much as so many files


@dataclass(frozen=True, slots=True)
class Kept:
    """A kernel in the cache; ``made`` is empty where an earlier form did not say."""

    home: Path
    commit: str
    tree: str
    steps: int
    made: tuple[str, ...]  # toolchain, start, fragments

    @property
    def sources(self) -> Sources:
        """Its sources."""
        return Sources(self.home / "src")


def mark(tree: str, commit: str, steps: int, image: str, made: tuple[str, ...]) -> str:
    """What is written beside a finished kernel."""
    return json.dumps({"commit": commit, "tree": tree, "steps": steps, "image": image,
                       "made": made})


def kept(cache: Path) -> Iterator[Kept]:
    """The finished kernels of the cache."""
    for done in sorted((cache / "kernels").glob("*/done")):
        try:
            row = json.loads(done.read_text("utf-8"))
            yield Kept(done.parent, str(row["commit"]), str(row.get("tree", "")),
                       int(row.get("steps", 0)), tuple(map(str, row.get("made", ()))))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # half removed, or no kernel of ours


def made_with(config: Kconfig, tools: str) -> tuple[str, ...]:
    """What decides whether objects of another kernel can be of use."""
    return (tools, config.start, kconfig.render(config))


def same_tree(cache: Path, tree: Tree, commit: str) -> Iterator[Kept]:
    """The kernels that were built from exactly this tree, in whatever configuration."""
    wanted = repo.tree_id(tree.repo, commit)
    return (k for k in kept(cache) if (k.tree or _tree_of(tree, k.commit)) == wanted)


def _tree_of(tree: Tree, commit: str) -> str:
    return repo.tree_id(tree.repo, commit) if repo.rev_parse(tree.repo, commit) else ""


def find(cache: Path, tree: Tree, commit: str, made: tuple[str, ...], *, superset: bool = False,
         ) -> Kept | None:
    """The kernel to begin from, or None where each is too different.

    Only one whose symbols are all wanted here: of what goes, objects would be left behind; with
    ``superset`` that does not matter.
    """
    wanted = repo.tree_id(tree.repo, commit)
    lines = set(made[2].splitlines())
    best: tuple[int, Kept] | None = None
    for item in kept(cache):
        if len(item.made) != len(made) or item.made[:2] != made[:2]:
            continue
        have = set(item.made[2].splitlines())
        far = 0 if item.tree == wanted else _distance(tree, item.commit, commit)
        if (superset or have <= lines) and far <= MOST_CHANGED:
            far += _SYMBOL * len(lines ^ have)
            best = min(best or (far, item), (far, item), key=lambda row: row[0])
    return best[1] if best else None


def _distance(tree: Tree, old: str, new: str) -> int:
    if repo.rev_parse(tree.repo, old) is None:
        return MOST_CHANGED + 1
    return len(repo.changed(tree.repo, old, new))


def begin(tree: Tree, near: Kept, commit: str, work: Path) -> bool:
    """Lay out ``work/src`` and ``work/out`` from a kernel; False when it went meanwhile."""
    try:
        sources = near.sources
        gone: list[str] = []
        if near.tree != repo.tree_id(tree.repo, commit):
            sources = overlay.laid_over(tree, sources, near.commit, commit, work / "over")
            gone = [p for p in repo.changed(tree.repo, near.commit, commit)
                    if not sources.find(p).is_file()]
        overlay.linked(sources, work / "src")
        overlay.copied(near.home / "out", work / "out")
    except (CommandFailedError, OSError):
        return False
    for path in gone:
        remove(work / "out", f"{path.rpartition('.')[0]}.o")
    return True
