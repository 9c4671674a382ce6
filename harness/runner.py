# SPDX-License-Identifier: GPL-2.0-or-later
"""One kernel, the programs, no comparison: ``harness run --kernel``."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.text import Text

from harness import sandbox, workload
from harness.clean import clean, one_line
from harness.guest import boot
from harness.model import BAD, GuestRun, Outcome, Status
from harness.profiles import Profile
from harness.report.json_ import SCHEMA_VERSION
from harness.settings import Settings

_STYLE = {Status.PASS: "green", Status.SKIP: "yellow", Status.XFAIL: "yellow"}


def run_kernel(kernel: Path, profiles: tuple[Profile, ...], settings: Settings, out: Path,
               say: Callable[[str], None]) -> tuple[GuestRun, str]:
    """Compile the programs against the host's headers and run them on ``kernel``.

    Returns what they found, and why KVM did not serve where it was to be tried.
    """
    box = sandbox.get(enabled=settings.sandbox)
    out.mkdir(parents=True, exist_ok=True)
    work = workload.NOTHING
    for profile in profiles:
        work += workload.prepare(profile, None, out / "programs" / profile.name, box,
                                 log=out / "log", operations=settings.operations)
    with tempfile.TemporaryDirectory() as name:
        init = boot.compile_init(Path(name), box, out / "log")
        where, why = workload.accelerated(
            settings, workload.guest(settings, box, out / "guest", init, say), kernel, profiles)
        return workload.run(where, kernel, work), why


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
