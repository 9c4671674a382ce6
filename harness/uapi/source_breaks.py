# SPDX-License-Identifier: GPL-2.0-or-later
"""Old source on the new header: every use, in every dialect, and what stands beside it."""

from __future__ import annotations

from harness.model import Finding, HeaderApi
from harness.uapi import dialects, environments, macros, sources, strangers
from harness.uapi.context import HeaderContext
from harness.uapi.dialects import CPLUSPLUS, FIRST, Pair
from harness.uapi.sides import Offered, Sides
from harness.uapi.tried import broken_by
from harness.uapi.uses import AFTER, asserted, changed_uses, names_gone, uses_of


def everywhere(sides: Sides, header: str, offer: Offered, context: HeaderContext,
               ) -> list[Finding]:
    """What old source meets: uses, macros, dialects, the C library, the names of others."""
    pair, old, new = offer
    branches = dialects.branches(sides.before[header], sides.after[header])
    quiet = header in sides.quiet
    return [*macros.compare(old, new, macros.blind(old, new, header, pair), context),
            *broken(old, new, header, pair, context, branches=branches),
            *([] if quiet else dialects.no_longer(header, pair, context)),
            *([] if quiet else environments.clashes(header, pair, context)),
            *([] if quiet else dialects.twice(header, pair, context)),
            *strangers.compare((old, new), header, pair, sides, context)]


def fresh(sides: Sides, header: str, context: HeaderContext) -> list[Finding]:
    """What a new header meets: dialects, itself once more, the C library, the names of others."""
    compiler, quiet = sides.pair(sides.abis[0])[1], header in sides.quiet
    return [*([] if quiet else dialects.new(header, compiler, context)),
            *([] if quiet else dialects.twice(header, (None, compiler), context)),
            *([] if quiet else environments.new(header, compiler, context)),
            *strangers.new(header, sides, context)]


def broken(old: HeaderApi, new: HeaderApi, header: str, pair: Pair, context: HeaderContext, *,
           branches: bool = False) -> list[Finding]:
    """Uses of the old header that the new one breaks, and names that it no longer brings in.

    ``branches``: the header offers something else in some dialects, so all is asked in each.
    """
    whole, fewer = [AFTER, *uses_of(old)], changed_uses(old, new)
    # C++ has scopes that C has not, so a name can be gone there alone.
    all_of = [*whole, *asserted(old, new)]
    asked = [(whole, FIRST), *((all_of if branches or d == CPLUSPLUS else fewer, d)
                               for d in (dialects.there() if branches else dialects.telling()))]
    stopped = [*names_gone(old, new), *broken_by(asked, header, pair)]
    return [*sources.compare(stopped, old, new, context),
            *sources.includes(old, new, header, context)]
