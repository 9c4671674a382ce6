# SPDX-License-Identifier: GPL-2.0-or-later
"""Sub-commands about one kernel, many wrong ones, or two in turns: run, fuzz, prove, bench."""

from __future__ import annotations

import argparse
import secrets
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness import settings
from harness.cli.console import (
    Progress,
    publish,
    read_settings,
    reproduce,
    run_folder,
    show,
)
from harness.cli.mails import read_options
from harness.errors import InfrastructureError, UsageError


def profiles_named(name: str | None) -> tuple[Any, ...]:
    """The profile of that name, or all; raises ``UsageError``."""
    from harness import profiles  # noqa: PLC0415

    every = profiles.load_all(settings.ROOT / "kselftests")
    chosen = tuple(p for p in every if name in {None, p.name})
    if not chosen:
        raise UsageError(f"no profile {name!r}", hint=f"one of {', '.join(p.name for p in every)}")
    return chosen


def _kernel(path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"{path}: no such file", hint="give a bzImage, or a vmlinux")
    return path.resolve()


def _machine(name: str | None) -> Any:
    """The machine of that name; raises ``InfrastructureError`` when it cannot be had here."""
    from harness.arch import MACHINES  # noqa: PLC0415
    from harness.run.machines.machine import lacking  # noqa: PLC0415

    row = next((m for m in MACHINES if m.name == name), None)
    if row is not None and (why := lacking(row)):
        raise InfrastructureError(f"--arch {name}: {why}")
    return row


def run(args: argparse.Namespace, argv: Sequence[str]) -> int:
    """Run programs on one kernel. Returns the exit code."""
    from harness.report import kernel_run  # noqa: PLC0415
    from harness.run import one_kernel  # noqa: PLC0415

    values = read_settings(args)
    kernel = _kernel(args.kernel)
    progress = Progress(quiet=args.quiet or args.json)
    out = run_folder(args, values.cache)
    machine = _machine(args.arch)
    if machine is not None and args.shell:
        raise UsageError("--shell: the busybox of this machine does not run on another one")
    how = one_kernel.RunOptions(out, progress, args.shell, args.gdb, args.dry_run,
                                kunit=args.suite is not None, machine=machine)
    result, why = one_kernel.run_kernel(kernel, profiles_named(args.profile), values, how)
    progress.done()
    if result is None:
        show(f"{why}\n" if why else "")
        return 0
    return publish(args, kernel_run.document(result, args.kernel, out, reproduce(argv), why), out)


def fuzz(args: argparse.Namespace, argv: Sequence[str]) -> int:
    """Replay random operations against a model. Returns the exit code."""
    from harness.generate import replay  # noqa: PLC0415
    from harness.prove import fuzz, replayers  # noqa: PLC0415
    from harness.run import guests  # noqa: PLC0415
    from harness.system import sandbox  # noqa: PLC0415

    values = read_settings(args)
    if args.host and args.arch:
        raise UsageError("--arch: --host is this machine's own kernel")
    machine = _machine(args.arch)
    seed = secrets.randbelow(1 << 31) if args.seed is None else args.seed
    if args.seed is None:
        argv = [*argv, "--seed", str(seed)]
    kernel = None if args.host else _kernel(args.kernel)
    profile = next((p for p in profiles_named(args.profile) if p.model), None)
    if profile is None:
        raise UsageError(f"profile {args.profile} has no model to compare with")
    progress = Progress(quiet=args.quiet or args.json)
    box = sandbox.get(enabled=values.sandbox)
    out = run_folder(args, values.cache)
    out.mkdir(parents=True, exist_ok=True)
    model = replay.load_model(profile)
    if args.expect and args.expect not in model.EXPECTATIONS:
        known = "; ".join(f"{name}: {says}" for name, says in model.EXPECTATIONS.items())
        raise UsageError(f"the model knows no expectation {args.expect!r}", hint=known)
    work = replayers.driver(profile, box, out, machine)
    with tempfile.TemporaryDirectory() as name:
        if kernel is None:
            run = replayers.on_host(work, model, box, out / "log")
        else:
            where = guests.of_one_kernel(values, out, Path(name), progress, machine)
            run = replayers.in_guest(replayers.patient(where), kernel, work, model)
        plan = fuzz.CampaignPlan(seed, args.ops, args.expect or "")
        result = fuzz.campaign(model, run, plan, progress)
    result = fuzz.write_all(result, model, profile, out)
    progress.done()
    return publish(args, fuzz.document(result, model, reproduce(argv)), out)


def prove(args: argparse.Namespace, argv: Sequence[str]) -> int:
    """Ask whether the tests see wrong implementations. Returns the exit code."""
    from harness.cache import housekeeping  # noqa: PLC0415
    from harness.prove import baseline, mutants, proof, right, trials  # noqa: PLC0415
    from harness.run import state  # noqa: PLC0415

    values = read_settings(args)
    progress = Progress(quiet=args.quiet or args.json)
    out = run_folder(args, values.cache)
    out.mkdir(parents=True, exist_ok=True)
    plan = baseline.ProofPlan(args.mutants, tuple(args.only), args.limit, max(1, args.workers),
                              own=args.own, budget=args.budget)
    started = time.monotonic()
    request = state.Request(args.series, values, out, reproduce(argv),
                            reading=read_options(args, values),
                            repair=args.repair, keep_build=True, suites=tuple(args.suites or ()),
                            arches=tuple(args.arches or ()))
    with housekeeping.scratch(values.cache) as name:
        try:
            built = right.build_baseline(state.State(request, progress, Path(name)), plan)
            judged = trials.prove(built, mutants.collect(built, plan), plan, progress)
        finally:
            shutil.rmtree(out / "kernel", ignore_errors=True)  # what others were built from
    progress.done()
    return publish(args, proof.document(judged, baseline.described(built),
                                        time.monotonic() - started, reproduce(argv)), out)


def bench(args: argparse.Namespace, argv: Sequence[str]) -> int:
    """Run a profile's benchmark on both kernels in turns. Returns the exit code."""
    from harness.bench import campaign, made  # noqa: PLC0415
    from harness.cache import housekeeping  # noqa: PLC0415
    from harness.run import state  # noqa: PLC0415

    if args.runs < 1:
        raise UsageError("--runs: at least one")
    values = read_settings(args)
    progress = Progress(quiet=args.quiet or args.json)
    out = run_folder(args, values.cache)
    out.mkdir(parents=True, exist_ok=True)
    plan = made.BenchPlan(args.runs, args.twice)
    started = time.monotonic()
    request = state.Request(args.series, values, out, reproduce(argv),
                            reading=read_options(args, values), repair=args.repair)
    with housekeeping.scratch(values.cache) as name:
        bench_ = made.prepare(state.State(request, progress, Path(name)), plan)
        found = campaign.run(bench_, plan)
    progress.done()
    return publish(args, campaign.document(bench_, found, plan, time.monotonic() - started), out)
