# SPDX-License-Identifier: GPL-2.0-or-later
"""Both versions of the headers, and what each offers."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.arch import Abi
from harness.model import HeaderApi
from harness.system.sandbox import Sandbox
from harness.uapi import prelude
from harness.uapi.compiler import Compiler, materialise
from harness.uapi.extract import Known, extract, extracting, has_inline
from harness.uapi.headers import WORD, defines
from harness.uapi.steps import drive

Pair = tuple[Compiler, Compiler]  # of the old headers, and of the new ones


class Index:
    """Which headers have which words, found out once for all that is compared."""

    def __init__(self) -> None:
        self._words: dict[str, list[str]] | None = None
        self._lock = threading.Lock()

    def of(self, headers: Mapping[str, str]) -> dict[str, list[str]]:
        """The headers of each word; asked again it gives the same."""
        with self._lock:
            if self._words is None:
                self._words = {}
                for header, text in headers.items():
                    for word in set(WORD.findall(text)):
                        self._words.setdefault(word, []).append(header)
            return self._words


@dataclass(frozen=True, slots=True)
class Sides:
    """Both versions of the headers, in memory and on disk.

    ``content`` says, by header, under which questions of ``grouped`` it is known to compile.
    """

    sandbox: Sandbox
    before: Mapping[str, str]
    after: Mapping[str, str]
    old_dir: Path
    new_dir: Path
    abis: tuple[Abi, ...]
    index: Index = field(default_factory=Index)
    content: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def lay_out(self, wanted: Iterable[str]) -> None:
        """Put further headers, and what they include, where the compilers find them."""
        names = list(wanted)
        materialise(self.before, self.old_dir, names)
        materialise(self.after, self.new_dir, names)

    def knows(self, header: str) -> frozenset[str]:
        """The questions that need not be asked of a header any more."""
        return self.content.get(header, frozenset())

    def made(self, word: str) -> bool:
        """Whether a header of the new version defines a macro of that name."""
        return any(defines(self.after[h], word) for h in self.index.of(self.after).get(word, ()))

    def pair(self, abi: Abi) -> Pair:
        """The compilers of both versions."""
        return (Compiler(self.sandbox, self.old_dir, abi.flags, abi.program),
                Compiler(self.sandbox, self.new_dir, abi.flags, abi.program))


def laid_out(versions: tuple[Mapping[str, str], Mapping[str, str]], place: Path,
             wanted: Iterable[str], sandbox: Sandbox, abis: tuple[Abi, ...]) -> Sides:
    """Both versions below ``place``, with what the wanted headers include or need before them."""
    before, after = versions
    names = {*wanted, *prelude.HEADERS}
    return Sides(sandbox, before, after, materialise(before, place / "before", names),
                 materialise(after, place / "after", names), abis)


def differs(sides: Sides, header: str) -> bool:
    """Whether an unchanged header offers something else than before."""
    if header not in sides.before or header not in sides.after:
        return True
    for _, old, new in _extracted(sides, header, {a: sides.pair(a) for a in sides.abis}).values():
        if old.problem or new.problem:
            return True  # it may stand on what comes before it: that is tried in full
        if (old.structs, old.numbers, old.arity, old.functions) != (
                new.structs, new.numbers, new.arity, new.functions):
            return True
    return False


Offered = tuple[Pair, HeaderApi, HeaderApi]


def alone(sides: Sides, header: str) -> HeaderApi:
    """What a header that is new offers, in the first ABI."""
    return extract(sides.pair(sides.abis[0])[1], header, sides.after[header])


def offered(sides: Sides, header: str) -> dict[Abi, Offered]:
    """For each ABI the compilers, after what the header needs before it, and both versions."""
    found = _extracted(sides, header, {a: sides.pair(a) for a in sides.abis})
    again: dict[Abi, Pair] = {}
    for abi, ((one, two), old, _) in found.items():
        if old.problem and (lines := prelude.needed(one, header)):
            again[abi] = replace(one, before=lines), replace(two, before=lines)
    return {**found, **_extracted(sides, header, again)}


def _extracted(sides: Sides, header: str, pairs: Mapping[Abi, Pair]) -> dict[Abi, Offered]:
    """What both versions offer; what the new one includes counts for names of the old."""
    steps = []
    lend: tuple[Known, Known] | None = None
    guide: Known | None = None
    for one, two in pairs.values():
        texts = sides.before[header], sides.after[header]
        old, new = Known(), Known(inline=has_inline(texts[0]))
        borrowed = lend if not one.is_cross else None
        steps += [extracting(one, header, texts[0], known=old, guide=guide,
                             lend=borrowed[0] if borrowed else None),
                  extracting(two, header, texts[1], old.names, known=new, guide=guide or old,
                             lend=borrowed[1] if borrowed else None)]
        guide = guide or old
        lend = lend or ((old, new) if not one.is_cross else None)
    done = drive(*steps)
    return {abi: (pair, done[2 * n], done[2 * n + 1])
            for n, (abi, pair) in enumerate(pairs.items())}
