# SPDX-License-Identifier: GPL-2.0-or-later
"""Damaged diffs mended against the tree, where only one meaning is possible. Pure.

Lines that the hunk expects to find are taken from the tree. Of the lines that it
adds, the tree cannot tell us anything: what is done to them is listed, what cannot be known too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from harness.apply.match import LEVELS, Standing, eighted, expanded, joined_line, lines_of, stand
from harness.clean import one_line
from harness.hunks import FileDiff, Hunk, Scan, scan, unified

_SOURCE = re.compile(r"\.(?:[chS]|dtsi?|sh|pl)$|(?:^|/)(?:Makefile|Kconfig)")
Content = Callable[[str], bytes | None]
_Stood = tuple[FileDiff, bytes | None, tuple[Standing, ...]]  # the file's old content, its hunks


@dataclass(frozen=True, slots=True)
class Mended:
    """A diff that adds up, what was done to it, and, when it could not be mended, why not."""

    diff: bytes
    repairs: tuple[str, ...]
    problem: str = ""


def _tabbed(text: bytes) -> bytes:
    """Leading blanks as tabs, eight to one (Documentation/process/coding-style.rst, 1)."""
    width = len(text) - len(text.lstrip(b" "))
    return b"\t" * (width // 8) + b" " * (width % 8) + text[width:]


def _added(text: bytes, level: str, twins: dict[bytes, bytes]) -> bytes:
    """An added line with the blanks it had: those of the same line, else tabs in front."""
    if level != "tabs":
        return text
    return twins.get(text.rstrip()) or (_tabbed(text) if text.startswith(b" " * 8) else text)


def _shown(text: bytes) -> str:
    return repr(one_line(text.decode("utf-8", "replace").strip(), 70))


@dataclass(slots=True)
class _Body:
    """The lines of a hunk as they become, and what was done to them."""

    lines: list[bytes] = field(default_factory=list)
    restored: int = 0  # lines of context that the tree gave
    tabbed: int = 0  # added lines that got their tabs back
    joined: list[bytes] = field(default_factory=list)
    unsure: list[bytes] = field(default_factory=list)  # added lines with blanks inside

    def said(self) -> list[str]:
        said = [f"{count} {what}" for count, what in (
            (self.restored, "lines of context taken from the tree"),
            (self.tabbed, "added lines indented by tabs again"),
        ) if count]
        said += [f"a wrapped line joined: {_shown(text)}" for text in self.joined]
        if self.unsure:
            said.append(f"inner blanks of {len(self.unsure)} added lines left as they are "
                        f"({_shown(self.unsure[0])})")
        return said


def _body(standing: Standing, lines: list[bytes], level: str) -> _Body:
    """The hunk's lines: those that it expects as the tree has them, those that it adds mended."""
    hunk, at = standing.hunk, standing.at
    twins = {key(text): text for text in lines[at: at + len(hunk.before)]
             for key in (expanded, eighted)}
    out = _Body()
    for text in hunk.lines:
        sign = text[:1] or b" "
        if sign == b"\\":
            out.lines.append(text)
            continue
        body = joined_line(text[1:])
        if b"\n" in text:
            out.joined.append(body)
        if sign == b"+":
            mended = _added(body, level, twins)
            out.tabbed += mended != body
            if level == "tabs" and re.search(rb"\S {2,}\S", mended):
                out.unsure.append(mended)
        else:
            mended = lines[at] if lines else body
            at += 1
            out.restored += mended != text[1:]
        out.lines.append(sign + mended)
    return out


def _hunk(standing: Standing, lines: list[bytes], level: str) -> tuple[Hunk, list[str]]:
    """A hunk mended, at its place, and what was done."""
    hunk, body = standing.hunk, _body(standing, lines, level)
    said = body.said()
    if hunk.lines and (len(hunk.before), len(hunk.after)) != (hunk.old_count, hunk.new_count):
        said.append("counts of its header mended")
    return replace(hunk, old=standing.at + 1, new=0, lines=tuple(body.lines)), said


def _stood(file: FileDiff, content: Content) -> _Stood:
    old = content(file.old_path) if file.old_path else b""
    return file, old, stand(file, old or b"")


