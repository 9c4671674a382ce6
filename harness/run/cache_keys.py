# SPDX-License-Identifier: GPL-2.0-or-later
"""Cache keys: the inputs that each stage's result depends on.

A key holds all that the result depends on, and the harness's own code; whatever could be
chance (a flaky test, a guest that hung) is not kept.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from harness import apply
from harness.arch import ABIS, EMULATOR, MULTIARCH, STUBS_32, Emulator
from harness.build import kconfig
from harness.build.codecheck import Warned
from harness.cache import store
from harness.cache.store import version
from harness.model import (
    Applied,
    Kconfig,
    KernelImage,
    Series,
    Tree,
)
from harness.profiles import Profile
from harness.run.state import State, require
from harness.run.workload import Workload
from harness.system import repo

_T = TypeVar("_T")


def results(state: State) -> store.Store:
    """The store of this run."""
    return store.Store(state.settings.cache / "cells")


def memo(state: State, kind: str, inputs: Iterable[str | bytes], compute: Callable[[], _T], *,
         keep: Callable[[_T], bool] = lambda _: True, again: bool = False) -> tuple[_T, State]:
    """The result of a cell; the state remembers that it came from an earlier run."""
    if not state.request.reuse:
        return compute(), state
    value, known = results(state).memo(kind, (*inputs, str(state.settings.sandbox)), compute,
                                     keep=keep, again=again)
    return value, replace(state, cached=state.cached | {kind}) if known else state


def has(state: State, kind: str, inputs: Iterable[str]) -> bool:
    """Whether ``memo`` would find it."""
    return results(state).has(kind, (*inputs, str(state.settings.sandbox)))


def trees_of(state: State) -> tuple[str, ...]:
    """The content of the base and after each patch."""
    applied = require(state.applied)
    return tuple(repo.tree_id(applied.tree.repo, c) for c in (applied.base, *applied.commits))


def _compilers() -> tuple[str, ...]:
    """Every compiler that there is, and whether it can do 32 bit: one may have been installed."""
    programs = dict.fromkeys((*(a.program for a in ABIS), "g++", "clang", "clang++"))
    stubs = any(Path(p).is_file() for p in STUBS_32)
    return (*(version(p) for p in programs if shutil.which(p)), str(stubs))


def uapi(state: State) -> tuple[str, ...]:
    """The cache key of the UAPI check."""
    options = state.request.uapi
    usual = state.request.kselftests / "consumers"
    folders = (*options.consumers, *(p.folder for p in state.profiles),
               *([usual] if usual.is_dir() else []))
    return (*trees_of(state), *_compilers(), *map(store.tree_digest, folders),
            *(a.name for a in options.abis), options.also_name,
            *(part for row in sorted((options.also or {}).items()) for part in row))


def tools(state: State) -> tuple[str, ...]:
    """The cache key of the check of programs below tools/."""
    return (*trees_of(state), *_compilers(), version("make"), str(max(
        (p.stat().st_mtime for p in (Path("/usr/include"), Path(MULTIARCH))
         if p.is_dir()), default=0)))  # a -dev package may have come


def build(state: State, config: Kconfig, tools: str) -> tuple[str, ...]:
    """The cache key of a patched kernel."""
    return (*trees_of(state), config.start, kconfig.render(config), tools)


def configure(state: State, config: Kconfig, tools: str) -> tuple[str, ...]:
    """The cache key of the search for a configuration on top of ``config``."""
    return (*build(state, config, tools), version("python3"))


def search(state: State, config: Kconfig, asked: str) -> tuple[str, ...]:
    """The cache key of what the solver says: most series change nothing that it reads."""
    return (read_by(state, "Kconfig", "scripts/"), config.start, kconfig.render(config),
            state.target.name, version("python3"), version(state.target.program), asked)


def suites(state: State, registered: tuple[str, ...], config: Kconfig, tools: str,
           ) -> tuple[str, ...]:
    """The cache key of the configuration for the tree's own suites, which ``registered`` says."""
    return (*registered, read_by(state, "Kconfig", "Makefile", "Kbuild", "scripts/"),
            config.start, kconfig.render(config), version("python3"), tools)


def short(key: tuple[str, ...]) -> str:
    """A name for what has this key, within one run."""
    return store.digest(*key)[:12]


