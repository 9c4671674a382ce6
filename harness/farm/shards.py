# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of many jobs, for machines that know nothing of one another. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shard:
    """The ``number``-th (from 1) of ``of`` parts; each job is in one of them, by its key."""

    number: int = 1
    of: int = 1

    def has(self, key: str) -> bool:
        """Whether a job belongs to it."""
        return int(key, 16) % self.of == self.number - 1


def shard(text: str) -> Shard:
    """What ``i/n`` means; raises ``ValueError``."""
    match = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError(text)
    return Shard(int(match[1]), int(match[2]))
