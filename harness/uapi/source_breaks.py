# SPDX-License-Identifier: GPL-2.0-or-later
"""Old source on the new header: every use, in every dialect."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from harness.model import Finding, HeaderApi
from harness.uapi import api, dialects, sources
from harness.uapi.context import HeaderContext, stands_for_a_type
from harness.uapi.declared import declared
from harness.uapi.dialects import CPLUSPLUS, FIRST, Pair
from harness.uapi.extract import of_the_machine
from harness.uapi.headers import WORD
from harness.uapi.tried import broken_by
from harness.uapi.uses import (
    ADDRESS,
    AFTER,
    OUR,
    Use,
    asserted,
    changed_uses,
    names_gone,
    of_an_enum,
    uses_of,
)

_FIRST = re.compile(r"@\[[^\]]*\]")


def broken(old: HeaderApi, new: HeaderApi, header: str, pair: Pair, context: HeaderContext, *,
           texts: tuple[str, str], branches: bool = False, known: Collection[str] = (),
           ) -> list[Finding]:
    """Uses of the old header that the new one breaks, and names that it no longer brings in.

    ``texts`` are both versions; ``branches``: the header offers something else in some dialects,
    so all is asked in each; ``known``: those in which the new version is known to compile.
    """
    moved = of_an_enum(old, new)
    mine = _same_kind(old, new)
    whole = [AFTER, *uses_of(mine), *moved, *_outside(*texts), *_tables(*texts)]
    fewer = [*changed_uses(mine, new), *moved]
    # C++ has scopes that C has not, so a name can be gone there alone.
    all_of = [*whole, *asserted(mine, new)]
    asked = [(whole, FIRST), *((all_of if branches or d == CPLUSPLUS else fewer, d)
                               for d in (dialects.there() if branches else dialects.telling()))]
    if new.difference is not None:
        names = new.difference.names
        asked = [([u for u in uses if not names.isdisjoint(WORD.findall(u.code))], d)
                 for uses, d in asked]
    stopped = [*names_gone(old, new), *broken_by(asked, header, pair, known)]
    return [*sources.compare(stopped, old, new, context),
            *sources.includes(old, new, header, context)]


def _same_kind(old: HeaderApi, new: HeaderApi) -> HeaderApi:
    """Without typedefs of a struct's name that hold the struct itself now: that name is asked."""
    became = {s.name for s in new.structs if not stands_for_a_type(s)}
    return replace(old, structs=tuple(s for s in old.structs if not (
        stands_for_a_type(s) and s.name in became)))


def on_its_machine(offer: tuple[Pair, HeaderApi, HeaderApi], header: str, context: HeaderContext,
                   texts: tuple[str, str]) -> list[Finding]:
    """The same for programs of another ABI, where the header offers something else to them."""
    pair, old, new = offer
    if texts[0] == texts[1] or not any(map(of_the_machine, texts)):
        return []
    return [replace(f, message=f"{f.message} (in {context.abi} programs)")
            for f in broken(old, new, header, pair, context, texts=texts)]


def changed(offer: tuple[Pair, HeaderApi, HeaderApi], header: str, context: HeaderContext,
            texts: tuple[str, str]) -> list[Finding]:
    """What is other than before, and the uses that it breaks."""
    pair, old, new = offer
    return [*api.changes(old, new, context),
            *broken(old, new, header, pair, context, texts=texts)]


def _outside(old: str, new: str) -> list[Use]:
    """Prototypes and variables of others, declared as before and named."""
    if old == new:
        return []
    before, after = declared(old).outside, declared(new).outside
    return [use for n, (name, text) in enumerate(before.items()) if after.get(name) != text
            for use in (Use(name, ADDRESS, f"const void *{OUR}p{n}(void) "
                            f"{{ return (const void *)&{name}; }}", c_alone=True),
                        Use(name, "declaration", text, c_alone=True))]  # after it: it would hide


def _tables(old: str, new: str) -> list[Use]:
    """Tables that every program has a copy of, as a pointer to what they are made of."""
    after = declared(new).kinds
    return [Use(name, ADDRESS, f"void {OUR}t{n}_(void) {{ {_pointer(kind, f'{OUR}q', name)}; "
                f"(void){OUR}q; }}")
            for n, (name, kind) in enumerate(declared(old).kinds.items())
            if after.get(name) != kind]


def _pointer(kind: str, to: str, name: str) -> str:
    """A pointer to the elements of an array, else to the variable itself."""
    first = _FIRST.search(kind)
    if first is None:
        return f"{kind.replace('@', f'*{to}')} = &{name}"
    bare = f"*{to}" if "[" not in kind[first.end():] else f"(*{to})"
    return f"{kind[:first.start()]}{bare}{kind[first.end():]} = {name}"
