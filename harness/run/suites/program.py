# SPDX-License-Identifier: GPL-2.0-or-later
"""One program of the tree's selftests, and what it runs on."""

from __future__ import annotations

from dataclasses import replace

from harness.guest.boot import Command, Load
from harness.model import Kconfig, KernelImage
from harness.run import patched
from harness.run.state import State, require
from harness.run.suites import needs, rooted, running, targets


def program(state: State, name: str) -> tuple[KernelImage, Kconfig, Command, Load] | None:
    """The base that a program of a target runs on with its configuration, and what runs it there.

    The last is what else the guest has. ``name`` is that of the results; None where no target has
    such a program. Raises ``CommandFailedError``.
    """
    target = name.partition(":")[0]
    if not targets.there_is(state, target):
        return None
    sources = patched.sources(state, require(state.image_base).sources, "selftests/head")
    built = targets.built(state, target, sources)
    for one in running.commands_of(state, built):
        if f"{target}:{one.name}" == name:
            return *needs.base(state, built), replace(one, name=name), rooted.load(
                built.made, [one])
    return None
