# SPDX-License-Identifier: GPL-2.0-or-later
"""Which functions of a kernel tests have reached, out of what guests have executed. Pure.

Being near is not being tested: what a test of the base has executed is known to be reached by it.
What each address belongs to is in the kernel's own symbols, as ``readelf -sW`` prints them; a local
one stands below the name of its file.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

# "   106: ffffffff8202b0c0  2048 FUNC    LOCAL  DEFAULT   17 name"
_ROW = re.compile(r"^ *\d+: ([0-9a-f]+) +(\d+|0x[0-9a-f]+) (FILE|FUNC|NOTYPE) +(LOCAL|GLOBAL|WEAK)"
                  r" +\S+ +(\S+) (\S+)", re.MULTILINE)
_BOUNDS = ("_stext", "_etext")
MOST = 1_000_000  # symbols


@dataclass(frozen=True, slots=True, order=True)
class Function:
    """A function by name; ``file`` is the name of its source without folders, "" for a global."""

    name: str
    file: str = ""

    def is_of(self, path: str, name: str) -> bool:
        """Whether it may be the function of that name in a file of the tree."""
        return self.name == name and self.file in {"", posixpath.basename(path)}


@dataclass(frozen=True, slots=True)
class Symbols:
    """The functions of a kernel by where they begin, in order, and what of it is code."""

    starts: tuple[int, ...]
    functions: tuple[tuple[int, Function], ...]  # where each ends
    text: tuple[int, int] | None = None  # address and length

    def at(self, address: int) -> Function | None:
        """The function that an instruction is of."""
        number = bisect_right(self.starts, address) - 1
        if number < 0 or address >= self.functions[number][0]:
            return None
        return self.functions[number][1]


def symbols(text: str) -> Symbols:
    """Read what ``readelf -sW`` prints of a kernel."""
    found: dict[int, tuple[int, Function]] = {}
    bounds: dict[str, int] = {}
    file = ""
    for number, match in enumerate(_ROW.finditer(text)):
        address, size, kind, binding, _, name = match.groups()
        if number == MOST:
            break
        if kind == "FILE":
            file = posixpath.basename(name)
        elif name in _BOUNDS:
            bounds[name] = int(address, 16)
        elif kind == "FUNC" and int(size, 0):
            # What gcc splits off, or makes another of, is the same function's.
            one = Function(name.partition(".")[0], file if binding == "LOCAL" else "")
            found[int(address, 16)] = (int(address, 16) + int(size, 0), one)
    ordered = sorted(found)
    start, end = (bounds.get(name, 0) for name in _BOUNDS)
    return Symbols(tuple(ordered), tuple(found[a] for a in ordered),
                   (start, end - start) if 0 < start < end else None)


@dataclass(frozen=True, slots=True)
class Reach:
    """What tests of a base have reached, as far as it is known.

    ``by``: for each group of tests what it was the first to execute; ``boot``: what a boot runs
    that runs no test, of which nothing is known; ``there``: what the kernel has.
    """

    by: Mapping[str, frozenset[Function]] = field(default_factory=dict)
    boot: frozenset[Function] = frozenset()
    there: frozenset[Function] = frozenset()

    def of(self, path: str, name: str) -> tuple[str, ...]:
        """The groups of tests that have reached a function of a file."""
        return tuple(g for g, rows in self.by.items() if any(f.is_of(path, name) for f in rows))

    def misses(self, path: str, name: str) -> bool:
        """Whether the kernel has the function, and nothing has executed it, the boot neither."""
        return not self.of(path, name) and not any(
            f.is_of(path, name) for f in self.boot) and any(
            f.is_of(path, name) for f in self.there)


def groups(known: Symbols, order: Iterable[int], mark: Callable[[Function], str],
           ) -> Iterator[tuple[str, Function]]:
    """What each group was the first to execute, of guests that run one group after another.

    ``mark``: the group that a function belongs to which only its tests run, or "". What is
    executed before the first of these belongs to none.
    """
    group = ""
    for address in order:
        function = known.at(address)
        if function is not None:
            group = mark(function) or group
            if group:
                yield group, function


def reach(known: Symbols, found: Iterable[tuple[str, Function]], control: Iterable[int]) -> Reach:
    """Sum up what guests have executed; ``control``: what one has that ran no test."""
    boot = frozenset(f for a in control if (f := known.at(a)))
    by: dict[str, set[Function]] = {}
    for group, function in found:
        if function not in boot:
            by.setdefault(group, set()).add(function)
    return Reach({g: frozenset(rows) for g, rows in by.items()}, boot,
                 frozenset(f for _, f in known.functions))
