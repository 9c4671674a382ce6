# SPDX-License-Identifier: GPL-2.0-or-later
"""What a newer version made of the lines that were commented. Pure.

Archives collapse blanks and drop empty lines, so lines are compared without any blanks.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from harness.clean import decode
from harness.hunks import Hunk, scan
from harness.model import Series
from harness.review.apart import Comment


@dataclass(frozen=True, slots=True)
class Fate:
    """What a newer version made of the commented lines: "changed", "unchanged" or "gone"."""

    state: str
    path: str = ""
    line: int = 0
    lines: tuple[str, ...] = ()


def _bare(text: str) -> str:
    return "".join(text.split())


@dataclass(frozen=True, slots=True)
class _Block:
    """A run of changed lines of the newer version, and the lines of context around it."""

    path: str
    line: int
    removed: tuple[str, ...]
    added: tuple[str, ...]
    around: frozenset[str]


def _blocks(path: str, hunk: Hunk) -> Iterator[_Block]:
    lines = [decode(text) for text in hunk.lines if not text.startswith(b"\\")]
    around = frozenset(b for t in lines if t[:1] not in {"+", "-"} and len(b := _bare(t)) > 2)
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
        yield _Block(path, new, tuple(t[1:] for t in run if t.startswith("-")), added, around)
        new, start = new + len(added), end


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def fate(comment: Comment, newer: Series) -> Fate:
    """What became of the lines under which a comment stands."""
    if comment.where != "diff":
        text = _bare(newer.cover + "".join(p.message + p.notes for p in newer.patches))
        quoted = _bare(comment.quoted)
        if not quoted:
            return Fate("")
        return Fate("unchanged" if quoted in text else "changed")
    files = [f for p in newer.patches for f in scan(p.diff).files]
    exact = [f for f in files if f.path == comment.path]
    mine = exact or [f for f in files if _stem(f.path) == _stem(comment.path)]
    if not mine:
        return Fate("gone")
    blocks = [b for f in mine for h in f.hunks for b in _blocks(f.path, h)]
    wanted = [_bare(t) for t in (*comment.removed, *comment.added)]
    if not wanted:
        quoted = _bare(comment.quoted[1:] if comment.quoted[:1] in "+- " else comment.quoted)
        same = any(quoted in b.around for b in blocks)
        touched = any(quoted in map(_bare, b.removed) for b in blocks)
        return Fate("changed" if touched or not same else "unchanged", mine[0].path)
    for block in blocks:
        if [_bare(t) for t in (*block.removed, *block.added)] == wanted:
            return Fate("unchanged", block.path, block.line, block.added)
    if not blocks:
        return Fate("gone", mine[0].path)
    best = max(blocks, key=lambda b: _likeness(comment, b))
    if _likeness(comment, best) < 0.2:
        return Fate("gone", mine[0].path)
    return Fate("changed", best.path, best.line,
                (*(f"-{t}" for t in best.removed), *(f"+{t}" for t in best.added)))


def _likeness(comment: Comment, block: _Block) -> float:
    """How much a change looks like the one that was commented: what it removes counts double."""
    removed = set(map(_bare, comment.removed)) & set(map(_bare, block.removed))
    ratio = difflib.SequenceMatcher(
        None, _bare("".join(comment.added)), _bare("".join(block.added)), autojunk=False).ratio()
    near = abs(comment.line - block.line) < 40
    return ratio + 0.5 * bool(removed) + 0.1 * near
