# SPDX-License-Identifier: GPL-2.0-or-later
"""Old source on the new header: every use, in every dialect."""

from __future__ import annotations

from harness.model import Finding, HeaderApi
from harness.uapi import dialects, sources
from harness.uapi.context import HeaderContext
from harness.uapi.declared import declared
from harness.uapi.dialects import CPLUSPLUS, FIRST, Pair
from harness.uapi.tried import broken_by
from harness.uapi.uses import ADDRESS, AFTER, OUR, Use, asserted, changed_uses, names_gone, uses_of


def broken(old: HeaderApi, new: HeaderApi, header: str, pair: Pair, context: HeaderContext, *,
           texts: tuple[str, str], branches: bool = False) -> list[Finding]:
    """Uses of the old header that the new one breaks, and names that it no longer brings in.

    ``texts`` are both versions; ``branches``: the header offers something else in some dialects,
    so all is asked in each.
    """
    whole, fewer = [AFTER, *uses_of(old), *_outside(*texts)], changed_uses(old, new)
    # C++ has scopes that C has not, so a name can be gone there alone.
    all_of = [*whole, *asserted(old, new)]
    asked = [(whole, FIRST), *((all_of if branches or d == CPLUSPLUS else fewer, d)
                               for d in (dialects.there() if branches else dialects.telling()))]
    stopped = [*names_gone(old, new), *broken_by(asked, header, pair)]
    return [*sources.compare(stopped, old, new, context),
            *sources.includes(old, new, header, context)]


def _outside(old: str, new: str) -> list[Use]:
    """Prototypes and variables of others, declared as before and named."""
    if old == new:
        return []
    before, after = declared(old).outside, declared(new).outside
    return [use for n, (name, text) in enumerate(before.items()) if after.get(name) != text
            for use in (Use(name, ADDRESS, f"const void *{OUR}p{n}(void) "
                            f"{{ return (const void *)&{name}; }}", c_alone=True),
                        Use(name, "declaration", text, c_alone=True))]  # after it: it would hide
