# SPDX-License-Identifier: GPL-2.0-or-later
"""``matrix``, ``merge`` and ``worker``: many jobs, on as many machines as there are."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from harness import trees
from harness.arch import MACHINES
from harness.cache.store import digest
from harness.clean import one_line
from harness.cli.console import Progress, alone_in, read_settings, show, show_json
from harness.cli.farm import COMMANDS as LISTS
from harness.cli.farm import engine_of, handed_on, state_home
from harness.errors import InputRefusedError, UsageError
from harness.farm import matrix as jobs_of
from harness.farm import merging
from harness.farm import worker as workers
from harness.farm.cluster import folder_of
from harness.farm.jobs import Spec
from harness.farm.ledger import HINT, NAME, STEPS, Job, Ledger
from harness.farm.work import Home
from harness.intake import inputs
from harness.run.machines.machine import lacking
from harness.system import database


def matrix(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """Check each series on each tree."""
    values = read_settings(args)
    say = Progress(quiet=args.quiet or args.json)
    axes = jobs_of.Axes(args.level, _trees(args, values.cache, say),
                        tuple(args.flavours or ("",)), _arches(args.arches),
                        tuple(args.suites))
    deliveries = [inputs.receive(text, values.cache) for text in args.series]
    place = _folder(args, [args.level, *map(str, axes.trees), *axes.flavours,
                           *map(str, axes.arches), *axes.suites,
                           *(m.data for d in deliveries for m in d.mails)])
    with _opened(place) as ledger:
        def folder(key: str) -> Path:
            return place / "jobs" / key
        keys = [key for d in deliveries for key in
                jobs_of.add(ledger, d, axes, args.shard, time.time())]
        if len(keys) > jobs_of.MOST:
            raise UsageError(f"{len(keys)} jobs: more than {jobs_of.MOST}")
        engine = engine_of(args, folder, say, handed_on(args))
        jobs_of.run(ledger, folder, engine, say)
        say.done()
        return _told(args, ledger, [ledger.job(k) for k in dict.fromkeys(keys)], place, ())


def _trees(args: argparse.Namespace, cache: Path, say: Progress) -> tuple[tuple[str, str], ...]:
    """The trees with their commits: what cannot be had is said before anything begins."""
    if not args.trees and args.level in {"uapi", "check"}:
        raise UsageError(f"--level {args.level} needs --tree", hint="harness trees lists them")
    return tuple((name, trees.obtain(name, cache, say).commit) for name in args.trees) or (
        ("", ""),)


def _arches(texts: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    known = {m.name for m in MACHINES}
    rows = tuple(tuple(a for a in text.split(",") if a) for text in texts)
    for name in {a for row in rows for a in row} - known:
        raise UsageError(f"--arch {name}: not one of {', '.join(sorted(known))}")
    return rows or ((),)


def _folder(args: argparse.Namespace, parts: Sequence[str | bytes]) -> Path:
    if args.out is not None:
        return Path(args.out).expanduser().resolve()
    return state_home() / "matrix" / digest(*parts)[:16]


@contextlib.contextmanager
def _opened(place: Path) -> Iterator[Ledger]:
    place.mkdir(parents=True, exist_ok=True)
    with alone_in(place), database.opened(place / NAME, STEPS, HINT) as file:
        yield Ledger(file)


def merge(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """Bring the parts of a matrix together."""
    out = Path(args.out).expanduser().resolve()
    places = [Path(p).expanduser().resolve() for p in args.parts]
    for place in places:
        if not (place / NAME).is_file():
            raise InputRefusedError(f"{place}: no matrix is there", hint="the folder of its --out")
        if place == out:
            raise UsageError(f"--out {out} is one of the parts")
    with _opened(out) as target, contextlib.ExitStack() as stack:
        parts = [(Ledger(stack.enter_context(database.opened(p / NAME, STEPS, HINT))), p / "jobs")
                 for p in places]
        differ = merging.merge(target, parts, lambda key: out / "jobs" / key)
        return _told(args, target, target.jobs(), out, differ)


def _told(args: argparse.Namespace, ledger: Ledger, rows: Sequence[Job], place: Path,
          differ: Sequence[str]) -> int:
    """Show what came of all jobs; returns the exit code."""
    code = jobs_of.code(rows)
    if args.json:
        show_json({"document": "matrix", "schema_version": 1, "exit_code": code,
                   "differ": list(differ), "jobs": [_row(ledger, j, place) for j in rows]})
        return code
    columns = list(dict.fromkeys(" ".join(jobs_of.column(Spec.of(j.spec))) or "no tree"
                                 for j in rows))
    lines: dict[str, dict[str, str]] = {}
    for job in rows:
        sending = ledger.sending(job.series)
        name = f"v{sending.version} {sending.title}" + (
            f" [{job.series[:6]}]" if _twice(ledger, rows, job) else "")
        lines.setdefault(name, {})[" ".join(jobs_of.column(Spec.of(job.spec))) or "no tree"] = (
            job.outcome)
    show(_table([("series", *columns), *(
        (name, *(cells.get(c, "") for c in columns)) for name, cells in lines.items())]))
    for job in rows:
        if job.words:
            show(f"{jobs_of.title(ledger, job)}: {job.words}\n")
    for text in differ:
        show(f"two parts differ: {text}\n")
    show(f"all of it: {place}\n")
    return code


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as what stands in them; that of the series 60 characters at most."""
    cut = [(one_line(row[0], 60), *row[1:]) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cut, strict=True)]
    return "".join("  ".join(w.ljust(n) for w, n in zip(row, widths, strict=True)).rstrip() + "\n"
                   for row in cut)


def _twice(ledger: Ledger, rows: Sequence[Job], job: Job) -> bool:
    """Whether another series goes by the same title and version."""
    mine = ledger.sending(job.series)
    others = (ledger.sending(key) for key in {j.series for j in rows} - {job.series})
    return any((s.title, s.version) == (mine.title, mine.version) for s in others)


def _row(ledger: Ledger, job: Job, place: Path) -> dict[str, object]:
    sending, spec = ledger.sending(job.series), Spec.of(job.spec)
    return {"key": job.key, "title": sending.title, "version": sending.version,
            "tree": "".join(spec.trees[:1]), "commit": "".join(spec.commits[:1]),
            "flavour": spec.flavour, "arches": list(spec.arches), "state": job.state,
            "verdict": job.verdict, "code": job.code, "errors": job.errors,
            "warnings": job.warnings, "words": job.words, "tries": job.tries,
            "seconds": round(max(0.0, job.ended - job.began), 1),
            "folder": str(place / "jobs" / job.key)}


def worker(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """Work for a scheduler until interrupted."""
    if importlib.util.find_spec("distributed") is None:
        raise UsageError("a worker needs dask.distributed", hint="pip install "
                         "'kernel-patch-harness[farm]'")
    from harness.farm.bridge import security  # noqa: PLC0415  (loads dask)
    values = read_settings(args)
    home = Home(Path(args.home).expanduser().resolve() if args.home else
                state_home() / "worker" / str(os.getpid()), handed_on(args))
    say = Progress(quiet=args.quiet)
    values.cache.mkdir(parents=True, exist_ok=True)
    home.place.mkdir(parents=True, exist_ok=True)
    with alone_in(home.place, "--home"):
        workers.serve(workers.Place(args.address, args.slots, workers.resources(
            args.slots, tuple(m.name for m in MACHINES if not lacking(m))),
            security(folder_of(args.tls))), home, say)
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace, Sequence[str]], int]] = {
    **LISTS, "matrix": matrix, "merge": merge, "worker": worker}
