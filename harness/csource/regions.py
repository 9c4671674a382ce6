# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of a C file that a configuration leaves out. Pure.

A first answer without a preprocessor: only conditions that CONFIG symbols decide count; every
other one is undecided. A symbol that is set to m is not defined, as in built-in code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.csource.condition import DIRECTIVE, bare, decide, logical

_ENABLED = re.compile(r"\bIS_(?:ENABLED|BUILTIN|REACHABLE)\s*\(\s*(CONFIG_\w+)\s*\)")
_MODULE = re.compile(r"\bIS_MODULE\s*\(\s*CONFIG_\w+\s*\)")
_SYMBOL = re.compile(r"\bCONFIG_\w+")
_FIXED = {"__KERNEL__": (True, 1), "__cplusplus": (False, 0), "__EXPORTED_HEADERS__": (False, 0),
          "__CHECKER__": (False, 0)}
MOST = 100_000  # lines of a file


def symbols(dot_config: str) -> dict[str, str]:
    """``CONFIG_X`` -> its value, of a .config."""
    return dict(re.findall(r"(?m)^(CONFIG_\w+)=(.*)$", dot_config))


class Configured:
    """The symbols that a configuration defines, for ``condition.decide``."""

    def __init__(self, values: Mapping[str, str], *, assembler: bool) -> None:
        self._values = values
        self._assembler = assembler

    def __call__(self, name: str) -> tuple[bool, int] | None:
        """Whether a symbol is defined, and its value; None for what Kconfig does not know."""
        if name in {"__ASSEMBLY__", "__ASSEMBLER__"}:
            return self._assembler, int(self._assembler)
        if not name.startswith("CONFIG_"):
            return _FIXED.get(name)
        value = self._values.get(name, "n")
        if value in {"n", "m", ""}:
            return False, 0
        try:
            return True, 1 if value == "y" else int(value, 0)
        except ValueError:  # a string
            return True, 0


def asks_for(text: str, known: Configured) -> bool:
    """Whether code asks at run time, with IS_ENABLED(), for a symbol that is off."""
    return any((known(name) or (False,))[0] is False for name in _ENABLED.findall(text))


def in_words(text: str) -> str:
    """A condition with what include/linux/kconfig.h makes of IS_ENABLED() and its like."""
    return _MODULE.sub("0", _ENABLED.sub(r"defined(\1)", text))


def guard(rows: list[str]) -> int:
    """The index of the directive that opens an include guard around the whole file, or -1."""
    kinds = [(n, m.group(1)) for n, row in enumerate(rows) if (m := DIRECTIVE.match(row))]
    code = [n for n, row in enumerate(rows) if bare(row).strip()]
    if not kinds or not code or kinds[0][1] != "ifndef" or code[0] != kinds[0][0]:
        return -1
    first = kinds[0][0]
    name = re.match(r"\s*#\s*ifndef\s+(\w+)", rows[first])
    following = rows[code[1]] if len(code) > 1 else ""
    if name is None or not re.match(rf"\s*#\s*define\s+{name.group(1)}\s*$", bare(following)):
        return -1
    depth = 0
    for n, kind in kinds:
        depth += {"if": 1, "ifdef": 1, "ifndef": 1, "endif": -1}.get(kind, 0)
        if depth == 0:
            return first if n == code[-1] else -1
    return -1


def left_out(text: str, known: Configured) -> dict[int, str]:
    """Lines (from 1) that are not certainly compiled.

    The value is the condition that leaves a line out, as the source has it, or "" where nobody
    can tell without a preprocessor. Lines that are certainly compiled are not in it. A directive
    that opens a branch which is not taken counts as left out with it.
    """
    rows = list(logical(text))
    opens = guard(rows)
    found: dict[int, str] = {}
    # For each open condition: is this branch taken, has one been, and the condition's words
    stack: list[tuple[bool | None, bool | None, str]] = []
    number = 1
    for index, row in enumerate(rows):
        match = DIRECTIVE.match(row)
        kind = match.group(1) if match else ""
        if kind == "endif" and stack:
            stack.pop()
        elif match is not None and kind != "endif":
            _branch(stack, kind, row, row[match.end():], known if index != opens else None)
        length = row.count("\n") or 1
        if off := [s for s in stack if s[0] is not True]:
            why = next((words for state, _, words in off if state is False), "")
            found |= dict.fromkeys(range(number, number + length), " ".join(why.split())[:200])
        number += length
        if number > MOST:
            break
    return found


def _branch(stack: list[tuple[bool | None, bool | None, str]], kind: str, row: str, rest: str,
            known: Configured | None) -> None:
    """Take in a directive that begins a branch; without ``known`` it is taken."""
    value: bool | None = True
    if kind != "else" and known is not None:
        value = decide(kind, in_words(rest), known, constants=True)
    if kind in {"if", "ifdef", "ifndef"}:
        stack.append((value, value, row.strip()))
    elif stack:
        _, taken, words = stack[-1]
        now = False if taken or value is False else None if None in {taken, value} else True
        whole = True if taken or value else None if None in {taken, value} else False
        stack[-1] = (now, whole, f"{words} ... {row.strip()}")


def symbols_in(condition: str) -> tuple[str, ...]:
    """The CONFIG symbols that a condition names."""
    return tuple(dict.fromkeys(_SYMBOL.findall(condition)))
