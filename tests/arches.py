# SPDX-License-Identifier: GPL-2.0-or-later
"""What ``lint --compile`` says of changes to files of each architecture, against the truth.

``python -m tests.arches TREE --seed 16 --number 2``: for each architecture that a compiler is
there for, files below its folder are drawn at random and changed in one line: an undeclared name
in code that is always compiled, the same inside a conditional, and a pair of brackets that
changes nothing. The first two must be an error with that file and line and no other, the last
must be none with the line compiled. What is in no configuration (said, with a reason) is drawn
again and counted. Prints a row for each, and the figures; exit code 1 where one is wrong.
"""

import argparse
import difflib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import settings, trees
from harness.arch import TARGETS
from harness.csource import blocks
from harness.system import repo
from tests.real_patches import MAIL, ROOT

MOST_DRAWS = 12
RETURN = re.compile(r"^(\treturn )(\w[\w>.-]*)(;)$")
KINDS = {"error": "{}_undeclared", "error in a conditional": "{}_undeclared", "harmless": "({})"}


def spots(text, kind):
    """The lines (from 1) that a change of this kind can be made in."""
    rows = text.split("\n")
    numbers = [n for n, row in enumerate(rows, 1) if RETURN.match(row)]
    below = {n for lines in blocks.around(text, numbers).values() for n in lines}
    inside = set(blocks.innermost(text, numbers))
    return sorted(below) if "conditional" in kind else [n for n in numbers if n not in inside]


def mail_of(path, text, number, kind):
    """A patch that changes one line."""
    rows = text.removesuffix("\n").split("\n")
    new = list(rows)
    new[number - 1] = RETURN.sub(
        lambda m: m.group(1) + KINDS[kind].format(m.group(2)) + m.group(3), rows[number - 1])
    diff = "\n".join(difflib.unified_diff(rows, new, f"a/{path}", f"b/{path}", lineterm=""))
    head = MAIL.format(title=f"{path}: Change a line")
    return f"{head}diff --git a/{path} b/{path}\n{diff}\n-- \n2.39.5\n\n"


def asked(args, target, mail):
    """The report on a patch."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "x.patch").write_text(mail)
        extra = ["--arch", target.name] if target.name == "i386" else []
        subprocess.run([sys.executable, "-m", "harness", "lint", "--compile", "--no-checkpatch",
                        str(place / "x.patch"), "--tree", args.tree, "--out", str(place / "out"),
                        "--quiet", *extra], cwd=ROOT, capture_output=True, check=False)
        return json.loads((place / "out" / "report.json").read_text())


def verdict_of(report, path, number, kind):
    """ "right", "wrong: why", or why the line is in no configuration."""
    errors = [(f["location"]["path"], f["location"]["line"]) for f in report["findings"]
              if f["severity"] == "error" and f["location"]]
    state = [(n["state"], n["why"]) for f in report["evidence"] for n in f["lines"]
             if n["line"] == number]
    gaps = [g["reason"] for f in report["evidence"] for g in f["gaps"] if g["look"] == "compiled"]
    if not errors and gaps and report["verdict"] == "incomplete":
        return f"in no configuration: {gaps[0]}"
    if kind == "harmless":
        return "right" if not errors and state and state[0][0] == "compiled" else (
            f"wrong: {errors} {state} {report['verdict']}")
    return "right" if errors and set(errors) == {(path, number)} else (
        f"wrong: {errors} {report['verdict']} {gaps[:1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree")
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--number", type=int, default=2)
    parser.add_argument("--arch", action="append", choices=[t.name for t in TARGETS])
    args = parser.parse_args()
    tree = trees.obtain(args.tree, settings.load({}, os.environ).cache, lambda _: None)
    every = repo.paths(tree.repo, tree.commit, "arch")
    counts = {"right": 0, "wrong": 0, "in no configuration": 0}
    for target in TARGETS:
        if shutil.which(target.program) is None or (args.arch and target.name not in args.arch):
            continue
        files = [p for p in every if p.startswith(f"arch/{target.srcarch}/") and p.endswith(".c")
                 and not {"boot", "tools", "um", "vdso"} & set(p.split("/"))]
        chance = random.Random(f"{args.seed} {target.name}")  # noqa: S311
        for kind in KINDS:
            done = 0
            for path in chance.sample(files, len(files))[:MOST_DRAWS * args.number]:
                text = (repo.show(tree.repo, tree.commit, path) or b"").decode("utf-8", "replace")
                if done == args.number or not (there := spots(text, kind)):
                    continue
                number = chance.choice(there)
                said = verdict_of(asked(args, target, mail_of(path, text, number, kind)),
                                  path, number, kind)
                print(f"{target.name}\t{kind}\t{path}:{number}\t{said}", flush=True)
                counts[said.partition(":")[0]] += 1
                done += not said.startswith("in no")
    print(", ".join(f"{n} {name}" for name, n in counts.items()))
    return int(counts["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main())
