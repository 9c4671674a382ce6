# SPDX-License-Identifier: GPL-2.0-or-later
"""A review mail taken apart: which comment stands under which line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from harness.hunks import names_of

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$")
_STAT = re.compile(r"^\s*(\S+)\s+\|\s+(?:\d+|Bin)\b")
# "On Monday, A B <a@b> wrote:", in whatever language; it may take two lines.
_ATTRIBUTION = re.compile(r"(?:\bwrote|\bwrites|\bschrieb|\bécrit|\bsaid|@|\d{4}-\d\d-\d\d)[^\n]*"
                          r"(?:\n[^\n]*)?:\s*$")
_SNIP = re.compile(r"\s*[\[<({]*\s*(?:\.{2,}|…+|snip(?:ped)?|trim(?:med)?|cut|skipped|8<-*|-+8<-*)"
                   r"[\s.]*[\])>}]*\s*", re.IGNORECASE)
_THANKS = re.compile(r"(?:(?:many )?thanks|thank you|cheers|(?:best |kind )?regards|thx|br)"
                     r"(?: a lot| very much| again| in advance|,? for the patch)?[!.,]*"
                     r"(?:\s*\n[\w .'-]{1,30})?", re.IGNORECASE)
_TAG = re.compile(r"^(?:[A-Z][\w-]+-by|Cc|Fixes|Link|Closes): .*$", re.MULTILINE)
_HEADER = re.compile(r"^(?:From|Date|To|Cc|Subject|Message-ID): ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quoted:
    """One hunk as far as it is quoted: counts of the header and of the lines (old, new)."""

    path: str
    header: str
    said: tuple[int, int]
    have: tuple[int, int]

    @property
    def complete(self) -> bool:
        """Whether nothing was cut out of it."""
        return self.said == self.have


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment and the line that it stands under.

    ``where`` is "diff", "message" or "mail"; ``line`` counts in the file after the patch (0:
    not known); ``removed`` and ``added`` are the change that the comment is about; ``answer``:
    who answered it in the thread, and how that begins.
    """

    text: str
    where: str
    path: str = ""
    hunk: str = ""
    line: int = 0
    quoted: str = ""
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    by: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A review mail. ``files`` come from the diffstat and the hunks that are quoted.

    ``stood``: what each of these makes of its file, without blanks.
    """

    subject: str
    sender: str
    date: str
    message_id: str
    title: str
    version: int
    number: int
    total: int
    files: tuple[str, ...]
    hunks: tuple[Quoted, ...]
    comments: tuple[Comment, ...]
    cut: tuple[str, ...]
    stood: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reader:
    """Reads the quoted stream line by line."""

    path: str = ""
    hunk: re.Match[str] | None = None
    lines: list[str] = field(default_factory=list)
    last: str = ""
    stat: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    hunks: list[Quoted] = field(default_factory=list)
    in_diff: bool = False
    stood: list[str] = field(default_factory=list)

    def close(self) -> None:
        if self.hunk is not None:
            said = (int(self.hunk.group(2) or 1), int(self.hunk.group(4) or 1))
            self.hunks.append(Quoted(self.path, self.hunk.group().strip(), said, self.have()))
            self.stood.append(bare("".join(t[1:] for t in self.lines if not t.startswith("-"))))
        self.hunk, self.lines = None, []

    def have(self) -> tuple[int, int]:
        return (sum(not t.startswith("+") for t in self.lines),
                sum(not t.startswith("-") for t in self.lines))

    def feed(self, text: str) -> None:
        """Take one quoted line."""
        if text.startswith("diff --git "):
            self.close()
            self.in_diff = True
            self.path = names_of(text.encode("utf-8", "surrogateescape"))[1]
            self.seen.append(self.path)
        elif match := _HUNK.match(text):
            self.close()
            self.in_diff, self.hunk = True, match
        elif self.hunk is not None:
            said = (int(self.hunk.group(2) or 1), int(self.hunk.group(4) or 1))
            have = self.have()
            if have[0] >= said[0] and have[1] >= said[1] and text[:1] not in {"+", "-", " "}:
                return
            if text.rstrip() == "--":
                return
            self.lines.append(text)
        elif self.in_diff and text.startswith("+++ ") and "/dev/null" not in text:
            self.path = re.sub(r"^[abciow]/", "", text[4:].split("\t", maxsplit=1)[0].strip())
            if self.path not in self.seen:
                self.seen.append(self.path)
        elif not self.in_diff and (match := _STAT.match(text)):
            self.stat.append(match.group(1))
            return  # a diffstat is counted, not commented
        if text.strip():
            self.last = text

    def comment(self, text: str) -> Comment:
        """The comment that stands under what has been read so far."""
        if not self.last:
            return Comment(text, "mail")
        if self.hunk is None or not self.lines:
            return Comment(text, "diff" if self.in_diff else "message", self.path,
                           quoted=self.last)
        removed, added = _change(self.lines)
        return Comment(text, "diff", self.path, self.hunk.group().strip(),
                       int(self.hunk.group(3)) + max(self.have()[1] - 1, 0), self.lines[-1],
                       removed, added)


def _change(lines: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The changed lines that end nearest above the comment."""
    end = len(lines)
    while end and len(lines) - end <= 3 and lines[end - 1][:1] not in {"+", "-"}:
        end -= 1
    start = end
    while start and lines[start - 1][:1] in {"+", "-"}:
        start -= 1
    block = lines[start:end]
    return (tuple(t[1:] for t in block if t.startswith("-")),
            tuple(t[1:] for t in block if t.startswith("+")))


