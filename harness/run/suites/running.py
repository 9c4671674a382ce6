# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of a target on a kernel."""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from harness.guest import commands, twice
from harness.guest.boot import Command, Guest, Load
from harness.guest.twice import Known
from harness.model import GuestRun, KernelImage
from harness.run import boot_stages, workload
from harness.run.remembered import Asked, remembered
from harness.run.state import State
from harness.run.suites import rooted
from harness.run.suites.targets import Target

NO_TIMES: Mapping[str, float] = {}


def booted(state: State, target: Target, image: KernelImage, side: str, *,
           without: frozenset[str] = frozenset(), before: GuestRun | None = None,
           ) -> tuple[GuestRun, State]:
    """Run a target's programs on a kernel, or take what an earlier run saw there.

    ``before``: what they said on the base. What failed there is not tried again for that, and
    how long they took is how they are shared out. Raises ``NoBootError``.
    """
    took = {row.name: row.seconds for row in before.outcomes} if before else {}
    todo = tuple(c for c in commands_of(state, target) if c.name not in without)
    known = before.failing if before else None
    return some(state, target, (image, side), todo, known=known, took=took)


def again(state: State, target: Target, image: KernelImage, before: GuestRun, after: GuestRun,
          ) -> tuple[GuestRun, State]:
    """The results of the base, with a second try of what fails there alone."""
    doubt = twice.doubtful(before, after)
    todo = tuple(c for c in commands_of(state, target) if c.name in doubt)
    if not todo:
        return before, state
    more, state = some(state, target, (image, "before-again"), todo)
    return twice.settled(before, more), state


def some(state: State, target: Target, at: tuple[KernelImage, str], todo: tuple[Command, ...], *,
         known: Known = None, took: Mapping[str, float] = NO_TIMES) -> tuple[GuestRun, State]:
    """Run some of a target's programs on a kernel, or take what an earlier run saw there.

    ``at``: the kernel, and what its side is called. Raises ``NoBootError``.
    """
    image, side = at
    more = rooted.load(target.made, todo)
    if not todo:
        return GuestRun((), (), (), 0, 0.0, state.settings.accel), state
    parts = (str(todo[0].seconds), *twice.words(known), *rooted.parts(more, todo))

    def run(where: Guest) -> GuestRun:
        # Some take as long as they can get CPUs: two guests on two CPUs made KVM's time out.
        most = min(where.guests, state.settings.undisturbed)
        plain, scripts = ([c for c in todo if rooted.is_script(c) is is_] for is_ in (False, True))
        shares = [(share, load) for rows, load in ((plain, rooted.NOTHING), (scripts, more))
                  for share in shared(rows, most, took)]

        def one(number: int, share: tuple[list[Command], Load]) -> GuestRun:
            return commands.run_commands(replace(where, out=where.out / f"guest{number}"),
                                         image.path, *share, known)
        with ThreadPoolExecutor(most) as pool:
            runs = list(pool.map(one, range(1, len(shares) + 1), shares))
        return functools.reduce(workload.both, runs)

    place = place_of(target, side)
    asked = Asked("selftests-run", image, place)
    if side == "after":
        asked = replace(asked, group=f"selftests {target.name}", prefix=f"{target.name}:",
                        control="" if image == state.image_patched else f"control-{place}")
    elif side == "before":
        asked = replace(asked, whole=True, control=f"control-{place}")
    return remembered(state, asked, boot_stages.guest(state, side), parts, run)


def place_of(target: Target, side: str) -> str:
    """The folder of what guests of a side leave."""
    return f"{target.name.replace('/', '-')}-{side}"


def shared(todo: Iterable[Command], number: int, took: Mapping[str, float]) -> list[list[Command]]:
    """Commands for at most ``number`` guests that take about as long; what is not known is 1 s."""
    shares: list[list[Command]] = [[] for _ in range(number)]
    ends = [0.0] * number
    for one in sorted(todo, key=lambda c: -took.get(c.name, 1.0)):
        at = ends.index(min(ends))
        shares[at].append(one)
        ends[at] += took.get(one.name, 1.0)
    return [share for share in shares if share]


def commands_of(state: State, target: Target) -> tuple[Command, ...]:
    """What runs each program and script of a target in a guest."""
    seconds = target.seconds * state.settings.timeout_factor
    programs = ((name, zlib.decompress(content)) for name, content in target.made.programs)
    scripts = ((name, rooted.wrapper(target.name, name, shell))
               for name, shell in target.made.scripts)
    return tuple(Command(name_of(name), content, (), seconds)
                 for name, content in (*programs, *scripts))


def name_of(program: str) -> str:
    """What a program is called in a guest: a file of one folder."""
    return re.sub(r"[^\w.+-]", "_", program)[:80]
