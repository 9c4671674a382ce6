# SPDX-License-Identifier: GPL-2.0-or-later
"""The generated programs: written out, shipped, or as a patch for the tree."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from harness.cli.console import (
    Progress,
    read_settings,
    show,
    show_json,
)
from harness.cli.kernels import profiles_named
from harness.errors import UsageError
from harness.profiles import Profile


def generate(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """Write the generated programs. Returns the exit code."""
    from harness.generate.programs import ship, write_sources  # noqa: PLC0415

    chosen = profiles_named(args.profile)
    if args.ship:
        written = [str(path) for profile in chosen for path in ship(profile)]
    elif args.out is None:
        raise UsageError("nowhere to write to", hint="--out DIR, or --ship")
    elif args.as_patch:
        if not (fitting := [p for p in chosen if p.selftests]):
            raise UsageError("no profile says where its program goes in a tree",
                             hint="[[selftest]] in kselftests/<profile>/about.toml")
        written = [str(_as_patch(profile, args)) for profile in fitting]
    else:
        written = [str(path) for profile in chosen
                   for path in write_sources(profile, args.out / profile.name)]
    if args.json:
        show_json({"written": written})
    else:
        show("".join(f"{path}\n" for path in written))
    return 0


def _as_patch(profile: Profile, args: argparse.Namespace) -> Path:
    from harness import apply, trees  # noqa: PLC0415
    from harness.generate import intree  # noqa: PLC0415
    from harness.system import repo  # noqa: PLC0415

    values = read_settings(args)
    progress = Progress(quiet=args.quiet or args.json)
    tree = trees.obtain(values.tree_name, values.cache, progress)
    progress.done()
    row, makefile = intree.fit(profile, lambda path: repo.show(tree.repo, tree.commit, path))
    files = {row.program: intree.source(profile).encode(),
             row.makefile: makefile.encode("utf-8", "surrogateescape")}
    commit = apply.commit_content(tree, tree.commit, files, intree.message(profile))
    args.out.mkdir(parents=True, exist_ok=True)
    path = Path(args.out) / f"0001-{profile.name}.patch"
    path.write_bytes(repo.git(tree.repo, "format-patch", "-1", "--stdout", commit).stdout)
    return path
