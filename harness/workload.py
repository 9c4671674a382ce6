# SPDX-License-Identifier: GPL-2.0-or-later
"""What is run on a kernel: the programs of the profiles, and scripts for their drivers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness import replay
from harness.arch import X86_64
from harness.generate import build_programs, load_spec
from harness.guest import boot, qemu
from harness.guest.run import USUAL, Patience, run_programs
from harness.model import Change, Finding, GuestRun, Program
from harness.profiles import Profile
from harness.replay import Case, SubjectModel
from harness.sandbox import Sandbox
from harness.settings import Settings

Say = Callable[[str], None]
GIVE_WAY = 10  # nice
SEED = 1  # of the scripts that every check replays: the same ones on both kernels


@dataclass(frozen=True, slots=True)
class Workload:
    """Programs, and for each model the cases that its driver replays."""

    programs: tuple[Program, ...] = ()
    scripts: tuple[tuple[SubjectModel, tuple[Case, ...]], ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to run."""
        return bool(self.programs)

    def __add__(self, other: Workload) -> Workload:
        """Both."""
        return Workload(self.programs + other.programs, self.scripts + other.scripts)

    def only(self, program: str) -> Workload:
        """The part that concerns one program."""
        return Workload(tuple(p for p in self.programs if p.name == program),
                        tuple((m, cases) for m, cases in self.scripts if program == m.PROGRAM))

    def load(self) -> boot.Load:
        """What goes into a guest."""
        return boot.Load(self.programs, {
            model.PROGRAM: replay.render(model, cases) for model, cases in self.scripts})


NOTHING = Workload()


def prepare(profile: Profile, headers: Path | None, target: Path, box: Sandbox, *, log: Path,
            operations: int) -> Workload:
    """Compile a profile's programs and draw ``operations`` random ones for its model.

    Raises ``CommandFailedError`` when a program does not compile.
    """
    return with_scripts(profile, build_programs(profile, headers, target, box, log), operations)


def with_scripts(profile: Profile, programs: tuple[Program, ...], operations: int) -> Workload:
    """A profile's programs, and ``operations`` random ones for its model."""
    if profile.model is None:
        return Workload(programs)
    model = replay.load_model(profile)
    first = replay.probes(model)
    cases = first + replay.random_cases(model, SEED, operations, len(first))
    return Workload(programs, ((model, cases),))


def guest(settings: Settings, box: Sandbox, out: Path, init: Path, say: Say) -> boot.Guest:
    """How the guests of a run are booted."""
    return boot.Guest(
        qemu.Machine(X86_64, settings.accel, settings.memory, settings.cpus), box, out,
        settings.boot_timeout * settings.patience, settings.test_timeout * settings.patience,
        settings.run_timeout * settings.patience, say, init)


def run_spread(where: boot.Guest, kernel: Path, work: Workload, patience: Patience) -> GuestRun:
    """The same in guests of one CPU, where that will do.

    Two guests of two CPUs each on two cores wait for one another all the time;
    and CPUs that shall run at the same time must not wait for anything else, so
    everything else gives way to them.
    """
    parts = [tuple(p for p in work.programs if p.parallel is kind) for kind in (False, True)]
    runs = []
    for programs, cpus in zip(parts, (1, where.machine.cpus), strict=True):
        if programs:
            box = replace(where.sandbox, nice=0 if programs[0].parallel else GIVE_WAY)
            guest = replace(where, machine=replace(where.machine, cpus=cpus), sandbox=box,
                            out=where.out / f"cpus{cpus}")
            names = {p.name for p in programs}
            runs.append(run(guest, kernel, Workload(programs, tuple(
                s for s in work.scripts if s[0].PROGRAM in names)), patience))
    return runs[0] if len(runs) == 1 else _both(*runs)


def _both(one: GuestRun, two: GuestRun) -> GuestRun:
    return replace(
        one, outcomes=one.outcomes + two.outcomes, measurements=one.measurements + two.measurements,
        splats=one.splats + two.splats, boots=one.boots + two.boots,
        seconds=one.seconds + two.seconds)


def run(where: boot.Guest, kernel: Path, work: Workload,
        patience: Patience = USUAL) -> GuestRun:
    """Run everything, and hold the drivers' answers against their models."""
    done = run_programs(where, kernel, work.load(), patience)
    for model, cases in work.scripts:
        done = replay.judge(done, model, cases)
    return done


def with_proof(finding: Finding, rows: tuple[Change, ...], chosen: tuple[Profile, ...]) -> Finding:
    """A finding about padding, with what the tests of that struct's hazards saw at run time."""
    if finding.rule != "uapi-padding":
        return finding
    status = {row.name: row for row in rows}
    seen = [
        f"{spec.name}.{test.name}: {row.before} -> {row.after}"
        for profile in chosen for spec in map(load_spec, profile.specs)
        for test in spec.tests
        if test.hazard and any(f"struct {s}." in finding.subject for s in test.structs)
        and (row := status.get(f"{spec.name}.{test.name}"))]
    return replace(finding, evidence="\n".join((finding.evidence, "seen at run time:", *seen))
                   ) if seen else finding
