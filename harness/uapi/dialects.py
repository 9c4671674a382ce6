# SPDX-License-Identifier: GPL-2.0-or-later
"""The languages and standards that userspace is written in, and a header in each of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from harness.model import Finding, Severity
from harness.uapi import batch
from harness.uapi.batch import CompileResult, Job
from harness.uapi.compiler import Compiler
from harness.uapi.context import HeaderContext
from harness.uapi.headers import COMMENT, WORD

Pair = tuple[Compiler, Compiler]  # of the old headers, and of the new ones


@dataclass(frozen=True, slots=True)
class Dialect:
    """A language and standard that userspace is written in."""

    name: str
    program: str
    flags: tuple[str, ...]

    def use(self, compiler: Compiler) -> Compiler:
        """The same headers and ABI in this dialect."""
        return replace(compiler, program=self.program, flags=(*compiler.flags, *self.flags))


def _cplusplus(std: str, name: str = "") -> Dialect:
    return Dialect(name or std, "g++", ("-x", "c++", f"-std={std}"))


FIRST = Dialect("gnu11", "gcc", ("-std=gnu11",))
CPLUSPLUS = _cplusplus("c++17")
TWICE = "twice"  # the question whether a header has a guard, for ``grouped``
OTHERS: tuple[Dialect, ...] = (
    *(Dialect(std, "gcc", (f"-std={std}",)) for std in ("gnu89", "c99", "c11", "c17", "gnu17",
                                                     "gnu2x")),
    *(_cplusplus(std) for std in ("c++98", "c++11", "c++14")), CPLUSPLUS, _cplusplus("c++20"),
    _cplusplus("c++2b", "c++23"),
    *(Dialect(f"clang {std}", "clang", (f"-std={std}",)) for std in ("gnu11", "c99")),
    Dialect("clang++ c++17", "clang++", ("-x", "c++", "-std=c++17")),
)
_BRANCH = re.compile(r"__cplusplus|__STRICT_ANSI__|__STDC|__GNUC|__clang__|__has_|__CHECKER__")
# What tells C++ that all in between is C: it offers the same.
_LINKAGE = re.compile(
    r"^[ \t]*#[ \t]*if(?:def[ \t]+|[ \t]+defined[ \t]*\(?[ \t]*)__cplusplus[ \t]*\)?[ \t]*\n"
    r'(?:[ \t]*extern[ \t]+"C"[ \t]*\{|[ \t]*\})[ \t]*\n[ \t]*#[ \t]*endif', re.MULTILINE)


def there() -> list[Dialect]:
    """The dialects beside the first whose compiler is installed."""
    return [d for d in OTHERS if batch.installed(d.program)]


def telling() -> list[Dialect]:
    """Of those the ones that are enough where a header has no branch on the dialect.

    Uses are C of 1989 but for what gcc adds, so that C says the same in each of its standards.
    """
    return [d for d in there() if d.name in {"gnu89", "c++98", "c++17"} or "clang" in d.program]


def branches(*texts: str) -> bool:
    """Whether a header offers something else in some dialect."""
    return any(_BRANCH.search(_LINKAGE.sub("", text)) for text in texts)


_IF = re.compile(r"#[ \t]*(if|el|endif)")
_DEFINED = re.compile(r"#[ \t]*(?:define|undef)[ \t]+(\w+)")
# What a standard or a language defines besides.
_ALSO = re.compile(r"\b(?:linux|unix|i386|_GNU_SOURCE)\b")


def _below_branches(text: str) -> tuple[list[tuple[str, ...]], str]:
    """Each line below a condition on the dialect, behind all that it is below; and the rest.

    A name that is defined below one is a condition on the dialect as well.
    """
    found, rest, stack, gates = list[tuple[str, ...]](), list[str](), list[str](), set[str]()
    bare = COMMENT.sub(" ", _LINKAGE.sub("", text)).replace("\\\n", " ")
    for line in filter(None, (" ".join(row.split()) for row in bare.splitlines())):
        match = _IF.match(line)
        if match and match.group(1) == "if":
            stack.append(line)
        elif match and match.group(1) == "el" and stack:
            stack[-1] += f" {line}"
        elif match:
            del stack[-1:]
        elif any(_BRANCH.search(c) or _ALSO.search(c) or not gates.isdisjoint(WORD.findall(c))
                 for c in stack):
            found.append((*stack, line))
            gates.update(_DEFINED.findall(line))
        else:
            rest.append(line)
    return found, "\n".join(rest)


@functools.lru_cache(64)  # the same headers are below many
def in_others_alone(old: str, new: str) -> tuple[frozenset[str] | None, frozenset[str]]:
    """What changes of a header below conditions on the dialect: its names, and the other words.

    The first are macros; None where something else changes there. The second has all words of
    the header that stand elsewhere in it.
    """
    (one, _), (two, rest) = _below_branches(old), _below_branches(new)
    words = frozenset(WORD.findall(rest))
    rows = {*one} ^ {*two}
    if not all(_DEFINED.match(row[-1]) for row in rows) or (
            [r for r in one if r not in rows] != [r for r in two if r not in rows]):
        return None, words
    return frozenset(n for row in rows for n in _DEFINED.findall(row[-1])), words


def _alone(compiler: Compiler, dialects: list[Dialect], header: str) -> list[CompileResult]:
    return batch.run_all([Job(d.use(compiler), compiler.include(header), ("-fsyntax-only", "-w"))
                          for d in dialects])


def _wanted(dialects: list[Dialect], known: Collection[str]) -> list[Dialect]:
    return [d for d in dialects if d.name not in known]


def no_longer(header: str, pair: Pair, context: HeaderContext, known: Collection[str] = (),
              ) -> list[Finding]:
    """The dialects in which a header compiled and does not any more: one finding for all of them.

    ``known`` are those in which it does, by their name. What has to compile as C90 is asked by
    ``exporting.c90``.
    """
    wanted = _wanted([FIRST, *there()], known)
    bad = [(d, done) for d, done in zip(wanted, _alone(pair[1], wanted, header), strict=True)
           if not done.ok]
    if not bad:
        return []
    before = _alone(pair[0], [d for d, _ in bad], header)
    return _finding(header, pair[1], [b for b, was in zip(bad, before, strict=True) if was.ok],
                    f"{header} no longer compiles as", context)


def new(header: str, compiler: Compiler, context: HeaderContext, known: Collection[str] = (),
        ) -> list[Finding]:
    """The dialects in which a new header does not compile, though it does in gnu11."""
    wanted = _wanted(there(), known)
    bad = [(d, done) for d, done in zip(wanted, _alone(compiler, wanted, header), strict=True)
           if not done.ok]
    return _finding(header, compiler, bad, f"{header} is new and does not compile as", context)


_WARNS = re.compile(r"#[ \t]*(?:warning|pragma)[^\n]*|deprecated")


def warned(header: str, pair: Pair, texts: tuple[str, str], context: HeaderContext,
           ) -> list[Finding]:
    """What compilers now say of a header itself, without being asked: ``#warning``."""
    if not set(_WARNS.findall(texts[1])) - set(_WARNS.findall(texts[0])):
        return []
    new, old = (batch.run_all([Job(FIRST.use(c), c.include(header), ("-fsyntax-only",))])[0]
                for c in reversed(pair))
    known = {s.text for s in old.said}
    return [Finding(
        "uapi-source-warning", Severity.WARNING, f"{header}: every program that includes it gets "
        f"a warning: {said.text}", where=context.where(said.line), evidence=str(said),
        subject=f"{header} {said.text}")
        for said in new.said if new.ok and old.ok and said.grade == "warning"
        and said.line_in(header) and said.text not in known][:3]


