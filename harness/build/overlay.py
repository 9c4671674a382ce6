# SPDX-License-Identifier: GPL-2.0-or-later
"""A changed kernel tree without a copy of it: what changed is mounted over what did not.

In the sandbox a file of its own lies over each file that a series modifies. Where one comes or
goes, the directory around it is replaced by hard links to what is there, since a mount needs
something to lie on. So a tree of 80,000 files costs what the series touches.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable
from pathlib import Path

from harness.clean import one_line
from harness.errors import InfrastructureError, InputRefusedError
from harness.model import Sources, Tree
from harness.system import proc, repo
from harness.system.sandbox import plain

MANY = 300  # single mounts; beyond that the whole tree is linked
_FILES = {"100644": 0o644, "100755": 0o755}


def text_of(sources: Sources, name: str, most: int) -> str | None:
    """The first ``most`` bytes of a file of the tree as text.

    None where it is no plain file, or is reached by a link: that may lead anywhere.
    """
    folder, rest = sources.split(name)
    try:
        place = plain(folder, rest) if rest else plain(folder.parent, folder.name)
    except InputRefusedError:
        return None
    with place.open("rb") as handle:
        return handle.read(most).decode("utf-8", "replace")


def laid_over(tree: Tree, sources: Sources, old: str, new: str, work: Path) -> Sources:
    """The sources of commit ``new``, given those of ``old``; what is written lies below ``work``.

    Everything that differs is newer than whatever was built before.
    """
    changes = repo.changes(tree.repo, old, new)
    if not changes:
        return sources
    folders = _outermost(
        _standing(sources, path) for path, (before, after) in changes.items()
        if before not in _FILES or after not in _FILES)
    if len(changes) > MANY:
        folders = ("",)
    result = sources
    for folder in folders:
        result = _replaced(result, folder, _fresh(work))
    over = list(result.over)
    for path, (_, mode) in changes.items():
        inside = _within(path, folders)
        place = _fresh(work) if inside is None else result.find(inside) / _below(path, inside)
        _write(tree, new, path, mode, (place, work))
        if inside is None:
            over.append((path, place))
    return Sources(result.root, tuple(over))


def linked(sources: Sources, target: Path) -> Path:
    """The same as a directory of hard links: for whoever cannot mount."""
    _link(sources.root, target)
    for name, place in sources.over:
        _put(place, target / name)
    return target


def _fresh(work: Path) -> Path:
    """A path that is not there yet, below ``work``."""
    work.mkdir(parents=True, exist_ok=True)
    return next(p for n in itertools.count() if not (p := work / str(n)).exists())


def _standing(sources: Sources, path: str) -> str:
    """The innermost directory above ``path`` that is there, and no link."""
    at, parts = "", Path(path).parts[:-1]
    for part in parts:
        here = f"{at}/{part}" if at else part
        place = sources.find(here)
        if place.is_symlink() or not place.is_dir():
            break
        at = here
    return at


def _outermost(folders: Iterable[str]) -> tuple[str, ...]:
    """Those folders that lie in no other of them."""
    kept: list[str] = []
    for folder in sorted(set(folders)):
        if _within(folder, kept) is None:
            kept.append(folder)
    return tuple(kept)


def _within(path: str, folders: Iterable[str]) -> str | None:
    return next((f for f in folders if not f or path == f or path.startswith(f"{f}/")), None)


def _below(path: str, folder: str) -> str:
    return path[len(folder) + 1:] if folder else path


def _replaced(sources: Sources, folder: str, place: Path) -> Sources:
    """``sources`` with a directory of hard links in the place of ``folder``."""
    _link(sources.find(folder), place)
    rest = []
    for name, old in sources.over:
        if _within(name, (folder,)) is None:
            rest.append((name, old))
        elif name != folder:
            _put(old, place / _below(name, folder))
    if not folder:
        return Sources(place)
    return Sources(sources.root, (*rest, (folder, place)))


def _link(source: Path, target: Path) -> None:
    near = source.stat().st_dev == target.parent.stat().st_dev
    proc.run(["cp", "-a", *(["--link"] if near else []), f"{source}/.", str(target)], timeout=600)


def copied(out: Path, target: Path) -> None:
    """Copy a build directory with the times of its files: make goes by them."""
    proc.run(["cp", "-a", "--reflink=auto", str(out), str(target)], timeout=600)


def _put(source: Path, place: Path) -> None:
    """Put a file or directory where a link to another one may be."""
    if source.is_dir():
        proc.run(["rm", "-rf", "--", str(place)])
        _link(source, place)
    else:
        place.unlink(missing_ok=True)
        proc.run(["cp", "-a", str(source), str(place)])


def _write(tree: Tree, commit: str, path: str, mode: str, at: tuple[Path, Path]) -> None:
    """Write a file as a commit has it; nothing is left of one that is no more.

    ``at``: where, and the directory above it that is ours.
    """
    place, top = at
    if place.is_dir() and not place.is_symlink():
        if mode not in _FILES and mode != "120000":
            return  # its files go one by one
        shutil.rmtree(place)  # a file or link has come in its place
    elif place.is_symlink() or place.exists():
        place.unlink()
    content = repo.show(tree.repo, commit, path) if mode in _FILES or mode == "120000" else None
    if content is None:
        return
    for parent in place.parents:
        if parent == top:
            break
        if parent.is_symlink():
            raise InfrastructureError(f"{one_line(path)} would be written outside the tree")
    place.parent.mkdir(parents=True, exist_ok=True)
    if mode == "120000":
        place.symlink_to(content.decode("utf-8", "surrogateescape"))
        return
    place.write_bytes(content)
    place.chmod(_FILES[mode])
