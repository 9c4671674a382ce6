# SPDX-License-Identifier: GPL-2.0-or-later
"""What programs meet in a header: uses, macros, dialects, the C library, the names of others."""

from __future__ import annotations

from harness.model import Finding, Severity
from harness.uapi import (
    dialects,
    environments,
    further,
    macros,
    source_breaks,
    strangers,
    trials,
)
from harness.uapi.context import HeaderContext
from harness.uapi.sides import Offered, Sides, alone


def everywhere(sides: Sides, header: str, offer: Offered, context: HeaderContext,
               ) -> list[Finding]:
    """What old source meets in the new version of a header."""
    pair, old, new = offer
    texts = sides.before[header], sides.after[header]
    known = sides.knows(header)
    more = [] if texts[0] == texts[1] else further.compare(
        header, offer, (texts[0], sides.with_moved(header)), context, sides.made)
    unsure = {f.subject for f in more if f.severity is Severity.WARNING}
    tried = trials.compare(header, offer, [*macros.unknown(old, new), *(
        n for n in new.functions if f"{n} body" in unsure)], context)
    told = {f.subject.removesuffix(" text") for f in tried}
    known_now = {f"{n} body" for n in told}
    return [*macros.compare(old, new, macros.blind(old, new, header, pair), context, told),
            *source_breaks.broken(old, new, header, pair, context, texts=texts,
                                  branches=dialects.branches(*texts), known=known),
            *dialects.no_longer(header, pair, context, known),
            *(environments.clashes(header, pair, context, known) if environments.may_clash(
                header, new.difference, pair[1], sides.changed_below(header)) else []),
            *([] if dialects.TWICE in known else dialects.twice(header, pair, context)),
            *strangers.compare((old, new), header, pair, sides, context), *tried,
            *(f for f in more if f.subject not in known_now)]


def in_other_programs(sides: Sides, header: str, offer: Offered, context: HeaderContext,
                      ) -> list[Finding]:
    """What source of another ABI than the first meets."""
    texts = sides.before[header], sides.after[header]
    return source_breaks.on_its_machine(offer, header, context, texts)


def fresh(sides: Sides, header: str, context: HeaderContext) -> list[Finding]:
    """What a new header meets: dialects, itself once more, the C library, the names of others."""
    pair, known = sides.pair(sides.abis[0]), sides.knows(header)
    compiler = pair[1]
    offer = alone(sides, header)
    return [*dialects.new(header, compiler, context, known),
            *([] if dialects.TWICE in known else dialects.twice(
                header, (None, compiler), context)),
            *environments.new(header, compiler, context, known),
            *([] if offer.problem else further.of_new(
                header, offer, pair, context, sides.made)),
            *strangers.new(header, offer, sides, context)]
