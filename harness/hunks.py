# SPDX-License-Identifier: GPL-2.0-or-later
"""A diff as it stands, sound or not: files, hunks, lines, and what does not add up.

git judges and unidiff describes, but both stop at the first flaw, and git drops without a word
what follows a hunk that is longer than its header says (apply.c, ``parse_single_patch``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEADER = re.compile(rb"^@@ -(\d{1,10})(?:,(\d{1,10}))? \+(\d{1,10})(?:,(\d{1,10}))? @@(.*)$")
# After a whole hunk these end the mail, or a part of it: "-- ", "---", a ruled line.
_RULER = re.compile(rb"-{2,} *$")
NO_SIGN = "begins with no blank, + or -: a wrapped line?"
NO_BREAK = re.compile(rb"\xc2\xa0|\xa0")  # in UTF-8, in Latin-1
NO_BLANK = "begins with a no-break space (U+00A0) in the place of a blank: a mailer or editor?"
BEHIND = "a changed line behind the end of a hunk: git would drop it"
_EXTENDED = (b"index ", b"old mode ", b"new mode ", b"new file mode ", b"deleted file mode ",
             b"similarity index ", b"dissimilarity index ", b"rename ", b"copy ",
             b"GIT binary patch", b"Binary files ")


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that does not add up; ``line`` counts from 1 in the diff's text."""

    kind: str  # "header", "counts", "wrapped", "blank", "stray" or "combined"
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk; ``lines`` keep their first column, the counts are the header's."""

    line: int
    old: int
    old_count: int
    new: int
    new_count: int
    section: bytes
    lines: tuple[bytes, ...]

    @property
    def before(self) -> tuple[bytes, ...]:
        """The lines that the hunk expects to find."""
        return tuple(text[1:] for text in self.lines if text[:1] in {b" ", b"-", b""})

    @property
    def after(self) -> tuple[bytes, ...]:
        """The lines that it leaves behind."""
        return tuple(text[1:] for text in self.lines if text[:1] in {b" ", b"+", b""})

    def header(self) -> bytes:
        """The ``@@`` line with counts that agree with the lines."""
        return b"@@ -%d,%d +%d,%d @@%s" % (
            self.old, len(self.before), self.new, len(self.after), self.section)


@dataclass(frozen=True, slots=True)
class FileDiff:
    """The part of a diff about one file; a path is "" where it says /dev/null."""

    line: int
    header: tuple[bytes, ...]
    old_path: str
    new_path: str
    hunks: tuple[Hunk, ...]

    @property
    def path(self) -> str:
        """The path after the patch, or before it for a file that goes away."""
        return self.new_path or self.old_path

    @property
    def blobs(self) -> tuple[str, str]:
        """The abbreviated ids before and after, of the ``index`` line; or "" twice."""
        found = (re.match(rb"index ([0-9a-f]{7,40})\.\.([0-9a-f]{7,40})", t) for t in self.header)
        return next(((m[1].decode(), m[2].decode()) for m in found if m), ("", ""))


@dataclass(frozen=True, slots=True)
class Scan:
    """All files of a diff, and its flaws in the order of lines."""

    files: tuple[FileDiff, ...]
    flaws: tuple[Flaw, ...]


def unquote(raw: bytes) -> str:
    """A path as git writes it, with C quoting undone (quote.c)."""
    name = raw.split(b"\t")[0].rstrip(b"\r\n ")
    if name.startswith(b'"') and name.endswith(b'"') and len(name) > 1:
        plain = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"v": b"\v",
                 b"f": b"\f"}

        def undo(match: re.Match[bytes]) -> bytes:
            code = match.group(1)
            return bytes([int(code, 8) & 255]) if code.isdigit() else plain.get(code, code)

        name = re.sub(rb"\\([0-7]{1,3}|.)", undo, name[1:-1])
    return name.decode("utf-8", "surrogateescape")


