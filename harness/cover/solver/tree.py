# SPDX-License-Identifier: GPL-2.0-or-later
"""The Kconfig files of a tree, by kconfiglib."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import kconfiglib as kc

Expr = Any  # a Symbol, a Choice, or a tuple
MOST_FILE = 8 << 20  # bytes of one Kconfig file
# Since 6.2 "modules" is a property by itself, which kconfiglib does not know; since 6.18 there is
# "transitional", for symbols that nobody can set any more.
_NEWER = ((re.compile(r"(?m)^([ \t]+)modules[ \t]*$"), r"\1option modules"),
          (re.compile(r"(?m)^[ \t]+transitional[ \t]*$"), ""))



class UnmetError(Exception):
    """A want cannot be had; the text says why."""


class Tree(kc.Kconfig):  # type: ignore[misc]  # kconfiglib has no types
    """The Kconfig files of a tree, of today's language too."""

    def _open(self, filename: str, mode: str) -> Any:
        if mode != "r":
            return Path(filename).open(mode, encoding="utf-8")
        with Path(filename).open(encoding="utf-8", errors="replace") as handle:
            text = handle.read(MOST_FILE + 1)
        if len(text) > MOST_FILE:
            raise UnmetError(f"{filename} is larger than {MOST_FILE >> 20} MiB")
        for old, new in _NEWER:
            text = old.sub(new, text)
        return io.StringIO(text)


def parts(operator: object, expr: Expr) -> list[Expr]:
    """What an operator joins, nested ones taken apart."""
    if isinstance(expr, tuple) and expr[0] is operator:
        return [p for part in expr[1:] for p in parts(operator, part)]
    return [expr]
