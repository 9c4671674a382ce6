# SPDX-License-Identifier: GPL-2.0-or-later
r"""The one edge where foreign text is made harmless before it is shown.

Logs, subjects, file names and guests may hold terminal escapes, bidirectional
overrides (CVE-2021-42574) and undecodable bytes. They are kept visible, as
``\x1b`` or ``\u202e``, never passed on and never dropped in silence.
"""

import re

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff" + BIDI + "\ud800-\udfff]",
)


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def clean(text: str) -> str:
    r"""Return ``text`` with control characters shown as escapes; \\n and \\t stay."""
    return _UNSAFE.sub(_visible, text)


def one_line(text: str, limit: int = 200) -> str:
    """Return ``text`` cleaned, on one line, cut to ``limit`` characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def decode(data: bytes) -> str:
    """Decode foreign bytes; what is not UTF-8 survives as surrogates until cleaned."""
    return data.decode("utf-8", "surrogateescape")
