# SPDX-License-Identifier: GPL-2.0-or-later
"""The workload of a kernel: programs of the profiles, and scripts for their drivers."""

from __future__ import annotations

import functools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from harness.arch import Machine
from harness.errors import UsageError
from harness.generate import Compiler, build_programs, replay
from harness.generate.replay import Case, SubjectModel
from harness.guest import boot
from harness.guest.run import USUAL, RetryPolicy, run_programs
from harness.model import BAD, GuestRun, Outcome, Program
from harness.profiles import Profile
from harness.system import sandbox
from harness.system.sandbox import Sandbox

_QUIET = threading.Lock()  # held by the one guest whose CPUs must run at the same time
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
        """Both; raises ``UsageError`` where programs of two profiles have the same name."""
        twice = {p.name for p in self.programs} & {p.name for p in other.programs}
        if twice:  # one would overwrite the other in the guest, and its results too
            raise UsageError(f"two profiles have a program called {min(twice)}",
                             hint="rename one of them")
        return Workload(self.programs + other.programs, self.scripts + other.scripts)

    def only(self, *names: str) -> Workload:
        """The part that concerns some programs."""
        return Workload(tuple(p for p in self.programs if p.name in names),
                        tuple((m, cases) for m, cases in self.scripts if m.PROGRAM in names))

    def load(self) -> boot.Load:
        """The payload of a guest."""
        return boot.Load(self.programs, {
            model.PROGRAM: replay.render(model, cases) for model, cases in self.scripts})


NOTHING = Workload()


def prepare(profile: Profile, headers: Path | None, target: Path, box: Sandbox, *, log: Path,
            operations: int, machine: Machine | None = None) -> Workload:
    """Compile a profile's programs and draw ``operations`` random ones for its model.

    ``machine``: for another one; those of this machine tell their tests. Raises
    ``CommandFailedError`` when a program does not compile.
    """
    made = build_programs(profile, headers, target, box, log)
    if machine is not None:
        made = build_programs(profile, headers, target / machine.name, box, log, compiler=Compiler(
            machine.compiler, {p.name: p.tests for p in made}))
    return with_scripts(profile, made, operations)


def with_scripts(profile: Profile, programs: tuple[Program, ...], operations: int) -> Workload:
    """A profile's programs, and ``operations`` random ones for its model."""
    if profile.model is None:
        return Workload(programs)
    model = replay.load_model(profile)
    first = replay.probes(model)
    cases = first + replay.random_cases(model, SEED, operations, len(first))
    return Workload(programs, ((model, cases),))


def run(where: boot.Guest, kernel: Path, work: Workload, retry: RetryPolicy = USUAL, *,
        quiet: bool = False) -> GuestRun:
    """Run everything, and hold the drivers' answers against their models.

    ``quiet``: programs that need CPUs at the same time get a guest of their own, one after
    another, and everything else gives way to them: where many kernels are tried beside one
    another they would meet too seldom.
    """
    if not quiet:
        return _beside(where, kernel, work, retry)
    if not work:
        return _run(where, kernel, work, retry)
    runs = []
    for parallel in (False, True):
        part = work.only(*(p.name for p in work.programs if p.parallel is parallel))
        if part and parallel:
            with _QUIET:
                runs.append(_run(replace(where, out=where.out / "smp"), kernel, part, retry))
        elif part:
            guest = replace(where, machine=replace(where.machine, cpus=1),
                            sandbox=replace(where.sandbox, nice=sandbox.GIVE_WAY))
            runs.append(_run(guest, kernel, part, retry))
    return functools.reduce(both, runs)


def _beside(where: boot.Guest, kernel: Path, work: Workload, retry: RetryPolicy) -> GuestRun:
    """Run the programs in as many guests at a time as there may be."""
    parts = [work.only(*names) for names in shares(work.programs, where.guests)]
    if len(parts) <= 1:  # with nothing to run the kernel is booted all the same
        return _run(where, kernel, work, retry)
    with ThreadPoolExecutor(len(parts)) as pool:
        runs = [pool.submit(_run, replace(where, out=where.out / f"guest{n}"), kernel, part,
                            retry) for n, part in enumerate(parts, 1)]
        return functools.reduce(both, [run.result() for run in runs])


def shares(programs: tuple[Program, ...], number: int) -> tuple[tuple[str, ...], ...]:
    """Names of programs for each of at most ``number`` guests: about as many tests in each.

    Those that need CPUs at the same time are together in the last one.
    """
    rows: list[list[str]] = [[] for _ in range(number)]
    sizes = [0] * number
    for program in sorted(programs, key=lambda p: (not p.parallel, -len(p.tests))):
        at = number - 1 if program.parallel else sizes.index(min(sizes))
        rows[at].append(program.name)
        sizes[at] += len(program.tests) + 4 * program.parallel
    return tuple(tuple(row) for row in rows if row)


def more(run: GuestRun | None, also: GuestRun) -> GuestRun:
    """The results of a kernel so far, with others."""
    return also if run is None else both(run, also)


def both(one: GuestRun, two: GuestRun) -> GuestRun:
    """Merge the results of two guests."""
    return replace(
        one, outcomes=_outcomes(one.outcomes + two.outcomes),
        measurements=one.measurements + two.measurements,
        splats=one.splats + two.splats, boots=one.boots + two.boots,
        seconds=one.seconds + two.seconds, replayed=one.replayed + two.replayed)


def _outcomes(rows: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """Each program once: what init says of the kernel in every guest, the worse counts."""
    found: dict[str, Outcome] = {}
    for row in rows:
        known = found.get(row.name)
        found[row.name] = row if known is None or row.status in BAD else known
    return tuple(found.values())


def _run(where: boot.Guest, kernel: Path, work: Workload, retry: RetryPolicy) -> GuestRun:
    done = run_programs(where, kernel, work.load(), retry)
    for model, cases in work.scripts:
        done = replay.judge(done, model, cases)
    return done
