# SPDX-License-Identifier: GPL-2.0-or-later
"""Both versions of the headers, and what each offers."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.arch import Abi
from harness.model import HeaderApi
from harness.system.sandbox import Sandbox
from harness.uapi import dialects, prelude
from harness.uapi.compiler import Compiler, materialise
from harness.uapi.declared import with_moved
from harness.uapi.extract import Known, extract, extracting, has_inline
from harness.uapi.headers import WORD, closure, defines
from harness.uapi.steps import drive

Pair = tuple[Compiler, Compiler]  # of the old headers, and of the new ones


_PRAGMA = re.compile(r"#[ \t]*pragma[^\n]*|_Pragma[^\n]*")


@functools.lru_cache(256)  # the same headers are below many
def _pragmas(text: str) -> tuple[str, ...]:
    return tuple(_PRAGMA.findall(text))


class Index:
    """What is found out once for all that is compared: the words of texts, and what includes what.

    Threads that ask for the same at a time find it out twice, and keep one.
    """

    def __init__(self) -> None:
        self._words: dict[int, tuple[str, frozenset[str]]] = {}
        self._below: dict[tuple[int, str], frozenset[str]] = {}

    def words(self, text: str) -> frozenset[str]:
        """The words of a header's text."""
        found = self._words.get(id(text))
        if found is None:  # the text is kept, so that nothing else gets its number
            found = self._words[id(text)] = text, frozenset(WORD.findall(text))
        return found[1]

    def below(self, headers: Mapping[str, str], header: str) -> frozenset[str]:
        """A header and all that it includes."""
        key = id(headers), header
        if key not in self._below:
            self._below[key] = frozenset(closure(headers, [header]))
        return self._below[key]


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

    def with_moved(self, header: str) -> str:
        """The new text of a header, with those that it includes where something moved there."""
        return with_moved(header, self.before[header], self.after)

    def changed_below(self, header: str) -> dict[str, tuple[str, str]]:
        """Both versions of what differs among a header and all that it includes."""
        return {h: texts for h in self._below(header)
                if (texts := (self.before.get(h, ""), self.after.get(h, "")))[0] != texts[1]}

    def same_below(self, header: str) -> list[str]:
        """The texts of what does not."""
        return [self.after[h] for h in self._below(header)
                if self.before.get(h) == self.after.get(h)]

    def _below(self, header: str) -> frozenset[str]:
        return self.index.below(self.before, header) | self.index.below(self.after, header)

    def made(self, word: str) -> bool:
        """Whether a header of the new version defines a macro of that name."""
        return any(word in self.index.words(text) and defines(text, word)
                   for text in self.after.values())

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
    likely = ""
    for abi, ((one, two), old, _) in found.items():
        if old.problem and (lines := prelude.needed(one, header, likely)):
            again[abi] = replace(one, before=lines), replace(two, before=lines)
            likely = lines
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
                             lend=borrowed[1] if borrowed else None, held=old)]
        guide = guide or old
        lend = lend or ((old, new) if not one.is_cross else None)
    done = drive(*steps)
    return {abi: (pair, done[2 * n], _in_all_dialects(sides, header, done[2 * n + 1]))
            for n, (abi, pair) in enumerate(pairs.items())}


def _in_all_dialects(sides: Sides, header: str, api: HeaderApi) -> HeaderApi:
    """With what changes in other dialects alone.

    Where something else says a name of it, it cannot be told what differs there.
    """
    if api.difference is None:
        return api
    names, rest = set[str](), list[frozenset[str]]()
    for texts in sides.changed_below(header).values():
        alone, words = dialects.in_others_alone(*texts)
        if alone is None or len(set(map(_pragmas, texts))) > 1:
            return replace(api, difference=None)  # compilers do not show all pragmas
        names |= alone
        rest.append(words)
    same = [sides.index.words(text) for text in sides.same_below(header)] if names else []
    if not (all(map(names.isdisjoint, rest)) and all(map(names.isdisjoint, same))):
        return replace(api, difference=None)
    return replace(api, difference=replace(
        api.difference, names=api.difference.names | names))