def twice(header: str, pair: tuple[Compiler | None, Compiler], context: HeaderContext,
          ) -> list[Finding]:
    """A header that cannot be included twice, and could before or is new: it has no guard."""
    old, new = ([Job(c, c.include(header) * 2, ("-fsyntax-only", "-w"))] if c else []
                for c in pair)
    (done,) = batch.run_all(new)
    if done.ok or (old and not batch.run_all(old)[0].ok) or not batch.run_all(
            [Job(pair[1], pair[1].include(header), ("-fsyntax-only", "-w"))])[0].ok:
        return []
    first = done.error
    return [Finding(
        "uapi-header", Severity.ERROR, f"{header} cannot be included twice: it lacks a guard"
        + (f": {first.text}" if first else ""), where=context.where(0),
        evidence=str(first or ""),
        subject=f"{header} twice")]


def _finding(header: str, compiler: Compiler, bad: list[tuple[Dialect, CompileResult]], what: str,
             context: HeaderContext) -> list[Finding]:
    if not bad:
        return []
    dialect, done = bad[0]
    first = done.error
    return [Finding(
        "uapi-header", Severity.ERROR,
        f"{what} {', '.join(d.name for d, _ in bad)}" + (f": {first.text}" if first else ""),
        where=context.where(first.line_in(header) if first else 0),
        evidence=f"{dialect.use(compiler).words}\n{first or ''}",
        subject=f"{header} in {dialect.name}")]
