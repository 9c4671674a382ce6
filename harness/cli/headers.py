# SPDX-License-Identifier: GPL-2.0-or-later
"""``harness uapi``: what the command line asks of the comparison, and two headers side by side."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from typing import Any

from harness import settings
from harness.arch import ABIS, NATIVE
from harness.cli.console import Progress, publish, read_settings, reproduce, show
from harness.errors import UsageError
from harness.evidence import plural


def uapi_options(args: argparse.Namespace, values: settings.Settings, say: Progress,
                 ) -> tuple[Any, tuple[str, ...]]:
    """Options from --consumers, --also and --arch, and notices about those that are unavailable."""
    from harness.uapi.pair import read_side  # noqa: PLC0415
    from harness.uapi.result import Options  # noqa: PLC0415

    wanted = [a for a in ABIS if a in NATIVE or a.name in args.arch]
    there = tuple(a for a in wanted if shutil.which(a.program))
    lacking = tuple(f"{a.name}: NOT_RUN: {a.program} is not installed; next: apt-get install "
                    f"{a.package}" for a in wanted if a not in there and a not in NATIVE)
    for folder in args.consumers:
        if not folder.is_dir():
            raise UsageError(f"{folder}: no such directory", hint="--consumers DIR")
    also = read_side(args.also, values, say).headers if args.also else None
    abis = (*NATIVE, *(a for a in there if a not in NATIVE))
    return Options(tuple(f.resolve() for f in args.consumers), also, args.also or "",
                   abis, settings.ROOT / "kselftests" / "consumers"), lacking


def compare(args: argparse.Namespace, argv: Sequence[str]) -> int:
    """Compare BEFORE with AFTER; returns the exit code."""
    from harness.report import headers as answer  # noqa: PLC0415
    from harness.run import uapi_stages  # noqa: PLC0415
    from harness.uapi import pair  # noqa: PLC0415

    values = read_settings(args)
    progress = Progress(quiet=args.quiet or args.json)
    options, lacking = uapi_options(args, values, progress)
    result = pair.check_pair(args.series[0], args.series[1], values, options, progress)
    result, more = uapi_stages.suppressed(result, args.suppress)
    progress.done()
    missed = [*lacking, *(f"{c.header} ({c.abi}): {c.problem}"
                          + (f"; next: {c.hint}" if c.hint else "") for c in result.missed)]
    return publish(args, answer.document(
        result.findings, result.headers, missed, (*result.notices, *more),
        reproduce(argv), allow_incomplete=args.allow_incomplete))


def save(args: argparse.Namespace) -> int:
    """Write what one side offers to a file; returns the exit code."""
    from harness.uapi import pair  # noqa: PLC0415

    values = read_settings(args)
    progress = Progress(quiet=args.quiet or args.json)
    options, _ = uapi_options(args, values, progress)
    count = pair.save(args.series[0], args.save, values, options, progress)
    progress.done()
    show(f"{args.save}: {plural(count, 'header')}; compare with it: harness uapi --baseline "
         f"{args.save} AFTER\n")
    return 0
