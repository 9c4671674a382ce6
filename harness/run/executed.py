# SPDX-License-Identifier: GPL-2.0-or-later
"""Which changed lines the guests of a run have executed, and by what."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from harness.evidence import plural
from harness.guest import boot, trace
from harness.model import KernelImage
from harness.run.line_evidence import Traced
from harness.run.state import Place, State
from harness.run.watch import watch

BOOT = "the boot"  # the group of what a kernel executes that runs no test


def watching(guest: boot.Guest, state: State, image: KernelImage) -> boot.Guest:
    """A guest that says which of the changed lines it executes; with KVM none can."""
    if guest.machine.accel != "tcg":
        return guest
    return replace(guest, watched=watch(state, image).ranges[:trace.MOST_RANGES])


def parts(guest: boot.Guest) -> tuple[str, ...]:
    """What a guest's answers depend on besides: what it is to say."""
    return tuple(f"{start:x}+{length:x}" for start, length in guest.watched)


def seen(state: State, image: KernelImage, place: str, group: str) -> State:
    """Add what guests whose logs are below ``place`` of the run's folder have executed."""
    looked = watch(state, image)
    untraced = tuple(dict.fromkeys((*state.untraced, *looked.lost)))
    files = _left(state.request.out / place)
    if not looked.spans or not files:
        return replace(state, untraced=untraced)
    addresses = frozenset(a for path in files for a in trace.addresses(path))
    return replace(
        state, with_code=state.with_code | looked.places, untraced=untraced,
        executed=(*state.executed, (group, looked.executed(addresses))))


def _left(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(p for p in folder.rglob(trace.RAN) if p.is_file())
    return []


def traced(state: State) -> Traced:
    """What all guests together have shown; what a mere boot executes is no test's merit."""
    boot_ = frozenset(p for group, places in state.executed if group == BOOT for p in places)
    found: dict[Place, tuple[str, ...]] = {}
    for group, places in state.executed:
        for one in places - boot_ if group != BOOT else ():
            found[one] = tuple(dict.fromkeys((*found.get(one, ()), group)))
    return Traced(state.with_code, boot_, found, bool(state.executed))


def tested(state: State, path: str) -> str:
    """The tests that have executed the changed lines of a file, if they executed each of them."""
    shown = traced(state)
    mine = list(_of(shown, path))
    if not mine or not all(p in shown.by for p in mine):
        return ""
    groups = dict.fromkeys(g for p in mine for g in shown.by[p])
    return f"{', '.join(groups)}: every changed line was executed"


def left(state: State, path: str) -> str:
    """What of a file no test is known to have executed; "" where that is not known."""
    shown = traced(state)
    mine = list(_of(shown, path))
    rest = [p for p in mine if p not in shown.by]
    if not rest:
        return ""
    booted = sum(1 for p in rest if p in shown.boot)
    of = f"{len(rest)} of {plural(len(mine), 'changed line')} with code of their own"
    return (f"no test that ran has executed {of}" + (
        f", the boot has executed {booted} of them" if booted else ""))


def _of(shown: Traced, path: str) -> Iterator[Place]:
    return (p for p in sorted(shown.known) if p[0] == path)  # each run says the same
