# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong versions of the lines that a series adds. Pure: text in, text out.

Each edit changes one thing on an added line, as a tired author might have
written it. tree-sitter finds the places, so that an edit is about a condition
or an argument and not about characters; code that it cannot parse (macros that
look like loops) is skipped over, not guessed at.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.csource import Node, nodes, parse
from harness.csource import text_of as _text

SOURCE = (".c", ".h")
_NUMBER = re.compile(rb"0[xX][0-9a-fA-F]+|0|[1-9]\d*")  # octal is left alone
_ERRNO = re.compile(rb"E[A-Z0-9]{2,}$")
_OTHER = {b"==": (b"!=",), b"!=": (b"==",), b"<": (b"<=",), b">": (b">=",), b"<=": (b"<",),
          b">=": (b">",), b"&&": (b"||",), b"||": (b"&&",), b"+": (b"-",), b"-": (b"+",),
          b"%": (b"/",), b"&": (b"|",), b"|": (b"&",)}
_CONDITIONED = {"if_statement", "while_statement", "conditional_expression"}
_ORDERED = {b"<", b">", b"<=", b">="}


@dataclass(frozen=True, slots=True)
class Edit:
    """One wrong version of a file. ``line`` counts from 1 in the right version.

    ``lines``: so many of the right version are another's there.
    """

    name: str
    path: str
    line: int
    before: str
    after: str
    content: bytes
    lines: int = 1


@dataclass(frozen=True, slots=True)
class _Change:
    start: int
    end: int
    text: bytes


def added_lines(old: bytes, new: bytes) -> frozenset[int]:
    """The lines of ``new``, from 1, that ``old`` does not have."""
    matcher = difflib.SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)
    return frozenset(n + 1 for tag, _, _, low, high in matcher.get_opcodes()
                     if tag != "equal" for n in range(low, high))


def _put(node: Node, text: bytes) -> _Change:
    return _Change(node.start_byte, node.end_byte, text)


def _condition(node: Node) -> Iterator[_Change]:
    """Negated, always true, never true."""
    if node.type not in _CONDITIONED or (inner := node.child_by_field_name("condition")) is None:
        return
    text = _text(inner)
    yield _put(inner, b"(!" + (text if text.startswith(b"(") else b"(" + text + b")") + b")")
    yield _put(inner, b"(1)")
    yield _put(inner, b"(0)")


def _ternary(node: Node) -> Iterator[_Change]:
    one, two = (node.child_by_field_name(n) for n in ("consequence", "alternative"))
    if node.type == "conditional_expression" and one and two:
        yield _Change(one.start_byte, two.end_byte, _text(two) + b" : " + _text(one))


def _statement(node: Node) -> Iterator[_Change]:
    if node.type in {"expression_statement", "return_statement", "goto_statement",
                     "break_statement"}:
        yield _put(node, b";")
    elif node.type in {"if_statement", "case_statement", "field_declaration"}:
        yield _put(node, b"")


def _arguments(node: Node) -> Iterator[_Change]:
    if node.type != "argument_list":
        return
    for one, two in zip(node.named_children, node.named_children[1:], strict=False):
        if _text(one) != _text(two):
            between = (node.text or b"")[one.end_byte - node.start_byte:
                                         two.start_byte - node.start_byte]
            yield _Change(one.start_byte, two.end_byte, _text(two) + between + _text(one))


def _number(node: Node) -> Iterator[_Change]:
    text = _text(node).strip()
    if node.type not in {"number_literal", "preproc_arg"} or not _NUMBER.fullmatch(text):
        return
    value = int(text, 0)
    yield _put(node, b"%d" % (value + 1))
    if value:
        yield _put(node, b"%d" % (value - 1))


def _operator(node: Node) -> Iterator[_Change]:
    if node.type != "binary_expression" or (op := node.child_by_field_name("operator")) is None:
        return
    for other in _OTHER.get(_text(op), ()):
        yield _put(op, other)


def _operand(node: Node) -> Iterator[_Change]:
    """One side of && or || left out: a check dropped, a condition widened."""
    if node.type != "binary_expression" or (op := node.child_by_field_name("operator")) is None:
        return
    if _text(op) in {b"&&", b"||"}:
        for side in ("left", "right"):
            if (kept := node.child_by_field_name(side)) is not None:
                yield _put(node, _text(kept))


def _bound(node: Node) -> Iterator[_Change]:
    """The right side of an ordering, off by one."""
    if node.type != "binary_expression" or (op := node.child_by_field_name("operator")) is None:
        return
    right = node.child_by_field_name("right")
    if _text(op) in _ORDERED and right is not None and right.type != "number_literal":
        yield _put(right, b"(" + _text(right) + b" + 1)")


def _errno(node: Node) -> Iterator[_Change]:
    if node.type == "identifier" and _ERRNO.match(_text(node)):
        yield _put(node, b"ENOENT" if _text(node) != b"ENOENT" else b"EINVAL")


# name -> what it does to a node; the order is that of the report
OPERATORS: tuple[tuple[str, Callable[[Node], Iterator[_Change]]], ...] = (
    ("condition", _condition), ("swap-arms", _ternary), ("drop", _statement),
    ("swap-arguments", _arguments), ("number", _number), ("operator", _operator),
    ("drop-operand", _operand), ("bound", _bound), ("errno", _errno),
)


def _one_line(text: bytes) -> str:
    return " ".join(text.decode("utf-8", "replace").split())


def _edit(path: str, content: bytes, what: str, change: _Change) -> Edit:
    new = content[: change.start] + change.text + content[change.end:]
    line = content.count(b"\n", 0, change.start) + 1
    lines = content.count(b"\n", change.start, change.end) + 1
    return Edit(f"{path}:{line} {what}", path, line,
                _one_line(content[change.start: change.end]), _one_line(change.text), new, lines)


def _hunks(path: str, old: bytes, new: bytes) -> Iterator[Edit]:
    """Each changed place as it was before the series."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            yield Edit(f"{path}:{c + 1} drop-hunk", path, c + 1, _one_line(b"".join(after[c:d])),
                       _one_line(b"".join(before[a:b])),
                       b"".join((*after[:c], *before[a:b], *after[d:])), d - c)


def edits(path: str, old: bytes, new: bytes) -> tuple[Edit, ...]:
    """All wrong versions of ``new`` that touch only lines which ``old`` lacks, each once."""
    lines = added_lines(old, new)
    if not path.endswith(SOURCE) or not lines:
        return ()
    found = list(_hunks(path, old, new)) if old else []
    for node in nodes(parse(new)):
        if node.start_point.row + 1 not in lines or node.has_error:
            continue
        found += [_edit(path, new, what, change)
                  for what, operator in OPERATORS for change in operator(node)]
    unique: dict[bytes, Edit] = {}
    for edit in found:
        if edit.content != new:
            unique.setdefault(edit.content, edit)
    return tuple(_numbered(sorted(unique.values(), key=lambda e: e.line)))


def _numbered(found: list[Edit]) -> Iterator[Edit]:
    """Names that tell edits of the same kind on one line apart."""
    count: dict[str, int] = {}
    for edit in found:
        count[edit.name] = nth = count.get(edit.name, 0) + 1
        yield Edit(f"{edit.name}-{nth}", edit.path, edit.line, edit.before, edit.after,
                   edit.content, edit.lines)
