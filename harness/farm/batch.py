# SPDX-License-Identifier: GPL-2.0-or-later
"""What a source of mails has that is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Batch:
    """Mails (where they lie, content), how far the source is read, what there is to say.

    ``more``: there are others to read at once.
    """

    mails: tuple[tuple[str, bytes], ...]
    cursor: Any
    notices: tuple[str, ...] = ()
    more: bool = False
