# SPDX-License-Identifier: GPL-2.0-or-later
"""Which lines of a C file are code, and which of them a preprocessor left in. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from harness.csource.condition import DIRECTIVE
from harness.evidence import COMMENT

_MARKER = re.compile(rb'^# (\d+) "((?:[^"\\]|\\.)*)"')
_INCLUDE = re.compile(r"\s*#\s*include\b")
MOST = 4_000_000  # lines of a preprocessor's output


def code(text: str) -> frozenset[int]:
    """The lines (from 1) that have more than comments and blanks.

    Conditions (``#if``, ``#else``, ``#endif`` ...) are none: nothing is compiled of them.
    """
    bare = COMMENT.sub(lambda m: "\n" * m.group().count("\n") if m.group().startswith("/")
                        else m.group(), text)
    return frozenset(n for n, row in enumerate(bare.split("\n"), 1)
                     if row.strip() and not DIRECTIVE.match(row))


def left_in(output: bytes, names: Mapping[bytes, str]) -> dict[str, frozenset[int]]:
    """The lines of some files that ``gcc -E -fdirectives-only`` printed.

    ``names``: how the compiler calls each file. A file that it did not read is not in the answer.
    With that option directives are carried out and macros are not: a line stands in the output
    under its own number, or it was left out.
    """
    found: dict[str, set[int]] = {}
    here: set[int] | None = None
    number = 0
    for row in output.split(b"\n", MOST)[:MOST]:
        if match := _MARKER.match(row):
            number = int(match.group(1))
            name = names.get(match.group(2))
            here = None if name is None else found.setdefault(name, set())
            continue
        if here is not None and row.strip():
            here.add(number)
        number += 1
    return {name: frozenset(lines) for name, lines in found.items()}


def with_includes(text: str, lines: Iterable[int]) -> frozenset[int]:
    """Add the lines of which nothing is printed: ``#include``, and those that continue another.

    An include stands with the nearest line of code above or below it in the same branch. A
    definition of several lines is printed on the first of them.
    """
    rows = text.split("\n")
    kept = set(lines)
    for number in sorted(kept):
        at = number
        while at < len(rows) and rows[at - 1].rstrip().endswith("\\"):
            at += 1
            kept.add(at)
    branch = 0
    branches: list[int] = []
    for row in rows:
        branch += DIRECTIVE.match(row) is not None
        branches.append(branch)
    alive = {branches[n - 1] for n in kept if n <= len(rows)}
    # Where a branch has nothing but #include lines, what stands around it must do.
    return frozenset(kept | {n for n, row in enumerate(rows, 1)
                             if _INCLUDE.match(row) and branches[n - 1] in alive})
