# SPDX-License-Identifier: GPL-2.0-or-later
"""New names that meet the same name elsewhere: in other UAPI headers and in the C library.

A macro eats every word that is spelled like it: ``#define pad kind`` makes ``e->pad`` of another
header's struct an error. Two headers that both define a name cannot be included together.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.clean import decode
from harness.model import Finding, HeaderApi, Severity
from harness.system.sandbox import Sandbox
from harness.uapi import batch
from harness.uapi.batch import Job
from harness.uapi.compiler import MULTIARCH, Compiler
from harness.uapi.context import HeaderContext
from harness.uapi.dialects import CPLUSPLUS, Pair
from harness.uapi.environments import LIBC
from harness.uapi.headers import COMMENT, WORD, closure, defines, including
from harness.uapi.sides import Sides

_DIRECTIVE = re.compile(r"(?m)^[ \t]*#(?:[^\n\\]|\\.|\\\n)*")
_SYSTEM = Path("/usr/include")
_FOLDERS = ("linux", "asm-generic", "drm", "sound", "rdma")  # of the host's own UAPI headers
_MOST = 5  # headers that are named, or tried together with the new one
_LARGEST = 4 << 20  # bytes of one header of the host's


@functools.lru_cache(maxsize=1)
def hosts() -> Mapping[str, str]:
    """The UAPI headers of this machine, for a header that is compared without its tree."""
    found = {}
    for root, folder in (*((_SYSTEM, f) for f in _FOLDERS), (Path(MULTIARCH), "asm")):
        for path in sorted((root / folder).glob("*.h")):
            if path.is_file() and path.stat().st_size < _LARGEST:
                found[str(path.relative_to(root))] = decode(path.read_bytes())
    return found


@functools.lru_cache(maxsize=4)
def _libc_words(sandbox: Sandbox, empty: Path) -> frozenset[str]:
    """The words that the C library's headers declare something with."""
    done = Compiler(sandbox, empty).run(f"#define _GNU_SOURCE\n{including(LIBC)}",
                                        "-E", "-P", "-w")
    return frozenset(WORD.findall(done.output))


_CXX = ("algorithm", "functional", "iostream", "map", "memory", "string", "utility", "vector")


@functools.lru_cache(maxsize=4)
def _cxx_words(sandbox: Sandbox, empty: Path) -> frozenset[str]:
    """The words of the C++ library's headers that programs include most."""
    if not batch.installed(CPLUSPLUS.program):
        return frozenset()
    source = "".join(f"#include <{name}>\n" for name in _CXX)
    done = CPLUSPLUS.use(Compiler(sandbox, empty)).run(source, "-E", "-P", "-w")
    return frozenset(re.findall(r"\b([a-z]\w*)(?=\s*\()", done.output))


def _code(text: str) -> str:
    """A header without its comments and directives."""
    return _DIRECTIVE.sub("", COMMENT.sub(" ", text))


def _declares(text: str, name: str) -> bool:
    """Whether the name is that of a field, a parameter or a constant."""
    if name not in text:
        return False
    return re.search(rf"[\w*,{{)][\s*]*\b{re.escape(name)}\s*(?:[;,=:)\[}}]|$)", _code(text)
                     ) is not None


def _calls(text: str, name: str) -> bool:
    return name in text and re.search(rf"\b{re.escape(name)}\s*\(", _code(text)) is not None


def compare(apis: tuple[HeaderApi, HeaderApi], header: str, pair: Pair, sides: Sides,
            context: HeaderContext) -> list[Finding]:
    """What new macros eat elsewhere, and which headers no longer go with this one."""
    old, new = apis
    macros = [n for n in (*new.macros, *new.arity)
              if n not in old.bodies and n not in old.numbers and new.lines.get(n)
              and new.bodies.get(n) != n]
    had = {s.name for s in old.structs}
    names = {*macros, *(n for n in new.enums if n not in old.numbers),
             *(s.name.rpartition(" ")[2] for s in new.structs if s.name not in had and s.line),
             *(n for n, f in new.functions.items() if n not in old.functions and f.line)}
    if not names:
        return []
    others = sides.after if len(sides.after) > len(LIBC) else {**hosts(), **sides.after}
    where = _where(names, others, sides)
    foreign = {h: others[h] for h in dict.fromkeys(h for found in where.values() for h in found)
               if header not in (sides.index.below(others, h) if others is sides.after
                                 else closure(others, [h]))}
    found = [f for name in sorted(macros)
             if (f := _eaten(name, new, foreign, pair, context)) is not None]
    rivals = _rivals(names, foreign)
    sides.lay_out(rivals)
    return found + _together(rivals, header, pair, context)


