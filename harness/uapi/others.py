# SPDX-License-Identifier: GPL-2.0-or-later
"""Check headers that differ against a newer tree and against programs of others."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.arch import NATIVE
from harness.errors import DeadlineError
from harness.uapi import clashes, consumers
from harness.uapi.compiler import Compiler, materialise
from harness.uapi.context import HeaderContext
from harness.uapi.extract import extract
from harness.uapi.result import Comparison, Options, UapiResult
from harness.uapi.sides import Sides


def included(options: Options) -> set[str]:
    """The headers that programs of others include."""
    return {h for folder in options.consumers for h in consumers.included(folder)}


def of_others(sides: Sides, reached: tuple[str, ...], place: Callable[[str], str], options: Options,
            target: Path) -> list[UapiResult]:
    """Check headers that differ against a newer tree and against programs of others."""
    results = []
    if options.also is not None:
        newer = Compiler(sides.sandbox, materialise(options.also, target, reached), NATIVE[0].flags)
        for header in (h for h in reached if h in options.also and h in sides.after):
            results += guarded([header], functools.partial(
                lambda h: [_also(sides, h, place(h), newer, options)], header))
    for folder in options.consumers:
        results += guarded([str(folder)], functools.partial(
            lambda f: [_userspace(sides, f, reached)], folder))
    if options.usual is not None and options.usual.is_dir():
        usual = options.usual
        results += guarded([str(usual)], lambda: [_usual(sides, usual, reached)])
    return results


def _usual(sides: Sides, folder: Path, reached: tuple[str, ...]) -> UapiResult:
    """The small programs of the harness that include one of the headers that differ."""
    names = frozenset(reached)
    texts = {f: f.read_bytes().decode("utf-8", "replace") for f in consumers.sources(folder)}
    mine = tuple(f for f, text in texts.items() if consumers.uses_any(text, names))
    if not mine:
        return UapiResult()
    sides.lay_out(h for f in mine for h in consumers.includes(texts[f]))
    found, notices = consumers.compare(mine, folder, sides.pair(sides.abis[0]))
    return UapiResult(tuple(found), notices=tuple(notices))


def together(result: UapiResult) -> UapiResult:
    """The same result, with programs of others under the change that breaks them."""
    return replace(result, findings=consumers.under(result.findings))


def guarded(headers: list[str], work: Callable[[], list[UapiResult]]) -> list[UapiResult]:
    """Run ``work``; a compiler that does not end is reported and stops nothing else."""
    try:
        return work()
    except DeadlineError:
        return [UapiResult(comparisons=tuple(
            Comparison(h, h, NATIVE[0].name, "the compiler did not end", passing=True)
            for h in headers))]


def _also(sides: Sides, header: str, path: str, newer: Compiler, options: Options,
          ) -> UapiResult:
    """Numbers that the series takes and a newer tree has given to somebody else."""
    pair = sides.pair(sides.abis[0])
    old = extract(pair[0], header, sides.before.get(header, ""))
    new = extract(pair[1], header, sides.after[header])
    other = extract(newer, header, (options.also or {})[header])
    if old.problem or new.problem or other.problem:
        return UapiResult(notices=(
            f"{header}: not compared with {options.also_name}: it does not compile",))
    fresh = {n: v for n, v in new.numbers.items() if old.numbers.get(n) != v and "(" not in n}
    context = HeaderContext(path, NATIVE[0].name)
    found = clashes.taken(fresh, new, clashes.families(other), other, context,
                         whose=options.also_name)
    return UapiResult(tuple(found))


def _userspace(sides: Sides, folder: Path, reached: tuple[str, ...]) -> UapiResult:
    """Programs of others that include one of the headers that differ."""
    files = consumers.sources(folder)
    names = frozenset(reached)
    mine = tuple(f for f in files
                 if consumers.uses_any(f.read_bytes().decode("utf-8", "replace"), names))
    found, notices = consumers.compare(mine, folder, sides.pair(sides.abis[0]))
    if not mine:
        notices = [f"{folder}: none of {len(files)} sources includes a header that differs"]
    return UapiResult(tuple(found), notices=tuple(notices))
