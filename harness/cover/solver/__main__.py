# SPDX-License-Identifier: GPL-2.0-or-later
"""Answer one request."""

from __future__ import annotations

import json
import os
import sys

from harness.cover.solver.solve import Solver, Way, solve
from harness.cover.solver.tree import Tree


def load(env: dict[str, str], config: str) -> Solver:
    """The solver of the tree at ``$srctree``."""
    os.environ.update(env)
    sys.setrecursionlimit(8000)
    tree = Tree("Kconfig", warn=False, suppress_traceback=False)
    return Solver(tree, config)


def main() -> int:
    """Answer one request."""
    request = json.load(sys.stdin)
    solver = load(request["env"], request["config"])
    wants: list[list[Way]] = [[[(str(n), bool(on)) for n, on in way] for way in ways]
             for ways in request["wants"]]
    keep = [(str(name), bool(on)) for name, on in request["keep"]]
    json.dump(solve(solver, wants, keep), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
