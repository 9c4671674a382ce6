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
from harness.guest.boot import Command
from harness.model import GuestRun, KernelImage
from harness.run import boot_stages, cache_keys, kept, workload
from harness.run.state import State
from harness.run.suites.targets import Target


def booted(state: State, target: Target, image: KernelImage, side: str,
           without: frozenset[str] = frozenset()) -> GuestRun:
    """Run a target's programs on a kernel, or take what an earlier run saw there.

    Raises ``NoBootError``.
    """
    seconds = target.seconds * state.settings.timeout_factor
    todo = tuple(Command(name_of(name), zlib.decompress(content), (), seconds)
                 for name, content in target.made.programs if name_of(name) not in without)
    if not todo:
        return GuestRun((), (), (), 0, 0.0, state.settings.accel)
    folder, settings = state.request.out / f"{target.name.replace('/', '-')}-{side}", state.settings
    key = (store.file_digest(image.path), store.version("qemu-system-x86_64"), settings.accel,
           str(settings.memory), str(settings.cpus), str(seconds),
           *(part for c in todo for part in (c.name, store.digest(c.content))))

    def run() -> kept.Booted:
        where = boot_stages.guest(state, side)
        parts = [part for n in range(where.guests) if (part := todo[n::where.guests])]

        def one(number: int, part: tuple[Command, ...]) -> GuestRun:
            return commands.run_commands(replace(where, out=folder / f"guest{number}"),
                                         image.path, part)
        with ThreadPoolExecutor(len(parts)) as pool:
            runs = list(pool.map(one, range(1, len(parts) + 1), parts))
        return kept.booted(folder, functools.reduce(workload.both, runs))

    result, _ = cache_keys.memo(state, "selftests-run", key, run, keep=kept.steady)
    return kept.replay_logs(result, folder)


def name_of(program: str) -> str:
    """What a program is called in a guest: a file of one folder."""
    return re.sub(r"[^\w.+-]", "_", program)[:80]
