# SPDX-License-Identifier: GPL-2.0-or-later
"""``watch`` a list, and ``jobs``: what it has done."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from harness import trees
from harness.cache import housekeeping
from harness.clean import one_line
from harness.cli.console import Progress, alone_in, read_settings, show, show_json
from harness.errors import UsageError
from harness.farm import outbox, patchwork, room, rounds, routes, sources
from harness.farm.bases import Bases
from harness.farm.cluster import Cluster, address
from harness.farm.engine import Engine, Folders, Pool
from harness.farm.gate import Gate
from harness.farm.ledger import HINT, NAME, STEPS, Job, Ledger
from harness.farm.publish import Pages
from harness.farm.telling import Telling
from harness.farm.watch import Plan
from harness.model import Report
from harness.system import database


def state_home() -> Path:
    """Where what is to last lies (XDG: a relative path counts as none)."""
    home = os.environ.get("XDG_STATE_HOME", "")
    try:
        return (Path(home) if home.startswith("/") else Path.home() / ".local/state") / "harness"
    except RuntimeError:
        raise UsageError("no home directory is known here", hint="name the folder (--out, --state, "
                         "--home), or set XDG_STATE_HOME") from None


def made(place: Path) -> None:
    """Make a folder; raises ``UsageError`` where that cannot be."""
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{place}: {error.strerror}", hint="name another folder") from None


def warn(text: str) -> None:
    """Say what is wrong, also where no progress is wanted."""
    sys.stderr.write(f"harness: {one_line(text, 400)}\n")
    sys.stderr.flush()


def _state(args: argparse.Namespace) -> Path:
    return state_home() / "watch" if args.state is None else Path(args.state).expanduser().resolve()


def needs_dask(what: str) -> None:
    """Raise ``UsageError`` where the extra that only a farm needs is not installed."""
    if importlib.util.find_spec("distributed") is None:
        raise UsageError(f"{what} needs dask.distributed",
                         hint="pip install 'kernel-patch-harness[farm]'")


def engine_of(args: argparse.Namespace, folder: Folders, extra: tuple[str, ...], *,
              sandboxed: bool) -> Engine:
    """Who does the jobs: this machine, or the workers behind a scheduler."""
    if args.engine is None:
        return Pool(folder, args.workers, extra)
    needs_dask("--engine")
    return Cluster(address(args.engine, args.tls, sandboxed=sandboxed), folder, warn)


def watch(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """Check each series that comes."""
    values = read_settings(args)
    places = tuple(map(sources.place_of, args.sources))
    file_ = routes.Routes() if args.routes is None else routes.read(args.routes)
    roads = (*(routes.Route(tree) for tree in args.trees), *file_.rows)
    if args.level != "lint" or file_.senders:
        for road in roads:  # what cannot be had is said now, and not of each series
            trees.obtain(road.tree, values.cache, Progress(quiet=args.quiet))
        if not roads:
            raise UsageError(f"--level {args.level} needs --tree or --routes",
                             hint="harness trees lists them")
    send = outbox.sender(args.send) if args.send is not None else None
    state = _state(args)
    plan = Plan(state, places, args.level, roads, args.patience * 60.0,
                per_sender=args.per_sender, commanders=file_.senders)
    say = Progress(quiet=args.quiet)
    made(state)
    with alone_in(state, "--state"), database.opened(state / NAME, STEPS, HINT) as file:
        ledger = Ledger(file)
        now = time.time()
        since, began = ledger.beginning(now - args.since * 86400.0, now)
        plan = replace(plan, since=since, began=began)
        pages = None if args.site is None else Pages(_site(args.site, state), plan, args.title)

        gate = Gate(Bases(file), (r.tree for r in roads), lambda tree: trees.obtain(
            tree, values.cache, say).commit, say) if (
                (args.level == "check" or file_.senders) and not args.trust_heads) else None

        def publish(ledger: Ledger, engine: str) -> None:
            if pages is not None:
                pages.write(ledger, time.time(), engine, gate.bases.newest() if gate else ())
        engine = engine_of(args, plan.folder, handed_on(args), sandboxed=values.sandbox)
        limits = room.Limits(values.cache, housekeeping.parse_size(args.max_cache),
                             housekeeping.parse_size(args.max_logs))
        telling = Telling(args.mail, send, publish, keep_room=lambda working, now: room.keep(
            limits, state, working, now, say))
        posts = [outbox.documents(args.kcidb)] if args.kcidb is not None else []
        if args.checks:
            posts.append(patchwork.poster(os.environ.get(patchwork.TOKEN, ""), args.url))

        def post(names: tuple[str, ...], report: Report) -> None:
            for one in posts:
                one(names, report)
        telling = replace(telling, post=post)
        count = rounds.run(ledger, plan, engine, telling, say,
                           once=args.once, clock=rounds.Clock(every=args.every), gate=gate)
        rows = ledger.jobs()
    say.done()
    show(f"{count} checked; {_counts(rows)}\n")
    return 0


def _site(text: Path, state: Path) -> Path:
    """The folder of the pages; raises ``UsageError`` where they cannot be written."""
    place = Path(text).expanduser().resolve()
    if place == state or state in place.parents or place in state.parents:
        raise UsageError(f"--site {place}: the ledger and the drafts lie there",
                         hint="a folder of its own: all of it can be read by others")
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / ".harness").write_bytes(b"")
        (place / ".harness").unlink()
    except OSError as error:
        raise UsageError(f"--site {place}: {error.strerror}") from None
    return place


def handed_on(args: argparse.Namespace) -> tuple[str, ...]:
    """The options that each job gets too."""
    words = ["--cache", str(args.cache)] if args.cache is not None else []
    return (*words, *(["--no-sandbox"] if args.sandbox is False else []))


def _counts(rows: Sequence[Job]) -> str:
    found = Counter(job.outcome for job in rows)
    return ", ".join(f"{n} {word}" for word, n in sorted(found.items())) or "no series yet"


def jobs(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """List what a watch has done and has to do."""
    state = _state(args)
    if not (state / NAME).is_file():
        raise UsageError(f"{state}: no watch has been here", hint="harness watch SOURCE")
    with database.opened(state / NAME, STEPS, HINT) as file:
        ledger = Ledger(file)
        titles = {s.key: f"v{s.version} {s.title}" for s in ledger.sendings()}
        rows = ledger.jobs()[-args.limit:]
    if args.json:
        show_json({"document": "jobs", "schema_version": 1, "jobs": [
            {"key": j.key, "title": titles.get(j.series, ""), "state": j.state, "tries": j.tries,
             "verdict": j.verdict, "words": j.words, "errors": j.errors, "warnings": j.warnings,
             "tree": j.tree, "seconds": round(max(0.0, j.ended - j.began), 1),
             "folder": str(state / "jobs" / j.key)} for j in rows]})
        return 0
    for j in rows:
        title = one_line(titles.get(j.series, ""), 80)
        show(f"{j.key[:8]}  {one_line(j.outcome, 12):12}  {title}\n"
             + (f"          {one_line(j.words, 100)}\n" if j.words else ""))
    show(f"{_counts(rows)}\n")
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace, Sequence[str]], int]] = {
    "watch": watch, "jobs": jobs}
