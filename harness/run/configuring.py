# SPDX-License-Identifier: GPL-2.0-or-later
"""The stage that finds the configuration in which what the series changes is compiled."""

from __future__ import annotations

from dataclasses import replace

from harness.clean import one_line
from harness.cover import search
from harness.errors import CommandFailedError, InputRefusedError
from harness.model import Kconfig
from harness.run import cache_keys, configs, patched, plain, wanted
from harness.run.state import Configured, State


def configure(state: State) -> State:
    """Find what has to be set for the files and lines that the series changes."""
    configs.of_the_kernel(state)
    config = configs.plain_config(state)
    found, state = cache_keys.memo(
        state, "configure", cache_keys.configure(state, config, configs.toolchain(state)),
        lambda: _search(state, config), keep=lambda c: c.sound)
    return replace(state, configured=found)


def _search(state: State, config: Kconfig) -> Configured:
    base = plain.plain(state, config)
    sources = patched.sources(state, base.sources, "configure/head")
    rows = wanted.wanted(state, base, sources)
    users = tuple({path: tuple(s for w in rows if w.path == path for s in w.sources)
                   for path in dict.fromkeys(w.path for w in rows if w.sources)}.items())
    lacking = tuple(w for w in rows if not w.ways)
    rows = tuple(w for w in rows if w.ways)
    values = base.values
    if all(w.met(values) for w in rows):
        return Configured(unmet=lacking, users=users)

    def ask() -> search.Answer:
        state.say("searching the configuration that compiles the series")
        try:
            env = configs.kconfig_environment(state, sources)
        except (CommandFailedError, InputRefusedError) as error:
            return search.failed(rows, f"the tree's Makefile does not say what Kconfig needs: "
                                 f"{one_line(error.message, 200)}")
        start = search.Start(sources, base.out / ".config", env, plain.essential(config))
        return search.search(state.box(), start, rows, state.log)

    key = cache_keys.search(state, config, search.asked(rows))
    answer, _ = cache_keys.memo(state, "search", key, ask, keep=lambda a: a.sound)
    unmet = tuple(replace(rows[i], ways=(), reason=why) for i, why in answer.unmet.items())
    return Configured(tuple(c.settings for c in answer.configurations), lacking + unmet, users,
                      answer.sound)