def selftests(state: State, target: str) -> tuple[str, ...]:
    """The cache key of the programs of a target of the tree's selftests."""
    return (read_by(state, "tools/", "include/", "syscalls/", "scripts/"), target,
            version("gcc"), version("make"))


def environment(state: State) -> tuple[str, ...]:
    """The cache key of what make gives to Kconfig."""
    return (read_by(state, "Makefile", "scripts/"), state.target.name,
            version(state.target.program), version("ld"))


def read_by(state: State, *words: str) -> str:
    """The base's content, where a series changes no file whose path has one of the words."""
    applied = require(state.applied)
    other = any(word in f.path for f in state.files for word in words)
    return repo.tree_id(applied.tree.repo, applied.head if other else applied.base)


def compiles(state: State, config: Kconfig, tools: str) -> tuple[str, ...]:
    """The cache key of the objects of a series, compiled alone."""
    return warnings(build(state, config, tools))


def warnings(built: tuple[str, ...]) -> tuple[str, ...]:
    """The cache key of the warnings about a kernel; ``built`` is the kernel's own key."""
    return (*built, version("sparse"))


def mails(state: State, series: Series) -> tuple[str | bytes, ...]:
    """The cache key of the results of the base's own scripts."""
    base = repo.tree_id(require(state.tree).repo, require(state.applied).base)
    return (base, version("perl"), *(p.as_mail() for p in series.patches))


def applied(state: State, series: Series, tree: Tree, base: str) -> Applied:
    """The series on ``base``; git is asked again where its commits are no longer there.

    Raises ``InputRefusedError`` when it does not apply.
    """
    def ask() -> tuple[tuple[str, ...], tuple[str, ...]]:
        made = apply.apply_series(series, tree, base)
        return made.commits, made.notices

    inputs: tuple[str | bytes, ...] = (str(tree.repo), base, *(p.as_mail() for p in series.patches))
    (commits, notices), _ = memo(state, "apply", inputs, ask)
    if commits and repo.rev_parse(tree.repo, commits[-1]) is None:
        (commits, notices), _ = memo(state, "apply", inputs, ask, again=True)
    return Applied(tree, base, commits, notices)


def old_warnings(state: State, config: Kconfig, path: str, tool: str,
                 ask: Callable[[], tuple[Warned, ...]]) -> tuple[Warned, ...]:
    """A tool's warnings about a file of the base, kept for every series on it."""
    base = repo.tree_id(require(state.tree).repo, require(state.applied).base)
    inputs = (base, config.start, kconfig.render(config), path, version(tool),
              state.target.name, version(state.target.program))
    return memo(state, "warnings-base", inputs, ask)[0]


def headers(state: State, commit: str) -> tuple[str, ...]:
    """The cache key of the exported headers."""
    return (repo.tree_id(require(state.tree).repo, commit),)


def digest_of(exported: Mapping[str, str]) -> str:
    """A hash over headers: many series leave them as they are."""
    return store.digest(*(part for row in sorted(exported.items()) for part in row))


def programs(profile: Profile, headers: str, compiler: str = "gcc") -> tuple[str, ...]:
    """The cache key of the test programs; ``headers`` is the headers' digest."""
    return (headers, store.tree_digest(profile.folder),
            store.tree_digest(profile.folder.parent / "lib"), version(compiler))


def kernel(image: Path, emulator: Emulator = EMULATOR) -> tuple[str, ...]:
    """What every answer of a guest depends on: the kernel, and who runs it."""
    return store.file_digest(image), version(emulator.program)


def boot(state: State, image: KernelImage, load: Workload) -> tuple[str, ...]:
    """The cache key of a guest's results."""
    settings = state.settings
    rows = [(p.name, store.file_digest(p.path), *p.tests, str(p.parallel)) for p in load.programs]
    data = [(name, store.digest(content)) for name, content in load.load().data.items()]
    emulator = EMULATOR if state.machine is None else state.machine.emulator
    return (*kernel(image.path, emulator), json.dumps([rows, data]),
            settings.accel, str(settings.memory), str(settings.cpus), str(settings.shared),
            str(settings.timeout_factor),
            *(str(t) for t in (settings.boot_timeout, settings.test_timeout,
                               settings.run_timeout)),
            *(store.tree_digest(p.folder) for p in state.profiles))
