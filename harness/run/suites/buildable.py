# SPDX-License-Identifier: GPL-2.0-or-later
"""A base with its KUnit suites that builds: one driver that does not must not cost all of them.

Drivers that a suite waits for need not build in every tree, by every compiler. What they are
built by is left off then, and the search for the others begins anew.
"""

from __future__ import annotations

from pathlib import Path

from harness.build.kbuild import BuildFailedError
from harness.model import KernelImage, Sources
from harness.run import cache_keys, configs
from harness.run.state import State, require
from harness.run.suites import configured, culprits, registered, sides
from harness.run.suites.configured import Off, Suites
from harness.suites.kunit import Suite

ROUNDS = 5  # kernels; of each all is learnt that it cannot build


def base(state: State, rows: tuple[Suite, ...]) -> tuple[Suites, KernelImage]:
    """The suites that can be built together, and the base with them.

    Raises ``CommandFailedError`` when no symbol is to blame.
    """
    sources = require(state.image_base).sources
    key = (*cache_keys.trees_of(state)[:1], *cache_keys.suites(
        state, registered.key(state), configs.plain_config(state), configs.toolchain(state)))
    off, _ = cache_keys.memo(state, "kunit-off", key, lambda: _off(state, rows, sources))
    have = configured.configured(state, rows, sources, off)
    return have, sides.base(state, have.config)


def _off(state: State, rows: tuple[Suite, ...], sources: Sources) -> Off:
    """The symbols that must stay off, and the object that each would build."""
    off: Off = ()
    place: Path | None = None
    for number in range(ROUNDS):
        have = configured.configured(state, rows, sources, off)
        try:
            sides.base(state, have.config, place)
        except BuildFailedError as error:
            place = sides.unfinished(state, have.config)
            more = culprits.culprits(state, error.unmade, place / "out", sources)
            if number == ROUNDS - 1 or not more:
                raise
            off += more
            state.say(f"building again without {', '.join(name for name, _ in more[:4])}")
        else:
            break
    return off
