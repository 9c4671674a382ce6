# SPDX-License-Identifier: GPL-2.0-or-later
"""What the text of a header declares that debug information does not have. Pure.

Prototypes and variables of others, tables that every program gets a copy of, and the bodies of
inline functions. What stands twice, in branches that exclude one another, is left to compilers.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.csource import Node, flat, nodes, parse, text_of
from harness.uapi.headers import closure, transform

MOST = 2000  # declarations of one header
MOST_TEXT = 1 << 20
_SKIPPED = frozenset({"function_definition", "struct_specifier", "union_specifier",
                      "enum_specifier", "preproc_def", "preproc_function_def"})


@dataclass(frozen=True, slots=True)
class Body:
    """An inline function: whether it is static, its statements on one line, and all of it."""

    static: bool
    text: str
    whole: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Declared:
    """Declarations by name.

    ``outside``: prototypes and ``extern`` variables, as the header has them; ``tables``: the
    elements of each array or struct with an initialiser, and the value of a constant; ``kinds``:
    their declarations, with @ for the name; ``bodies``: inline functions.
    """

    outside: dict[str, str] = field(default_factory=dict)
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, Body] = field(default_factory=dict)


@functools.lru_cache(64)
def declared(text: str) -> Declared:
    """Read the text of a header as it stands in the tree: what is exported of it."""
    found, seen = Declared(), set[str]()
    content = transform(text[:MOST_TEXT]).encode("utf-8", "replace")
    for number, node in enumerate(_top(parse(content))):
        if number >= MOST:
            break
        had = dict(found.bodies)
        name = _take(node, found)
        if name in seen:
            for table in (found.outside, found.tables, found.kinds):
                table.pop(name, None)
            if name in had and name in found.bodies:  # of branches: compilers see one of them
                one, two = had[name], found.bodies[name]
                found.bodies[name] = Body(one.static and two.static, f"{one.text} {two.text}",
                                          f"{one.whole} {two.whole}")
        elif name:
            seen.add(name)
    return found


def with_moved(header: str, before: str, after: Mapping[str, str]) -> str:
    """The new text of a header, with those that it includes where something moved there."""
    had, has = declared(before), declared(after[header])
    if {*had.tables, *had.bodies} <= {*has.tables, *has.bodies}:
        return after[header]
    return "\n".join((after[header], *(after[h] for h in closure(after, [header]) if h != header)))


def _top(root: Node) -> Iterator[Node]:
    """Declarations and definitions that stand in no other, whatever conditions are around."""
    stack = [root]
    while stack:
        here = stack.pop()
        if here.type in {"declaration", "function_definition"}:
            yield here
        elif here.type not in _SKIPPED:
            stack += reversed(here.children)


def _take(node: Node, found: Declared) -> str:
    """Note what a declaration is about; returns its name, or "" where it is of no interest."""
    words = {flat(c) for c in node.children if c.type in {
        "storage_class_specifier", "type_qualifier"}}
    declarators = node.children_by_field_name("declarator")
    if len(declarators) != 1:
        return ""
    name = _named(declarators[0])
    if not name:
        return ""
    if node.type == "function_definition":
        found.bodies[name] = Body("static" in words, flat(node.child_by_field_name("body")),
                                  flat(node))
    elif declarators[0].type == "init_declarator":
        value = declarators[0].child_by_field_name("value")
        if value is not None and value.type == "initializer_list":
            found.tables[name] = tuple(flat(c) for c in value.named_children
                                       if c.type != "comment")
            found.kinds[name] = _kind(node, declarators[0], name)
        elif value is not None and {"static", "const"} <= words:
            found.tables[name] = (flat(value),)
            found.kinds[name] = _kind(node, declarators[0], name)
    elif "static" not in words and ("extern" in words or any(
            c.type == "function_declarator" for c in nodes(declarators[0]))):
        found.outside[name] = flat(node)
    else:
        return ""
    return name


def _kind(node: Node, declarator: Node, name: str) -> str:
    """A declaration without its storage class and initialiser, with @ for the name."""
    words = [flat(c) for c in node.children if c.type == "type_qualifier"]
    words.append(flat(node.child_by_field_name("type")))
    held = flat(declarator.child_by_field_name("declarator"))
    marked = re.sub(rf"\b{name}\b", "@", held, count=1)
    return f"{' '.join(words)} {marked}"


def _named(declarator: Node) -> str:
    """The name in a declarator; one in brackets is a pointer to something, with a name too."""
    here: Node | None = declarator
    while here is not None:
        if here.type == "identifier":
            return text_of(here).decode("utf-8", "replace")
        here = here.child_by_field_name("declarator") or next(
            (c for c in here.named_children if c.type.endswith("declarator")
             or c.type == "identifier"), None)
    return ""


def is_open(body: str) -> bool:
    """Whether the text of a macro is an expression that operators beside it can take apart."""
    root = parse(f"int x = {body};".encode("utf-8", "replace"))
    if root.has_error:
        return False
    declarator = next((n for n in nodes(root) if n.type == "init_declarator"), None)
    value = declarator.child_by_field_name("value") if declarator is not None else None
    return value is not None and value.type in {
        "binary_expression", "conditional_expression", "assignment_expression"}
