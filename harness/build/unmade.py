# SPDX-License-Identifier: GPL-2.0-or-later
"""The objects that a make which went on after errors (-k) could not make. Pure."""

from __future__ import annotations

import re

# By a recipe that failed; of something that is not there; itself not there.
_UNMADE = re.compile(
    r"^make\S*: \*\*\* (?:\[(?:[^\s\]]+: )?([^\s\]]+\.o)\] Error \d|"
    r"No rule to make target '[^'\n]+', needed by '([^'\n]+\.o)'|"
    r"No rule to make target '([^'\n]+\.o)', needed by)", re.MULTILINE)
MOST = 400


def unmade(text: str) -> tuple[str, ...]:
    """The objects by make's names for them, in the order in which they failed."""
    found = dict.fromkeys("".join(m.groups("")) for m in _UNMADE.finditer(text))
    return tuple(found)[:MOST]
