# SPDX-License-Identifier: GPL-2.0-or-later
"""A base that is configured, and has only the objects that somebody asked for.

Kept as kernels are, beside them: the next series in the same configuration finds the base's
objects there.
"""

from __future__ import annotations

import contextlib
import json
import os
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
_MADE = 3  # toolchain, start and lines


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
            for place in {home, found.parent}:  # when it was used, for housekeeping
                with contextlib.suppress(OSError):
                    os.utime(place / "done")
            return Prepared(key, Sources(found), home / "out")
        work = home.with_name(f"{key}.part")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        sources = _lay_out(builder, tree, commit, config, work)
        within = sources.is_relative_to(work)
        (work / "done").write_text(json.dumps({
            "sources": "" if within else str(sources), "tree": repo.tree_id(tree.repo, commit),
            "made": nearest.made_with(config, toolchain(builder.target))}))
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


@dataclass(frozen=True, slots=True)
class _Start:
    """A build directory to begin from, with its sources and what its configuration was made of."""

    sources: Path
    out: Path
    made: tuple[str, ...]
    key: str = ""  # of a prepared base, which others may be making objects in


def _lay_out(builder: Builder, tree: Tree, commit: str, config: Kconfig, work: Path) -> Path:
    """Make ``work/out`` as configured; return where the sources are."""
    made = nearest.made_with(config, toolchain(builder.target))
    wanted = set(made[2].splitlines())
    known = list(_starts(builder.cache, tree, commit))
    near = [(set(s.made[2].splitlines()), s) for s in known if s.made[:2] == made[:2]]
    if near:
        # One whose lines are all wanted: its .config is what these give, and Kconfig has only to
        # add to it. Else the tools and headers of one that has more are of use all the same.
        have, start = min(near, key=lambda row: (not row[0] <= wanted, len(wanted ^ row[0])))
        with locked(lock_of(builder.cache, start.key), builder.say) if start.key else (
                contextlib.nullcontext()):
            light(start.out, work / "out")
        if have <= wanted:
            with plain(work / "out", ".config").open("a") as handle:
                handle.write("".join(f"{line}\n" for line in sorted(wanted - have)))
            make(builder, Sources(start.sources), work / "out", "olddefconfig")
            text = plain(work / "out", ".config").read_text("utf-8", "replace")
            if not kconfig.vanished(config, text):
                return start.sources
        sources = start.sources
    else:
        (work / "out").mkdir()
        if known:
            sources = known[0].sources
        else:
            kernel.write_sources(builder, tree, commit, work)
            sources = work / "src"
    configure(builder, Sources(sources), work / "out", config)
    return sources


def _starts(cache: Path, tree: Tree, commit: str) -> Iterator[_Start]:
    """The kernels and the prepared bases of exactly this tree, in whatever configuration."""
    for kept in nearest.same_tree(cache, tree, commit):
        yield _Start(kept.home / "src", kept.home / "out", kept.made)
    for done in sorted((cache / "prepared").glob("*/done")):
        try:
            row = json.loads(done.read_text("utf-8"))
            same, made = row["tree"] == repo.tree_id(tree.repo, commit), tuple(row["made"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # half removed, or of an earlier form
        if same and len(made) == _MADE and (sources := _there(done.parent)):
            yield _Start(sources, done.parent / "out", made, done.parent.name)


def light(out: Path, target: Path, keep: Iterable[str] = ()) -> None:
    """Copy a build directory without its objects, but for those of the host's tools."""
    overlay.copied(out, target)
    names = [word for name in _HEAVY for word in ("-o", "-name", name)][1:]
    kept = [word for path in ("scripts", "tools", *keep) for word in ("-path", f"./{path}/*", "-o")]
    proc.run(["find", ".", "(", *kept[:-1], ")", "-prune", "-o", "-type", "f", "(", *names, ")",
              "-exec", "rm", "-f", "{}", "+"], cwd=target, timeout=600)
