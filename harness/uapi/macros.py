# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros as the preprocessor and printf see them: ``#ifdef``, ``#if``, C type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from harness.model import Finding, HeaderApi, Severity
from harness.uapi.context import HeaderContext
from harness.uapi.dialects import Pair
from harness.uapi.numbers import PAGES, compared_by_if
from harness.uapi.steps import drive

_MOST = 10  # names in a message
_SIGNS = {"int", "unsigned int"}
_WIDE = {"long int", "long unsigned int", "long long int", "long long unsigned int"}


def seen_by_if(old: HeaderApi, new: HeaderApi) -> dict[str, int]:
    """Macros with another text and the same value, of which ``#if`` is asked."""
    return {n: v for n, v in old.numbers.items()
            if n in old.macros and n in new.macros and new.numbers.get(n) == v
            and old.bodies.get(n) != new.bodies.get(n)}


def blind(old: HeaderApi, new: HeaderApi, header: str, pair: Pair) -> list[str]:
    """Macros that ``#if`` could compare and no longer can: asked where their text changed."""
    asked = seen_by_if(old, new)
    if not asked:
        return []
    had, have = drive(*(compared_by_if(c, header, asked) for c in pair))
    return [n for n in asked if n in had - have]


def unknown(old: HeaderApi, new: HeaderApi) -> list[str]:
    """Macros without a value whose text is another one."""
    return [n for n in _without_value(old) if n in new.bodies and _words(
        old.forms.get(n, old.bodies[n])) != _words(new.forms.get(n, new.bodies[n]))]


def compare(old: HeaderApi, new: HeaderApi, unseen: list[str], context: HeaderContext,
            told: Collection[str] = ()) -> Iterator[Finding]:
    """Macros that have their value still, and are something else to the preprocessor or printf.

    ``unseen`` are those that ``#if`` can no longer compare; ``told`` those of which it is known
    that they do something else.
    """
    kept = [n for n in old.numbers if n in new.numbers and n in old.macros and "(" not in n]
    enums = [n for n in kept if n not in new.macros]
    if enums:
        yield _finding(Severity.WARNING, enums, "no longer a macro, and #ifdef does not see it",
                       context, new)
    if unseen:
        yield _finding(Severity.WARNING, unseen, "#if can no longer compare it", context, new)
    yield from _retyped(kept, old, new, context)
    if still := [n for n in kept if _stands_still(n, old, new)]:
        yield _finding(Severity.ERROR, still, "it no longer follows PAGE_SIZE: programs for "
                       f"kernels with other pages than of 4096 bytes have another value, with "
                       f"{PAGES} bytes {old.paged[still[0]]} became "
                       f"{new.paged.get(still[0], new.numbers[still[0]])}", context, new)
    if lost := _constant_no_more(old, new):
        yield Finding(
            "uapi-source", Severity.ERROR, f"{listed(lost)}: a call with constants is no constant "
            "any more: as array size, case label or initialiser of a static it no longer compiles",
            where=context.where(new.lines.get(lost[0], 0)), evidence="\n".join(
                f"#define {n}(...) {api.bodies.get(n, '')}" for n in lost[:_MOST]
                for api in (old, new)), subject=f"{lost[0]} constant")
    types = [s.name for s in old.structs if " " not in s.name and s.name in new.macros
             and s.name not in old.macros]
    if types:
        yield _finding(Severity.WARNING, types, "no longer a typedef but a macro, which is put in "
                       "wherever programs have that word", context, new)
    if left := [n for n in unknown(old, new) if n not in told]:
        yield _finding(Severity.WARNING, left, "the text changed, and what it does was not "
                       "compared: it is no constant", context, new)


def _constant_no_more(old: HeaderApi, new: HeaderApi) -> list[str]:
    """Macros with parameters of which no call with constants is one now: ``({ })``, a function."""
    had, have = ({n.partition("(")[0] for n in api.numbers if "(" in n} for api in (old, new))
    return sorted(n for n in had - have if new.bodies.get(n, "").strip()
                  and n in new.arity and old.bodies.get(n) != new.bodies[n]
                  and (new.arity[n] == old.arity.get(n) or new.arity[n] < 0))


def _stands_still(name: str, old: HeaderApi, new: HeaderApi) -> bool:
    """Whether a macro has its value with usual pages, and another one with larger pages."""
    value = old.numbers[name]
    return value == new.numbers[name] and name in old.paged and (
        new.paged.get(name, value) != old.paged[name])


def _retyped(kept: list[str], old: HeaderApi, new: HeaderApi, context: HeaderContext,
             ) -> Iterator[Finding]:
    """Macros whose value has another C type, those with the same two types together."""
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    calls = [n for n in old.numbers if "(" in n and n in new.numbers]
    told = set[str]()
    for name in (*kept, *calls):
        one, two = old.kinds.get(name), new.kinds.get(name)
        macro = name.partition("(")[0]
        if macro in told or old.numbers[name] != new.numbers[name]:
            continue  # another value says it already
        if one and two and one != two and name not in new.ioctls and (
                {one, two} & _WIDE or {one, two} == _SIGNS):
            rows[one, two].append(name)
            told.add(macro)
    for (one, two), names in rows.items():
        wider = (one in _WIDE) != (two in _WIDE)
        yield Finding(
            "uapi-type", Severity.WARNING if wider else Severity.NOTE,
            f"{listed(names)}: {one} -> {two}: " + (
                "a comparison with a negative number has another result"
                if {one, two} == _SIGNS else
                "printf wants another format, and C++ may choose another function"),
            where=context.where(new.lines.get(names[0].partition("(")[0], 0)),
            evidence="\n".join(f"#define {n} {api.bodies.get(n.partition('(')[0], '')}"
                               for n in names[:_MOST] for api in (old, new)),
            subject=f"{names[0]} type")


def _without_value(api: HeaderApi) -> list[str]:
    """Macros of which nothing but the text is known."""
    called = {n.partition("(")[0] for n in api.numbers}
    return [n for n in api.bodies if n not in called and n not in api.strings and api.bodies[n]
            and not n.startswith("_")]


def _words(text: str) -> str:
    return "".join(text.split())


def listed(names: Sequence[str]) -> str:
    """Names in a message, the first of them where they are many."""
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"


def _finding(severity: Severity, names: list[str], text: str, context: HeaderContext,
             new: HeaderApi) -> Finding:
    """One finding for all macros of which the same is true."""
    return Finding(
        "uapi-macro", severity, f"{listed(names)}: {text}",
        where=context.where(new.lines.get(names[0], 0)), evidence="\n".join(
            f"{n} {new.bodies.get(n, new.numbers.get(n, ''))}" for n in names[:_MOST]),
        subject=f"{names[0]} macro {severity.value}")
