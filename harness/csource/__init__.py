# SPDX-License-Identifier: GPL-2.0-or-later
"""C as tree-sitter reads it: what does not compile alone has functions and statements too."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import tree_sitter_c
from tree_sitter import Language, Node, Parser

_C = Language(tree_sitter_c.language())


def parse(content: bytes) -> Node:
    """The root of a file; what cannot be read is an ERROR node in it."""
    return Parser(_C).parse(content).root_node


def text_of(node: Node | None) -> bytes:
    """The source of a node."""
    return (node.text or b"") if node is not None else b""


def nodes(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order of the source."""
    # A cursor, and no list of children: a hostile file has millions of them.
    cursor, depth = node.walk(), 0
    while True:
        if cursor.node is not None:
            yield cursor.node
        if cursor.goto_first_child():
            depth += 1
            continue
        while not cursor.goto_next_sibling():
            if not depth or not cursor.goto_parent():
                return
            depth -= 1


def functions(root: Node) -> dict[str, Node]:
    """The function definitions of a file by name."""
    found: dict[str, Node] = {}
    for node in nodes(root):
        if node.type != "function_definition":
            continue
        if (name := _name(node)) is not None:
            found.setdefault(text_of(name).decode("utf-8", "replace"), node)
    return found


def around(root: Node, lines: Collection[int]) -> dict[int, str]:
    """The function whose definition holds each of these lines, which count from 1."""
    spans = [(_line(node), node.end_point.row + 1, name)
             for name, node in functions(root).items()]
    return {line: name for line in lines for first, last, name in spans if first <= line <= last}


_STATEMENTS = frozenset({"return_statement", "expression_statement", "if_statement",
                         "while_statement", "for_statement", "switch_statement", "init_declarator"})


_IN_A_ROW = _STATEMENTS - {"init_declarator"} | {"declaration", "do_statement"}


def statements(root: Node) -> frozenset[int]:
    """The lines, which count from 1, on which a statement begins that computes anything."""
    return frozenset(_line(node) for node in _inside(root) if node.type in _STATEMENTS)


def _inside(root: Node) -> Iterator[Node]:
    """The functions of a file, and all that is in them."""
    for function in functions(root).values():
        yield from nodes(function)


def _line(node: Node) -> int:
    """Where a node begins, from 1."""
    return node.start_point.row + 1


_WHOLE = frozenset({"return_statement", "expression_statement", "declaration"})
_MAYBE = frozenset({"&&", "||", "statement_expression", "compound_statement", "ERROR"})


def parts(root: Node) -> dict[int, int]:
    """Of lines on which a statement goes on the one on which it began (both from 1).

    Statements alone of which no part can be left out: whoever began one has run all of it.
    """
    found: dict[int, int] = {}
    for one in _inside(root):
        first, last = _line(one), one.end_point.row + 1
        if one.type in _WHOLE and first < last and not any(
                inner.type in _MAYBE or (inner.type in {"?", ":"}
                                         and inner.parent is not None
                                         and _lines_of(inner.parent) > 1)
                for inner in nodes(one)):
            found |= dict.fromkeys(range(first + 1, last + 1), first)
    return found


def _lines_of(node: Node) -> int:
    return node.end_point.row - node.start_point.row + 1


def implied(root: Node) -> dict[int, frozenset[int]]:
    """Of lines on which a statement begins those that do not run without it (all from 1).

    The statement behind it in its block, where no label is between; the first one of what it
    guards; of an "if" the "else if".
    """
    found: dict[int, set[int]] = {}
    for one in _inside(root):
        pairs = _in_a_row(one) if one.type == "compound_statement" else (
            _guarded(one) if one.type in _GUARDS else ())
        for earlier, later in pairs:
            if later > earlier:
                found.setdefault(earlier, set()).add(later)
    return {line: frozenset(rows) for line, rows in found.items()}


def _in_a_row(block: Node) -> Iterator[tuple[int, int]]:
    """Each statement of a block and the one behind it."""
    last = 0
    for inner in block.named_children:
        if inner.type == "comment":
            continue
        plain = inner.type in _IN_A_ROW
        if last and plain:
            yield last, _line(inner)
        last = _line(inner) if plain else 0


def _guarded(one: Node) -> Iterator[tuple[int, int]]:
    """A statement with a condition, and what is below it."""
    other = one.child_by_field_name("alternative")
    for below in (one.child_by_field_name("consequence"), one.child_by_field_name("body"),
                  other.named_child(0) if other is not None else None):
        if (first := _first(below)) is not None:
            yield _line(one), _line(first)


_GUARDS = frozenset({"if_statement", "while_statement", "for_statement"})


def _first(guarded: Node | None) -> Node | None:
    """The first statement of a block, or the one that stands without; None where a label does."""
    if guarded is not None and guarded.type == "compound_statement":
        guarded = next((c for c in guarded.named_children if c.type != "comment"), None)
    return guarded if guarded is not None and guarded.type in _IN_A_ROW else None


def heads(root: Node) -> dict[int, int]:
    """The lines on which a condition goes on, with that on which its statement begins."""
    found: dict[int, int] = {}
    for one in _inside(root):
        condition = one.child_by_field_name("condition")
        if one.type in _GUARDS and condition is not None:
            first = _line(one)
            found |= dict.fromkeys(range(first + 1, condition.end_point.row + 2), first)
    return found


def labels(root: Node) -> frozenset[int]:
    """The lines on which a label stands alone."""
    return frozenset(
        _line(one) for one in _inside(root) if one.type in {"labeled_statement", "case_statement"}
        and one.start_point.row not in {c.start_point.row for c in one.named_children
                                        if c.type.endswith("statement")})


def _name(function: Node) -> Node | None:
    """What a definition names: the innermost declarator that has parameters."""
    here, found = function.child_by_field_name("declarator"), None
    while here is not None:
        inner = here.child_by_field_name("declarator")
        if here.type == "function_declarator":
            found = inner
        if here.type == "parenthesized_declarator":
            inner = next((c for c in here.named_children if c.type.endswith("declarator")), None)
        here = inner
    return found


def flat(node: Node | None) -> str:
    """The source of a node on one line, its comments left out."""
    if node is None:
        return ""
    start, parts, at = node.start_byte, [], 0
    whole = text_of(node)
    for inner in nodes(node):
        if inner.type == "comment":
            parts.append(whole[at: inner.start_byte - start])
            at = inner.end_byte - start
    parts.append(whole[at:])
    return " ".join(b" ".join(parts).decode("utf-8", "replace").split())


__all__ = ["Node", "around", "flat", "functions", "heads", "implied", "labels", "nodes", "parse",
           "parts", "text_of"]
