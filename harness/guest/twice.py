# SPDX-License-Identifier: GPL-2.0-or-later
"""A program or suite that failed and ran once more. Pure."""

from __future__ import annotations

from dataclasses import replace

from harness.model import BAD, GOOD, Outcome, Status


def merged(one: Outcome, two: Outcome) -> Outcome:
    """The first result with the second: a test that passes then is flaky, and both are kept."""
    later = {c.name: c for c in two.children}

    def test(old: Outcome) -> Outcome:
        new = later.get(old.name)
        if old.status not in BAD or new is None or new.status not in GOOD:
            return old
        return replace(new, status=Status.FLAKY, children=(old, new), log=old.log, reason=(
            f"{old.status} and then {new.status} in a fresh guest: {old.reason}"))
    return replace(one, children=tuple(map(test, one.children)))
