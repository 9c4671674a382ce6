# SPDX-License-Identifier: GPL-2.0-or-later
"""The conditions around lines of a C file that CONFIG symbols decide, and what meets them. Pure."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness import csource
from harness.csource import regions
from harness.csource.condition import DIRECTIVE, decide, logical
from harness.csource.regions import Configured, in_words, symbols_in

MOST_SYMBOLS = 8  # in the conditions around one line
MOST_WAYS = 6
MOST_AROUND = 200  # conditions around one line; in deeper ones nobody looks
MOST_BRANCHES = 500  # of a file, that ask at run time
Way = tuple[tuple[str, bool], ...]  # symbols (without CONFIG_) and whether each is set


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition around a line: a directive's, or that of an ``if`` with IS_ENABLED().

    ``kind`` is if, ifdef or ifndef; ``wanted``: what it must be.
    """

    kind: str
    text: str
    wanted: bool

    def met(self, known: Configured) -> bool:
        """Whether the condition is as wanted, as far as the symbols say."""
        value = decide(self.kind, in_words(self.text), known, constants=True)
        return value is None or value is self.wanted

    def __str__(self) -> str:
        words = " ".join(f"#{self.kind} {self.text}".split())
        return words if self.wanted else f"the other branch of {words}"


def around(text: str, lines: Iterable[int]) -> dict[tuple[Asked, ...], list[int]]:
    """The lines by the conditions around them that name CONFIG symbols; others are not in it."""
    wanted, found = set(lines), dict[tuple[Asked, ...], list[int]]()
    code = list(itertools.islice(_enabled(text), MOST_BRANCHES)) if "IS_ENABLED" in text else []
    for number, asked in _directives(text):
        if number in wanted:
            more = (*asked, *(a for first, last, a in code if first <= number <= last))
            if any("CONFIG_" in a.text for a in more):
                found.setdefault(tuple(dict.fromkeys(more)), []).append(number)
    return found


def innermost(text: str, lines: Iterable[int]) -> dict[int, str]:
    """The innermost condition around lines, in words; a line under none is not in it."""
    wanted = set(lines)
    return {n: str(asked[-1]) for n, asked in _directives(text) if n in wanted and asked}


def _directives(text: str) -> Iterator[tuple[int, tuple[Asked, ...]]]:
    """Each line of a file with the conditions of the directives around it."""
    rows = list(logical(text))
    guard = regions.guard(rows)
    stack: list[list[Asked]] = []
    number = 1
    for index, row in enumerate(rows):
        match = DIRECTIVE.match(row)
        kind, rest = (match.group(1), row[match.end():].strip()) if match else ("", "")
        if kind == "endif" and stack:
            stack.pop()
        elif kind in {"if", "ifdef", "ifndef"}:
            stack.append([Asked(kind, rest, wanted=True)] if index != guard else [])
        elif kind in {"else", "elif"} and stack:
            before = [Asked(a.kind, a.text, wanted=False) for a in stack[-1]]
            stack[-1] = before + ([Asked("if", rest, wanted=True)] if kind == "elif" else [])
        here = tuple(a for level in stack for a in level)
        if len(here) > MOST_AROUND or len(stack) > MOST_AROUND:
            return
        for _ in range(row.count("\n") or 1):
            yield number, here
            number += 1
        if number > regions.MOST:
            return


def _enabled(text: str) -> Iterator[tuple[int, int, Asked]]:
    """The branches of each ``if (... IS_ENABLED(CONFIG_X) ...)``: first and last line."""
    for node in csource.nodes(csource.parse(text.encode("utf-8", "replace"))):
        if node.type != "if_statement":
            continue
        words = csource.text_of(node.child_by_field_name("condition")).decode("utf-8", "replace")
        if "IS_ENABLED" not in words:
            continue
        one, two = map(node.child_by_field_name, ("consequence", "alternative"))
        # "} else {" is of both branches, so it waits for neither
        both = int(one is not None and two is not None
                   and one.end_point[0] == two.start_point[0])
        if one:
            yield (one.start_point[0] + 1, one.end_point[0] + 1 - both,
                   Asked("if", words, wanted=True))
        if two:
            yield (two.start_point[0] + 1 + both, two.end_point[0] + 1,
                   Asked("if", words, wanted=False))


def ways(asked: Iterable[Asked], values: Mapping[str, str], *, assembler: bool = False,
         ) -> tuple[Way, ...]:
    """What to set so that all conditions are met: alternatives, the nearest to ``values`` first.

    ``values``: ``CONFIG_X`` to its value. A symbol whose value makes no difference is left out.
    Empty: no setting of these symbols does it, or they are too many.
    """
    rows = tuple(asked)
    names = tuple(dict.fromkeys(n for a in rows for n in symbols_in(a.text)))
    if len(names) > MOST_SYMBOLS:
        return ()

    @functools.cache
    def fits(*chosen: str) -> bool:
        known = Configured({**values, **dict(zip(names, chosen, strict=True))},
                           assembler=assembler)
        return all(a.met(known) for a in rows)

    def fit(chosen: Mapping[str, str]) -> bool:
        return fits(*(chosen[n] for n in names))

    now = {n: _value(values, n, on=values.get(n, "n") not in _OFF) for n in names}
    found: dict[Way, None] = {}
    for flips in sorted(itertools.product((False, True), repeat=len(names)), key=sum):
        chosen = {n: _value(values, n, on=(now[n] == "n") is flip)
                  for n, flip in zip(names, flips, strict=True)}
        if fit(chosen):
            found[_needed(chosen, now, fit)] = None
        if len(found) >= MOST_WAYS:
            break
    return tuple(sorted(found, key=len))


def _needed(chosen: Mapping[str, str], now: Mapping[str, str],
            fit: Callable[[Mapping[str, str]], bool]) -> Way:
    """Of a setting that fits, the symbols that have to be as they are there.

    With them the conditions are met whatever the others are: of two either of which will do, one.
    """
    for name, value in now.items():
        if chosen[name] != value and fit({**chosen, name: value}):
            chosen = {**chosen, name: value}
    either = {n: ("n", v if v != "n" else now[n] if now[n] != "n" else "y")
              for n, v in chosen.items()}
    needed = dict(chosen)
    for name in sorted(chosen, key=lambda n: chosen[n] == now[n]):
        free = [n for n in chosen if n == name or n not in needed]
        if all(fit({**chosen, **dict(zip(free, row, strict=True))})
               for row in itertools.product(*(either[n] for n in free))):
            del needed[name]
    return tuple((n.removeprefix("CONFIG_"), v != "n") for n, v in needed.items())


_OFF = frozenset({"n", "m", ""})


def _value(values: Mapping[str, str], name: str, *, on: bool) -> str:
    old = values.get(name, "n")
    return "n" if not on else old if old not in _OFF else "y"
