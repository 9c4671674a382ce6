# SPDX-License-Identifier: GPL-2.0-or-later
"""Conditions of the C preprocessor, as far as some symbols decide them. Pure.

The rules are unifdef's (scripts/unifdef.c): what cannot be decided stays undecided, and a
condition of nothing but numbers is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

DIRECTIVE = re.compile(r"[ \t]*#[ \t]*(ifdef|ifndef|if|elif|else|endif)\b")
_SKIPPED = re.compile(r'/\*.*?(?:\*/|\Z)|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                      re.DOTALL)
_TOKEN = re.compile(r"\s*(defined\b|[A-Za-z_]\w*|0[xX][0-9a-fA-F]+\w*|\d+\w*|\|\||&&|[=!<>]=|.)")
_DEPTH = 64  # of brackets in a condition
_COMPARE = {"==": int.__eq__, "!=": int.__ne__, "<": int.__lt__, ">": int.__gt__,
            "<=": int.__le__, ">=": int.__ge__}
Value = int | None  # None: it cannot be decided
Known = Callable[[str], tuple[bool, int] | None]  # whether a symbol is defined, and its value


class _Unreadable(Exception):  # noqa: N818  (no error: the condition stays as it is)
    """A condition that this does not understand."""


class _Condition:
    """Evaluates one condition as unifdef does: only known symbols and numbers have values."""

    def __init__(self, text: str, known: Known, *, constants: bool = False) -> None:
        self.known = known
        self.tokens = [m.group(1) for m in _TOKEN.finditer(text) if m.group(1).strip()]
        self.at = 0
        self.constant = not constants  # nothing but numbers: unifdef leaves "#if 0" alone

    def value(self) -> Value:
        """Return the condition's value; None when it cannot be decided, or only has numbers."""
        try:
            found = self._or(0)
        except _Unreadable:
            return None
        return None if self.constant or self.at < len(self.tokens) else found

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1] if self.at <= len(self.tokens) else ""

    def _or(self, depth: int) -> Value:
        left = self._and(depth)
        while self._peek() == "||":
            self._next()
            right = self._and(depth)
            left = 1 if left or right else None if None in {left, right} else 0
        return left

    def _and(self, depth: int) -> Value:
        left = self._compare(depth)
        while self._peek() == "&&":
            self._next()
            right = self._compare(depth)
            left = 0 if 0 in {left, right} else None if None in {left, right} else 1
        return left

    def _compare(self, depth: int) -> Value:
        left = self._unary(depth)
        while self._peek() in _COMPARE:
            operator = _COMPARE[self._next()]
            right = self._unary(depth)
            left = None if left is None or right is None else int(operator(left, right))
        return left

    def _unary(self, depth: int) -> Value:
        if depth > _DEPTH:
            raise _Unreadable
        word = self._next()
        if word == "!":
            inner = self._unary(depth + 1)
            return None if inner is None else int(not inner)
        if word == "(":
            inner = self._or(depth + 1)
            if self._next() != ")":
                raise _Unreadable
            return inner
        if word == "defined":
            return self._defined()
        if word[:1].isdigit():
            try:
                return int(word.rstrip("uUlL"), 0)
            except ValueError:
                raise _Unreadable from None
        if not (word[:1].isalpha() or word[:1] == "_"):
            raise _Unreadable
        self.constant = False
        if self._peek() == "(":
            raise _Unreadable
        found = self.known(word)
        return None if found is None else found[1]

    def _defined(self) -> Value:
        self.constant = False
        word = self._next()
        if word == "(":
            word = self._next()
            if self._next() != ")":
                raise _Unreadable
        found = self.known(word)
        return None if found is None else int(found[0])


def bare(text: str) -> str:
    """A line without its comments; what is in quotes stays."""
    return _SKIPPED.sub(lambda m: " " if m.group().startswith("/") else m.group(), text)


def decide(kind: str, text: str, known: Known, *, constants: bool = False) -> bool | None:
    """Evaluate a directive's condition; ``text`` is everything after the directive's name.

    ``constants``: a condition of nothing but numbers counts too, as it does to a compiler.
    """
    rest = bare(text).replace("\\\n", " ").strip()
    if kind in {"ifdef", "ifndef"}:
        word = rest.split()[0] if rest else ""
        found = known(word)
        return None if found is None else found[0] is (kind == "ifdef")
    value = _Condition(rest, known, constants=constants).value()
    return None if value is None else bool(value)


def logical(text: str) -> Iterator[str]:
    """Logical lines: continued ones, and those that a comment joins, are one."""
    # On newlines alone: compilers and git count no form feeds.
    parts: list[str] = []
    inside = False  # of a comment
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        parts.append(line)
        inside = _ends_in_comment(line, inside=inside)
        if not inside and not line.endswith("\\\n"):
            yield "".join(parts)
            parts = []
    if parts:
        yield "".join(parts)


def _ends_in_comment(line: str, *, inside: bool) -> bool:
    """Whether a comment is open at the end of a line."""
    at = 0
    if inside:
        end = line.find("*/")
        if end < 0:
            return True
        at = end + 2
    for match in _SKIPPED.finditer(line, at):
        if match.group().startswith("/*") and not (
                len(match.group()) > 3 and match.group().endswith("*/")):
            return True
    return False
