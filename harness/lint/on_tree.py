# SPDX-License-Identifier: GPL-2.0-or-later
"""Lint that needs the tree: rules on both sides, checkpatch.pl, get_maintainer.pl."""

from __future__ import annotations

import functools
import re
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.errors import DeadlineError
from harness.lint import RULES, checkpatch, lint_tree, source
from harness.lint.once import once
from harness.lint.rule import TreeContext, TreeRule
from harness.model import Applied, Finding, Patch, Series, Tree
from harness.profiles import Profile
from harness.system import repo
from harness.system.sandbox import Sandbox

# What checkpatch.pl would take half a minute for: its expressions are quadratic in a line's length
MOST_LINES = 20_000  # of a patch
LONGEST_LINE = 20_000  # bytes
_PATIENCE = 60.0  # seconds for one patch
_MAINTAINER = ("scripts/get_maintainer.pl", "MAINTAINERS")
# What get_maintainer.pl takes for the top of a kernel tree; only MAINTAINERS is read.
_TOP_FILES = ("COPYING", "CREDITS", "Kbuild", "Makefile", "README")
_TOP_FOLDERS = ("Documentation", "arch", "include", "drivers", "fs", "init", "ipc", "kernel",
                "lib")
Named = tuple[tuple[str, str], ...]  # address, role
_ROLE = re.compile(r"^(?:\"?(.*?)\"? )?<?([\w.+=-]+@[\w.-]+\w)>? \((.*)\)$")


def context(series: Series, applied: Applied, named: Callable[[], Named]) -> TreeContext:
    """A series on its tree, for the rules; ``named``: what ``maintainers`` says of it."""
    store, base, head = applied.tree.repo, applied.base, applied.head
    before = functools.cache(lambda path: repo.show(store, base, path))
    after = functools.cache(lambda path: repo.show(store, head, path))
    return TreeContext(
        series, repo.changed(store, base, head), before, after,
        functools.cache(lambda expression, globs: repo.grep(store, head, expression, globs)),
        named,
        lambda rev: repo.title_of(store, base, rev))


def rules(profiles: Iterable[Profile]) -> tuple[TreeRule, ...]:
    """The rules of the house and those that the profiles bring."""
    own = tuple(r for r in RULES if isinstance(r, TreeRule))
    return own + tuple(r for p in profiles for r in source.tree_rules(source.load(p.folder)))


def findings(series: Series, applied: Applied, profiles: Iterable[Profile],
             named: Callable[[], Named]) -> tuple[Finding, ...]:
    """Everything that is found on the tree without a build."""
    return lint_tree(context(series, applied, named), rules(profiles))


def _scripts(tree: Tree, commit: str, files: tuple[str, ...], target: Path) -> bool:
    """Write the base's own scripts; False when the tree does not have the first of them."""
    got = repo.read_files(tree.repo, commit, files)
    for name, content in got.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return files[0] in got


@dataclass(frozen=True, slots=True)
class Styled:
    """What checkpatch.pl found, and why some patches were not read by it."""

    found: tuple[Finding, ...] = ()
    unread: tuple[str, ...] = ()


def check_patches(series: Series, tree: Tree, base: str, box: Sandbox) -> Styled | None:
    """Run checkpatch.pl of the base on each patch; None when the tree has no such script."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        if not _scripts(tree, base, checkpatch.FILES, top):
            return None
        inside = box.path(top, "/src")
        argv = ["perl", f"{inside}/scripts/checkpatch.pl", *checkpatch.ARGUMENTS]

        def one(patch: Patch) -> Styled:
            why = _unreadable(patch)
            if not why:
                try:
                    done = box.run(argv, ro={top: "/src"}, inside={"memory": 1 << 30},
                                   stdin=patch.as_mail(), ok=(0, 1), timeout=_PATIENCE)
                    return Styled(checkpatch.findings(patch, done.text))
                except DeadlineError as error:
                    why = str(error)
            return Styled(unread=(f"patch {patch.number}: {why}",))

        with ThreadPoolExecutor(2) as pool:
            rows = tuple(pool.map(one, series.patches))
    return Styled(once(f for row in rows for f in row.found),
                  tuple(why for row in rows for why in row.unread))


def _unreadable(patch: Patch) -> str:
    """Why a patch is not given to checkpatch.pl; empty when it is."""
    if patch.diff.count(b"\n") > MOST_LINES:
        return f"more than {MOST_LINES:,} lines"
    if max(map(len, patch.diff.split(b"\n"))) > LONGEST_LINE:
        return f"a line of more than {LONGEST_LINE:,} bytes"
    return ""


def maintainers(series: Series, tree: Tree, base: str, box: Sandbox) -> Named:
    """Recipients that get_maintainer.pl of the base names for the files: (address, role)."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        if not _scripts(tree, base, _MAINTAINER, top):
            return ()
        for file in _TOP_FILES:
            (top / file).touch()
        for folder in _TOP_FOLDERS:
            (top / folder).mkdir(exist_ok=True)
        inside = box.path(top, "/src")
        argv = ["perl", f"{inside}/scripts/get_maintainer.pl", "--nogit", "--nogit-fallback",
                "--nokeywords", "--roles", "--norolestats"]
        diff = b"".join(p.diff for p in series.patches)
        done = box.run(argv, ro={top: "/src"}, inside={"chdir": inside, "memory": 1 << 30},
                       stdin=diff, ok=None, timeout=60)
    rows = [m for m in map(_ROLE.match, done.text.splitlines()) if m]
    return tuple((m.group(2), m.group(3)) for m in rows)
