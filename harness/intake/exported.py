# SPDX-License-Identifier: GPL-2.0-or-later
"""What Mercurial and StGit export, as the mail that ``git am`` makes of it. Pure.

git-am(1), ``--patch-format``: both are told by their first lines. No line is added or taken
away, so that the lines of a hunk keep their numbers.
"""

from __future__ import annotations

import email.utils
import re

_FIELD = re.compile(rb"(From|Author|Date): ")
# A mail of one header line; "kvm: Add a note" is a title, since what is below is a field.
_HEADER = re.compile(rb"(?:From|Subject|Date|To|Cc|Message-I[dD]|Received)[: ]")
_HG_DATE = re.compile(rb"(\d{1,11})(?:\.\d+)? (-?\d{1,5})$")
_MOST = 40  # lines in which such a header ends


def as_mail(data: bytes) -> bytes:
    """``data``, with the header of a mail where Mercurial or StGit wrote one of its own."""
    lines = data.split(b"\n", _MOST)
    if lines[0].startswith(b"# HG changeset patch"):
        return _from_hg(lines)
    if len(lines) > 2 and lines[0].strip() and not lines[1].strip() and (
            _FIELD.match(lines[2]) and not _HEADER.match(lines[0])):
        return _from_stgit(lines)
    return data


def _from_hg(lines: list[bytes]) -> bytes:
    """``# User A <a@b>``, ``# Date seconds zone`` and others, then the message."""
    out = [b"X-Patch-Format: hg"]
    for at, line in enumerate(lines[1:], 1):
        if not line.startswith(b"# "):
            out.append(b"Subject: [PATCH] " + line)
            rest = lines[at + 1:]
            break
        name, _, value = line[2:].partition(b" ")
        if name == b"User":
            out.append(b"From: " + value.strip())
        elif name == b"Date" and (found := _HG_DATE.match(value.strip())):
            out.append(b"Date: " + _rfc2822(int(found[1]), -int(found[2])))
        else:
            out.append(b"X-Hg: " + line[2:])
    else:
        return b"\n".join(lines)
    return b"\n".join(out + ([] if rest and not rest[0].strip() else [b""]) + rest)


def _rfc2822(seconds: int, east: int) -> bytes:
    """A time in its zone, ``east`` seconds before UTC's clock; Mercurial counts to the west."""
    hours, minutes = divmod(abs(east) // 60, 60)
    text = email.utils.formatdate(seconds + east, usegmt=True).removesuffix("GMT")
    return f"{text}{'-' if east < 0 else '+'}{hours:02}{minutes:02}".encode()


def _from_stgit(lines: list[bytes]) -> bytes:
    """The title, a blank line, then ``From:`` and ``Date:``, then a blank line again."""
    out, at = [b"Subject: [PATCH] " + lines[0], b"X-Patch-Format: stgit"], 2
    while at < len(lines) and (found := _FIELD.match(lines[at])):
        name = b"From" if found[1] == b"Author" else found[1]
        out.append(name + b": " + lines[at][found.end():])
        at += 1
    return b"\n".join(out + ([] if at < len(lines) and not lines[at].strip() else [b""])
                      + lines[at:])
