# SPDX-License-Identifier: GPL-2.0-or-later
"""Sub-commands about mail: ``intake`` and ``review``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from harness.cli.console import Progress, own_commits, publish, read_settings, reproduce
from harness.errors import HarnessError, InputRefusedError, UsageError
from harness.settings import Settings

if TYPE_CHECKING:  # read late: "harness --help" must not wait for unidiff and liblore
    from harness.intake import ReadOptions, Thread
    from harness.model import Applied, Patch, Series

SCHEMA_VERSION = 3


def read_options(args: argparse.Namespace, values: Settings) -> ReadOptions:
    """Options for reading mails, from the flags."""
    from harness.intake import ReadOptions  # noqa: PLC0415

    return ReadOptions(args.series_version, unquote=args.unquote, damaged=args.repair,
                       archive=values.archive, series=args.series_number,
                       more=tuple(getattr(args, "more", ())))


def _modes(patch: Patch) -> dict[str, str]:
    """Modes that a patch sets, by path: ``100644 -> 100755``, or that of a new file."""
    from harness.hunks import scan  # noqa: PLC0415

    found = {}
    for file in scan(patch.diff).files:
        rows = [t.decode("ascii", "replace") for t in file.header if b"mode " in t]
        modes = [t.rpartition(" ")[2] for t in rows
                 if t.startswith(("old mode ", "new mode ", "new file mode "))]
        found[file.path] = " -> ".join(modes)
    return found


def refusal(origin: str, error: InputRefusedError, again: str) -> dict[str, Any]:
    """The answer of ``intake --json`` where no series could be read."""
    return {"schema_version": SCHEMA_VERSION, "kind": "", "origin": origin, "title": "",
            "version": 0, "total": 0, "cover": False, "base_commit": "", "prerequisites": [],
            "patches": [], "versions": [], "replies": [], "notices": [], "applied": None,
            "refused": {"why": error.message, "next": error.hint}, "written": [],
            "reproduce": again}


def _patches(series: Series) -> list[dict[str, Any]]:
    modes = {p.number: _modes(p) for p in series.patches}
    return [{
        "number": p.number, "total": p.total, "subject": p.subject,
        "author": p.author, "email": p.email, "date": p.date,
        "message_id": p.message_id, "source": p.source,
        "files": [{"path": f.path, "old_path": f.old_path, "added": f.added,
                   "removed": f.removed, "new": f.new, "deleted": f.deleted, "binary": f.binary,
                   "mode": modes[p.number].get(f.path, "")}
                  for f in p.files],
        "damage": [{"kind": d.kind, "message": d.message, "fatal": d.fatal}
                   for d in p.damage],
    } for p in series.patches]


def document(thread: Thread, series: Series, applied: dict[str, Any] | None,
             again: str) -> dict[str, Any]:
    """The answer of ``intake --json``; ``Document`` cleans every string of it."""
    return {
        "schema_version": SCHEMA_VERSION, "kind": thread.kind, "origin": thread.origin,
        "title": series.title, "version": series.version,
        "total": max(p.total for p in series.patches), "cover": bool(series.cover),
        "base_commit": series.base_commit, "prerequisites": list(series.prerequisites),
        "patches": _patches(series),
        "versions": [{"version": v.version, "total": v.total, "title": v.title,
                      "parts": list(v.parts)} for v in thread.versions],
        "replies": [{"subject": r.subject, "from": r.sender, "kind": r.kind,
                     "message_id": r.message_id, "on": r.on,
                     "trailers": list(r.trailers)} for r in thread.replies],
        "notices": list(series.notices), "applied": applied, "refused": None,
        "reproduce": again,
    }


def _intake(args: argparse.Namespace, argv: Sequence[str]) -> int:
    from harness.report.document import Document  # noqa: PLC0415
    from harness.run import incoming  # noqa: PLC0415

    args.series = args.series or own_commits("intake")
    values = read_settings(args)
    progress = Progress(quiet=args.quiet or args.json)
    try:
        thread = incoming.read(args.series, values.cache, read_options(args, values))
    except InputRefusedError as failed:
        if args.json:
            publish(args, Document("intake", refusal(args.series, failed, reproduce(argv)), 3))
        raise
    series, result = thread.series, None
    error: HarnessError | None = None
    if args.tree or args.repair or thread.tree:
        try:
            series, result = _apply(thread, values, progress, mend=args.repair)
        except HarnessError as failed:
            if failed.exit_code != 3:
                raise
            error = failed
            result = {"applies": False, "why": failed.message, "next": failed.hint}
    progress.done()
    written = _write(args, series) if error is None else []
    # What applies exactly as it is was not damaged, whatever it looks like.
    wrong = {"diffstat", "disagreement"} | ({"blanks"} if result is None else set())
    code = int(any(d.kind in wrong for p in series.patches for d in p.damage))
    data = document(thread, series, result, reproduce(argv)) | {"written": written}
    code = publish(args, Document("intake", data, code))
    if error is not None:
        raise error
    return code


def _apply(thread: Thread, values: Settings, say: Progress, *,
           mend: bool) -> tuple[Series, dict[str, Any]]:
    from harness import apply  # noqa: PLC0415
    from harness.run import incoming, repair  # noqa: PLC0415

    series = thread.series
    picked = incoming.choose_base(series, values, say, thread.tree)
    if mend:
        series = repair.mended(series, picked.tree)
    applied: Applied = apply.apply_series(series, picked.tree, picked.tree.commit)
    return series, {
        "applies": True, "tree": picked.tree.name, "base": picked.tree.commit,
        "why": incoming.described(picked), "offsets": list(applied.notices),
        "commits": list(applied.commits)}


def _write(args: argparse.Namespace, series: Series) -> list[str]:
    """The patches as they were understood, and mended, for git am."""
    if args.out is None:
        return []
    args.out.mkdir(parents=True, exist_ok=True)
    written = []
    for p in series.patches:
        path = args.out / f"{p.number:04}.patch"
        path.write_bytes(p.as_mail())
        written.append(str(path))
    return written


def _review(args: argparse.Namespace, argv: Sequence[str]) -> int:
    from harness import review  # noqa: PLC0415
    from harness.report.document import Document  # noqa: PLC0415
    from harness.run import incoming, review_mail  # noqa: PLC0415

    values = read_settings(args)
    got = review_mail.read_review(args.review, values.cache, values.archive)
    if not got.files and not got.comments:
        raise UsageError(f"{args.review}: quotes no patch", hint="give a reply that does")
    newer = None
    if args.against:
        from harness.intake import ReadOptions  # noqa: PLC0415

        newer = incoming.read(args.against, values.cache,
                              ReadOptions(archive=values.archive)).series
    data = review.document(got, newer, reproduce(argv))
    return publish(args, Document("review", data, int(bool(newer and data["against"]["open"]))))


COMMANDS: dict[str, Callable[[argparse.Namespace, Sequence[str]], int]] = {
    "intake": _intake, "review": _review,
}
