# SPDX-License-Identifier: GPL-2.0-or-later
"""Which changed lines the guests of a run have executed, and by what."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from harness.cover.placed import Watch
from harness.evidence import Changed, Lost, Place, few, plural
from harness.guest import boot, trace
from harness.model import KernelImage
from harness.run import begun
from harness.run.functions import functions
from harness.run.line_evidence import Traced
from harness.run.state import State
from harness.run.watch import KERNEL, watch

FULL = Lost(trace.RAN, 0, f"a guest has executed more than {trace.MOST:,} instructions of it")
SILENT = Lost(trace.RAN, 0, "a guest has left no log, or a damaged one")
SAID = 3  # tests that a reason names
BOOT = begun.BOOT
_T = TypeVar("_T")


def looked(state: State, image: KernelImage, guest: boot.Guest) -> Watch:
    """Where the changed lines are in a kernel with the series; with KVM no guest can say."""
    return watch(state, image) if guest.machine.accel == "tcg" else Watch()


def whole(state: State, image: KernelImage, guest: boot.Guest) -> tuple[tuple[int, int], ...]:
    """All code of a kernel, as far as a guest can say what of it runs."""
    if guest.machine.accel != "tcg":
        return ()
    text = functions(state, image).text
    return (text,) if text else ()


def parts(guest: boot.Guest) -> tuple[str, ...]:
    """What a guest's answers depend on besides: what it is to say."""
    return (*("blocks",) * bool(guest.blocks and guest.watched),
            *(f"{start:x}+{length:x}" for start, length in guest.watched))


def seen(state: State, at: Watch, place: str, group: begun.Group) -> State:
    """Add what guests whose logs are below ``place`` of the run's folder have executed.

    Where the guest has said what begins, each test is a group of its own, and what ran before is
    the boot's; else all is the group's.
    """
    untraced = tuple(dict.fromkeys((*state.untraced, *at.lost)))
    logs = _logs(state.request.out / place, trace.groups)
    if not at.spans or not logs:
        silent = (SILENT,) * bool(at.spans and group.name != BOOT)
        return replace(state, untraced=(*untraced, *silent))
    addresses = frozenset(a for log in logs for _, part in log for a in part)
    passed = at.passed(addresses)
    if any(sum(len(part) for _, part in log) >= trace.MOST for log in logs):
        passed, untraced = at.places, (*untraced, FULL)
    rows = [(name, ran) for log in logs for name, ran in _first(at, begun.named(log, group))]
    return replace(
        state, with_code=state.with_code | at.places, passed=state.passed | passed,
        untraced=untraced, executed=(*state.executed, *(rows or [(group.name, frozenset())])))


def _first(at: Watch, log: begun.Log) -> Iterator[tuple[str, frozenset[Place]]]:
    """The lines that each part of a guest's log has seen run first."""
    so_far, known = set[int](), frozenset[Place]()
    for name, part in log:
        so_far.update(part)
        ran = at.executed(so_far)
        if part:
            yield name, ran - known
        known = ran


def left_in(folder: Path) -> list[tuple[int, ...]]:
    """What each guest below a folder has executed, in the order of its first times."""
    return _logs(folder, trace.addresses)


def _logs(folder: Path, read: Callable[[Path], _T]) -> list[_T]:
    """What the guests below a folder have left, as it is read."""
    with contextlib.suppress(OSError, ValueError):  # a file that was damaged says nothing
        return [read(p) for p in sorted(folder.rglob(trace.RAN)) if p.is_file()]
    return []


def traced(state: State) -> Traced:
    """What all guests together have shown; what a mere boot executes is no test's merit."""
    boot_ = frozenset(p for group, places in state.executed if group == BOOT for p in places)
    found: dict[Place, tuple[str, ...]] = {}
    for group, places in state.executed:
        for one in places - boot_ if group != BOOT else ():
            found[one] = tuple(dict.fromkeys((*found.get(one, ()), group)))
    ran = boot_ | found.keys()
    # What one kernel knows may have run in another, where it was not found.
    unsure = {p for p in state.with_code - ran if p in state.passed or any(
        _hides(lost, p) for lost in state.untraced)}
    return Traced(state.with_code - unsure, boot_, found, bool(state.executed), state.untraced)


def _hides(lost: Lost, place: Place) -> bool:
    """Whether a line may be of code that was not found."""
    path, line = place
    if lost.line:
        return (lost.path, lost.line) == place
    if lost.path.endswith(".o"):
        return path.endswith(".h") or lost.path == f"{path.rpartition('.')[0]}.o"
    return lost.path in {path, KERNEL, trace.RAN} and bool(line)


def reasons(state: State) -> tuple[str, ...]:
    """Why it is not known of some code whether it ran, where no other kernel has told it."""
    return tuple(str(lost) for lost in state.untraced
                 if (lost.path, lost.line) not in state.with_code)


def tested(shown: Traced, item: Changed) -> str:
    """The tests that have executed the changed lines of a file, if they executed each of them.

    "" too where some of its code was not found in the kernels.
    """
    mine = _of(shown, item)
    if any((item.path, n) not in shown.known and _hides(lost, (item.path, n))
           for lost in shown.lost for n in item.come):
        return ""
    if not mine or not all(p in shown.by for p in mine):
        return ""
    groups = dict.fromkeys(g for p in mine for g in shown.by[p])
    return f"{few(tuple(groups), SAID)}: every changed line was executed"


def left(shown: Traced, item: Changed) -> str:
    """What of a file no test is known to have executed; "" where that is not known."""
    mine = _of(shown, item)
    rest = [p for p in mine if p not in shown.by]
    if not rest:
        return ""
    booted = sum(1 for p in rest if p in shown.boot)
    of = f"{len(rest)} of {plural(len(mine), 'changed line')} with code of their own"
    return (f"no test that ran has executed {of}" + (
        f", the boot has executed {booted} of them" if booted else ""))


def _of(shown: Traced, item: Changed) -> list[Place]:
    """The changed lines of a file that have code of their own."""
    return [place for n in item.come if (place := (item.path, n)) in shown.known]
