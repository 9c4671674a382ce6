# SPDX-License-Identifier: GPL-2.0-or-later
"""A program of another machine again, on its kernel after some patches of a series."""

from __future__ import annotations

from collections.abc import Callable

from harness.model import Applied, GuestRun
from harness.run.machines import guest, kernels, machine, sides
from harness.run.state import State

WORK = "bisect"


def program(state: State, name: str) -> Callable[[Applied], GuestRun] | None:
    """What runs the program of that name after some patches; None: no machine has such a one.

    What is returned raises ``CommandFailedError`` where those patches do not build, and
    ``NoBootError``.
    """
    of, _, inner = name.partition(":")
    row = next((m for m in machine.wanted(state) if m.name == of), None)
    if row is None:
        return None
    side, state, _ = sides.base(state, row)
    load = side.load.only(inner)

    def run(some: Applied) -> GuestRun:
        image = kernels.after(state, row, side.config, side.image, some)
        return guest.ran(state, row, image, WORK, load)
    return run
