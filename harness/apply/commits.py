# SPDX-License-Identifier: GPL-2.0-or-later
"""Series + Tree -> one commit per patch, or where it does not apply.

git is the judge. Patches go into a temporary index of our own bare
repository (``git apply --cached``), so no file of the series is ever written
to disk here: no checkout, no symlink to write through, nothing half applied.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # that git is missing is ours to say
from git import Repo

from harness.apply import explain
from harness.clean import one_line
from harness.model import Applied, Patch, Series, Tree
from harness.system import repo

_OFFSET = re.compile(r"^Hunk #(\d+) succeeded at (\d+) \((?:offset (-?\d+) lines?)?[^)]*\)")
_CHECKING = re.compile(r"^Checking patch (.*)\.\.\.$")


def apply_series(series: Series, tree: Tree, base: str) -> Applied:
    """Apply every patch on top of ``base``.

    Raises ``InputRefusedError`` that names the patch, the file and the hunk.
    """
    commits: list[str] = []
    notices: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        extra = {"GIT_INDEX_FILE": str(Path(name) / "index")}
        repo.git(tree.repo, "read-tree", base, extra=extra)
        parent = base
        for patch in series.patches:
            parent = _one(patch, tree, parent, extra, notices)
            commits.append(parent)
    # Keep the objects from being pruned for as long as somebody may ask for them.
    repo.git(tree.repo, "update-ref", f"refs/series/{parent}", parent)
    return Applied(tree, base, tuple(commits), tuple(notices))


def _one(patch: Patch, tree: Tree, parent: str, extra: dict[str, str],
         notices: list[str]) -> str:
    done = repo.git(tree.repo, "apply", "--cached", "--verbose", "--whitespace=nowarn", "-",
                    stdin=patch.diff, extra=extra, ok=None)
    errors = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0:
        raise explain.refusal(patch, errors, tree, parent)
    notices += _offsets(patch, errors)
    tree_id = repo.git(tree.repo, "write-tree", extra=extra).text.strip()
    author = {
        "GIT_AUTHOR_NAME": patch.author or "unknown",
        "GIT_AUTHOR_EMAIL": patch.email or "unknown@localhost",
        "GIT_AUTHOR_DATE": patch.date or "@0 +0000",
    }
    text = f"{patch.subject}\n\n{patch.message}".replace("\0", "\\x00")
    message = text.encode("utf-8", "surrogateescape")
    line = ("commit-tree", tree_id, "-p", parent)
    done = repo.git(tree.repo, *line, stdin=message, extra=author, ok=None)
    if done.returncode != 0:  # a Date: that git cannot read is no reason to refuse a patch
        author["GIT_AUTHOR_DATE"] = "@0 +0000"
        done = repo.git(tree.repo, *line, stdin=message, extra=author, ok=None)
    if done.returncode != 0:  # nor is a name; the rule ``git-am`` says both
        author |= {"GIT_AUTHOR_NAME": "unknown", "GIT_AUTHOR_EMAIL": "unknown@localhost"}
        done = repo.git(tree.repo, *line, stdin=message, extra=author)
    return done.text.strip()


def _offsets(patch: Patch, verbose: str) -> Iterator[str]:
    """Describe the hunks that git had to move, one line per file."""
    path, moved = "", dict[str, list[str]]()
    for text in verbose.splitlines():
        if match := _CHECKING.match(text):
            path = match.group(1)
        if (match := _OFFSET.match(text)) and match.group(3):
            moved.setdefault(path, []).append(f"#{match.group(1)} by {match.group(3)}")
    for path, hunks in moved.items():
        yield (f"patch {patch.number}/{patch.total} applies with an offset: {one_line(path)}, "
               f"hunk {', '.join(hunks[:4])} lines{' and more' if len(hunks) > 4 else ''}")


def apply_mended(series: Series, tree: Tree, base: str,
                mend: Callable[[Patch, Callable[[str], bytes | None]], Patch],
                ) -> Series:
    """The series with each patch mended against what the one before it left.

    ``mend`` gets a patch and the files of the tree at that point; every patch it returns is
    applied. Raises what ``apply_series`` raises.
    """
    patches: list[Patch] = []
    parent = base
    for patch in series.patches:
        at = parent
        patches.append(mend(patch, lambda path, at=at: repo.show(  # type: ignore[misc]
            tree.repo, at, path)))
        parent = apply_series(replace(series, patches=(patches[-1],)), tree, parent).head
    return replace(series, patches=tuple(patches))


def commit_content(tree: Tree, parent: str, files: Mapping[str, bytes], title: str) -> str:
    """A commit on ``parent`` in which these files have these contents."""
    with tempfile.TemporaryDirectory() as name:
        extra = {"GIT_INDEX_FILE": str(Path(name) / "index")}
        repo.git(tree.repo, "read-tree", parent, extra=extra)
        for path, content in files.items():
            blob = repo.git(tree.repo, "hash-object", "-w", "--stdin", stdin=content).text.strip()
            repo.git(tree.repo, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}",
                     extra=extra)
        tree_id = repo.git(tree.repo, "write-tree", extra=extra).text.strip()
    who = {"GIT_AUTHOR_NAME": "harness", "GIT_AUTHOR_EMAIL": "harness@localhost",
           "GIT_AUTHOR_DATE": "@0 +0000"}
    commit = repo.git(tree.repo, "commit-tree", tree_id, "-p", parent,
                      stdin=title.encode(), extra=who).text.strip()
    repo.git(tree.repo, "update-ref", f"refs/series/{commit}", commit)
    return commit


def touched(applied: Applied) -> tuple[str, ...]:
    """Paths that the series as a whole changes, as git sees them."""
    with Repo(applied.tree.repo) as handle:
        diff = handle.commit(applied.base).diff(applied.head, no_renames=True)
        return tuple(sorted({p for d in diff for p in (d.a_path, d.b_path) if p}))
