# SPDX-License-Identifier: GPL-2.0-or-later
"""Both kernels with the tree's KUnit suites, and those that the series adds."""

from __future__ import annotations

from dataclasses import replace

from harness.model import Kconfig, KernelImage
from harness.run.state import State
from harness.run.suites import buildable, configured, registered
from harness.run.suites.configured import Suites
from harness.suites.kunit import Suite


def base(state: State, rows: tuple[Suite, ...]) -> tuple[Suites, KernelImage]:
    """The base with its suites; raises ``CommandFailedError``."""
    added = registered.added(state, rows)
    old = tuple(s for s in rows if s not in added)
    return buildable.base(state, old)


def with_added(state: State, rows: tuple[Suite, ...], have: Suites, start: KernelImage,
                ) -> Suites:
    """The suites of the patched kernel: those of the base and those that the series adds."""
    added = registered.added(state, rows)
    if not added:
        return have
    more = configured.added(state, added, have, start.build_dir / ".config")
    return replace(more, rows=rows, unmet=(*have.unmet, *more.unmet))


def kernel_of(state: State) -> tuple[KernelImage, Kconfig]:
    """The base with the tree's KUnit suites, and the configuration of the patched kernel."""
    rows = registered.suites(state)
    have, start = base(state, rows)
    return start, with_added(state, rows, have, start).config
