# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of a header that wait for a macro which a program, or another machine, defines.

``#ifdef _GNU_SOURCE``, ``#ifdef __MIPSEB__``: nobody defines it here, so what is below was seen by
no compiler. Where such a part changed, both versions are compared once more with it defined.
"""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from harness.model import Finding, HeaderApi, Severity
from harness.uapi import dialects, endian
from harness.uapi.compiler import Compiler
from harness.uapi.context import HeaderContext
from harness.uapi.dialects import Pair
from harness.uapi.extract import Known, extracting
from harness.uapi.headers import COMMENT, WORD, overridable
from harness.uapi.steps import drive

_HAS = re.compile(r"__has_\w+[ \t]*\([^()]*\)")  # what it asks for is no macro
_DEFINED = re.compile(r"(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)")
# What is compared elsewhere, or is no program's to define.
_OTHERS = re.compile(r"__KERNEL__|__ASSEMBL(?:Y|ER)__|CONFIG_\w+|defined|__EXPORTED_HEADERS__|"
                     r"__(?:x86_64|i386|amd64)(?:__)?|_?_LP64(?:__)?|_?_ILP32(?:__)?|"
                     r"__BITS_PER_LONG|__WORDSIZE|__SIZEOF_\w+|__has_\w+")
# What compilers for other machines define: of those machines nobody here asks.
_MACHINES = re.compile(
    r"_*(?:ia64|mips|mips64|alpha|arm|aarch64|sparc|sparc64|sparc_v9|powerpc|powerpc64|ppc|ppc64|"
    r"s390|s390x|hppa|hppa64|m68k|sh|sh4|riscv|riscv_xlen|loongarch|arc|csky|hexagon|microblaze|"
    r"nios2|or1k|openrisc|xtensa|tile|parisc|frv|score|nds32|unicore32|bfin|cris|avr32|h8300|m32r|"
    r"mn10300|metag|c6x)(?:_*|64__|_grlen)")
MOST = 4  # names of one header


def below(text: str) -> dict[str, tuple[str, ...]]:
    """The lines below conditions that ask for a name, by the name, with those conditions."""
    found: dict[str, list[str]] = {}
    bare = COMMENT.sub(lambda m: "\n" * m.group().count("\n"), text)
    for line, conditions in endian.conditional(bare):
        for name in set(WORD.findall(_HAS.sub("", " ".join(conditions)))):
            found.setdefault(name, []).append(line)
    return {n: tuple(row for row in rows if row) for n, rows in found.items()}


def asked(before: str, after: str, known: Callable[[str], bool]) -> list[str]:
    """The names for which something else waits now; ``known``: what is defined anyway."""
    made = {*_DEFINED.findall(before), *_DEFINED.findall(after)} - (
        overridable(before) & overridable(after))
    one, two = below(before), below(after)
    return sorted(n for n in {*one, *two} if one.get(n) != two.get(n) and n not in made
                  and not _OTHERS.fullmatch(n)
                  and (not dialects.branches(n) or _not_here(n) or n in _VERSIONS)
                  and not endian.ORDER.search(n) and not known(n))


def _not_here(name: str) -> bool:
    """Whether a name is that of a compiler which is not installed, so that no dialect asks."""
    return name == "__clang__" and shutil.which("clang") is None


_NUMBERED = re.compile(r"\b(\w+)[ \t]*(>=|>|==|<=|<|!=)[ \t]*(\d{1,9})[uUlL]*\b")


def _conditions(name: str, texts: Iterable[str]) -> Iterator[tuple[str, int]]:
    """With what conditions compare a name: the sign and the number."""
    for text in texts:
        for line in text.splitlines():
            if line.lstrip().startswith("#"):
                yield from ((sign, int(number)) for n, sign, number in _NUMBERED.findall(line)
                            if n == name)


def defined_as(name: str, *texts: str) -> str:
    """The word for the compiler that defines a name: as the number that conditions wait for."""
    wanted = [number + (sign == ">") for sign, number in _conditions(name, texts)]
    return f"-D{name}={max(wanted)}" if wanted else f"-D{name}"


_VERSIONS = ("__GNUC__", "__GNUC_MINOR__")


def _ways(name: str, texts: tuple[str, str]) -> list[tuple[tuple[str, ...], str]]:
    """The words for the compiler that make a name another one than here, and where that is so.

    A version of gcc is what is just enough for each condition, and what is just too little.
    """
    if name not in _VERSIONS:
        return [((defined_as(name, *texts),), f"{name} is defined")]
    limits = sorted({number + (sign in {">", "<="})
                     for sign, number in _conditions(name, texts)})
    if not limits:
        return [((f"-U{name}",), f"{name} is not defined")]
    values = [n for limit in limits[:MOST] for n in (limit - 1, limit)]
    return [((f"-U{name}", f"-D{name}={n}"), f"{name} is {n}") for n in dict.fromkeys(values)]


def compare(header: str, offer: tuple[Pair, HeaderApi, HeaderApi], texts: tuple[str, str],
            context: HeaderContext, look: Callable[[Pair, HeaderApi, HeaderApi], list[Finding]],
            ) -> Iterator[Finding]:
    """What ``look`` finds with each name defined, in what is not the same as without it."""
    yield from _after_the_library(header, offer, texts, look)
    pair, old, new = offer
    own = overridable(texts[0])
    names = asked(*texts, lambda n: n not in own and (n in old.visible or n in new.visible))

    @functools.cache
    def anyway() -> frozenset[tuple[str, str]]:  # what is found without them
        return frozenset((f.rule, f.subject) for f in look(*offer))

    def tried(name: str, flags: tuple[str, ...], state: str) -> Iterator[Finding]:
        one, two = (replace(c, flags=(*c.flags, *flags)) for c in pair)
        had, has = _both(header, (one, two), texts)
        if had.problem:
            yield _unseen(name, f"the header does not compile with it before the series: "
                          f"{had.problem}", context)
        elif has.problem and "#error" in has.problem:  # they are refused, and meant to be
            yield from _of_a_machine(name, [Finding(
                "uapi-source", Severity.ERROR, f"source that defines {name} no longer compiles: "
                f"{has.problem}", where=context.where(0), evidence=f"#define {name}",
                subject=f"{header} {name}")])
        elif has.problem:
            # Who defines it may have to bring something along now.
            yield Finding("uapi-macro", Severity.WARNING, f"{header} no longer compiles by itself "
                          f"where {state}", where=context.where(0),
                          evidence=has.problem, subject=f"{header} {name}")
        else:
            yield from _of_a_machine(name, [
                replace(item, message=f"{item.message} (where {state})",
                        subject=f"{item.subject} {name}")
                for item in (*look((one, two), had, has),
                             *dialects.warned(header, (one, two), texts, context))
                if (item.rule, item.subject) not in anyway()])

    yield from _once(tried(n, *way) for n in names[:MOST] for way in _ways(n, texts))
    for name in names[MOST:]:
        yield _unseen(name, f"{len(names)} names are asked for", context)


def _once(rows: Iterable[Iterable[Finding]]) -> Iterator[Finding]:
    """All findings, without what an earlier row has said: two values may show the same."""
    told = set[tuple[str, str]]()
    for row in rows:
        found = [f for f in row if (f.rule, f.subject) not in told]
        yield from found
        told |= {(f.rule, f.subject) for f in found}


_LIBRARY = re.compile(r"__(?:BIG|LITTLE)_ENDIAN|__BYTE_ORDER")
_ENDIAN = "endian.h"  # which <stdlib.h> and <sys/types.h> bring along


def _after_the_library(header: str, offer: tuple[Pair, HeaderApi, HeaderApi],
                       texts: tuple[str, str],
                       look: Callable[[Pair, HeaderApi, HeaderApi], list[Finding]],
                       ) -> Iterator[Finding]:
    """What ``look`` finds beside the C library, which defines both byte orders' names.

    The kernel's <asm/byteorder.h> defines one of __BIG_ENDIAN and __LITTLE_ENDIAN.
    """
    one, two = map(below, texts)
    if not any(_LIBRARY.fullmatch(n) and one.get(n) != two.get(n) for n in {*one, *two}):
        return
    old, new = (replace(c, before=f"#include <{_ENDIAN}>\n{c.before}") for c in offer[0])
    had, has = _both(header, (old, new), texts)
    if had.problem or has.problem:
        return  # ``environments`` says what does not compile there
    anyway = {(f.rule, f.subject) for f in look(*offer)}
    yield from (replace(f, message=f"{f.message} (after <{_ENDIAN}>)",
                        subject=f"{f.subject} {_ENDIAN}")
                for f in look((old, new), had, has) if (f.rule, f.subject) not in anyway)


def _of_a_machine(name: str, found: list[Finding]) -> Iterator[Finding]:
    """As found; of another machine one finding, and no error.

    Which machines a tree is for cannot be seen in its headers.
    """
    if not _MACHINES.fullmatch(name):
        yield from found
        return
    told = [f for f in found if f.severity is not Severity.NOTE]
    if told:
        more = f", and {len(told) - 1} more" if len(told) > 1 else ""
        yield replace(told[0], rule="uapi-macro", severity=Severity.WARNING, evidence="\n".join(
            f.message for f in told[:20]), message=f"{told[0].message}{more}: another machine's",
            subject=f"{name} branch")


def _both(header: str, pair: tuple[Compiler, Compiler], texts: tuple[str, str],
          ) -> tuple[HeaderApi, HeaderApi]:
    known = Known()
    old, new = drive(extracting(pair[0], header, texts[0], known=known),
                     extracting(pair[1], header, texts[1], known.names, guide=known, held=known))
    return old, replace(new, difference=None) if (
        dialects.in_others_alone(*texts)[0] != frozenset()) else new


def _unseen(name: str, why: str, context: HeaderContext) -> Finding:
    return Finding("uapi-macro", Severity.NOTE, f"what waits for {name} changed and was not "
                   f"compared: {why}", where=context.where(0), evidence=name,
                   subject=f"{name} branch")
