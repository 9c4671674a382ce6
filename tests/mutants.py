# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong versions of any line in harness/, and how many of them tests/unit alone notices.

    python -m tests.mutants                 60 of them, seed 1: about ten minutes on two cores
    python -m tests.mutants --number 20 --seed 7 --only report/

One statement or expression is broken at a time: a condition is turned round, a comparison or an
operator is another, a value is returned that is none, a statement is left out. The share of those
that a test notices is printed, and each that none does; there is no exit code for a share.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HARNESS = ROOT / "harness"
OTHER = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE,
         ast.LtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot,
         ast.IsNot: ast.Is, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.And: ast.Or, ast.Or: ast.And}


@dataclass(frozen=True)
class Mutant:
    path: str
    line: int
    what: str
    text: str  # of the whole file


def _broken(node: ast.AST) -> ast.AST | None:
    """Another node in the place of one, or None when there is none that makes sense."""
    new = copy.deepcopy(node)
    if isinstance(new, ast.If | ast.IfExp | ast.While):
        new.test = ast.UnaryOp(ast.Not(), new.test)
    elif isinstance(new, ast.Compare) and type(new.ops[0]) in OTHER:
        new.ops[0] = OTHER[type(new.ops[0])]()
    elif isinstance(new, ast.BinOp | ast.BoolOp) and type(new.op) in OTHER:
        new.op = OTHER[type(new.op)]()
    elif isinstance(new, ast.Return) and new.value is not None:
        new.value = ast.Constant(None)
    elif isinstance(new, ast.Expr | ast.Assign | ast.AugAssign) and not (
            isinstance(new, ast.Expr) and isinstance(new.value, ast.Constant)):
        return ast.Pass()
    else:
        return None
    return new


class _Replace(ast.NodeTransformer):
    def __init__(self, wanted: ast.AST, new: ast.AST) -> None:
        self.wanted, self.new = wanted, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.wanted else self.generic_visit(node)


def places(path: Path) -> Iterator[tuple[int, str]]:
    """Every place inside a function that can be broken: index in the walk, and what it is."""
    inside = set()
    tree = ast.parse(path.read_text("utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            inside |= {id(n) for stmt in function.body for n in ast.walk(stmt)}
    for index, node in enumerate(ast.walk(tree)):
        if id(node) in inside and _broken(node) is not None:
            yield index, type(node).__name__


def mutant(path: Path, index: int) -> Mutant:
    tree = ast.parse(path.read_text("utf-8"))
    node = list(ast.walk(tree))[index]
    new = _broken(node)
    assert new is not None
    before = ast.unparse(node).partition("\n")[0][:70]
    after = ast.unparse(new).partition("\n")[0][:70]
    changed = _Replace(node, new).visit(tree)
    return Mutant(str(path.relative_to(ROOT)), node.lineno, f"{before}  ->  {after}",
                  ast.unparse(ast.fix_missing_locations(changed)) + "\n")


def _copy(top: Path) -> Path:
    for part in ("harness", "tests", "patches", "kselftests", "docs"):
        shutil.copytree(ROOT / part, top / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", top)
    return top


def _fails(top: Path, *tests: str) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, "-B", "-m", "pytest", "-q", "-x", "--no-header", "-p",
             "no:cacheprovider", *tests], cwd=top, capture_output=True, check=False,
            env={**os.environ, "PYTHONPATH": str(top)}, timeout=300)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode not in {0, 5}  # 5: no test there


def notices(wrong: Mutant, top: Path) -> bool:
    """Whether a unit test fails: those of the same folder are asked first, then all."""
    whole = top / wrong.path
    sound = whole.read_bytes()
    whole.write_text(wrong.text, "utf-8")
    near = Path("tests/unit") / Path(wrong.path).relative_to("harness").parent
    try:
        return (str(near) != "tests/unit" and (top / near).is_dir() and _fails(top, str(near))
                ) or _fails(top, "tests/unit")
    finally:
        whole.write_bytes(sound)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--number", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=0, help="at once (default: one per CPU)")
    parser.add_argument("--only", default="", help="files whose path below harness/ begins so")
    args = parser.parse_args()
    every = [(path, index) for path in sorted(HARNESS.rglob("*.py"))
             if str(path.relative_to(HARNESS)).startswith(args.only)
             for index, _ in places(path)]
    draw = random.Random(args.seed)  # noqa: S311  (repeatable, no secret)
    chosen = draw.sample(every, min(args.number, len(every)))
    wrong = [mutant(*row) for row in sorted(chosen)]
    survivors = 0
    jobs = args.jobs or os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        free: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(jobs):
            free.put(_copy(Path(folder) / str(number)))

        def ask(one: Mutant) -> bool:
            top = free.get()
            try:
                return notices(one, top)
            finally:
                free.put(top)

        for one, seen in zip(wrong, pool.map(ask, wrong), strict=True):
            if not seen:
                survivors += 1
                print(f"survives: {one.path}:{one.line}: {one.what}", flush=True)
    print(f"{len(wrong) - survivors} of {len(wrong)} wrong versions are noticed (of "
          f"{len(every)} places, seed {args.seed})")


if __name__ == "__main__":
    main()
