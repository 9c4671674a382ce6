# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether two samples differ, by ranks, and by which factor. Pure.

Mann and Whitney, On a test of whether one of two random variables is stochastically larger than
the other (1947), with ties and the correction for continuity; the factor is the median of all
quotients (Hodges and Lehmann, 1963), its range the one that this test does not rule out. Nothing is
assumed of the shape of the samples: times of programs have long tails.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, median

LEAST = 20  # runs of each side before anything is claimed
ALPHA = 0.01  # of all questions of a benchmark together


@dataclass(frozen=True, slots=True)
class Factor:
    """By how much two times the first sample is; ``p``: how likely such ranks are by chance."""

    times: float
    low: float
    high: float
    p: float
    claimed: bool  # enough runs, and the range does not hold 1


def p_value(one: Sequence[float], two: Sequence[float]) -> float:
    """The two-sided p of the rank sum test, by its normal approximation."""
    n, m = len(one), len(two)
    if not n or not m:
        return 1.0
    counts = Counter((*one, *two))
    below, rank = 0, dict[float, float]()
    for value in sorted(counts):
        rank[value] = below + (counts[value] + 1) / 2
        below += counts[value]
    u = sum(rank[v] for v in one) - n * (n + 1) / 2
    ties = sum(c**3 - c for c in counts.values()) / ((n + m) * (n + m - 1)) if n + m > 1 else 0
    spread = math.sqrt(n * m / 12 * (n + m + 1 - ties))
    if not spread:
        return 1.0
    z = max(0.0, abs(u - n * m / 2) - 0.5) / spread
    return min(1.0, math.erfc(z / math.sqrt(2)))


def factor(one: Sequence[float], two: Sequence[float], questions: int = 1) -> Factor | None:
    """How ``two`` relates to ``one``; None where nothing can be divided.

    ``questions``: so many are asked of the same runs; the level is shared between them.
    """
    if not one or not two or min(one) <= 0 or min(two) <= 0:
        return None
    n, m, level = len(one), len(two), ALPHA / max(1, questions)
    quotients = sorted(b / a for a in one for b in two)
    z = NormalDist().inv_cdf(1 - level / 2)
    if not math.isfinite(quotients[-1]) or not quotients[0]:
        return None
    at = max(0, math.floor(n * m / 2 - z * math.sqrt(n * m * (n + m + 1) / 12)) - 1)
    low, high = quotients[at], quotients[n * m - 1 - at]
    p = p_value(one, two)
    return Factor(median(quotients), low, high, p,
                  min(n, m) >= LEAST and p < level and not low <= 1 <= high)
