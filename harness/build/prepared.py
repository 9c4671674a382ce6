# SPDX-License-Identifier: GPL-2.0-or-later
"""A base that is configured, and has only the objects that somebody asked for.

Kept as kernels are, beside them: the next series in the same configuration finds the base's
objects there.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.build import kconfig, kernel, nearest, overlay
from harness.build.kbuild import Builder, configure, make, toolchain
from harness.model import Kconfig, Sources, Tree
from harness.system import proc, repo
from harness.system.sandbox import plain
from harness.trees import locked

# What else there is in a build directory is needed for compiling: generated headers, tools.
_HEAVY = ("*.o", "*.a", "vmlinux*", ".tmp_vmlinux*", "bzImage", "System.map", "*.ko", ".*.o.cmd")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A configured base: nobody writes to ``out`` but under the lock of ``key``."""

    key: str
    sources: Sources
    out: Path


def prepare(builder: Builder, tree: Tree, commit: str, config: Kconfig) -> Prepared:
    """The base in a configuration, from the cache or begun from the nearest kernel.

    Raises what ``kbuild.configure`` and ``kbuild.make`` raise.
    """
    home = home_of(builder, tree, commit, config)
    key = home.name
    with locked(lock_of(builder.cache, key), builder.say):
        if found := _there(home):
            return Prepared(key, Sources(found), home / "out")
        work = home.with_name(f"{key}.part")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        sources = _lay_out(builder, tree, commit, config, work)
        within = sources.is_relative_to(work)
        (work / "done").write_text(json.dumps({"sources": "" if within else str(sources)}))
        shutil.rmtree(home, ignore_errors=True)
        work.rename(home)
        return Prepared(key, Sources(home / "src" if within else sources), home / "out")


def home_of(builder: Builder, tree: Tree, commit: str, config: Kconfig) -> Path:
    """The folder of a prepared base, whether it is there or not."""
    return builder.cache / "prepared" / kernel.key_of(
        repo.tree_id(tree.repo, commit), config, toolchain(builder.target))


@contextlib.contextmanager
def held(builder: Builder, base: Prepared) -> Iterator[None]:
    """While objects of a base are made or copied."""
    with locked(lock_of(builder.cache, base.key), builder.say):
        yield


def lock_of(cache: Path, key: str) -> Path:
    """The lock of a prepared base."""
    return cache / f"prepared-{key}.lock"


def _there(home: Path) -> Path | None:
    """The sources of a base that is there already; they may be those of a kernel."""
    try:
        named = str(json.loads((home / "done").read_text("utf-8"))["sources"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    sources = Path(named) if named else home / "src"
    return sources if sources.is_dir() else None


def _lay_out(builder: Builder, tree: Tree, commit: str, config: Kconfig, work: Path) -> Path:
    """Make ``work/out`` as configured; return where the sources are."""
    made = nearest.made_with(config, toolchain(builder.target))
    near = nearest.find(builder.cache, tree, commit, made, superset=True)
    if near is not None and near.tree == repo.tree_id(tree.repo, commit):
        light(near.home / "out", work / "out")
        wanted, have = (set(row[2].splitlines()) for row in (made, near.made))
        if have <= wanted:
            # Its .config is what the plain one gives, and Kconfig only has to add to it.
            with plain(work / "out", ".config").open("a") as handle:
                handle.write("".join(f"{line}\n" for line in sorted(wanted - have)))
            make(builder, near.sources, work / "out", "olddefconfig")
            text = plain(work / "out", ".config").read_text("utf-8", "replace")
            if not kconfig.vanished(config, text):
                return near.home / "src"
        sources = near.home / "src"
    elif same := nearest.same_tree(builder.cache, tree, commit):
        (work / "out").mkdir()
        sources = same.home / "src"
    else:
        kernel.write_sources(builder, tree, commit, work)
        (work / "out").mkdir()
        sources = work / "src"
    configure(builder, Sources(sources), work / "out", config)
    return sources


def light(out: Path, target: Path, keep: Iterable[str] = ()) -> None:
    """Copy a build directory without its objects, but for those of the host's tools."""
    overlay.copied(out, target)
    names = [word for name in _HEAVY for word in ("-o", "-name", name)][1:]
    kept = [word for path in ("scripts", "tools", *keep) for word in ("-path", f"./{path}/*", "-o")]
    proc.run(["find", ".", "(", *kept[:-1], ")", "-prune", "-o", "-type", "f", "(", *names, ")",
              "-exec", "rm", "-f", "{}", "+"], cwd=target, timeout=600)
