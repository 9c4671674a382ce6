# SPDX-License-Identifier: GPL-2.0-or-later
"""Which symbol takes away an object that cannot be built, and as little else as can be. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Container, Mapping

from harness.cover.gates import Makefiles


def culprit(tree: Makefiles, path: str, config: Mapping[str, str], kept: Container[str]) -> str:
    """The nearest symbol by which an object is built; "": none but those that are ``kept``.

    ``config``: ``CONFIG_X`` to its value, where the object was to be built. Nearest is what the
    first Makefile upwards asks for; of several there, one that make does not need to come there,
    and that the fewest rows name: an option of a driver before the driver.
    """
    folder, name = posixpath.split(path)
    names: tuple[str, ...] = (name,)
    while (found := tree.listing(folder, *names)) is not None:
        home, ways = found
        asked = {n for way in ways for n, on in way
                 if on and n not in kept and config.get(f"CONFIG_{n}", "n") not in {"n", ""}}
        if asked:
            above = {n for way in tree.entered(home) for n, _ in way}
            return min(asked, key=lambda n: (n in above, _named(tree, home, n), n))
        if not home:
            break
        folder, last = posixpath.split(home)
        names = (f"{last}/", last)
    return ""


def _named(tree: Makefiles, folder: str, symbol: str) -> int:
    return sum(f"CONFIG_{symbol})" in row.target or any(n == symbol for n, _ in row.conditions)
               for row in tree.rows(folder))
