# SPDX-License-Identifier: GPL-2.0-or-later
"""Commit + Kconfig -> KernelImage, base first, the patched tree from its objects.

The base is built once per (tree content, configuration, toolchain) and kept.
A patched tree is the base's sources with the changed files laid over them, and
a copy of the base's build directory: make then compiles what the series touches
and nothing else. In the sandbox both lie at ``/src`` and ``/out``, so that kbuild
sees the same command lines.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from harness.build import kconfig, nearest, overlay, shared
from harness.build.kbuild import (
    USUAL_STEPS,
    Builder,
    BuildFailedError,
    cause_of,
    compile_,
    configure,
    make,
    toolchain,
)
from harness.errors import CommandFailedError, InfrastructureError
from harness.model import Applied, Finding, Kconfig, KernelImage, Severity, Sources, Tree
from harness.system import repo
from harness.system.sandbox import plain
from harness.trees import locked

_WERROR = re.compile(r"^(CONFIG_\w*WERROR)=y$", re.MULTILINE)
FORM = 3  # of what lies in the cache: 3, the image is chosen when the configuration is known


def key_of(tree_id: str, config: Kconfig, tools: str) -> str:
    """The cache key of a build: equal keys, equal kernels."""
    start = [] if config.start == "tinyconfig" else [config.start]
    text = json.dumps([FORM, tree_id, kconfig.render(config), tools, *start])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def base(builder: Builder, tree: Tree, commit: str, config: Kconfig, written: Path | None = None,
         *, more: bool = False, begun: Path | None = None) -> KernelImage:
    """Build ``commit``, or take it from the cache; ``written`` may have its ``src`` already.

    ``more``: it may begin from a kernel with more in it, whose objects are left behind then:
    for those who do not ask the build which files it has compiled. Its make goes on after an
    error, so that the ``BuildFailedError`` names all. ``begun``: the ``unfinished`` one of another
    configuration, which is used up.
    """
    key = key_of(repo.tree_id(tree.repo, commit), config, toolchain(builder.target))
    home = builder.cache / "kernels" / key
    with locked(builder.cache / f"kernel-{key}.lock", builder.say):
        if (home / "done").is_file():
            return _there(home, key)
        started = time.monotonic()
        need_space(builder.cache, 4 << 30)
        work = home.with_name(f"{key}.part")
        share = builder.share if builder.sandbox.enabled else None  # else paths are in it
        if share is not None and begun is None and shared.ready(
                share, key, work, builder,
                lambda: write_sources(builder, tree, commit, work)):
            _mark(builder, (tree, commit, config), work, USUAL_STEPS)
            shutil.rmtree(home, ignore_errors=True)
            work.rename(home)
            return _there(home, key)
        if begun is not None and begun.is_dir() and begun != work:
            shutil.rmtree(work, ignore_errors=True)
            begun.rename(work)
        _make_base(builder, tree, commit, config, (work, written), more=more,
                   begun=begun is not None)
        shutil.rmtree(home, ignore_errors=True)
        work.rename(home)
        if share is not None:
            shared.give(share, key, home, builder.say)
        return replace(_there(home, key), cached=False, seconds=time.monotonic() - started)


def _there(home: Path, key: str) -> KernelImage:
    image = str(json.loads((home / "done").read_text("utf-8"))["image"])
    return KernelImage(plain(home / "out", image), home / "out", key, cached=True,
                       seconds=0, sources=Sources(home / "src"))


def unfinished(builder: Builder, tree: Tree, commit: str, config: Kconfig) -> Path:
    """Where ``base`` leaves what it could not build, with its ``src`` and ``out``."""
    key = key_of(repo.tree_id(tree.repo, commit), config, toolchain(builder.target))
    return builder.cache / "kernels" / f"{key}.part"


def cached(cache: Path, tree: Tree, commit: str, config: Kconfig) -> Path | None:
    """The folder of a base that is there already, with its ``src`` and ``out``."""
    home = cache / "kernels" / key_of(repo.tree_id(tree.repo, commit), config, toolchain())
    return home if (home / "done").is_file() else None


def write_sources(builder: Builder, tree: Tree, commit: str, work: Path,
                  written: Path | None = None) -> None:
    """Write ``work/src``: linked from where the same is already, in the cache or ``written``."""
    builder.say("writing the sources")
    near = next(nearest.same_tree(builder.cache, tree, commit), None)
    there = near.sources if near else Sources(written / "src") if written else None
    if there is not None and there.root.is_dir():
        try:
            overlay.linked(there, work / "src")
        except (CommandFailedError, OSError):  # it went meanwhile
            shutil.rmtree(work / "src", ignore_errors=True)
        else:
            return
    (work / "src").mkdir(parents=True)
    repo.export(tree.repo, commit, work / "src", work / "index")


def _make_base(builder: Builder, tree: Tree, commit: str, config: Kconfig,
               at: tuple[Path, Path | None], *, more: bool, begun: bool) -> None:
    """Build a base, from the nearest one or from nothing.

    ``at``: where, and where its sources may be already. ``begun``: all is there, with objects.
    """
    work, written = at
    made = nearest.made_with(config, toolchain(builder.target))
    near = None if begun else nearest.find(builder.cache, tree, commit, made, superset=more)
    if not begun:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
    if near is not None and not nearest.begin(tree, near, commit, work):
        shutil.rmtree(work)
        work.mkdir()
        near = None
    if near is not None:
        builder.say(f"beginning from the nearest kernel in the cache, {near.home.name}")
    elif not begun:
        write_sources(builder, tree, commit, work, written)
        (work / "out").mkdir()
    sources = Sources(work / "src")
    configure(builder, sources, work / "out", config)
    image = _image(builder, work)
    steps = compile_(builder, sources, work / "out", 0 if near else USUAL_STEPS,
                     Path(image).name, *(["-k"] if more else []))
    shutil.rmtree(work / "over", ignore_errors=True)
    _mark(builder, (tree, commit, config), work, max(steps, near.steps if near else 0))


def _image(builder: Builder, work: Path) -> str:
    text = plain(work / "out", ".config").read_text("utf-8", "replace")
    return kconfig.image_of(text, kconfig.images_of(builder.target))


def _mark(builder: Builder, what: tuple[Tree, str, Kconfig], work: Path, steps: int) -> None:
    """Say of what is in ``work`` that it is whole, and what it was made of."""
    tree, commit, config = what
    (work / "done").write_text(nearest.mark(
        repo.tree_id(tree.repo, commit), commit, steps, _image(builder, work),
        nearest.made_with(config, toolchain(builder.target))))


def matters(paths: Iterable[str]) -> bool:
    """Whether a change of these paths can change the kernel."""
    return any(not p.startswith(("Documentation/", "tools/", "samples/", "LICENSES/"))
               and p not in {"MAINTAINERS", "CREDITS", ".gitignore", ".mailmap"} for p in paths)


def configures(paths: Iterable[str]) -> bool:
    """Whether a change of these paths can change the configuration."""
    return any(p.rpartition("/")[2].startswith("Kconfig") for p in paths)


def patched(builder: Builder, applied: Applied, start: KernelImage, config: Kconfig,
            work: Path) -> tuple[KernelImage, tuple[tuple[int, CommandFailedError], ...]]:
    """Build a series in ``work`` patch by patch, starting from the base's objects.

    Returns the last kernel, and the number and error of each patch before it that does not
    build: git bisect stops there. Raises ``CommandFailedError`` when the whole does not build.
    """
    started = time.monotonic()
    tree, out = applied.tree, work / "out"
    image = str(start.path.relative_to(start.build_dir))
    bench = Workspace(builder, tree, work)
    bench.clear()
    overlay.copied(start.build_dir, out)
    tools = toolchain(builder.target)
    # Where more is to be in it than in the base, as a test that the series adds.
    more = start.key and start.key != key_of(repo.tree_id(tree.repo, applied.base), config, tools)
    lines = kconfig.render(config) if more else ""
    at, sources, broken = applied.base, start.sources, list[tuple[int, CommandFailedError]]()
    for number, commit in enumerate(applied.commits, 1):
        last = commit == applied.head
        paths = repo.changed(tree.repo, at, commit)
        if not last and not (matters(paths)
                             and matters(repo.changed(tree.repo, commit, applied.head))):
            continue  # the kernel before or after it is the same: that one is built
        sources, at = bench.move(sources, at, commit), commit
        try:
            # The base's .config stands as long as no Kconfig file says otherwise.
            if configures(paths) or (lines and last):
                configure(builder, sources, out, config, fresh=False, lines=lines)
            compile_(builder, sources, out, 0, Path(image).name)
        except CommandFailedError as error:
            if last:
                raise
            broken.append((number, error))
    key = key_of(repo.tree_id(tree.repo, applied.head), config, tools)
    return KernelImage(plain(out, image), out, key, cached=False, sources=sources,
                       seconds=time.monotonic() - started), tuple(broken)


def after(builder: Builder, some: Applied, start: KernelImage, config: Kconfig, work: Path,
          ) -> KernelImage:
    """The kernel after the last of some patches, and none of those between."""
    last = replace(some, commits=some.commits[-1:])
    return patched(builder, last, start, config, work)[0]


@dataclass(frozen=True, slots=True)
class Workspace:
    """A directory below ``work`` where sources of other commits are assembled."""

    builder: Builder
    tree: Tree
    work: Path

    def clear(self) -> None:
        """Begin with nothing."""
        for name in ("over", "src", "out"):
            shutil.rmtree(self.work / name, ignore_errors=True)
        self.work.mkdir(parents=True, exist_ok=True)

    def move(self, sources: Sources, old: str, new: str) -> Sources:
        """The sources of ``new``, from those of ``old``."""
        moved = overlay.laid_over(self.tree, sources, old, new, self.work / "over")
        if self.builder.sandbox.enabled:
            return moved
        # Nothing is mounted without a sandbox: make gets a directory, always the same one.
        target, late = self.work / "src", self.work / "src.new"
        overlay.linked(moved, late)
        shutil.rmtree(target, ignore_errors=True)
        return Sources(late.rename(target))


@dataclass(frozen=True, slots=True)
class FinishedBuild:
    """A finished build that others begin from; nothing in it is ever written."""

    sources: Sources
    out: Path
    commit: str
    image: str  # below ``out``


def variant(builder: Builder, tree: Tree, start: FinishedBuild, commit: str, work: Path) -> Path:
    """Build ``commit`` in ``work`` from the objects of ``start``; return the image."""
    bench, out = Workspace(builder, tree, work), work / "out"
    bench.clear()
    overlay.copied(start.out, out)
    sources = bench.move(start.sources, start.commit, commit)
    if configures(repo.changed(tree.repo, start.commit, commit)):
        make(builder, sources, out, "olddefconfig")
    _compile_lenient(builder, sources, out, Path(start.image).name)
    return plain(out, start.image)


def _compile_lenient(builder: Builder, sources: Sources, out: Path, target: str) -> None:
    """Build; what only warns is built all the same.

    A warning is not what is to be found out, and CONFIG_WERROR and its like make
    an error of it.
    """
    try:
        compile_(builder, sources, out, 0, target)
    except BuildFailedError as error:
        if "[-Werror=" not in error.text:
            raise
        symbols = _WERROR.findall((out / ".config").read_text("utf-8", "replace"))
        compile_(builder, sources, out, 0, target, *(f"{symbol}=n" for symbol in symbols))


def need_space(path: Path, wanted: int) -> None:
    """Raise ``InfrastructureError`` when fewer than ``wanted`` bytes are free."""
    path.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(path).free
    if free < wanted:
        raise InfrastructureError(
            f"{path}: {free >> 20} MiB free, {wanted >> 20} MiB needed",
            hint="free some space, or point --cache at another disk; the run can be repeated")


def finding(error: CommandFailedError) -> Finding:
    """A build that only fails with the series, as a finding."""
    cause = cause_of(error)
    return Finding("build-error", Severity.ERROR,
                   f"the patched kernel does not build: {cause.message}", where=cause.where,
                   evidence=error.tail, subject=cause.where.path + cause.message)
