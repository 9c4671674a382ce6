# SPDX-License-Identifier: GPL-2.0-or-later
"""What guests said of a kernel, from an earlier run where it was steady."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from harness.guest.boot import Guest, Load
from harness.guest.run import run_programs
from harness.model import GuestRun, KernelImage
from harness.run import cache_keys, executed, kept
from harness.run.state import State

BOOT = executed.BOOT


@dataclass(frozen=True, slots=True)
class Asked:
    """Guests of a kernel: ``kind`` names the cell, ``place`` the folder of a run for their logs.

    ``group``: what the tests are called that have executed a line; "" on the base, which is not
    watched.
    """

    kind: str
    image: KernelImage
    place: str
    group: str = ""


def remembered(state: State, asked: Asked, guest: Guest, parts: Iterable[str],
               run: Callable[[Guest], GuestRun]) -> tuple[GuestRun, State]:
    """Run guests of a kernel, or take what they said.

    ``parts``: what the results depend on besides the kernel and the machine. ``run`` is given
    the guest to boot; what it raises is raised.
    """
    folder, settings, image = state.request.out / asked.place, state.settings, asked.image
    guest = replace(guest, out=folder)
    if asked.group:
        guest = executed.watching(guest, state, image)
    key = (*cache_keys.kernel(image.path), settings.accel, str(settings.memory),
           str(settings.cpus), str(settings.timeout_factor), *parts, *executed.parts(guest))
    result, state = cache_keys.memo(state, asked.kind, key,
                                    lambda: kept.booted(folder, run(guest)), keep=kept.steady)
    done = kept.replay_logs(result, folder)
    return done, executed.seen(state, image, asked.place, asked.group) if guest.watched else state


def control(state: State, image: KernelImage, place: str, guest: Guest, append: str = "",
            ) -> State:
    """Boot a kernel with the series and run nothing: what that executes is no test's merit."""
    asked = Asked("control", image, place, BOOT)
    if not executed.watching(guest, state, image).watched:
        return state
    return remembered(state, asked, guest, (append,), lambda where: run_programs(
        where, image.path, Load((), append=append)))[1]
