# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether what a comment asks for is there in a newer version. Pure.

That lines changed is no answer. What can be seen is: the code that the reviewer wrote stands now,
the name that was asked for is used, what should go is gone, or somebody answered in the thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.clean import one_line
from harness.hunks import FileDiff, Hunk, scan
from harness.model import Series
from harness.review.against import CommentStatus, new_lines
from harness.review.parse import Comment, bare

LOOK, NOTHING = "look", "nothing"
SHORTEST = 12  # characters of a suggestion without its blanks
MOST_LINES = 40  # of one suggestion
_CODE = re.compile(r"->|^\s*(?:if|while|for|switch) \(|^\s*else$|[;{}]\s*$|^\s*[#}]|"
                   r"\w\(.*[,)]|[=?:]\s*$|\w\s*=\s*\w|,\s*$|^\s*\w+:\s*$")
_PROSE = re.compile(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}|^\s*(?:or|and|then|but|please|maybe)\b",
                    re.IGNORECASE)
_NAME = r"[`'\"]?(?:struct |enum |union )?([A-Za-z_]\w{2,})(?:\(\))?[`'\"]?"
_RENAMES = tuple(re.compile(p, re.IGNORECASE) for p in (
    r"\bs/([\w>.-]+)/(\w{3,})/", rf"\brename\b[^.\n]{{0,60}}?\bto\s+{_NAME}",
    rf"\b(?:call|name) (?:it|this|that|them)\s+{_NAME}",
    rf"\b(?:please\s+)?use\s+{_NAME}\s+(?:instead|here|rather)\b",
    rf"\b(?:should be|how about|why not|better:?)\s+{_NAME}"))
_REMOVES = re.compile(r"\b(?:remove|drop|delete|get rid of|no need|not needed|unneeded|unnecessary|"
                      r"redundant|superfluous|useless)\b", re.IGNORECASE)


_NOT = re.compile(r"\b(?:do not|don'?t|please not|never|should ?n[o']t|must ?n[o']t|avoid|"
                  r"rather than|instead of|no need to)\b", re.IGNORECASE)
_PRAISE = re.compile(r"\W*(?:(?:very |really |this is |looks? |that'?s |i )*(?:nice|great|good|"
                     r"fine|neat|cool|ok(?:ay)?|lgtm|thanks?(?: you)?|agreed?|love (?:it|this)|"
                     r"\+1)(?: (?:one|catch|work|idea|to me|now|here))*\W*)+", re.IGNORECASE)
_BESIDE = 6  # lines
_SHORT = 80  # characters of a comment that only praises


@dataclass(frozen=True, slots=True)
class Answer:
    """What was seen: ``kind`` is suggestion, name, removed, thread, look, or "" for none of them.

    "nothing": the comment asks for nothing.

    "look": the lines changed, and whether that is what was asked for is for a reader to say.
    """

    kind: str
    words: str = ""


def answer_to(comment: Comment, status: CommentStatus, newer: Series,
              stood: Sequence[str] = ()) -> Answer:
    """What in the newer version answers a comment; ``stood``: see ``Review``."""
    if len(comment.text) < _SHORT and _PRAISE.fullmatch(comment.text.strip()):
        return Answer(NOTHING, "nothing was asked for")
    for kind, words in _seen(comment, status, newer, stood):
        return Answer(kind, words)
    if comment.answer:
        return Answer("thread", comment.answer)
    return Answer(LOOK if status.state in {"changed", "gone"} else "")


def _seen(comment: Comment, status: CommentStatus, newer: Series, stood: Sequence[str],
          ) -> Iterator[tuple[str, str]]:
    files = [f for p in newer.patches for f in scan(p.diff).files]
    for text in suggestions(comment.text):
        near = status.line if status.state == "unchanged" else 0
        file = _standing(text, comment.path, files, near)
        before = sum(old.count(bare(text)) for old in stood)
        if file is not None and (not before or _times(text, files) > before):
            yield "suggestion", f"{one_line(text, 100)} stands in {one_line(file.path)} now"
    wish = _REMOVES.search(comment.text)
    wish = wish if wish and not _forbids(comment.text[:wish.start()].splitlines()) else None
    if status.state == "gone" and wish and comment.added:
        yield "removed", "what was commented is gone"
    if status.state != "changed":
        return
    has = _words(t[1:] for t in status.lines if t.startswith("+"))
    had = _words(comment.added)
    for pattern in _RENAMES:
        for match in pattern.finditer(comment.text):
            name = match.groups()[-1]
            if name in has and name not in had and not _forbids(
                    comment.text[:match.start()].splitlines()):
                yield "name", f"{name} is there now"
    if wish and comment.added and not any(
            t.startswith("+") and bare(t[1:]) for t in status.lines):
        yield "removed", "what was commented is gone, and nothing stands in its place"


def suggestions(text: str) -> Iterator[str]:
    """The code in a comment: runs of lines that look like it."""
    run: list[str] = []
    rows = (*text.splitlines(), "")
    for number, row in enumerate(rows):
        if _CODE.search(row) and not _PROSE.search(row) and len(run) < MOST_LINES:
            run.append(row.strip())
            continue
        above = rows[:number - len(run)]
        if len(bare("".join(run))) >= SHORTEST and re.search(r"[;{}()]", "".join(run)) and (
                not _forbids(above)):
            yield " ".join(run)
        run = []


def _forbids(above: Sequence[str]) -> bool:
    """Whether the words before something say that it is not wanted: "do not write this"."""
    last = next((row for row in reversed(above) if row.strip()), "")
    return _NOT.search(re.split(r"[.!?]\s", last)[-1]) is not None


def _standing(text: str, path: str, files: Iterable[FileDiff], near: int) -> FileDiff | None:
    """The file whose new lines have a suggestion, wherever its lines are broken.

    ``near``: beside this line alone, where those that were commented stand as they did; what
    stands elsewhere may have stood there before.
    """
    wanted = bare(text)
    rows = sorted(files, key=lambda f: f.path != path)
    return next((f for f in rows for h in f.hunks
                 if wanted in bare("".join(_new(h, near)))), None)


def _times(text: str, files: Iterable[FileDiff]) -> int:
    """How often a text stands in the hunks of a newer version."""
    return sum(bare("".join(t[1:] for _, t in new_lines(h) if not t.startswith("-"))).count(
        bare(text)) for f in files for h in f.hunks)


def _new(hunk: Hunk, near: int) -> Iterator[str]:
    """The new lines of a hunk, or those of them near a line."""
    for at, text in new_lines(hunk):
        if text.startswith("+") and (not near or abs(at - near) <= _BESIDE):
            yield text[1:]


def _words(texts: Iterable[str]) -> set[str]:
    return {w for t in texts for w in re.findall(r"\w{3,}", t)}
