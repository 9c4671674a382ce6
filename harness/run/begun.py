# SPDX-License-Identifier: GPL-2.0-or-later
"""What had begun when a guest executed something: which test, which suite, or the boot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.guest import splat
from harness.model import KernelImage
from harness.run.functions import functions
from harness.run.state import State
from harness.suites.kunit import Suite

BOOT = "the boot"  # the group of what a kernel executes that runs no test
Suites = tuple[Suite, ...]
Log = Iterable[tuple[str, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Group:
    """What a guest's tests are called: all of them, what stands before the name of one.

    ``begins``: which of them begins where, for those that say nothing by themselves.
    """

    name: str
    prefix: str = ""
    begins: Mapping[int, str] = field(default_factory=dict)


def begins(state: State, image: KernelImage, suites: Iterable[Suite]) -> dict[int, str]:
    """Where each suite begins in a kernel: the functions of which one is the first to run."""
    rows = [(name, suite) for suite in suites if suite.name for name in suite.begins]
    count = Counter((name, suite.path) for name, suite in rows)
    # What two suites of a file share says of neither that it begins.
    wanted = {name: suite for name, suite in rows if count[name, suite.path] == 1}
    if not wanted:
        return {}
    known = functions(state, image)
    found: dict[str, list[tuple[int, bool]]] = {}
    for start, (_, function) in zip(known.starts, known.functions, strict=True):
        if suite := wanted.get(function.name):
            found.setdefault(function.name, []).append((start, function.is_of(
                suite.path, function.name)))
    # A file that another one includes has no functions of its own there: one alone is enough.
    return {start: f"{splat.SUITE}{wanted[name].name}" for name, at in found.items()
            for start, own in at if own or len(at) == 1}


def named(log: Sequence[tuple[str, tuple[int, ...]]], group: Group) -> Log:
    """The parts of a guest's log, each with the group that it is of."""
    before = BOOT if len(log) > 1 and not group.begins else group.name
    for name, part in log:
        now = group.name if group.name == BOOT else group.prefix + name if name else before
        at = 0
        for number, address in enumerate(part):
            if address in group.begins:
                yield now, part[at:number]
                now, at = group.begins[address], number
        yield now, part[at:]