def without_prefix(name: str) -> str:
    """A path as ``git apply -p1`` takes it: the first directory dropped, whatever it is called."""
    return re.sub(r"^[^/]+/+", "", name) if "/" in name.strip("/") else name


def _plain(raw: bytes) -> str:
    """The path of a ``---`` or ``+++`` line without its ``a/``."""
    name = unquote(raw)
    return "" if name == "/dev/null" else without_prefix(name)


def names_of(header: bytes) -> tuple[str, str]:
    """The two paths of a ``diff --git`` line; both are the same where blanks make it ambiguous."""
    rest = header.removeprefix(b"diff --git ").rstrip(b"\r\n")
    if quoted := re.fullmatch(rb'("(?:[^"\\]|\\.)*"|[^ ]+) ("(?:[^"\\]|\\.)*"|[^ ]+)', rest):
        return _plain(quoted.group(1)), _plain(quoted.group(2))
    half = len(rest) // 2
    old, new = rest[:half], rest[half + 1:]
    if old.partition(b"/")[2] == new.partition(b"/")[2]:
        return _plain(old), _plain(new)
    old, _, new = rest.partition(b" b/")
    return _plain(old), _plain(b"b/" + new)


@dataclass(slots=True)
class _Open:
    """A file or hunk that is being read."""

    line: int
    header: list[bytes]
    old_path: str = ""
    new_path: str = ""
    hunks: list[Hunk] = field(default_factory=list)

    def close(self) -> FileDiff:
        return FileDiff(self.line, tuple(self.header), self.old_path, self.new_path,
                        tuple(self.hunks))


