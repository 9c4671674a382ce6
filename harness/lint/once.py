# SPDX-License-Identifier: GPL-2.0-or-later
"""What is found in several patches alike is one finding, and no two findings share an id. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from harness.model import Finding

MOST_NAMED = 8  # patches


def once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in their order.

    The same words about no line in several patches are one, with their numbers. Ids hold no
    number of a patch; the second of one subject gets a number of its own.
    """
    same: dict[tuple[object, ...], list[Finding]] = {}
    for number, item in enumerate(findings):
        own = number if item.where.line or not item.patch else -1
        same.setdefault((item.rule, item.message, item.where, item.evidence, own), []).append(item)
    seen: Counter[str] = Counter()
    found = []
    for group in same.values():
        first = _together(group)
        seen[first.id] += 1
        again = seen[first.id]
        found.append(replace(first, subject=f"{first.subject} #{again}") if again > 1 else first)
    return tuple(found)


def _together(group: list[Finding]) -> Finding:
    first, numbers = group[0], sorted({f.patch for f in group})
    if len(numbers) < 2:
        return first
    named = ", ".join(map(str, numbers[1:MOST_NAMED]))
    more = f" and {len(numbers) - MOST_NAMED} more" if len(numbers) > MOST_NAMED else ""
    return replace(first, patch=numbers[0],
                   message=f"{first.message} (and in patch{'es' * (len(numbers) > 2)} "
                           f"{named}{more})", subject=first.subject or first.message)
