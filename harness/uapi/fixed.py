# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros that are the same number on every machine and in every version that has their text.

They are made of small integers, operators, and other such macros of the header. So what a
compiler has said of them once need not be asked again. No type is named in them: it could be
another one elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

_WORD = re.compile(r"[A-Za-z_]\w*|\$\d+")
# An int or unsigned int wherever int has 32 bits, or a long long by its suffix: never a long.
_INTEGER = re.compile(r"(?<![\w.$])(?:0[xX][\da-fA-F]{1,8}[uU]?|\d{1,9}[uU]?"
                      r"|(?:0[xX][\da-fA-F]{1,16}|\d{1,18})(?:[uU][lL]{2}|[lL]{2}[uU]?))(?![\w.])")
_ELSE = re.compile(r"[-+*/%&|^~!<>=?:()\s]*")
_DEEPEST = 100  # macros that name one another
_LONGEST = 2000  # characters of a text with all others filled in


def texts(asked: Iterable[str], plain: Mapping[str, str], forms: Mapping[str, str],
          own: frozenset[str]) -> dict[str, str]:
    """The whole text of each name or call that is such a macro.

    ``plain`` are the texts of macros, ``forms`` those of macros with parameters, as ``$0`` and so
    on; ``own`` the names that nobody else defines.
    """
    whole: dict[str, str | None] = {}

    def fill(name: str, depth: int = 0) -> str | None:
        if name not in whole:
            whole[name] = None  # one that names itself
            body = plain.get(name) if name in own and depth < _DEEPEST else None
            whole[name] = None if body is None or not body.strip() else _filled(
                body, lambda other: fill(other, depth + 1))
        return whole[name]

    found: dict[str, str] = {}
    for name in asked:
        macro, called, given = name.partition("(")
        if not called:
            text = fill(name)
        elif macro in own and macro in forms and _is_fixed(given[:-1].replace(",", "+")):
            form = _filled(forms[macro], fill)
            text = None if form is None else f"{form}({given}"
        else:
            text = None
        if text is not None:
            found[name] = text
    return found


def _filled(body: str, fill: Callable[[str], str | None]) -> str | None:
    """A text with macros filled in; None where something else stands in it."""
    parts, at = [], 0
    for match in _WORD.finditer(_INTEGER.sub(lambda m: " " * len(m.group()), body)):
        word = match.group()
        text = word if word.startswith("$") else fill(word)
        if text is None:
            return None
        parts += [body[at:match.start()], f"({text})" if text is not word else word]
        at = match.end()
    done = "".join([*parts, body[at:]])
    return done if len(done) <= _LONGEST and _is_fixed(re.sub(r"\$\d+", "", done)) else None


def _is_fixed(text: str) -> bool:
    return _ELSE.fullmatch(_INTEGER.sub("", text)) is not None
