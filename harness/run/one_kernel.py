# SPDX-License-Identifier: GPL-2.0-or-later
"""One kernel, the programs, no comparison: ``harness run --kernel``, also with a shell."""

from __future__ import annotations

import shlex
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from harness.arch import Machine
from harness.guest import boot, kunit
from harness.model import GuestRun, Say
from harness.profiles import Profile
from harness.run import guests, own, workload
from harness.settings import Settings
from harness.system import talk


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options for running one kernel."""

    out: Path
    say: Say
    shell: bool = False
    gdb: bool = False
    dry_run: bool = False
    kunit: bool = False  # the suites that are built into it, instead of programs
    machine: Machine | None = None  # another one, whose kernel it is


def run_kernel(kernel: Path, profiles: tuple[Profile, ...], settings: Settings, how: RunOptions,
               ) -> tuple[GuestRun | None, str]:
    """Compile the programs against the host's headers and run them on ``kernel``.

    Returns what they found, and why KVM did not serve where it was to be tried. There is
    nothing to find for a shell, or when the exact line is all that is wanted: it is the text.
    """
    box, out, say = guests.box(settings), how.out, how.say
    out.mkdir(parents=True, exist_ok=True)
    work = workload.NOTHING
    for profile in () if how.kunit else profiles:
        work += workload.prepare(profile, None, out / "programs" / profile.name, box,
                                 log=out / "log", operations=settings.operations,
                                 machine=how.machine)
    with tempfile.TemporaryDirectory() as name:
        where, why = guests.of_one_kernel(settings, out, Path(name), say, how.machine), ""
        if how.machine is None:
            where, why = guests.accelerated(settings, where, kernel, profiles)
        if how.kunit:
            return kunit.run_suites(where, kernel, ()), why
        if how.gdb:
            where = replace(where, gdb=True, guests=1)
            say(f"QEMU waits: gdb {kernel} -ex 'target remote {where.out}/boot1/gdb' -ex continue")
        if how.dry_run:
            todo = {p.name: list(p.tests) for p in work.programs}
            folder, _ = boot.prepare(where, work.load(), todo, 1)
            where.sandbox.grant((kernel,), (folder,))  # the line is there to be run
            return None, shlex.join(boot.command(where, kernel, folder))
        if how.shell:
            load = replace(work.load(), shell=True, busybox=own.busybox())  # noqa: S604  (a guest's)
            folder, _ = boot.prepare(where, load, {}, 1)
            say("a shell in the guest; the programs are in /tests; Ctrl-A x ends QEMU")
            where.sandbox.grant((kernel,), (folder,))
            talk.interactive(boot.command(where, kernel, folder, terminal=True))
            return None, ""
        return workload.run(where, kernel, work), why
