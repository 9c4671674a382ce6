# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration that builds as many of a tree's KUnit suites as can be had."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Suites:
    """Suites, the configuration that has them, and why some files are not in it (by path)."""

    rows: tuple[Suite, ...]
    config: Kconfig
    unmet: tuple[tuple[str, str], ...] = ()
    sound: bool = True


def configured(state: State, rows: tuple[Suite, ...], sources: Sources) -> Suites:
    """The configuration on top of the guest's in which most of the suites are built."""
    one = replace(configs.plain_config(state), fragments=(
        *configs.plain_config(state).fragments,
        (kconfig.DATA / "kunit.config").read_text("utf-8")))
    key = cache_keys.suites(state, registered.key(state), one, configs.toolchain(state))
    return cache_keys.memo(state, "kunit-configure", key, lambda: _search(
        state, rows, one, sources), keep=lambda s: s.sound)[0]


def added(state: State, rows: tuple[Suite, ...], have: Suites, start: Path) -> Suites:
    """The configuration in which suites of the series are built besides those of the base.

    ``start``: the .config of the base with its own suites.
    """
    return _search(state, rows, have.config, registered.sources(state), start)


def _search(state: State, rows: tuple[Suite, ...], config: Kconfig, sources: Sources,
            start: Path | None = None) -> Suites:
    state.say("searching the configuration that builds the KUnit suites")
    base = plain.plain(state, configs.plain_config(state))
    asked = wanted.wanted(replace(state, files=registered.files(rows, sources)), base, sources)
    keep = plain.essential(config) | dict.fromkeys(KEPT_OFF, False)
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
    lines = search.lines(first.settings) if first else ""
    return Suites(rows, replace(config, fragments=(*config.fragments, lines)),
                  tuple(sorted(unmet.items())), answer.sound)
