# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that stand for other names. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ENUMERATOR = re.compile(r"(?:^|[{,])\s*(\w+)\s*=\s*\(?\s*([A-Za-z_]\w*)\s*\)?\s*(?=[,}/]|$)",
                         re.MULTILINE)
_NAME = re.compile(r"\(*\s*([A-Za-z_]\w*)\s*\)*")


def aliases(plain: Mapping[str, str], text: str) -> dict[str, str]:
    """Names that are defined as another name, by a macro or in an enum of the header's text."""
    found = {n: m.group(1) for n, body in plain.items()
             if (m := _NAME.fullmatch(body.strip())) and m.group(1) != n}
    return {**dict(_ENUMERATOR.findall(text)), **found}


def original(name: str, known: Mapping[str, str]) -> str:
    """What a name stands for in the end."""
    seen = {name}
    while (target := known.get(name)) is not None and target not in seen:
        seen.add(target)
        name = target
    return name
