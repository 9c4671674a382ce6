# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets of the tree's selftests: which belong to a change, and their programs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.build import selftests
from harness.build.selftests import Selftests
from harness.model import Sources
from harness.run import cache_keys, configs
from harness.run.state import State, require
from harness.run.suites import rooted
from harness.suites import kselftest, maintainers
from harness.system import repo
from harness.uapi.series import export_to

FOLDER = maintainers.SELFTESTS
MOST_TARGETS = 4  # that belong to one series
# Names of folders that say nothing about what is tested there.
_COMMON = frozenset({"core", "lib", "kernel", "x86", "arm64", "net", "size", "user", "drivers"})


@dataclass(frozen=True, slots=True)
class Target:
    """A target, its programs, the seconds that each has and could have, and what it needs set."""

    name: str
    made: Selftests
    seconds: float
    longest: float
    symbols: str


def every(state: State) -> tuple[str, ...]:
    """The targets that the patched tree has."""
    applied = require(state.applied)
    paths = repo.paths(applied.tree.repo, applied.head, FOLDER)
    return tuple(folder for path in paths if path.endswith("/Makefile") and kselftest.is_target(
        folder := path.removeprefix(FOLDER).removesuffix("/Makefile")))


def belonging(state: State, reached: Mapping[str, str]) -> dict[str, str]:
    """The targets that belong to the change, or that the user asked for, and why.

    ``reached``: those that are known to run what is changed, and why.
    """
    changed = [f.path for f in state.files if not f.same]
    text = _text(state, "MAINTAINERS")
    found = {name: f"--suite {name}" for name in state.request.suites} | dict(reached)
    for name, why in (*maintainers.belonging(changed, maintainers.sections(text)).items(),
                      *_by_folder(changed)):
        found.setdefault(name, why)
    there = [n for n in found if there_is(state, n)]
    return {name: found[name] for name in there[:MOST_TARGETS]}


def asked(state: State, name: str) -> bool:
    """Whether a target is run: the user wants it, or the series changes it."""
    return name in state.request.suites or any(
        f.path.startswith(f"{FOLDER}{name}/") for f in state.files)


def _by_folder(changed: list[str]) -> Iterator[tuple[str, str]]:
    for path in changed:
        name = posixpath.basename(posixpath.dirname(path))
        if name and name not in _COMMON:
            yield name, f"it is called after the folder of {path}"


def there_is(state: State, name: str) -> bool:
    """Whether the patched tree has a target of that name."""
    return kselftest.is_target(name) and bool(_text(state, f"{FOLDER}{name}/Makefile"))


def _text(state: State, path: str) -> str:
    applied = require(state.applied)
    return (repo.show(applied.tree.repo, applied.head, path) or b"").decode("utf-8", "replace")


def built(state: State, name: str, sources: Sources) -> Target:
    """The programs of a target, built from the patched tree."""
    head = require(state.applied).head
    headers = state.work / f"headers-{head}"

    def make() -> Selftests:
        state.say(f"building the selftests {name}")
        where = export_to(require(state.tree), head, headers)
        return selftests.build(configs.builder(state), sources, where,
                               state.work / "selftests" / name, name)

    made, _ = cache_keys.memo(state, "selftests", cache_keys.selftests(state, name), make)
    made = rooted.able(made)
    longest = kselftest.timeout(_text(state, f"{FOLDER}{name}/settings"))
    usual = state.settings.test_timeout
    return Target(name, made, longest if name in state.request.suites else min(usual, longest),
                  longest, _text(state, f"{FOLDER}{name}/config"))
