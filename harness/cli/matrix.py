# SPDX-License-Identifier: GPL-2.0-or-later
"""``matrix``, ``merge`` and ``worker``: many jobs, on as many machines as there are."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from harness import trees
from harness.arch import MACHINES
from harness.cache.store import digest
from harness.cli.console import Progress, alone_in, read_settings, show, show_json
from harness.cli.farm import COMMANDS as LISTS
from harness.cli.farm import engine_of, handed_on, made, needs_dask, state_home, warn
from harness.errors import InputRefusedError, UsageError
from harness.farm import matrix as jobs_of
from harness.farm import merging, rows
from harness.farm import worker as workers
from harness.farm.cluster import address
from harness.farm.ledger import HINT, NAME, STEPS, Ledger
from harness.farm.work import Home
from harness.intake import inputs
from harness.intake.inputs import Delivery
from harness.run.machines.machine import lacking
from harness.system import database


def matrix(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """Check each series on each tree."""
    values = read_settings(args)
    say = Progress(quiet=args.quiet or args.json)
    axes = jobs_of.Axes(args.level, _trees(args, values.cache, say),
                        tuple(args.flavours or ("",)), _arches(args.arches),
                        tuple(args.suites))
    deliveries, refused = _read(args.series, values.cache)
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
        engine = engine_of(args, folder, handed_on(args), sandboxed=values.sandbox)
        try:
            jobs_of.run(ledger, folder, engine, say)
        finally:
            found = rows.of(ledger, keys)
            merging.keep(place, rows.document(found, (), place))
        say.done()
        mine = [r for r in found if args.shard.has(r.key)]
        told = _told(args, mine, place, ())
        if len(mine) < len(found) and not args.json:
            show(f"{len(found) - len(mine)} jobs are of other parts: harness merge\n")
        return 4 if refused and not told else told


def _read(texts: Sequence[str], cache: Path) -> tuple[list[Delivery], int]:
    """The series that can be read, and how many cannot; each of those is named.

    Raises what the last one raised where none can.
    """
    found, refused = [], 0
    for text in texts:
        try:
            found.append(inputs.receive(text, cache))
        except InputRefusedError as error:
            refused += 1
            if refused == len(texts):
                raise
            warn(error.message)
    return found, refused


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
    made(place)
    with alone_in(place), database.opened(place / NAME, STEPS, HINT) as file:
        yield Ledger(file)


def merge(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """Bring the parts of a matrix together."""
    out = Path(args.out).expanduser().resolve()
    places = [Path(p).expanduser().resolve() for p in args.parts]
    if out in places or (out / NAME).exists():
        raise UsageError(f"--out {out} is the folder of a matrix", hint="name a new one")
    made(out)
    with alone_in(out):
        found, differ = merging.merge(places, out)
        merging.keep(out, rows.document(found, differ, out))
        return _told(args, found, out, differ)


def _told(args: argparse.Namespace, found: Sequence[rows.Row], place: Path,
          differ: Sequence[str]) -> int:
    """Show what came of the jobs; returns the exit code."""
    code = rows.code(found)
    if args.json:
        show_json(rows.document(found, differ, place))
        return code
    show(rows.table(found))
    for text in differ:
        show(f"two parts differ: {text}\n")
    show(f"all of it: {place}\n")
    return code


def worker(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """Work for a scheduler until interrupted."""
    needs_dask("a worker")
    from harness.farm.bridge import security  # noqa: PLC0415  (loads dask)
    values = read_settings(args)
    where = address(args.address, args.tls)
    home = Home(Path(args.home).expanduser().resolve() if args.home else state_home() / "worker",
                handed_on(args))
    say = Progress(quiet=args.quiet)
    values.cache.mkdir(parents=True, exist_ok=True)
    made(home.place)
    with alone_in(home.place, "--home"):
        workers.serve(workers.Place(where.url, args.slots, workers.resources(
            args.slots, tuple(m.name for m in MACHINES if not lacking(m))),
            security(where.tls)), home, say)
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace, Sequence[str]], int]] = {
    **LISTS, "matrix": matrix, "merge": merge, "worker": worker}