def _rows(body: str) -> list[str]:
    """The lines of a mail, with one ``>`` per level; form feeds are no line ends."""
    rows = [text.rstrip("\r") for text in body.split("\n")]
    quoted = [text for text in rows if text.startswith(">")]
    # A reply to a reply may quote the patch two levels deep and nothing one level deep.
    if quoted and all(text.startswith((">>", "> >")) or text.strip() == ">" for text in quoted):
        rows = [re.sub(r"^> ?(?=>)", "", text) for text in rows]
    # Below a signature there is nothing, unless somebody answered on top.
    last = max((n for n, text in enumerate(rows) if text.startswith(">")), default=-1)
    end = next((n for n, text in enumerate(rows) if text in {"-- ", "--"} and n > last), len(rows))
    kept, skipping = [], False
    for text in rows[:end]:
        skipping = (skipping or text == "-- ") and not text.startswith(">")
        if not skipping:
            kept.append(text)
    return kept


def _said(text: str, *, before_any_quote: bool) -> str:
    """The words of a reviewer without headers, attributions, tags and thanks."""
    text = text.strip()
    if before_any_quote:
        parts = [t for t in re.split(r"\n\s*\n", text)
                 if not all(map(_HEADER.match, t.splitlines()))]
        if parts and _ATTRIBUTION.search(parts[-1]):
            parts.pop()
        text = "\n\n".join(parts)
    elif _ATTRIBUTION.search(text) and "\n\n" not in text and len(text) < 200:
        text = ""
    text = _TAG.sub("", text).strip()
    return "" if _THANKS.fullmatch(text) else text


def _kinds(rows: list[str]) -> Iterator[tuple[str, str]]:
    """Each line: a "quote" (without its ``> ``), a "snip" (a line that says so), or "text"."""
    for text in rows:
        if text.startswith(">"):
            yield "quote", re.sub(r"^> ?", "", text)
        elif text.strip() and _SNIP.fullmatch(text):
            yield "snip", text.strip()
        else:
            yield "text", text


def _not_quoted(reader: _Reader) -> Iterator[str]:
    """The files and lines that the review leaves out."""
    yield from (f"{path}: not quoted" for path in reader.stat
                if path not in reader.seen and not path.startswith("..."))
    yield from (f"{q.path}, {q.header}: {q.have[0]} of {q.said[0]} lines before and {q.have[1]} of "
                f"{q.said[1]} after are quoted" for q in reader.hunks if not q.complete)


def parse_review(head: dict[str, Any], body: str) -> Review:
    """Read the body of a review mail; ``head`` are the fields that its headers gave."""
    reader = _Reader()
    comments: list[Comment] = []
    cut: list[str] = []
    waiting: list[str] = []  # lines of a comment that goes on
    for kind, line in (*_kinds(_rows(body)), ("quote", ">")):  # a last quote ends the last comment
        if kind == "text":
            waiting.append(line)
        elif kind == "snip":
            cut.append(f"{reader.path or 'the message'}: {line}")
        else:
            text = _said("\n".join(waiting), before_any_quote=not reader.last)
            waiting = []
            comments += [reader.comment(text)] if text else []
            if not line.startswith(">"):
                reader.feed(line)
    reader.close()
    return Review(**head, files=tuple(dict.fromkeys((*reader.stat, *reader.seen))),
                  hunks=tuple(reader.hunks), comments=tuple(comments),
                  cut=(*cut, *_not_quoted(reader)), stood=tuple(reader.stood))


def bare(text: str) -> str:
    """A text without its blanks: archives collapse them."""
    return "".join(text.split())


def answers(comments: tuple[Comment, ...], sender: str, body: str) -> tuple[Comment, ...]:
    """The comments with what a later mail says below them, where it quotes them."""
    found: dict[str, str] = {}
    said = ""  # the text below; between a comment and it there is only the rest of the comment
    for row in reversed(_rows(body)):
        if not row.startswith(">"):
            said = row.strip() or said
            continue
        if said:
            found[bare(re.sub(r"^> ?", "", row))] = said
        if re.match(r"^(?:> ?){2}", row):
            said = ""
    out = []
    for comment in comments:
        last = next((t for t in reversed(comment.text.splitlines()) if t.strip()), "")
        said = found.get(bare(last), "")
        out.append(replace(comment, answer=f"{sender}: {said}") if said and not comment.answer
                   else comment)
    return tuple(out)
