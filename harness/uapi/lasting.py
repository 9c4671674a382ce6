# SPDX-License-Identifier: GPL-2.0-or-later
"""What a header promises by the way it is written, and no type or number shows.

A macro that programs may define themselves before they include it, and names that are there and
that no program can use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from harness.model import Finding, HeaderApi, Severity
from harness.uapi import clashes
from harness.uapi.compiler import Compiler
from harness.uapi.context import HeaderContext
from harness.uapi.dialects import CPLUSPLUS, there
from harness.uapi.headers import overridable
from harness.uapi.macros import listed
from harness.uapi.numbers import USUAL
from harness.uapi.steps import Steps, drive, surviving
from harness.uapi.uses import OUR

_UNUSABLE = re.compile(r"undeclared|not declared|incomplete type|undefined type")
_QUOTED = re.compile(r"['\u2018](\w+)['\u2019]")
MOST = 200  # new macros of one header


def compare(texts: tuple[str, str], new: HeaderApi, context: HeaderContext) -> Iterator[Finding]:
    """Macros that a program could define for itself, and can no more."""
    for name in sorted(overridable(texts[0]) - overridable(texts[1])):
        if name in new.macros:
            yield Finding(
                "uapi-source", Severity.ERROR, f"{name}: a program that defines it before it "
                "includes the header no longer gets its own value: #ifndef is gone",
                where=context.where(new.lines.get(name, 0)),
                evidence=f"#define {name} {new.bodies.get(name, '')}", subject=f"{name} #ifndef")


def of_new(offer: HeaderApi, header: str, compiler: Compiler, context: HeaderContext,
           made: Callable[[str], bool]) -> list[Finding]:
    """What a header that was not there before gives twice, or to nobody; see ``unusable``."""
    return [*unusable((HeaderApi(), offer), header, compiler, context, made),
            *clashes.within(offer, context)]


def unusable(offer: tuple[HeaderApi, HeaderApi], header: str, compiler: Compiler,
             context: HeaderContext, made: Callable[[str], bool]) -> list[Finding]:
    """New macros whose text needs what no header of userspace has: BIT(), a struct elsewhere.

    ``made``: whether another header defines a word, which programs include then.
    """
    old, new = offer
    fields = {part for s in new.structs for m in s.members for part in (
        m.name, m.name.rpartition(".")[2])}  # "#define old new" keeps a name of one
    known = {n.partition("(")[0] for n in new.numbers} | set(new.strings)
    every = sorted({*new.macros, *new.arity}, key=lambda n: (new.lines.get(n, 0), n))
    names = [n for n in every if n not in old.macros and n not in old.arity
             and n not in known and not n.startswith("_") and new.lines.get(n)
             and new.bodies.get(n, "").strip() and new.bodies[n].strip() not in fields][:MOST]
    if not names:
        return []
    # C takes a function that nobody declares for one of another file; C++ does not.
    use = CPLUSPLUS.use(compiler) if CPLUSPLUS in there() else compiler
    bad = drive(_tried(names, new, header, use))[0]
    lost = {n: bad[n] for n in names if n in bad and _UNUSABLE.search(bad[n]) and not any(
        map(made, _QUOTED.findall(bad[n])))}
    if not lost:
        return []
    first = next(iter(lost))
    return [Finding(
        "uapi-macro", Severity.WARNING, f"{listed(list(lost))}: new, and no program can use it: "
        f"{lost[first]}", where=context.where(new.lines.get(first, 0)),
        evidence="\n".join(f"#define {n} {new.bodies[n]}\n{why}" for n, why in lost.items()),
        subject=f"{first} unusable")]


def _tried(names: list[str], new: HeaderApi, header: str, compiler: Compiler,
           ) -> Steps[dict[str, str]]:
    lines = {}
    for number, name in enumerate(names):
        count = max(0, new.arity.get(name, 0))
        call = f"{name}({', '.join('1' for _ in range(count))})" if name in new.arity else name
        lines[name] = f"void {OUR}l{number}(void) {{ (void)({call}); }}"
    _, bad = yield from surviving(compiler, compiler.include(header) + USUAL, lines)
    return bad
