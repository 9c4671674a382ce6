# SPDX-License-Identifier: GPL-2.0-or-later
"""How a program of tests ended, by what init says of it. Pure.

tools/testing/selftests/kselftest/runner.sh: one that exits with anything but 0, or 4 to skip, is
"not ok", whatever it printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.model import Status

_FINE = frozenset({"0", "4"})


def said(notes: Iterable[str], word: str) -> str:
    """What init said behind the first ``@end`` or ``@stopped``; "" where it said none."""
    return next((n.removeprefix(f"{word} ") for n in notes if n.startswith(f"{word} ")), "")


def took(notes: Iterable[str]) -> float:
    """The seconds that a program has run for, by its guest's clock; 0.0 where init said none."""
    text = said(notes, "@took")
    return float(text) if re.fullmatch(r"\d{1,6}\.\d{1,6}", text) else 0.0


def bad_end(notes: Iterable[str]) -> tuple[Status, str] | None:
    """Status and reason of an end that contradicts results which are all good; else None."""
    rows = list(notes)
    stopped, end = said(rows, "@stopped"), said(rows, "@end") or "0"
    if stopped:
        return (Status.TIMEOUT if stopped == "deadline" else Status.FAIL,
                f"after its last result the program was stopped: {stopped}")
    if end in _FINE:
        return None
    if end.isdigit() and 128 < int(end) < 192:  # as a shell says it
        end = f"signal {int(end) - 128}"
    if end.startswith("signal"):
        return Status.CRASHED, f"after its last result the program ended by {end}"
    return Status.FAIL, f"all its results are good, and the program ended with {end}"
