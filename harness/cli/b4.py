# SPDX-License-Identifier: GPL-2.0-or-later
"""``b4-check``: what b4's review asks of a check, on a mail that it gives on standard input.

For a series b4 (0.16) gives the cover letter alone. Where the series lies in a review branch the
environment has a file (``B4_TRACKING_FILE``) that names the commits and a blob with the thread.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import trees
from harness.cli.console import Progress, read_settings, reproduce, show_json
from harness.errors import CommandFailedError, HarnessError, InputRefusedError, UsageError
from harness.settings import Settings
from harness.system import repo

if TYPE_CHECKING:  # read late: "harness --help" must not wait for unidiff and liblore
    from harness.intake import ReadOptions
    from harness.model import Tree

TRACKING = "B4_TRACKING_FILE"
MOST = 4 << 20  # bytes of the tracking file
MOST_THREAD = 64 << 20
_ID = re.compile(r"[0-9a-f]{7,64}")
_CHANGE = re.compile(r"\w[\w.-]{0,250}")
ALONE = ("b4 gave the cover letter alone, and no review branch whose thread could be read: "
         "nothing was looked at")


def check(args: argparse.Namespace, argv: Sequence[str]) -> int:
    """Answer b4 with JSON on standard output."""
    from harness.intake import ReadOptions  # noqa: PLC0415
    from harness.intake.mime import MAX_MAIL  # noqa: PLC0415
    from harness.report.checks import b4_review  # noqa: PLC0415
    from harness.run import execute, pipeline, state  # noqa: PLC0415

    values = read_settings(args)
    data = sys.stdin.buffer.read(MAX_MAIL + 1)
    with tempfile.TemporaryDirectory() as name:
        given = Path(name) / "mail.eml"
        given.write_bytes(data)
        reading = ReadOptions()
        tracked = _tracked()
        if tracked and args.series:
            given, reading = _thread(tracked, values, data, given)
        if tracked and not values.tree:
            values = replace(values, tree=_base(tracked, values, given, reading))
        request = state.Request(str(given), values, Path(name), reproduce(argv),
                                out_is_kept=False, reading=reading)
        report, error = execute.run(request, pipeline.stages_of("b4-check"),
                                    Progress(quiet=True), "b4-check")
    if error is not None and not isinstance(error, HarnessError):
        raise error
    rows = b4_review(report)
    if args.series and isinstance(error, InputRefusedError) and b"\ndiff --git " not in data:
        rows = [{"tool": "harness-run", "status": "warn", "summary": f"NOT_RUN: {ALONE}",
                 "url": "", "details": error.message}]
    elif args.series:  # a series' check need not repeat what is fine
        looked = [r for r in rows if not r["summary"].startswith("does not apply")]
        rows = [r for r in rows if r["status"] != "pass"] or looked[:1] or rows[:1]
    show_json(rows)
    return 0  # the statuses say the rest: another code is a broken tool to b4


def _tracked() -> dict[str, Any]:
    """The series of b4's tracking file, as b4 has written it; {} where there is none."""
    try:
        with Path(os.environ.get(TRACKING, "")).open("rb") as handle:
            series = json.loads(handle.read(MOST))["series"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return series if isinstance(series, dict) else {}


def _word(series: dict[str, Any], name: str, shape: re.Pattern[str] = _ID) -> str:
    value = series.get(name)
    return value if isinstance(value, str) and shape.fullmatch(value) else ""


def _own(values: Settings, rev: str) -> Tree | None:
    """A commit of the tree that b4 runs in."""
    where = trees.here()
    try:
        return trees.obtain(f"{where}@{rev}", values.cache, lambda _: None) if where else None
    except UsageError:
        return None


def _thread(series: dict[str, Any], values: Settings, data: bytes, given: Path,
            ) -> tuple[Path, ReadOptions]:
    """The mails of a series from the blob that b4 keeps, and how to read them."""
    from harness.intake import ReadOptions  # noqa: PLC0415
    from harness.intake.mail import parse_mail  # noqa: PLC0415

    blob, tree = _word(series, "thread-blob"), _own(values, "HEAD")
    if not blob or tree is None:
        return given, ReadOptions()
    try:
        text = repo.git(tree.repo, "cat-file", "blob", blob, keep=MOST_THREAD).stdout
    except CommandFailedError:
        return given, ReadOptions()
    mbox = given.with_name("thread.mbox")
    mbox.write_bytes(text)
    versions = [m.tag.version for m in parse_mail(data, "mail")]
    return mbox, ReadOptions(version=versions[0] if versions else None)


def _base(series: dict[str, Any], values: Settings, given: Path, reading: ReadOptions) -> str:
    """The tree to lint on, as ``--tree`` takes it: the parent of the patch in b4's branch."""
    from harness.apply import base  # noqa: PLC0415
    from harness.run import incoming  # noqa: PLC0415

    change = _word(series, "change-id", _CHANGE)
    tip = _own(values, f"b4/review/{change}") if change else None
    if tip is None:
        return ""
    try:
        thread = incoming.read(str(given), values.cache, reading)
    except HarnessError:
        return ""  # the run will say it
    parent = base.parent_of(tip, thread.series)
    return f"{trees.here()}@{parent}" if parent else ""
