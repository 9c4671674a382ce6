# SPDX-License-Identifier: GPL-2.0-or-later
"""Sub-commands about this machine: tools, cache, trees."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from harness.clean import clean, one_line
from harness.cli.console import (
    read_settings,
    show,
    show_json,
)


def show_doctor(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """Say what is missing. Returns the exit code."""
    from harness.cli import doctor  # noqa: PLC0415

    found = doctor.examine()
    command = doctor.install_command(found)
    if args.json:
        show_json({"tools": [{"name": h.tool.name, "path": h.path, "version": clean(h.version),
                          "problem": h.problem, "needed_for": h.tool.needed_for,
                          "optional": h.tool.optional} for h in found],
               "install": command})
    else:
        for h in found:
            state = h.problem.upper() or ("optional" if h.tool.optional and not h.path else "ok")
            show(f"{state:14} {h.tool.name:20} {one_line(h.version, 60):60} {h.tool.needed_for}\n")
        show(f"install what is missing with: {command}\n" if command else "nothing is missing\n")
    return 5 if any(h.problem for h in found) else 0


def show_cache(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """List or shrink the cache. Returns the exit code."""
    from harness.cache import housekeeping  # noqa: PLC0415

    where = read_settings(args).cache
    if args.action == "gc":
        rows, left = housekeeping.gc(where, housekeeping.parse_size(args.max_size),
                                     dry=args.dry_run)
    else:
        rows = sorted(housekeeping.entries(where), key=lambda e: -e.used)
        left = sum(e.size for e in rows)
    if args.json:
        show_json({"action": args.action, "left": left, "entries": [
            {"kind": e.kind, "name": e.name, "bytes": e.size, "used": e.used} for e in rows]})
        return 0
    for e in rows:
        stamp = time.strftime("%Y-%m-%d %H:%M", time.localtime(e.used))
        show(f"{e.kind:20} {e.name[:24]:24} {e.size / (1 << 20):8.1f} MiB  {stamp}\n")
    word = "in" if args.action != "gc" else (
        "would be removed, which leaves" if args.dry_run else "removed, which leaves")
    show(f"{len(rows)} {word} {where}: {left / (1 << 30):.2f} GiB, not counting the trees\n")
    return 0


def show_trees(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """List the trees. Returns the exit code."""
    from harness import trees  # noqa: PLC0415

    cache = read_settings(args).cache
    rows = [(row, trees.cached(cache, row)) for row in trees.TREES]
    if args.json:
        show_json([{"name": row.name, "kind": row.kind, "where": row.where, "ref": row.ref,
                "commit": tree.commit if tree else None} for row, tree in rows])
    else:
        for row, tree in rows:
            state = f"cached: {one_line(tree.origin)}" if tree else "not fetched"
            show(f"{row.name:12} {state:40} {row.where} {row.ref}  ({row.note})\n")
    return 0
