# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches of a header that only machines of the other byte order compile. Pure."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping

from harness.arch import BIG_ENDIAN
from harness.uapi.result import Comparison

_IF = re.compile(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b(.*)$")
ORDER = re.compile(r"(?:BIG|LITTLE)_ENDIAN|BYTE_ORDER")


def conditional(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each line, with what the conditions around it ask for; a directive is within its own."""
    stack: list[str] = []
    for line in text.splitlines():
        match = _IF.match(line)
        word, rest = match.groups() if match else ("", "")
        if word.startswith("if"):
            stack.append(rest)
        elif word == "elif" and stack:
            stack[-1] += f" {rest}"
        yield line.strip(), tuple(stack)
        if word == "endif" and stack:
            stack.pop()


def branches(text: str) -> tuple[str, ...]:
    """The lines below conditions on the byte order, those conditions among them."""
    return tuple(line for line, asked in conditional(text) if any(map(ORDER.search, asked)))


def changed(before: Mapping[str, str], after: Mapping[str, str], paths: Mapping[str, str],
            ) -> dict[str, str]:
    """Of the changed headers those in which such a branch changed, with their paths."""
    return {h: path for h, path in paths.items()
            if branches(before.get(h, "")) != branches(after.get(h, ""))}


def not_compared(wanted: Mapping[str, str]) -> tuple[Comparison, ...]:
    """A row for each, where no compiler for such a machine is here."""
    if shutil.which(BIG_ENDIAN.program) is not None:
        return ()
    return tuple(Comparison(h, path, BIG_ENDIAN.name, "a branch for big endian changed, and no "
                            f"compiler for it is here ({BIG_ENDIAN.program})",
                            f"apt-get install {BIG_ENDIAN.package}") for h, path in wanted.items())
