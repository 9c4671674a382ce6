# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures that a test prints among its diagnostics: "# measure: NAME VALUE UNIT". Pure."""

from __future__ import annotations

import math
import re

from harness.model import Measurement

_MEASURE = "# measure: "
_FIGURE = re.compile(r"(-?[\d.]+(?:e[+-]?\d+)?)((?:[A-Za-z\u00b5%]{1,4}(?:/\w{1,8})?)?)")
_HEX = re.compile(r"(?=.*[a-f])[0-9a-f]{7,}")  # an id, and no figure


def figure(text: str) -> Measurement | None:
    """A figure; None for any other line: diagnostics are free text."""
    if not text.startswith(_MEASURE):
        return None
    name, _, last = text.removeprefix(_MEASURE).rpartition(" ")
    match = _FIGURE.fullmatch(last)
    if match is None and not last[:1].isdigit():  # the unit is a word of its own
        (name, _, words), unit = name.rpartition(" "), last
        match = _FIGURE.fullmatch(words)
        if match is None or match.group(2):
            return None
    elif match is None or _HEX.fullmatch(last):
        return None
    else:
        unit = match.group(2)
    if not name:
        return None
    try:
        value = float(match.group(1))
    except ValueError:  # 6.1.192
        return None
    # 1e400 is infinite, and JSON has no such number.
    return Measurement(name, value, unit) if math.isfinite(value) else None