class _Scanner:
    def __init__(self, diff: bytes) -> None:
        text = diff.removesuffix(b"\n")
        self.lines = text.split(b"\n") if text else []
        self.at = 0
        self.files: list[FileDiff] = []
        self.flaws: list[Flaw] = []
        self.open: _Open | None = None
        self.tail = False  # behind a hunk, before anything that is no line of one

    def starts_file(self, at: int) -> bool:
        return self.lines[at].startswith(b"diff --git ") or (
            self.lines[at].startswith(b"--- ") and at + 1 < len(self.lines)
            and self.lines[at + 1].startswith(b"+++ "))

    def signature(self, at: int, left: list[int]) -> bool:
        """Whether format-patch's ``-- `` ends the mail here, in a hunk that lacks ``left`` lines.

        A removed ``- `` looks the same (an item of a list); when the promise can be kept, it is.
        """
        if self.lines[at].rstrip() != b"--":
            return False
        rest: list[bytes] = []
        for text in self.lines[at:]:
            if text[:1] not in {b"+", b"-", b" ", b""} or (rest and text.startswith(b"--- ")):
                break
            rest.append(text[:1])
        return sum(c != b"+" for c in rest) < left[0] or sum(c != b"-" for c in rest) < left[1]

    def close(self) -> None:
        if self.open is not None:
            self.files.append(self.open.close())
            self.open = None

    def run(self) -> Scan:
        while self.at < len(self.lines):
            text = self.lines[self.at]
            if self.starts_file(self.at):
                self.file()
            elif text.startswith(b"@@") and not text.startswith(b"@@@"):
                self.hunk()
            else:
                self.between(text)
                self.at += 1
        self.close()
        return Scan(tuple(self.files), tuple(sorted(self.flaws, key=lambda f: f.line)))

    def between(self, text: bytes) -> None:
        """Take in a line that is in no hunk: of a header, or one that should not be there."""
        if text.startswith(b"@@@"):
            self.flaws.append(Flaw("combined", self.at + 1, "a combined diff of a merge"))
        elif self.open is None:
            return
        elif text.startswith(_EXTENDED):
            self.open.header.append(text)
            if text.startswith(b"new file mode"):
                self.open.old_path = ""
            elif text.startswith(b"deleted file mode"):
                self.open.new_path = ""
        elif (text[:1] in {b"+", b"-"} and not _RULER.match(text)
              and b"GIT binary patch" not in self.open.header):
            if not self.open.hunks:
                self.flaws.append(Flaw("stray", self.at + 1, "a changed line before any hunk"))
            elif self.tail and text.rstrip() != b"--":  # git takes it for a mail's last words
                self.flaws.append(Flaw("stray", self.at + 1, BEHIND))
        self.tail = self.tail and text[:1] in {b"", b" "}

    def file(self) -> None:
        text = self.lines[self.at]
        fresh = self.open
        if text.startswith(b"diff --git "):
            self.close()
            self.open = _Open(self.at + 1, [text], *names_of(text))
            self.at += 1
            return
        if fresh is None or fresh.hunks or any(h.startswith(b"--- ") for h in fresh.header):
            self.close()
            fresh = self.open = _Open(self.at + 1, [])
        fresh.header += self.lines[self.at: self.at + 2]
        fresh.old_path = _plain(text[4:])
        fresh.new_path = _plain(self.lines[self.at + 1][4:])
        self.at += 2

    def hunk(self) -> None:
        at = self.at
        match = _HEADER.match(self.lines[at])
        if match is None or self.open is None:
            says = "a hunk without a file" if match else "its header cannot be read"
            self.flaws.append(Flaw("header", at + 1, says))
            self.at += 1
            return
        old, new = (int(match.group(n)) for n in (1, 3))
        counts = [int(match.group(n)) if match.group(n) is not None else 1 for n in (2, 4)]
        body, have = self.body(counts)
        if have != counts:
            self.flaws.append(Flaw(
                "counts", at + 1, f"its header says {counts[0]} lines before and {counts[1]} "
                f"after, there are {have[0]} and {have[1]}"))
        self.tail = True
        self.open.hunks.append(Hunk(at + 1, old, counts[0], new, counts[1],
                                    match.group(5).rstrip(b"\r"), tuple(body)))

    def body(self, counts: list[int]) -> tuple[list[bytes], list[int]]:
        """Read the lines of a hunk, by its counts while they hold, then by their looks."""
        have, body = [0, 0], list[bytes]()
        self.at += 1
        while self.at < len(self.lines):
            text = self.lines[self.at]
            kind = self.kind(text, [counts[0] - have[0], counts[1] - have[1]])
            if kind == "end":
                break
            if kind == "wrapped" and (blank := NO_BREAK.match(text)):
                self.flaws.append(Flaw("blank", self.at + 1, NO_BLANK))
                text, kind = b" " + text[blank.end():], "line"
            if kind == "wrapped":
                self.flaws.append(Flaw("wrapped", self.at + 1, NO_SIGN))
                if body:
                    body[-1] += b"\n" + text  # kept with the line it was cut from
            else:
                body.append(text)
            if kind == "line":
                have[0] += text[:1] != b"+"
                have[1] += text[:1] != b"-"
            self.at += 1
        return body, have

    def kind(self, text: bytes, left: list[int]) -> str:
        """What a line of a hunk is that lacks ``left`` more: "line", "note", "wrapped" or "end"."""
        first, full = text[:1], max(left) <= 0
        if first == b"\\":
            return "note"
        if first == b"@" or (full and (first not in {b"+", b"-", b" "} or _RULER.match(text)
                                       or self.starts_file(self.at))):
            return "end"
        if first in {b"+", b"-", b" ", b""} and (full or not self.signature(self.at, left)):
            return "line"
        if self.starts_file(self.at) or text.startswith((b"index ", b"--")):
            return "end"
        return "wrapped"


def scan(diff: bytes) -> Scan:
    """Read a diff of any condition; raises nothing."""
    return _Scanner(diff).run()


def unified(file: FileDiff) -> Iterator[bytes]:
    """The lines of a file's diff, with hunk headers that count right."""
    yield from file.header
    for hunk in file.hunks:
        yield hunk.header()
        yield from hunk.lines
