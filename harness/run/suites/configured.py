# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration that builds as many of a tree's KUnit suites as can be had."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from harness.build import kconfig
from harness.cover import search
from harness.model import Kconfig, Sources
from harness.run import cache_keys, configs, plain, wanted
from harness.run.state import State
from harness.run.suites import registered
from harness.suites.kunit import Suite

# What slows down everything, and is a test of its own kind.
KEPT_OFF = ("KASAN", "KCSAN", "KMSAN", "KFENCE")


Off = tuple[tuple[str, str], ...]  # symbols that stay off, and the object that cannot be built


@dataclass(frozen=True, slots=True)
class Suites:
    """Suites, the configuration that has them, and why some files are not in it (by path)."""

    rows: tuple[Suite, ...]
    config: Kconfig
    unmet: tuple[tuple[str, str], ...] = ()
    sound: bool = True


def configured(state: State, rows: tuple[Suite, ...], sources: Sources, off: Off = ()) -> Suites:
    """The configuration on top of the guest's in which most of the suites are built."""
    one = replace(configs.plain_config(state), fragments=(
        *configs.plain_config(state).fragments,
        (kconfig.DATA / "kunit.config").read_text("utf-8"),
        *([search.lines((name, "n") for name, _ in off)] if off else [])))
    key = cache_keys.suites(state, registered.key(state), one, configs.toolchain(state))
    return cache_keys.memo(state, "kunit-configure", key, lambda: _search(
        state, rows, one, (sources, None), off), keep=lambda s: s.sound)[0]


def added(state: State, rows: tuple[Suite, ...], have: Suites, start: Path) -> Suites:
    """The configuration in which suites of the series are built besides those of the base.

    ``start``: the .config of the base with its own suites.
    """
    return _search(state, rows, have.config, (registered.sources(state), start))


def _search(state: State, rows: tuple[Suite, ...], config: Kconfig,
            at: tuple[Sources, Path | None], off: Off = ()) -> Suites:
    """``at``: the tree, and the .config to begin from; None: that of a guest."""
    sources, start = at
    state.say("searching the configuration that builds the KUnit suites")
    base = plain.plain(state, configs.plain_config(state))
    asked = wanted.wanted(replace(state, files=registered.files(rows, sources)), base, sources)
    keep = plain.essential(config) | dict.fromkeys(
        (*KEPT_OFF, *(name for name, _ in off)), False)
    answer = search.search(state.box(), search.Start(
        sources, start or base.out / ".config", configs.kconfig_environment(state, sources), keep),
        [w for w in asked if w.ways], state.log)
    able = [w for w in asked if w.ways]
    first = answer.configurations[0] if answer.configurations else None
    unmet = {w.path: w.reason for w in asked if not w.ways}
    for number, want in enumerate(able):
        if first is None or number not in first.met:
            unmet.setdefault(want.path, answer.unmet.get(
                number, "another configuration than that of the other suites has it"))
    for path, reason in unmet.items():
        named = (f"; {name} is off: {made} does not build on the base" for name, made in off
                 if re.search(rf"\b{name}\b", reason))
        unmet[path] = reason + next(named, "")
    lines = search.lines(first.settings) if first else ""
    return Suites(rows, replace(config, fragments=(*config.fragments, lines)),
                  tuple(sorted(unmet.items())), answer.sound)
