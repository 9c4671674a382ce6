# SPDX-License-Identifier: GPL-2.0-or-later
"""What a changed text can break that no list of types, numbers and uses shows."""

from __future__ import annotations

from collections.abc import Callable

from harness.model import Finding, HeaderApi
from harness.uapi import (
    assembler,
    bodies,
    dialects,
    environments,
    lasting,
    source_breaks,
    switches,
)
from harness.uapi.context import HeaderContext
from harness.uapi.dialects import Pair
from harness.uapi.sides import Offered


def of_new(header: str, offer: HeaderApi, pair: Pair, context: HeaderContext,
           made: Callable[[str], bool]) -> list[Finding]:
    """Findings about a header that was not there before; see ``compare``."""
    return lasting.of_new(offer, header, pair[1], context, made)


def compare(header: str, offer: Offered, texts: tuple[str, str], context: HeaderContext,
            made: Callable[[str], bool]) -> list[Finding]:
    """Findings about a header whose text (``texts``, before and after) changed.

    ``made``: whether some header defines a word.
    """
    pair, old, new = offer

    def look(pair: Pair, old: HeaderApi, new: HeaderApi) -> list[Finding]:
        return source_breaks.changed((pair, old, new), header, context, texts)

    return [*bodies.compare(header, offer, texts, context),
            *dialects.warned(header, pair, texts, context),
            *environments.undone(header, pair, texts, context),
            *lasting.compare(texts, new, context),
            *lasting.unusable((old, new), header, pair[1], context, made),
            *assembler.compare(header, pair, texts[0], context, new.macros | set(new.arity)),
            *switches.compare(header, offer, texts, context, look)]
