# SPDX-License-Identifier: GPL-2.0-or-later
"""What of the tree's own tests notices wrong versions of a series."""

from __future__ import annotations

from harness.clean import one_line
from harness.errors import CommandFailedError, NoBootError
from harness.prove import selftests, suites, ways
from harness.prove.ways import Way
from harness.run.state import State
from harness.run.suites import judging


def found(state: State) -> tuple[tuple[Way, ...], tuple[str, ...], State]:
    """The ways that there are, with the lines that each executes; and those that could not be."""
    rows, lost = list[Way](), list(judging.unknown(state))
    for name in (suites.KUNIT, *judging.wanted(state)):
        try:
            more, after = suites.way(state) if name == suites.KUNIT else selftests.way(state, name)
        except (CommandFailedError, NoBootError) as error:
            lost.append(f"{name}: {one_line(error.message, 200)}")
            continue
        rows += [ways.told(more, state, after)] if more else []
        state = after
    return tuple(rows), tuple(lost), state