def _worst(stood: Iterable[_Stood]) -> str:
    """Detect damage to the whole mail, which a hunk of short lines alone would not show."""
    names = [level for level, _, _ in LEVELS]
    seen = [names.index(s.level) for file, _, standings in stood if file.old_path
            for s in standings if s.level in names]
    return names[max(seen, default=0)]


def _file(stood: _Stood, level: str) -> Mended:
    """The diff of one file mended, or why it cannot be."""
    file, old, standings = stood
    if old is None:
        return Mended(b"", (), f"{one_line(file.old_path)} is not in the tree")
    lines = lines_of(old)
    hunks, said = [], list[str]()
    shift = 0
    keep = level == "tabs" and not _SOURCE.search(file.path)
    if keep:
        blind = [t for h in file.hunks for t in h.lines if t.startswith(b"+" + b" " * 8)]
        left = (f"{one_line(file.path)}: {len(blind)} added lines begin with eight blanks, "
                "left as they are")
        said += [left] if blind else []
        level = ""
    for standing in standings:
        name = f"{one_line(file.path)}, hunk {standing.number}"
        if problem := _hopeless(standing):
            return Mended(b"", (), f"{name}{problem}")
        hunk, done = _hunk(standing, lines, "" if keep else level or standing.level)
        hunks.append(replace(hunk, new=hunk.old + shift if file.old_path else 1))
        shift += len(hunk.after) - len(hunk.before)
        said += [f"{name}: {what}" for what in done]
    whole = replace(file, hunks=tuple(hunks))
    return Mended(b"\n".join(unified(whole)) + b"\n", tuple(said))


def _hopeless(standing: Standing) -> str:
    """Why a hunk cannot be mended, to follow its name; "" when it can."""
    if standing.level == "conflict":
        return " conflicts with the tree"
    if standing.level == "blanks" and any(
            t[1:].strip() for t in standing.hunk.lines if t.startswith(b"+")):
        return ": the blanks of its added lines cannot be known"
    exact = standing.level == "" and standing.hunk.before
    if standing.places > 1 and not exact:
        return f" fits {standing.places} places of the tree"
    return ""


def needs(found: Scan, content: Content, *, blanks: bool) -> bool:
    """Whether there is anything to mend: flaws, or blanks that are not the tree's.

    ``blanks``: the mail as a whole looks as if tabs had become blanks.
    """
    return bool(found.flaws) or blanks or any(
        standing.level not in {"", "conflict"} for file in found.files if file.old_path
        for standing in stand(file, content(file.old_path) or b""))


def mend(diff: bytes, content: Content, stat: tuple[int, int] | None, *,
         blanks: bool = False) -> Mended:
    """Mend a diff against the files that ``content`` gives.

    ``stat`` are the insertions and deletions of the mail's own diffstat: a mended diff that
    does not have so many is not what was sent; without them lines may be lost, and counts
    are not mended. ``blanks``: see ``needs``.
    """
    found = scan(diff)
    if any(flaw.kind in {"combined", "header", "stray"} for flaw in found.flaws):
        return Mended(diff, (), found.flaws[0].message)
    if stat is None and any(flaw.kind == "counts" for flaw in found.flaws):
        return Mended(diff, (), "its counts are wrong, and no diffstat says how many lines there "
                      "were: some may be lost")
    if any(b"GIT binary patch" in file.header for file in found.files):
        return Mended(diff, (), "a binary patch cannot be mended")
    blank = sum(flaw.kind == "blank" for flaw in found.flaws)
    parts, repairs = [], [f"{blank} no-break spaces became blanks"] if blank else []
    files = tuple(_stood(file, content) for file in found.files)
    level = _worst(files) or ("tabs" if blanks else "")
    for stood in files:
        done = _file(stood, level)
        if done.problem:
            return Mended(diff, (), done.problem)
        parts.append(done.diff)
        repairs += done.repairs
    whole = b"".join(parts)
    counted = tuple(sum(text.startswith(sign) for file in scan(whole).files for hunk in file.hunks
                        for text in hunk.lines) for sign in (b"+", b"-"))
    if stat is not None and counted != stat:
        return Mended(diff, (), f"the diffstat says +{stat[0]} -{stat[1]}, mended it would have "
                      f"+{counted[0]} -{counted[1]}: lines are lost")
    return Mended(whole, tuple(repairs))

