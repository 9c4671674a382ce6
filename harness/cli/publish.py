# SPDX-License-Identifier: GPL-2.0-or-later
"""Sub-commands about reports: in another format, to Patchwork, for b4, old ones."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from harness.clean import one_line
from harness.cli import b4
from harness.cli.console import read_settings, show, show_json, use_color
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.model import Report
    from harness.report.document import Document


def _read(args: argparse.Namespace, run: str) -> Report:
    """A run by its folder, its report.json, or its number in the history."""
    from harness.cli import history  # noqa: PLC0415
    from harness.report import load  # noqa: PLC0415

    if re.fullmatch(r"[0-9]{1,9}", run) and not Path(run).exists():
        return history.get(read_settings(args).cache, int(run))
    return load.read(Path(run))


def _report(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    from harness import report as formats  # noqa: PLC0415
    from harness.report import document, terminal  # noqa: PLC0415

    if (kept := document.read(Path(args.run))) is not None:
        return _answer(args, kept)
    report = _read(args, args.run)
    if args.to:
        return _to_patchwork(args, report)
    if args.open:
        args.format, args.output = "html", args.output or _page(args.run)
    if args.proof:
        report = _proved(args, report)
    if args.format == "terminal":
        text = terminal.render(report, color=use_color() and not args.output,
                               verbose=args.verbose)
    else:
        text = formats.render(args.format, report)
    if args.output:
        try:
            args.output.write_text(text, "utf-8", errors="replace")
        except OSError as error:
            raise UsageError(f"-o {args.output}: {error.strerror}") from None
    else:
        show(text)
    if args.open and not webbrowser.open(args.output.resolve().as_uri()):
        sys.stderr.write(f"harness: no browser here; the page is {args.output}\n")
    return 0


def _proved(args: argparse.Namespace, report: Report) -> Report:
    from harness.report import document  # noqa: PLC0415
    from harness.report.defended import with_proof  # noqa: PLC0415

    kept = document.read(args.proof)
    if kept is None or kept.kind != "prove":
        raise UsageError(f"--proof {args.proof}: no answer of 'harness prove' is there")
    if args.format not in {"html", "json"}:
        raise UsageError("--proof is for the page and for programs",
                         hint="--format html, --open, or --format json")
    return with_proof(report, kept.data)


def _answer(args: argparse.Namespace, kept: Document) -> int:
    """Show again what fuzz, prove or run have kept."""
    from harness.report import document  # noqa: PLC0415

    if args.format not in {"terminal", "json"} or args.to or args.open or args.output:
        raise UsageError(f"{args.run}: an answer of 'harness {kept.kind}' is shown on the "
                         "terminal, or as JSON", hint="--format terminal, or --format json")
    view = document.View(color=use_color(), verbose=args.verbose)
    show(document.as_json(kept) if args.format == "json" else document.render(kept, view))
    return 0


def _page(run: str) -> Path:
    """The path for the page of --open: beside the report, else a temporary file."""
    if Path(run).is_dir():
        return Path(run) / "report.html"
    handle, name = tempfile.mkstemp(suffix=".html", prefix="harness-")
    os.close(handle)
    return Path(name)


def _to_patchwork(args: argparse.Namespace, report: Report) -> int:
    from harness.farm import patchwork  # noqa: PLC0415
    from harness.report.checks import checks  # noqa: PLC0415

    if not args.server or not args.patch:
        raise UsageError("--to patchwork needs --server URL and --patch ID")
    where = patchwork.server(args.server, os.environ.get(patchwork.TOKEN, ""), args.url)
    for patch in args.patch:
        number = patchwork.send(where, patch, checks(report))
        show(f"{number} checks for patch {patch} are at {where.base}\n")
    return 0


def _history(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    from harness.cli import history  # noqa: PLC0415

    rows = history.rows(read_settings(args).cache, args.limit)
    if args.json:
        show_json([asdict(r) for r in rows])
        return 0
    for r in rows:
        counts = f"{r.errors} errors, {r.warnings} warnings"
        show(f"{r.number:5}  {r.began[:16].replace('T', ' ')}  {r.verdict:14} {counts:24} "
             f"{r.seconds:5.0f} s  {one_line(r.title, 70)}\n")
    if not rows:
        show("no runs so far\n")
    return 0


def _diff(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    from harness.cli import history  # noqa: PLC0415
    from harness.model import Severity  # noqa: PLC0415

    old, new = _read(args, args.old), _read(args, args.new)
    changed = history.changed(old, new)
    by_id = {f.id: f for f in (*old.findings, *new.findings)}
    if args.json:
        show_json({"old": old.title, "new": new.title, **changed})
    else:
        show(f"{one_line(old.title)}: {old.verdict.value} -> {one_line(new.title)}: "
             f"{new.verdict.value}\n")
        for word, ids in changed.items():
            show(f"{len(ids)} {word}\n")
            for one in ids if word != "same" or args.verbose else ():
                f = by_id[one]
                show(f"  {f.severity.value:8}{one_line(f.text, 110)} [{one}]\n")
    before = {s.name for s in old.stages if s.status in _RAN}
    missing = sorted(before - {s.name for s in new.stages if s.status in _RAN or not s.applies})
    if new.ended or missing:  # what was not looked at is not gone
        sys.stderr.write(f"harness: {one_line(new.title)}: " + (
            f"it ended early: {one_line(new.ended)}" if new.ended
            else f"it did not run {', '.join(missing)}") + "\n")
        return 4
    return int(any(by_id[i].severity is Severity.ERROR for i in changed["new"]))


def _farm(args: argparse.Namespace, argv: Sequence[str]) -> int:
    # Imported here: "harness --help" must not wait for what reads mails.
    from harness.cli import matrix as farm  # noqa: PLC0415

    return farm.COMMANDS[args.command](args, argv)


_RAN = frozenset({"PASS", "FAIL"})
COMMANDS: dict[str, Callable[[argparse.Namespace, Sequence[str]], int]] = {
    "report": _report, "b4-check": b4.check, "history": _history, "diff": _diff,
    **dict.fromkeys(("watch", "jobs", "matrix", "merge", "worker"), _farm),
}
