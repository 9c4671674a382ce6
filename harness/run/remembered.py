# SPDX-License-Identifier: GPL-2.0-or-later
"""What guests said of a kernel, from an earlier run where it was steady."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from harness.cover.placed import Watch
from harness.guest import trace
from harness.guest.boot import Guest
from harness.guest.nothing import run_nothing
from harness.model import GuestRun, KernelImage
from harness.run import begun, cache_keys, executed, kept
from harness.run.state import State

BOOT = executed.BOOT
NOTHING = Watch()


@dataclass(frozen=True, slots=True)
class Asked:
    """Guests of a kernel: ``kind`` names the cell, ``place`` the folder of a run for their logs.

    ``group``: what the tests are called that have executed a line, ``prefix`` what stands before
    the name of each where it is known; "" on the base, which is not watched for that.
    ``control``: the folder of a boot that runs nothing, with ``append`` on its command line,
    where no other guest of that kernel is one. ``whole``: all functions are to be known that its
    guests execute. ``suites``: those that may run before any program does, to tell them apart.
    """

    kind: str
    image: KernelImage
    place: str
    group: str = ""
    control: str = ""
    append: str = ""
    whole: bool = False
    prefix: str = ""
    suites: begun.Suites = ()


def remembered(state: State, asked: Asked, guest: Guest, parts: Iterable[str],
               run: Callable[[Guest], GuestRun]) -> tuple[GuestRun, State]:
    """Run guests of a kernel, or take what they said.

    ``parts``: what the results depend on besides the kernel and the machine. ``run`` is given
    the guest to boot; what it raises is raised.
    """
    looked = executed.looked(state, asked.image, guest) if asked.group else NOTHING
    begins = begun.begins(state, asked.image, asked.suites) if looked.ranges else {}
    ranges = (*looked.ranges, *((address, 1) for address in begins))
    guest = replace(guest, watched=ranges[:trace.MOST_RANGES])
    if asked.whole:
        guest = replace(guest, watched=executed.whole(state, asked.image, guest), blocks=True)
    done, state = _asked(state, asked, guest, parts, run)
    if asked.group:
        state = executed.seen(state, looked, asked.place, begun.Group(
            asked.group, asked.prefix, begins))
    if asked.control and guest.watched:
        control = replace(asked, kind="control", place=asked.control)
        _, state = _asked(state, control, guest, (asked.append,),
                          lambda where: run_nothing(where, asked.image.path, asked.append))
        if asked.group:
            state = executed.seen(state, looked, control.place, begun.Group(BOOT))
    return done, state


def _asked(state: State, asked: Asked, guest: Guest, parts: Iterable[str],
           run: Callable[[Guest], GuestRun]) -> tuple[GuestRun, State]:
    folder, settings = state.request.out / asked.place, state.settings
    shutil.rmtree(folder, ignore_errors=True)  # logs of another kernel, of an earlier run
    key = (*cache_keys.kernel(asked.image.path, guest.machine.emulator),
           settings.accel, str(settings.memory), str(settings.cpus),
           str(settings.timeout_factor), *parts, *executed.parts(guest))
    result, state = cache_keys.memo(
        state, asked.kind, key, lambda: kept.booted(folder, run(replace(guest, out=folder))),
        keep=kept.steady)
    return kept.replay_logs(result, folder), state
