# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of the profiles on kernels of other machines, as what notices wrong versions."""

from __future__ import annotations

from dataclasses import replace

from harness.arch import Machine
from harness.clean import one_line
from harness.errors import HarnessError, InterruptedRunError
from harness.prove import steps, ways
from harness.prove.ways import Way
from harness.run.machines import guest, kernels, machine, sides
from harness.run.state import State, require


def found(state: State) -> tuple[tuple[Way, ...], tuple[str, ...]]:
    """A way for each machine that is asked for or touched; and why there is none for others."""
    rows, lost = list[Way](), list[str]()
    for row in machine.wanted(state):
        why = machine.lacking(row)
        try:
            more, why = (None, why) if why else _way(state, row)
        except InterruptedRunError:
            raise
        except HarnessError as error:
            more, why = None, one_line(error.message, 200)
        rows += [more] if more else []
        lost += [f"{row.name}: {why}"] if why else []
    return tuple(rows), tuple(lost)


def _way(state: State, row: Machine) -> tuple[Way | None, str]:
    """Raises what building and booting raise."""
    state.say(f"the right version for {row.name} ...")
    side, state, why = sides.base(state, row)
    if not side.load:
        return None, why or "no program of a profile runs there"
    own = replace(machine.of(state, row), load=side.load)
    image = kernels.made(state, row, side.config, side.image, own.work / "right") if (
        require(state.applied).commits) else side.image
    init, before = steps.run_right(own, own.request.out / "right", image.path)
    way = ways.of(row.name, image, require(state.applied).head, guest.named(row, before),
                  lambda out, path: guest.named(row, steps.run_wrong(
                      own, init, out / row.name, path)))
    return replace(way, target=row.target), why
