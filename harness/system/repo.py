# SPDX-License-Identifier: GPL-2.0-or-later
"""git, run safely: our own bare repositories, nobody's configuration or hooks."""

from __future__ import annotations

import functools
import os
import re
import tarfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

from harness.system import proc

# Hostile trees bring fsmonitor commands, hooks, filters and symlinks; a fixed
# identity and date make commit ids a function of the content.
_FLAGS = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.symlinks=false",
    "-c", "core.protectHFS=true",
    "-c", "core.protectNTFS=true",
    "-c", "core.quotePath=true",
    "-c", "core.autocrlf=false",
    "-c", "core.attributesFile=/dev/null",
    "-c", "submodule.recurse=false",
    "-c", "gc.auto=0",
    "-c", "protocol.ext.allow=never",
    "-c", "safe.directory=*",
)


def env(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every git call."""
    return {
        **proc.base_env(),
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "file:https:ssh",
        "GIT_COMMITTER_NAME": "harness",
        "GIT_COMMITTER_EMAIL": "harness@localhost",
        "GIT_COMMITTER_DATE": "@0 +0000",
        **(extra or {}),
    }


def argv(repo: Path | None, *args: str) -> list[str]:
    """The command line of a git call on the bare repository ``repo``."""
    where = [] if repo is None else [f"--git-dir={repo}"]
    return ["git", *_FLAGS, *where, *args]


def git(
    repo: Path | None,
    *args: str,
    stdin: bytes = b"",
    extra: Mapping[str, str] | None = None,
    ok: tuple[int, ...] | None = (0,),
    cwd: Path | None = None,
    timeout: float = 600.0,
    keep: int = proc.KEEP,
) -> proc.Done:
    """Run git; see ``proc.run`` for what it raises."""
    return proc.run(argv(repo, *args), stdin=stdin, env=env(extra), ok=ok, cwd=cwd,
                    timeout=timeout, keep=keep)


def rev_parse(repo: Path, rev: str) -> str | None:
    """The commit id that ``rev`` names, or None."""
    done = git(repo, "rev-parse", "--verify", "--quiet", "--end-of-options",
               f"{rev}^{{commit}}", ok=None)
    return done.text.strip() or None


@functools.lru_cache(maxsize=1024)
def tree_id(repo: Path, commit: str) -> str:
    """The id of the tree of a commit, named by its id: equal ids, equal content."""
    return git(repo, "rev-parse", "--verify", f"{commit}^{{tree}}").text.strip()


def paths(repo: Path, commit: str, *under: str) -> tuple[str, ...]:
    """All file paths of a commit, or those below ``under``."""
    done = git(repo, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", *under)
    return tuple(p.decode("utf-8", "surrogateescape") for p in done.stdout.split(b"\0") if p)


def changed(repo: Path, old: str, new: str) -> tuple[str, ...]:
    """Paths that differ between two commits; renames count as both."""
    return tuple(changes(repo, old, new))


def changes(repo: Path, old: str, new: str) -> dict[str, tuple[str, str]]:
    """Paths that differ, with the modes before and after (000000: not there)."""
    done = git(repo, "diff-tree", "-r", "-z", "--no-renames", "--raw", old, new)
    parts = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    rows = zip(parts[::2], parts[1::2], strict=False)
    return {path: (head[1:7], head[8:14]) for head, path in rows}


_LINES = re.compile(r"^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")


def changed_lines(repo: Path, old: str, new: str, path: str,
                  ) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The lines of a file that go, and those that come, by their numbers in each version."""
    done = git(repo, "diff", "-U0", "--text", "--no-renames", "--no-color", "--no-ext-diff",
               "--no-textconv", old, new, "--", path, ok=(0, 1))
    gone: list[int] = []
    come: list[int] = []
    for line in done.text.splitlines():
        if match := _LINES.match(line):
            first, count, other, more = (int(g) if g else 1 for g in match.groups())
            gone += range(first, first + count)
            come += range(other, other + more)
    return tuple(gone), tuple(come)


def diff(repo: Path, old: str, new: str) -> bytes:
    """The difference between two commits, as a patch."""
    return git(repo, "diff", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv", old,
               new).stdout


def show(repo: Path, commit: str, path: str) -> bytes | None:
    """The content of one file, or None when the commit has no such file."""
    done = git(repo, "cat-file", "blob", f"{commit}:{path}", ok=None)
    return done.stdout if done.returncode == 0 else None


def grep(repo: Path, commit: str, expression: str, globs: Iterable[str]) -> tuple[str, ...]:
    """Paths of a commit that match a glob and whose text matches an extended expression."""
    done = git(repo, "grep", "-l", "-z", "-E", "-e", expression, commit, "--", *globs, ok=(0, 1))
    return tuple(p.decode("utf-8", "surrogateescape").partition(":")[2]
                 for p in done.stdout.split(b"\0") if p)


def users(repo: Path, commit: str, words: Iterable[str], globs: Iterable[str],
          ) -> dict[str, tuple[str, ...]]:
    """For each word the paths of a commit that match a glob and have it, in order."""
    wanted = sorted(words)
    done = git(repo, "grep", "-o", "-z", "-w", "-F", *(f"-e{w}" for w in wanted), commit, "--",
               *globs, ok=(0, 1))
    found: dict[str, dict[str, None]] = {word: {} for word in wanted}
    for line in done.stdout.decode("utf-8", "surrogateescape").splitlines():
        place, _, word = line.partition("\0")
        if word in found:
            found[word][place.partition(":")[2]] = None
    return {word: tuple(paths) for word, paths in found.items()}


def has_history(repo: Path, commit: str) -> bool:
    """Whether all is known of what was before a commit.

    An imported tree is one commit, and a shallow clone ends somewhere: there the absence of a
    commit says nothing.
    """
    if _borrows_shallow(repo) or (repo / "shallow").is_file():
        return False
    return git(repo, "rev-list", "--count", "--max-count=2", commit).text.strip() == "2"


def _borrows_shallow(repo: Path) -> bool:
    """Whether the objects are borrowed from a shallow clone."""
    alternates = repo / "objects" / "info" / "alternates"
    lines = alternates.read_text("utf-8", "replace").splitlines() if alternates.is_file() else []
    return any((Path(line).parent / "shallow").is_file() for line in lines)


def title_of(repo: Path, commit: str, rev: str) -> str | None:
    """The title of the commit that ``rev`` names, "" when there is none; None without history."""
    if not has_history(repo, commit):
        return None
    found = rev_parse(repo, rev)
    return git(repo, "log", "-1", "--format=%s", found).text.strip() if found else ""


def read_files(repo: Path, commit: str, under: Iterable[str]) -> dict[str, bytes]:
    """The content of all regular files below the given paths that exist."""
    wanted = [p for p in under if git(
        repo, "cat-file", "-e", f"{commit}:{p}", ok=None).returncode == 0]
    if not wanted:
        return {}
    # git archive is one process for a thousand files; 64 MiB of headers is far above any tree.
    done = proc.run(argv(repo, "archive", "--format=tar", commit, "--", *wanted), env=env(),
                    keep=64 << 20)
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=BytesIO(done.stdout)) as tar:
        for member in tar:
            handle = tar.extractfile(member) if member.isfile() else None
            if handle is not None:
                files[member.name] = handle.read()
    return files


def export(repo: Path, commit: str, target: Path, index: Path) -> None:
    """Write all files of ``commit`` below ``target`` (which must exist)."""
    extra = {"GIT_INDEX_FILE": str(index)}
    git(repo, "read-tree", commit, extra=extra)
    # Symlinks of a kernel tree (dts, Documentation/Changes) are wanted here, and
    # intake has refused those of a patch that leave the tree.
    git(repo, "-c", "core.symlinks=true", "-c", "core.bare=false", f"--work-tree={target}",
        "checkout-index", "--all", "--force", "--quiet", extra=extra, cwd=target)


def new_bare(path: Path) -> None:
    """Create a bare repository at ``path`` unless there is one."""
    if not (path / "HEAD").is_file():
        path.mkdir(parents=True, exist_ok=True)
        git(None, "init", "--quiet", "--bare", os.fspath(path))