def new(header: str, offer: HeaderApi, sides: Sides, context: HeaderContext) -> list[Finding]:
    """The same for a header that is new: all its names are."""
    pair = sides.pair(sides.abis[0])
    return [] if offer.problem else compare((HeaderApi(), offer), header, pair, sides, context)


def _where(names: set[str], others: Mapping[str, str], sides: Sides) -> dict[str, list[str]]:
    """The headers that have each of the words."""
    found: dict[str, list[str]] = {n: [] for n in names}
    for header, text in others.items():
        for name in sides.index.words(text) & names:
            found[name].append(header)
    return found


def _eaten(name: str, new: HeaderApi, foreign: Mapping[str, str], pair: Pair,
           context: HeaderContext) -> Finding | None:
    """The finding about a new macro that is a word of somebody else's declarations."""
    called = name in new.arity  # replaced where a bracket follows, and nowhere else
    where = [h for h, text in foreign.items() if (
        _calls(text, name) if called else _declares(text, name))][:_MOST]
    if not called and name in _libc_words(pair[1].sandbox, pair[1].headers):
        where.append("the headers of the C library")
    if called and name.islower() and name in _cxx_words(pair[1].sandbox, pair[1].headers):
        where.append("the headers of the C++ library")
    if not where:
        return None
    return Finding(
        "uapi-names", Severity.WARNING,
        f"{name} is a macro now, and replaces the word in {', '.join(where[:3])}: source that "
        "includes both and says it means something else",
        where=context.where(new.lines.get(name, 0)),
        evidence=f"#define {name} {new.bodies.get(name, '')}\n" + "\n".join(
            _line(foreign[h], h, name) for h in where if h in foreign),
        subject=f"{name} names")


def _line(text: str, header: str, name: str) -> str:
    bare = COMMENT.sub(lambda m: "\n" * m.group().count("\n") or " ", text)
    for number, line in enumerate(bare.splitlines(), 1):
        if re.search(rf"\b{re.escape(name)}\b", line):
            return f"{header}:{number}: {line.strip()[:200]}"
    return header


def _makes(text: str, name: str) -> bool:
    """Whether a header makes a type or an inline function of that name."""
    word = re.escape(name)
    return re.search(
        rf"\b(?:struct|union|enum)\s+{word}\s*\{{|\btypedef\b[^;{{]*\b{word}\s*;|"
        rf"\}}\s*{word}\s*;|\b(?:__)?inline(?:__)?\b[^;{{]*\b{word}\s*\(", _code(text)) is not None


def _rivals(names: Iterable[str], foreign: Mapping[str, str]) -> list[str]:
    """Headers that have one of the new names too."""
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b")
    return [h for h, t in foreign.items() if not h.startswith("asm-generic/") and pattern.search(t)
            and any(defines(t, n) or _declares(t, n) or _makes(t, n) for n in names)][:_MOST]


def _together(rivals: list[str], header: str, pair: Pair, context: HeaderContext,
              ) -> list[Finding]:
    """Those that no longer compile beside this one."""
    sources = [(h, text) for h in rivals for text in (
        including([h]) + pair[1].include(header), pair[1].include(header) + including([h]))]
    fresh = not (pair[0].headers / header).is_file()  # nothing to compare with: it is new
    before = [(h, including([h])) for h, _ in sources] if fresh else sources
    done = batch.run_all([Job(c, text, ("-fsyntax-only",))
                          for c, rows in zip(pair, (before, sources), strict=True)
                          for _, text in rows])
    found: dict[str, Finding] = {}
    for (other, _), old, new in zip(sources, done, done[len(sources):], strict=False):
        error = None if new.ok else new.error
        again = next((s for s in new.said if "redefined" in s.text), None)
        said = error or again
        if said is None or other in found or not old.ok or (
                not error and any("redefined" in s.text for s in old.said)):
            continue
        found[other] = Finding(
            "uapi-names", Severity.ERROR if error else Severity.WARNING,
            f"{header} {'does not compile' if error else 'does not go'} together with "
            f"<{other}>: {said.text}", where=context.where(said.line_in(header)),
            evidence=f"{pair[1].words}\n{said}",
            subject=f"{header} {other} together")
    return list(found.values())
