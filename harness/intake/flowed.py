# SPDX-License-Identifier: GPL-2.0-or-later
"""format=flowed undone, for a patch (RFC 3676).

The RFC alone cannot undo it: a blank line of context is stuffed to two blanks,
ends in one, and so looks like a soft break; a line that ends in a blank of its own
does too. A mailer breaks a line only where the next word would not fit, so that is
asked as well. Whether the result adds up is for the hunk counts to say.
"""

from __future__ import annotations

WIDTH = 66  # RFC 3676 4.2 proposes to break at 66 to 78 characters
_DIFF = (b"diff --git ", b"--- a/", b"Index: ")


def unflow(body: bytes, *, delsp: bool = False) -> bytes:
    """Undo space stuffing everywhere and soft breaks from the first line of a diff on.

    The message above keeps its line ends: its author broke it by hand.
    """
    out: list[bytes] = []
    inside = soft = False
    width = 0
    for raw in body.split(b"\n"):
        text = raw[1:] if raw.startswith(b" ") else raw
        inside = inside or text.startswith(_DIFF)
        if soft and width + len(text.split(b" ")[0]) > WIDTH:
            out[-1] = (out[-1][:-1] if delsp else out[-1]) + text
        else:
            out.append(text)
        width = len(text)
        soft = inside and text.endswith(b" ") and bool(text.strip()) and raw != b"-- "
    return b"\n".join(out)
