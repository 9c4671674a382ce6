# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about what a function must do in which order, kept as data in a profile.

For what tests cannot see: x86 keeps the order of stores, so a missing barrier
never fails there. ``kselftests/<profile>/rules/*.toml`` names a file, a function
and one of these::

    order = [A, B, C]     every statement that matches A stands before B, B before C;
                          B has to be there when A and C are
    lock = {take, drop, around}   around happens between take and drop, on every path out
    once = {read, until}  read happens at most once until the statement that matches until
    compare = [A, B]      a condition of the function has both
    under = {line, symbol}        a line that matches is compiled only where the symbol is set

What the base does in the same way is not the series' fault. A function or a
pattern that is not there says nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.csource import Node, flat, functions, nodes, parse, text_of
from harness.csource.blocks import around
from harness.errors import UsageError
from harness.lint.rule import Hit, TreeContext, TreeRule
from harness.model import Location
from harness.model.rules import KEYS, RuleText, from_row

_LEAVES = {"expression_statement", "return_statement", "goto_statement", "declaration",
           "break_statement", "continue_statement"}
_KEYS = {"id", "file", "function", "when", "order", "lock", "once", "compare", "under"} | (
    KEYS - {"looks_at"})


@dataclass(frozen=True, slots=True)
class SourceRule:
    """One row of a rules file."""

    text: RuleText
    file: str
    function: str
    when: str
    problems: Callable[[Node], Iterator[tuple[int, str]]]


def statements(function: Node) -> list[tuple[int, str]]:
    """The simple statements of a function, (line, text), in the order of the source."""
    return [(node.start_point.row + 1, flat(node)) for node in nodes(function)
            if node.type in _LEAVES]


def _order(steps: list[str]) -> Callable[[Node], Iterator[tuple[int, str]]]:
    def problems(function: Node) -> Iterator[tuple[int, str]]:
        rows = statements(function)
        first, middle, last = ([n for n, (_, text) in enumerate(rows) if re.search(step, text)]
                               for step in steps)
        if not first or not last:
            return
        stores = [n for n in first if n not in last]
        if not stores:
            return
        if late := [n for n in stores if n > min(last)]:
            yield rows[late[0]][0], f"{rows[late[0]][1]!r} comes after {rows[min(last)][1]!r}"
        elif not any(max(stores) < n <= min(last) for n in middle):
            yield rows[min(last)][0], (
                f"nothing orders {rows[max(stores)][1]!r} before {rows[min(last)][1]!r}")

    return problems


_BLOCKS = {"compound_statement", "function_definition", "labeled_statement"}
# What has a state of its own behind it; a branch that leaves the function says nothing of that.
_PASSES_ON = _LEAVES | {"compound_statement", "labeled_statement", "while_statement",
                        "for_statement", "do_statement"}


@dataclass(frozen=True, slots=True)
class _Lock:
    """Walks a function with the state of one lock."""

    take: str
    drop: str
    around: tuple[str, ...]

    def leaf(self, node: Node, held: bool) -> tuple[bool, list[tuple[int, str]]]:
        line, text = node.start_point.row + 1, flat(node)
        if re.search(self.take, text):
            return True, []
        if re.search(self.drop, text):
            return False, []
        if node.type == "return_statement" and held:
            return held, [(line, f"{text!r} with the lock held")]
        if not held and any(re.search(a, text) for a in self.around):
            return held, [(line, f"{text!r} without the lock")]
        return held, []

    def walk(self, node: Node, held: bool) -> tuple[bool, list[tuple[int, str]]]:
        if node.type in _LEAVES:
            return self.leaf(node, held)
        found: list[tuple[int, str]] = []
        for child in node.named_children:
            after, more = self.walk(child, held)
            found += more
            if node.type in _BLOCKS and child.type in _PASSES_ON:
                held = after
        return held, found

    def problems(self, function: Node) -> Iterator[tuple[int, str]]:
        text = flat(function)
        # The compiler pairs what guard() takes.
        if any(re.search(a, text) for a in self.around) and not re.search(
                r"\b(?:scoped_)?guard\(|trylock", text):
            yield from self.walk(function, held=False)[1]


def _lock(row: dict[str, Any]) -> Callable[[Node], Iterator[tuple[int, str]]]:
    return _Lock(row["take"], row["drop"], tuple(row["around"])).problems


def _once(row: dict[str, str]) -> Callable[[Node], Iterator[tuple[int, str]]]:
    expression, until = row["read"], row["until"]

    def problems(function: Node) -> Iterator[tuple[int, str]]:
        places = [(line, text) for line, text in statements(function)
                  for _ in re.finditer(expression, text)]
        conditions = [(node.start_point.row + 1, flat(node.child_by_field_name("condition")))
                      for node in nodes(function)
                      if node.type in {"if_statement", "while_statement"}]
        places += [(line, text) for line, text in conditions
                   for _ in re.finditer(expression, text)]
        end = min((line for line, text in statements(function) if re.search(until, text)),
                  default=1 << 30)
        places = sorted(p for p in places if p[0] <= end)
        if len(places) > 1:
            line, text = places[1]
            yield line, f"read a second time in {text!r}: it may have changed since"

    return problems


def _compare(wanted: list[str]) -> Callable[[Node], Iterator[tuple[int, str]]]:
    def problems(function: Node) -> Iterator[tuple[int, str]]:
        conditions = [flat(node.child_by_field_name("condition")) for node in nodes(function)
                      if node.type in {"if_statement", "while_statement",
                                       "conditional_expression"}]
        if not any(all(re.search(w, text) for w in wanted) for text in conditions):
            yield function.start_point.row + 1, "no condition compares them"

    return problems


def _under(parts: dict[str, str]) -> Callable[[Node], Iterator[tuple[int, str]]]:
    line, symbol = parts["line"], re.compile(rf"\b{re.escape(parts['symbol'])}\b")

    def problems(function: Node) -> Iterator[tuple[int, str]]:
        text = text_of(function).decode("utf-8", "replace")
        rows = dict(enumerate(text.splitlines(), 1))
        found = [number for number, row in rows.items() if re.search(line, row)]
        over = {n: asked for asked, numbers in around(text, found).items() for n in numbers}
        for number in found:
            if not any(symbol.search(a.text) and a.wanted is not (a.kind == "ifndef")
                       for a in over.get(number, ())):
                yield function.start_point.row + number, (
                    f"{rows[number].strip()!r} does not wait for {parts['symbol']}")

    return problems


_KINDS: dict[str, Callable[[Any], Callable[[Node], Iterator[tuple[int, str]]]]] = {
    "order": _order, "lock": _lock, "once": _once, "compare": _compare,
    "under": _under}


def _row(path: Path, row: dict[str, Any]) -> SourceRule:
    if unknown := set(row) - _KEYS:
        raise UsageError(f"{path}: rule {row.get('id')!r}: unknown key {min(unknown)!r}",
                         hint=f"known keys: {', '.join(sorted(_KEYS))}")
    try:
        (kind,) = [k for k in _KINDS if k in row]
        text = from_row(str(row["id"]), {"severity": "error", "looks_at": "tree", **row})
        return SourceRule(text, row["file"], row["function"], row.get("when", ""),
                          _KINDS[kind](row[kind]))
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", hint=error.hint) from None
    except (KeyError, ValueError, TypeError) as error:
        raise UsageError(f"{path}: rule {row.get('id')!r}: {error}") from None


def load(folder: Path) -> tuple[SourceRule, ...]:
    """The rules of a profile; raises ``UsageError`` naming the file and key."""
    found: list[SourceRule] = []
    for path in sorted((folder / "rules").glob("*.toml")):
        try:
            rows = tomllib.loads(path.read_text("utf-8"))["rule"]
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
            raise UsageError(f"{path}: {error}") from None
        found += [_row(path, row) for row in rows]
    return tuple(found)


def _broken(rule: SourceRule, content: bytes | None) -> list[tuple[int, str]]:
    function = functions(parse(content)).get(rule.function) if content else None
    if function is None or (rule.when and not re.search(rule.when, flat(function))):
        return []
    return list(rule.problems(function))


def _check(rule: SourceRule) -> Callable[[TreeContext], Iterator[Hit]]:
    def check(tree: TreeContext) -> Iterator[Hit]:
        if rule.file not in tree.paths:
            return
        before = {text for _, text in _broken(rule, tree.before(rule.file))}
        for line, text in _broken(rule, tree.after(rule.file)):
            if text not in before:
                yield Hit(f"{rule.function}(): {rule.text.summary}: {text}",
                          Location(rule.file, line), key=f"{rule.function} {text}")
    return check


def tree_rules(rules: tuple[SourceRule, ...]) -> tuple[TreeRule, ...]:
    """The rows as rules like all others."""
    return tuple(TreeRule(r.text, _check(r)) for r in rules)
