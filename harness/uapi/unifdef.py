# SPDX-License-Identifier: GPL-2.0-or-later
"""``unifdef -U__KERNEL__ -D__EXPORTED_HEADERS__`` on one header, as the kernel's own does it.

What scripts/unifdef.c (2.5) does with these two symbols and no other options, and nothing
more: a condition that can be decided goes away with the lines that it leaves out; one that
cannot stays as it is. Pure, so that nothing of a tree has to be compiled and run for it.
"""

from __future__ import annotations

import re

from harness.csource.condition import DIRECTIVE, decide, logical

_SYMBOLS = {"__KERNEL__": (False, 0), "__EXPORTED_HEADERS__": (True, 1)}
_MENTIONS = re.compile("|".join(_SYMBOLS))
_known = _SYMBOLS.get


class _Level:
    """One open condition. ``shown``: its lines are kept; ``pass_``: its directives are."""

    def __init__(self, *, outer: bool) -> None:
        self.outer = outer
        self.shown = outer
        self.passed = False  # a directive of it stands in the output
        self.ended = False  # a branch that is true has come: nothing after it counts


def _step(level: _Level, kind: str, value: bool | None, line: str) -> str | None:
    """Take in a directive of an open condition; returns what is printed, None for nothing."""
    if not level.outer:
        return None
    if level.ended:  # after a branch that is always taken
        level.shown = False
        return None
    if kind == "else":
        level.shown = True
        return line if level.passed else None
    if value is None:
        level.shown = True
        if level.passed or kind != "elif":
            level.passed = True
            return line
        level.passed = True
        return re.sub(r"elif", "if  ", line, count=1)
    level.shown, level.ended = value, value
    if not value or not level.passed:
        return None
    return re.sub(r"elif.*", "else\n", line, count=1, flags=re.DOTALL)


def process(text: str, *, keep_lines: bool = False) -> str:
    """The header without what only the kernel sees.

    ``keep_lines`` leaves an empty line for each that goes (unifdef's option -b), so that a
    compiler's line numbers are those of the source.
    """
    if not _MENTIONS.search(text):
        return text
    out: list[str] = []
    stack: list[_Level] = []
    for line in logical(text):
        match = DIRECTIVE.match(line)
        printed: str | None
        if match is None:
            printed = line if not stack or stack[-1].shown else None
        elif match.group(1) == "endif":
            if not stack:
                return text  # not sound: unifdef refuses it, and so does a compiler
            level = stack.pop()
            printed = line if level.outer and level.passed else None
        else:
            kind = match.group(1)
            if kind in {"elif", "else"} and not stack:
                return text
            value = None if kind == "else" else decide(kind, line[match.end():], _known)
            if kind not in {"elif", "else"}:
                stack.append(_Level(outer=not stack or stack[-1].shown))
            printed = _step(stack[-1], kind, value, line)
        if printed is not None:
            out.append(printed)
            missing = line.count("\n") - printed.count("\n")
        else:
            missing = line.count("\n")
        if keep_lines:
            out.append("\n" * missing)
    return text if stack else "".join(out)
