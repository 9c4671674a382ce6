# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of a header with a caret below the name that a finding is about. Pure."""

from __future__ import annotations

import re

from harness.model import HeaderApi
from harness.uapi.context import HeaderContext, byte_range

_WIDEST = 160  # characters of a line


def of(name: str, old: HeaderApi, new: HeaderApi, context: HeaderContext) -> str:
    """Where the old header has a name, and the new one what stands in its place."""
    word = re.split(r"[ .]", name)[-1]
    rows = [_marked(context.before, line_of(name, old), word, f"before, {context.path}")]
    line, now = _in_place(name, old, new)
    rows.append(_marked(context.after, line, now or word, f"after, {context.path}"))
    return "\n".join(r for r in rows if r)


def line_of(name: str, api: HeaderApi) -> int:
    """The line of a type, a field (``struct x.member``), a function or a constant; 0 for none."""
    owner, _, member = name.partition(".")
    for layout in api.structs:
        if layout.name == owner:
            return next((m.line for m in layout.members if member and m.name == member),
                        0 if member else layout.line)
    if name in api.functions:
        return api.functions[name].line
    return api.lines.get(name.partition("(")[0], 0)


def line_now(name: str, old: HeaderApi, new: HeaderApi) -> int:
    """The line of the new header to point at: of the name, of its place, of its struct."""
    return _in_place(name, old, new)[0] or line_of(name.partition(".")[0], new)


def _in_place(name: str, old: HeaderApi, new: HeaderApi) -> tuple[int, str]:
    """The line of the same name in the new header, or of the field that has its place now."""
    if line := line_of(name, new):
        return line, ""
    owner, _, member = name.partition(".")
    before = next((m for s in old.structs if s.name == owner for m in s.members
                   if m.name == member and member), None)
    if before is None:
        return 0, ""
    after = next((m for s in new.structs if s.name == owner for m in s.members
                  if byte_range(m) == byte_range(before)), None)
    return (after.line, after.name.rpartition(".")[2]) if after else (0, "")


def _marked(text: str, number: int, word: str, where: str) -> str:
    """One line with a caret below ``word``; "" where the text has no such line."""
    lines = text.splitlines()
    if not 0 < number <= len(lines):
        return ""
    line = lines[number - 1].rstrip()[:_WIDEST]
    match = re.search(rf"\b{re.escape(word)}\b", line)
    if match is None:
        return f"{where}:{number}\n{line}"
    blank = re.sub(r"[^\t]", " ", line[:match.start()])
    return f"{where}:{number}\n{line}\n{blank}^{'~' * (len(word) - 1)}"
