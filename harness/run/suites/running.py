# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of a target on a kernel."""

from __future__ import annotations

import functools
import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from harness.cache import store
from harness.guest import commands
from harness.guest.boot import Command, Guest
from harness.model import GuestRun, KernelImage
from harness.run import boot_stages, workload
from harness.run.remembered import Asked, remembered
from harness.run.state import State
from harness.run.suites.targets import Target


def booted(state: State, target: Target, image: KernelImage, side: str, *,
           without: frozenset[str] = frozenset(), known: frozenset[tuple[str, str]] = frozenset(),
           ) -> tuple[GuestRun, State]:
    """Run a target's programs on a kernel, or take what an earlier run saw there.

    Tests that are ``known`` to fail are not tried again for that. Raises ``NoBootError``.
    """
    todo = tuple(c for c in commands_of(state, target) if c.name not in without)
    if not todo:
        return GuestRun((), (), (), 0, 0.0, state.settings.accel), state
    parts = (str(todo[0].seconds), *(f"{p}.{t}" for p, t in sorted(known)), *(
        part for c in todo for part in (c.name, store.digest(c.content))))

    def run(where: Guest) -> GuestRun:
        shares = [share for n in range(where.guests) if (share := todo[n::where.guests])]

        def one(number: int, share: tuple[Command, ...]) -> GuestRun:
            return commands.run_commands(replace(where, out=where.out / f"guest{number}"),
                                         image.path, share, known=known)
        with ThreadPoolExecutor(len(shares)) as pool:
            runs = list(pool.map(one, range(1, len(shares) + 1), shares))
        return functools.reduce(workload.both, runs)

    place = f"{target.name.replace('/', '-')}-{side}"
    asked = Asked("selftests-run", image, place)
    if side == "after":
        asked = replace(asked, group=f"selftests {target.name}",
                        control="" if image == state.image_patched else f"control-{place}")
    return remembered(state, asked, boot_stages.guest(state, side), parts, run)


def commands_of(state: State, target: Target) -> tuple[Command, ...]:
    """What runs each program of a target in a guest."""
    seconds = target.seconds * state.settings.timeout_factor
    return tuple(Command(name_of(name), zlib.decompress(content), (), seconds)
                 for name, content in target.made.programs)


def name_of(program: str) -> str:
    """What a program is called in a guest: a file of one folder."""
    return re.sub(r"[^\w.+-]", "_", program)[:80]
