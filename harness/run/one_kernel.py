# SPDX-License-Identifier: GPL-2.0-or-later
"""One kernel, the programs, no comparison: ``harness run --kernel``, also with a shell."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.text import Text

from harness.clean import clean, one_line
from harness.errors import ToolMissingError
from harness.guest import boot
from harness.model import BAD, GuestRun, Outcome, Status
from harness.profiles import Profile
from harness.report.json_ import SCHEMA_VERSION
from harness.run import workload
from harness.settings import Settings
from harness.system import proc, sandbox

Say = Callable[[str], None]

_STYLE = {Status.PASS: "green", Status.SKIP: "yellow", Status.XFAIL: "yellow"}


@dataclass(frozen=True, slots=True)
class How:
    """How a kernel is run, and what is wanted of it besides its tests' results."""

    out: Path
    say: Say
    shell: bool = False
    gdb: bool = False
    dry_run: bool = False


def run_kernel(kernel: Path, profiles: tuple[Profile, ...], settings: Settings, how: How,
               ) -> tuple[GuestRun | None, str]:
    """Compile the programs against the host's headers and run them on ``kernel``.

    Returns what they found, and why KVM did not serve where it was to be tried. There is
    nothing to find for a shell, or when the exact line is all that is wanted: it is the text.
    """
    box, out, say = sandbox.get(enabled=settings.sandbox), how.out, how.say
    out.mkdir(parents=True, exist_ok=True)
    work = workload.NOTHING
    for profile in profiles:
        work += workload.prepare(profile, None, out / "programs" / profile.name, box,
                                 log=out / "log", operations=settings.operations)
    with tempfile.TemporaryDirectory() as name:
        init = boot.compile_init(Path(name), box, out / "log")
        where, why = workload.accelerated(
            settings, workload.guest(settings, box, out / "guest", init, say), kernel, profiles)
        if how.gdb:
            where = replace(where, gdb=True, guests=1)
            say(f"QEMU waits: gdb {kernel} -ex 'target remote {where.out}/boot1/gdb' -ex continue")
        if how.dry_run:
            todo = {p.name: list(p.tests) for p in work.programs}
            folder, _ = boot.prepare(where, work.load(), todo, 1)
            return None, shlex.join(boot.command(where, kernel, folder))
        if how.shell:
            load = replace(work.load(), shell=_busybox())
            folder, _ = boot.prepare(where, load, {}, 1)
            say("a shell in the guest; the programs are in /tests; Ctrl-A x ends QEMU")
            proc.interactive(boot.command(where, kernel, folder, terminal=True))
            return None, ""
        return workload.run(where, kernel, work), why


def _busybox() -> bytes:
    """A busybox that needs no libraries; raises ``ToolMissingError``."""
    path = shutil.which("busybox")
    content = Path(path).read_bytes() if path else b""
    if not content or b"ld-linux" in content[:4096]:
        raise ToolMissingError("a static busybox", needed_for="a shell in the guest",
                               package="busybox-static")
    return content


def verdict(run: GuestRun) -> str:
    """``pass``, ``fail`` or ``not-tested``."""
    statuses = {t.status for p in run.outcomes for t in p.children}
    if statuses & BAD:
        return "fail"
    return "pass" if Status.PASS in statuses else "not-tested"


def _test(program: str, test: Outcome) -> dict[str, Any]:
    return {"name": f"{program}.{test.name}", "status": test.status.value,
            "reason": clean(test.reason), "log": clean(test.log)}


def document(run: GuestRun, out: Path, reproduce: str) -> dict[str, Any]:
    """The run as plain data."""
    return {
        "schema_version": SCHEMA_VERSION, "verdict": verdict(run),
        "tests": [_test(p.name, t) for p in run.outcomes for t in p.children],
        "measurements": [{"name": clean(m.name), "value": m.value, "unit": m.unit}
                         for m in run.measurements],
        "splats": [{"title": clean(s.title), "during": s.during, "text": clean(s.text)}
                   for s in run.splats],
        "boots": run.boots, "seconds": round(run.seconds, 2), "accelerator": run.accelerator,
        "reproduce": reproduce, "out": str(out),
    }


def lines(run: GuestRun, *, verbose: bool) -> list[Text]:
    """The run for a terminal."""
    rows = []
    for program in run.outcomes:
        for test in program.children:
            row = Text()
            row.append(f"{test.status.value:8}", _STYLE.get(test.status, "bold red"))
            row.append(f"{program.name}.{test.name}")
            if test.reason:
                row.append(f"  {one_line(test.reason, 160)}", "dim")
            rows.append(row)
            bad = test.status not in _STYLE
            if bad or verbose:
                rows += [Text(f"          {line}", "dim") for line in clean(test.log).splitlines()]
    rows += [Text(f"{one_line(m.name)}: {m.value:g} {m.unit}") for m in run.measurements]
    return rows
