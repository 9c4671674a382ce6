# SPDX-License-Identifier: GPL-2.0-or-later
"""Kconfig files of a few lines, and what the solver says of them."""

import sys

import pytest

from harness.cover.solver.solve import Solver, solve
from harness.cover.solver.tree import Tree


def way(text):
    """``A !B`` as a way: A on, B off."""
    return [(word.lstrip("!"), not word.startswith("!")) for word in text.split()]


class Asked:
    """What the solver said; ``texts`` has the .config of each configuration, ``said`` why not."""

    def __init__(self, text, config, found):
        self.found = found["configurations"]
        self.met = [row["met"] for row in self.found]
        self.said = {int(i): why for i, why in found["unmet"].items()}
        self.texts = [config + "".join(
            f"# CONFIG_{n} is not set\n" if v == "n" else f"CONFIG_{n}={v}\n"
            for n, v in row["settings"]) for row in self.found]
        self.settings = [" ".join(f"{n}={v}" for n, v in sorted(row["settings"]))
                         for row in self.found]


class Kconfig:
    """Toy trees of one file."""

    def __init__(self, folder):
        self.file, self.config = folder / "Kconfig", folder / "config"

    def tree(self, text):
        self.file.write_text(text)
        return Tree(str(self.file), warn=False)

    def solver(self, text, config=""):
        self.config.write_text(config)
        return Solver(self.tree(text), str(self.config))

    def ask(self, text, *wants, config="", keep=""):
        """Ask for wants such as ``A !B | C``; what is said to be met is asked of a new tree."""
        ways = [[way(w) for w in want.split("|")] for want in wants]
        asked = Asked(text, config, solve(self.solver(text, config), ways, way(keep)))
        for met, dot in zip(asked.met, asked.texts, strict=True):
            fresh = self.solver(text, dot)
            assert all(any(map(fresh.is_so, ways[i])) for i in met), (met, dot)
        return asked

    def sets(self, text, want, config=""):
        """What is set for one want, as text; or why it cannot be had."""
        asked = self.ask(text, want, config=config)
        assert len(asked.found) == 1
        return asked.said.get(0, asked.settings[0])


@pytest.fixture
def kconfig(tmp_path):
    """See ``Kconfig``."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(8000)  # as in __main__
    yield Kconfig(tmp_path)
    sys.setrecursionlimit(limit)
