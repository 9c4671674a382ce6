# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare commented lines with a newer version of the series. Pure.

Archives collapse blanks and drop empty lines, so lines are compared without any blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.clean import decode
from harness.hunks import FileDiff, Hunk, scan
from harness.model import Series
from harness.review.parse import Comment, bare


@dataclass(frozen=True, slots=True)
class CommentStatus:
    """The state of commented lines in a newer version: "changed", "unchanged" or "gone"."""

    state: str
    path: str = ""
    line: int = 0
    lines: tuple[str, ...] = ()


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(w for t in texts for w in re.findall(r"\w{2,}", t))


@dataclass(frozen=True, slots=True)
class _Block:
    """A run of changed lines of the newer version."""

    path: str
    line: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


def _blocks(path: str, hunk: Hunk) -> Iterator[_Block]:
    lines = [decode(text) for text in hunk.lines if not text.startswith(b"\\")]
    new, start = hunk.new, 0
    while start < len(lines):
        if lines[start][:1] not in {"+", "-"}:
            new, start = new + 1, start + 1
            continue
        end = start
        while end < len(lines) and lines[end][:1] in {"+", "-"}:
            end += 1
        run = lines[start:end]
        added = tuple(t[1:] for t in run if t.startswith("+"))
        yield _Block(path, new, tuple(t[1:] for t in run if t.startswith("-")), added)
        new, start = new + len(added), end


def new_lines(hunk: Hunk) -> Iterator[tuple[int, str]]:
    """The lines of a hunk, each with where it stands in the new file, or would stand."""
    at = hunk.new
    for text in hunk.lines:
        if not text.startswith(b"\\"):
            yield at, decode(text)
            at += not text.startswith(b"-")


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def status_of(comment: Comment, newer: Series) -> CommentStatus:
    """Find the lines under a comment in a newer version of the series."""
    if comment.where != "diff":
        return _in_messages(comment, newer)
    mine = _same_files(comment.path, newer)
    if not mine:
        return CommentStatus("gone")
    for file in mine:
        for hunk in file.hunks:
            if line := _stands(comment, hunk):
                return _of_blanks(comment, hunk, line) or CommentStatus(
                    "unchanged", file.path, line)
    blocks = [b for f in mine for h in f.hunks for b in _blocks(f.path, h)]
    here = _nearest(comment, blocks) if comment.removed or comment.added else _touched(
        comment, blocks)
    return _became(here) if here else CommentStatus("gone", mine[0].path)


_BLANKS = re.compile(r"\b(?:spaces?|blanks?|tabs?|indent\w*|white ?space|align\w*|trailing)\b",
                     re.IGNORECASE)


def _of_blanks(comment: Comment, hunk: Hunk, line: int) -> CommentStatus | None:
    """A comment about blanks, where just these differ now: an archive may have changed them too."""
    for at, text in new_lines(hunk):
        if at == line and text.startswith("+") and bare(text[1:]) == bare(comment.quoted[1:]):
            differs = text[1:] != comment.quoted[1:] and _BLANKS.search(comment.text)
            return CommentStatus("changed", comment.path, line, (text,)) if differs else None
    return None


def _in_messages(comment: Comment, newer: Series) -> CommentStatus:
    """A comment on a message, or on the mail as a whole, which is about no line."""
    text = bare(newer.cover + "".join(p.message + p.notes for p in newer.patches))
    quoted = bare(comment.quoted)
    if not quoted or comment.where == "mail":
        return CommentStatus("")
    return CommentStatus("unchanged" if quoted in text else "changed")


def _same_files(path: str, newer: Series) -> list[FileDiff]:
    """The diffs of that file, else of those of the same name elsewhere: it may have moved."""
    files = [f for p in newer.patches for f in scan(p.diff).files]
    return [f for f in files if f.path == path] or [
        f for f in files if _stem(f.path) == _stem(path)]


def _touched(comment: Comment, blocks: list[_Block]) -> _Block | None:
    """The change that takes away the line of context that was commented."""
    quoted = bare(comment.quoted[1:])
    return next((b for b in blocks if quoted and quoted in map(bare, b.removed)), None)


def _nearest(comment: Comment, blocks: list[_Block]) -> _Block | None:
    """The change that looks most like the commented one, if any does."""
    best = max(blocks, key=lambda b: _likeness(comment, b), default=None)
    return best if best is not None and _likeness(comment, best) >= 0.2 else None


def _became(block: _Block, most: int = 16) -> CommentStatus:
    lines = (*(f"-{t}" for t in block.removed), *(f"+{t}" for t in block.added))
    more = (f" ({len(lines) - most} more lines)",) if len(lines) > most else ()
    return CommentStatus("changed", block.path, block.line, (*lines[:most], *more))


def _stands(comment: Comment, hunk: Hunk) -> int:
    """The line at which the commented lines stand in a hunk as they did: 0 when they do not.

    The line above the comment, with up to three changed lines before it; what comes after
    may have changed, the comment is not about that.
    """
    lines = list(new_lines(hunk))
    rows = [(t[:1] if t[:1] in {"+", "-"} else " ", bare(t[1:] if t[:1] in {"+", "-", " "} else t))
            for _, t in lines]
    sign = comment.quoted[:1] if comment.quoted[:1] in {"+", "-"} else " "
    text = bare(comment.quoted[1:] if comment.quoted[:1] in {"+", "-"} else comment.quoted)
    tail = [(s, bare(t)) for s, ts in (("-", comment.removed), ("+", comment.added)) for t in ts]
    wanted = tail[-3:] if sign != " " else [(sign, text)]
    for n, row in enumerate(rows):
        if row == wanted[-1] and rows[max(n + 1 - len(wanted), 0): n + 1] == wanted:
            return max(lines[n][0], 1)
    return 0


def _likeness(comment: Comment, block: _Block) -> float:
    """Similarity of a change to the commented one; removed lines count double."""
    removed = set(map(bare, comment.removed)) & set(map(bare, block.removed))
    mine, other = _words(comment.added), _words(block.added)
    ratio = len(mine & other) / (len(mine | other) or 1)
    near = abs(comment.line - block.line) < 40
    return ratio + 0.5 * bool(removed) + 0.1 * near
