# SPDX-License-Identifier: GPL-2.0-or-later
"""``unifdef -U__KERNEL__ -D__EXPORTED_HEADERS__`` on one header, as the kernel's own does it.

What scripts/unifdef.c (2.5) does with these two symbols and no other options, and nothing
more: a condition that can be decided goes away with the lines that it leaves out; one that
cannot stays as it is. Pure, so that nothing of a tree has to be compiled and run for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

KNOWN = {"__KERNEL__": False, "__EXPORTED_HEADERS__": True}
_MENTIONS = re.compile("|".join(KNOWN))
_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*(ifdef|ifndef|if|elif|else|endif)\b")
_SKIPPED = re.compile(r'/\*.*?(?:\*/|\Z)|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                      re.DOTALL)
_TOKEN = re.compile(r"\s*(defined\b|[A-Za-z_]\w*|0[xX][0-9a-fA-F]+\w*|\d+\w*|\|\||&&|[=!<>]=|.)")
_DEPTH = 64  # of brackets in a condition, and of conditions in one another
_COMPARE = {"==": int.__eq__, "!=": int.__ne__, "<": int.__lt__, ">": int.__gt__,
            "<=": int.__le__, ">=": int.__ge__}
Value = int | None  # None: it cannot be decided


class _Unreadable(Exception):  # noqa: N818  (no error: the condition stays as it is)
    """A condition that this does not understand."""


class _Condition:
    """Evaluates one condition as unifdef does: only ``KNOWN`` symbols and numbers have values."""

    def __init__(self, text: str) -> None:
        self.tokens = [m.group(1) for m in _TOKEN.finditer(text) if m.group(1).strip()]
        self.at = 0
        self.constant = True  # nothing but numbers: unifdef leaves "#if 0" alone

    def value(self) -> Value:
        """The condition's value; None when it cannot be decided."""
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
        return int(KNOWN[word]) if word in KNOWN else None

    def _defined(self) -> Value:
        self.constant = False
        word = self._next()
        if word == "(":
            word = self._next()
            if self._next() != ")":
                raise _Unreadable
        return int(KNOWN[word]) if word in KNOWN else None


def _bare(text: str) -> str:
    """A line without its comments; what is in quotes stays."""
    return _SKIPPED.sub(lambda m: " " if m.group().startswith("/") else m.group(), text)


def _decide(kind: str, text: str) -> bool | None:
    """What a directive's condition comes to, as unifdef sees it."""
    rest = _bare(text).replace("\\\n", " ").strip()
    if kind in {"ifdef", "ifndef"}:
        word = rest.split()[0] if rest else ""
        return None if word not in KNOWN else KNOWN[word] is (kind == "ifdef")
    value = _Condition(rest).value()
    return None if value is None else bool(value)


def _logical(text: str) -> Iterator[str]:
    """Logical lines: continued ones, and those that a comment joins, are one."""
    lines = text.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        whole = lines[at]
        at += 1
        while at < len(lines) and (whole.endswith("\\\n") or _open_comment(whole)):
            whole += lines[at]
            at += 1
        yield whole


def _open_comment(text: str) -> bool:
    """Whether a comment begins in a text and does not end in it."""
    return any(m.group().startswith("/*") and not (len(m.group()) > 3 and m.group().endswith("*/"))
               for m in _SKIPPED.finditer(text))


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
    for line in _logical(text):
        match = _DIRECTIVE.match(line)
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
            value = None if kind == "else" else _decide(kind, line[match.end():])
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
