# SPDX-License-Identifier: GPL-2.0-or-later
"""Find where a hunk applies in a file, or what prevents it. Pure.

git says "patch does not apply". This says which lines differ, and whether only
their blanks do: then a mailer or an archive is to blame, not the base.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.hunks import FileDiff, Hunk

Key = Callable[[bytes], bytes]


def same(text: bytes) -> bytes:
    """A line as it is, but for the CR of a file with DOS line ends."""
    return text.removesuffix(b"\r")


def stripped(text: bytes) -> bytes:
    """A line without its trailing blanks."""
    return text.rstrip()


def expanded(text: bytes) -> bytes:
    """A line with its tabs as blanks, to columns of eight."""
    return text.rstrip().expandtabs(8)


def eighted(text: bytes) -> bytes:
    """A line with each tab as eight blanks, wherever it stands: what simple mailers do."""
    return text.rstrip().replace(b"\t", b" " * 8)


def squeezed(text: bytes) -> bytes:
    """A line with all its blanks taken for the same."""
    return b" ".join(text.split())


# From harmless to harmful: the first under which a hunk matches is what happened to it.
LEVELS: tuple[tuple[str, str, Key], ...] = (
    ("", "", same),
    ("trailing", "trailing blanks were stripped on the way", stripped),
    ("tabs", "whitespace damage: tabs became spaces", expanded),
    ("tabs", "whitespace damage: tabs became spaces", eighted),
    ("blanks", "whitespace damage: blanks differ", squeezed),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a hunk applies: ``number`` counts from 1, ``at`` from 0.

    ``level`` is "" (exactly), a name of ``LEVELS``, or "conflict"; ``places`` is how often it
    would match; ``differs`` are line numbers (from 1), what is expected and what is there.
    """

    number: int
    hunk: Hunk
    level: str
    at: int
    places: int
    differs: tuple[tuple[int, bytes, bytes], ...] = ()


def lines_of(content: bytes) -> list[bytes]:
    """The lines of a file without their ends."""
    return content.removesuffix(b"\n").split(b"\n") if content else []


def joined_line(text: bytes) -> bytes:
    """A line that a mailer wrapped, in one piece: the blank it broke at may still be there."""
    return re.sub(rb"\n[ \t]*", lambda m: b"" if text[m.start() - 1: m.start()] == b" " else b" ",
                  text)


class _Lines:
    """A file's lines under each key, made once, with where each stands."""

    def __init__(self, content: bytes) -> None:
        self.plain = lines_of(content)
        self._keyed: dict[int, tuple[list[bytes], dict[bytes, list[int]]]] = {}

    def find(self, wanted: Sequence[bytes], level: int) -> list[int]:
        """All places where ``wanted`` stands, compared by the key of a level."""
        key = LEVELS[level][2]
        if level not in self._keyed:
            rows = [key(text) for text in self.plain]
            where: dict[bytes, list[int]] = {}
            for n, text in enumerate(rows):
                where.setdefault(text, []).append(n)
            self._keyed[level] = rows, where
        have, where = self._keyed[level]
        want = [key(joined_line(text)) for text in wanted]
        if not want:
            return [0]
        # The line that is rarest in the file says where to look.
        rare = min(range(len(want)), key=lambda n: len(where.get(want[n], ())))
        return [n - rare for n in where.get(want[rare], ())
                if n >= rare and have[n - rare: n - rare + len(want)] == want]


def _nearest(lines: Sequence[bytes], wanted: Sequence[bytes], guess: int) -> int:
    """The place that most of the lines vote for."""
    where: dict[bytes, list[int]] = {}
    for n, text in enumerate(lines):
        where.setdefault(squeezed(text), []).append(n)
    votes: Counter[int] = Counter()
    for n, text in enumerate(wanted):
        key = squeezed(text)
        if len(key) > 3:
            for at in where.get(key, ())[:50]:
                votes[at - n] += 1
    if not votes:
        return guess
    return max(votes, key=lambda at: (votes[at], -abs(at - guess)))


def stand(file: FileDiff, content: bytes) -> tuple[Standing, ...]:
    """Match each hunk of a file's diff with ``content``."""
    file_lines = _Lines(content)
    lines = file_lines.plain
    found = []
    shift = 0
    for number, hunk in enumerate(file.hunks, 1):
        guess = max(hunk.old - 1 + shift, 0)
        for n, (level, _, _) in enumerate(LEVELS):
            if places := file_lines.find(hunk.before, n):
                at = min(places, key=lambda p: abs(p - guess))
                shift = at - (hunk.old - 1)
                found.append(Standing(number, hunk, level, at, len(places)))
                break
        else:
            at = _nearest(lines, hunk.before, guess)
            there = [lines[at + n] if 0 <= at + n < len(lines) else b""
                     for n in range(len(hunk.before))]
            differs = tuple((at + n, want, have) for n, (want, have)
                            in enumerate(zip(hunk.before, there, strict=True), 1)
                            if squeezed(joined_line(want)) != squeezed(have))
            found.append(Standing(number, hunk, "conflict", at, 0, differs))
    return tuple(found)
