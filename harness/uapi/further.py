# SPDX-License-Identifier: GPL-2.0-or-later
"""What a changed text can break that no list of types, numbers and uses shows."""

from __future__ import annotations

from harness.model import Finding, HeaderApi
from harness.uapi import api, assembler, bodies, dialects, environments, source_breaks, switches
from harness.uapi.context import HeaderContext
from harness.uapi.dialects import Pair
from harness.uapi.sides import Offered


def compare(header: str, offer: Offered, texts: tuple[str, str], context: HeaderContext,
            ) -> list[Finding]:
    """Findings about a header whose text (``texts``, before and after) changed."""
    pair, _, new = offer

    def look(pair: Pair, old: HeaderApi, new: HeaderApi) -> list[Finding]:
        return [*api.changes(old, new, context), *source_breaks.broken(
            old, new, header, pair, context, texts=texts)]

    return [*bodies.compare(header, offer, texts, context),
            *dialects.warned(header, pair, texts, context),
            *environments.undone(header, pair, texts, context),
            *assembler.compare(header, pair, texts[0], context, new.macros | set(new.arity)),
            *switches.compare(header, offer, texts, context, look)]
