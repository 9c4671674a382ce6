# SPDX-License-Identifier: GPL-2.0-or-later
"""Find the commit that a series was made for, and say how it was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.hunks import scan
from harness.model import Series, Tree
from harness.system import repo

MAX_STEPS = 400  # commits of one file's history that are looked at


@dataclass(frozen=True, slots=True)
class Base:
    """A tree, its commit being the base; ``why`` says how it was chosen."""

    tree: Tree
    why: str


def blobs(series: Series) -> dict[str, str]:
    """The abbreviated ids that the ``index`` lines expect, by path; new files have none."""
    wanted: dict[str, str] = {}
    made: set[str] = set()
    for patch in series.patches:
        for file in scan(patch.diff).files:
            if file.old_path and file.blobs[0].strip("0") and file.old_path not in made:
                wanted.setdefault(file.old_path, file.blobs[0])
            made.add(file.new_path)
    return wanted


def agree(tree: Tree, commit: str, wanted: dict[str, str]) -> int:
    """Count the wanted blobs that a commit has at their paths."""
    if not wanted:
        return 0
    done = repo.git(tree.repo, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *wanted)
    have = {}
    for row in done.stdout.split(b"\0"):
        head, _, path = row.partition(b"\t")
        if path:
            have[path.decode("utf-8", "surrogateescape")] = head.split()[-1].decode()
    return sum(have.get(path, "-").startswith(blob) for path, blob in wanted.items())


def _in_history(tree: Tree, wanted: dict[str, str]) -> str | None:
    """The newest commit below the tree's that has all the blobs."""
    for path in list(wanted)[:3]:
        rows = repo.git(tree.repo, "log", f"--max-count={MAX_STEPS}", "--format=%H", "--no-renames",
                        tree.commit, "--", path, ok=None, timeout=30).text.split()
        for commit in rows:
            if agree(tree, commit, wanted) == len(wanted):
                return commit
    return None


def parent_of(tree: Tree, series: Series) -> str | None:
    """The parent of the commit that the first patch is already, in the history of the tree's."""
    first, wanted = series.patches[0], blobs(series)
    rows = repo.git(tree.repo, "log", f"--max-count={MAX_STEPS}", "--fixed-strings",
                    f"--grep={first.subject}", "--format=%H %s", tree.commit, ok=None,
                    timeout=30).text.split("\n")
    made = {f.new_path: f.blobs[1] for f in scan(first.diff).files
            if f.new_path and f.blobs[1].strip("0")}
    needed = {path: wanted[path] for path in made if path in wanted}
    for row in rows:
        commit, _, title = row.partition(" ")
        parent = repo.rev_parse(tree.repo, f"{commit}^") if title == first.subject else None
        if parent and made and agree(tree, commit, made) == len(made) and agree(
                tree, parent, needed) == len(needed):
            return parent
    return None


def choose(series: Series, tree: Tree, others: Sequence[Tree], *, said: str, mine: bool = False,
           ) -> Base:
    """The base of a series: its base-commit, else by blob ids, else the tree as given.

    ``said`` is how the tree was named when the user named it, with a revision or without,
    else ""; then the ``others`` that are known may be taken too. ``mine``: it is the one that the
    user works in, where the patches may be commits already.
    """
    ids = blobs(series)
    if "@" in said:
        counted = _counted(agree(tree, tree.commit, ids), ids)
        return Base(tree, f"the tree that was named, {said}{counted}")
    if mine and (parent := parent_of(tree, series)):
        return Base(replace(tree, commit=parent),
                    f"patch {series.patches[0].number} is a commit of {tree.name}: its parent")
    missing = ""
    if series.base_commit:
        commit = repo.rev_parse(tree.repo, series.base_commit)
        if commit is not None:
            return Base(replace(tree, commit=commit), "base-commit of the mails")
        missing = f"; base-commit {series.base_commit[:12]} is not in {tree.name}"
    hits = agree(tree, tree.commit, ids)
    if ids and hits == len(ids):
        return Base(tree, f"blob ids of the index lines: all {hits} are those of {tree.name}"
                    + missing)
    for other in () if said else others:
        if ids and other.name != tree.name and agree(other, other.commit, ids) == len(ids):
            return Base(other, f"blob ids of the index lines: all {len(ids)} are those of "
                        f"{other.name}{missing}")
    if ids and (older := _in_history(tree, ids)):
        return Base(replace(tree, commit=older), "blob ids of the index lines: all "
                    f"{len(ids)} are those of {older[:12]}{missing}")
    why = f"the tree that was named, {said}" if said else (
        f"{tree.name}, the tree that you are in" if mine else "the default tree")
    return Base(tree, why + _counted(hits, ids) + missing)


def _counted(hits: int, ids: dict[str, str]) -> str:
    return f" ({hits} of {len(ids)} blob ids agree)" if ids else " (the mails do not say)"
