# SPDX-License-Identifier: GPL-2.0-or-later
"""How many changed lines of patches that others wrote are compiled.

``python -m tests.real_patches TREE FOLDER...``: each patch below the folders is applied to the
tree, or taken out where it is in it, and ``harness lint --compile`` is asked. Prints a row of a
table for each, as it comes, and the figures at the end; what is neither to be applied nor to be
taken out is counted and left out.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import settings, trees
from harness.system import repo

ROOT = Path(__file__).resolve().parent.parent
MAIL = """From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: A Developer <dev@example.org>
Date: Sat, 28 Nov 2026 12:00:00 +0000
Subject: [PATCH] {title}

A patch of Debian's.

Signed-off-by: A Developer <dev@example.org>
---
"""


def diff_of(tree, patch, place):
    """(diff on the tree, "on" or "off"), or None where it fits neither way."""
    index = place / "index"
    for word, flags in (("on", ()), ("off", ("-R",))):
        index.unlink(missing_ok=True)
        env = {**repo.env(), "GIT_INDEX_FILE": str(index), "GIT_DIR": str(tree.repo)}

        def git(*args, env=env):
            return subprocess.run(["git", *args], env={**os.environ, **env}, capture_output=True,
                                  check=False)
        git("read-tree", tree.commit)
        if git("apply", "--cached", *flags, str(patch)).returncode == 0:
            made = git("write-tree").stdout.decode().strip()
            return git("diff", "--no-renames", tree.commit, made).stdout, word
    return None


def row_of(args, mail, out):
    """The changed lines of a patch, as the report has them."""
    subprocess.run([sys.executable, "-m", "harness", "lint", "--compile", "--no-checkpatch",
                    str(mail), "--tree", args.tree, "--out", str(out), "--quiet",
                    *(["--cache", str(args.cache)] if args.cache else [])],
                   cwd=ROOT, capture_output=True, check=False)
    report = json.loads((out / "report.json").read_text())
    lines = [n for f in report["evidence"] for n in f["lines"] if n["state"] != "not-code"]
    return lines, report["verdict"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path)
    args = parser.parse_args()
    cache = args.cache or Path.home() / ".cache" / "harness"
    tree = trees.obtain(args.tree, settings.Settings(cache=cache).cache, lambda _: None)
    parts, neither, lines_of_all, every = [], 0, 0, 0
    print("| patch | | lines of code | compiled | where, or why not |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for patch in sorted(p for f in args.folders for p in f.rglob("*.patch")):
            found = diff_of(tree, patch, place)
            if found is None:
                neither += 1
                continue
            diff, word = found
            mail = place / "x.patch"
            mail.write_bytes(MAIL.format(title=patch.stem).encode() + diff + b"-- \n2.39.5\n\n")
            lines, verdict = row_of(args, mail, place / "out")
            done = [n for n in lines if n["state"] == "compiled"]
            why = dict.fromkeys(n["why"] for n in (lines or ()))
            every += 1
            if lines:
                parts.append(len(done) / len(lines))
                lines_of_all += len(lines)
            print(f"| {patch.name} | {word} | {len(lines)} | {len(done)} | "
                  f"{'; '.join(why)[:200] or verdict} |", flush=True)
    print(f"\n{every} patches ({neither} fit neither way), {len(parts)} with lines of code "
          f"({lines_of_all}); compiled on average {100 * statistics.mean(parts):.1f} %, all of it "
          f"in {sum(p == 1 for p in parts)}")


if __name__ == "__main__":
    main()
