# SPDX-License-Identifier: GPL-2.0-or-later
"""Series + Tree -> one commit per patch, or where it does not apply.

git is the judge. Patches go into a temporary index of our own bare
repository (``git apply --cached``), so no file of the series is ever written
to disk here: no checkout, no symlink to write through, nothing half applied.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from git import Repo

from harness import repo
from harness.clean import one_line
from harness.errors import InputRefusedError
from harness.model import Applied, Patch, Series, Tree

_FAILED = re.compile(r"^error: patch failed: (.+):(\d+)$", re.MULTILINE)
_SEARCHING = re.compile(r"^error: while searching for:\n(.*?)(?=^error: )",
                        re.MULTILINE | re.DOTALL)


def apply_series(series: Series, tree: Tree, base: str) -> Applied:
    """Apply every patch on top of ``base``.

    Raises ``InputRefusedError`` that names the patch, the file and the hunk.
    """
    commits: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        extra = {"GIT_INDEX_FILE": str(Path(name) / "index")}
        repo.git(tree.repo, "read-tree", base, extra=extra)
        parent = base
        for patch in series.patches:
            parent = _one(patch, tree, parent, extra)
            commits.append(parent)
    # Keep the objects from being pruned for as long as somebody may ask for them.
    repo.git(tree.repo, "update-ref", f"refs/series/{parent}", parent)
    return Applied(tree, base, tuple(commits))


def _one(patch: Patch, tree: Tree, parent: str, extra: dict[str, str]) -> str:
    done = repo.git(tree.repo, "apply", "--cached", "--verbose", "--whitespace=nowarn", "-",
                    stdin=patch.diff, extra=extra, ok=None)
    if done.returncode != 0:
        raise _refusal(patch, done.stderr.decode("utf-8", "replace"), tree)
    tree_id = repo.git(tree.repo, "write-tree", extra=extra).text.strip()
    author = {
        "GIT_AUTHOR_NAME": patch.author or "unknown",
        "GIT_AUTHOR_EMAIL": patch.email or "unknown@localhost",
        "GIT_AUTHOR_DATE": patch.date or "@0 +0000",
    }
    message = f"{patch.subject}\n\n{patch.message}".encode("utf-8", "surrogateescape")
    line = ("commit-tree", tree_id, "-p", parent)
    done = repo.git(tree.repo, *line, stdin=message, extra=author, ok=None)
    if done.returncode != 0:  # a Date: that git cannot read is no reason to refuse a patch
        author["GIT_AUTHOR_DATE"] = "@0 +0000"
        done = repo.git(tree.repo, *line, stdin=message, extra=author)
    return done.text.strip()


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


def _refusal(patch: Patch, errors: str, tree: Tree) -> InputRefusedError:
    """Turn git's words into one line with a next step."""
    what = f"patch {patch.number}/{patch.total} ({patch.source})"
    if match := _FAILED.search(errors):
        path, line = match.groups()
        hunk = sum(1 for h in re.finditer(rb"(?m)^@@ -(\d+)", _part(patch.diff, path))
                   if int(h.group(1)) <= int(line))
        wanted = _SEARCHING.search(errors)
        text = [t for t in wanted.group(1).splitlines() if t.strip()] if wanted else []
        looked = f"; looked for {one_line(text[0], 80)!r}" if text else ""
        return InputRefusedError(
            f"{what} does not apply to {tree.name}: {one_line(path)}, hunk {max(hunk, 1)} "
            f"at line {line}{looked}",
            hint="name the tree that the series was made for with --tree NAME or --tree PATH@REV")
    reasons = [one_line(e.removeprefix("error: ")) for e in errors.splitlines()
               if e.startswith(("error: ", "fatal: "))]
    return InputRefusedError(
        f"{what} does not apply to {tree.name}: {reasons[0] if reasons else 'git gave no reason'}",
        hint="name the tree that the series was made for with --tree NAME or --tree PATH@REV")


def _part(diff: bytes, path: str) -> bytes:
    start = diff.find(f"+++ b/{path}\n".encode())
    end = diff.find(b"\ndiff --git ", start)
    return diff[max(start, 0): end if end > 0 else len(diff)]


def touched(applied: Applied) -> tuple[str, ...]:
    """Paths that the series as a whole changes, as git sees them."""
    with Repo(applied.tree.repo) as handle:
        diff = handle.commit(applied.base).diff(applied.head, no_renames=True)
        return tuple(sorted({p for d in diff for p in (d.a_path, d.b_path) if p}))
