# SPDX-License-Identifier: GPL-2.0-or-later
"""Recognise damage done by mailers, archives and editors. Pure: no git, no tree.

Damage that only shows against the tree (tabs, trailing blanks) is ``repair.py``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.clean import decode, one_line
from harness.evidence import plural
from harness.hunks import FileDiff, Flaw, Scan, scan, unquote
from harness.model import Damage, PatchFile

_TOTAL = re.compile(
    r"^ *(\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?",
    re.MULTILINE)
# Where a patch begins: after the trailers, or before a diffstat. "---" alone may be a removed "--".
_REAL = re.compile(rb"(?m)(?:(?<=\n)^---[ \t]*\n(?:[ \t]*\n)?(?: [^\n]+\|[^\n]+\n)+"
                   rb"|(?P<bare>(?<=\n)^---[ \t]*\n(?:[ \t]*\n)*(?=diff --git ))"
                   rb"|^[A-Z][\w-]+-[Bb]y: [^\n]+\n\s*^---[ \t]*$)")
_SOURCE = re.compile(r"\.[chS]$|(?:^|/)(?:Makefile|Kconfig)")
# In added lines alone: others may be so in the tree, and do not apply where they are not.
_NO_BREAK = re.compile(rb"\+[ \t]*(?:\xc2\xa0|\xa0)")
_INDENT = re.compile(rb"^[ +-] {8}")


def real_patch(below: bytes) -> int:
    """The line where the patch begins that follows a diff in the commit message, or 0.

    ``below`` is what ``git mailinfo`` takes for the patch: from the first line at the left
    margin that begins like a diff. A ``---`` with a diffstat after that is the true cut.
    """
    if below.startswith(b"---\n"):
        return 0
    inside = [(hunk.line, hunk.line + len(hunk.lines)) for file in scan(below).files
              for hunk in file.hunks]
    for match in _REAL.finditer(below):
        line = below.count(b"\n", 0, match.end()) + 1
        # A removed "--" of a table looks like the cut, and is none.
        if match.group("bare") and not _after_prose(below, match.start(), inside):
            continue
        if not any(low <= line - 1 <= high for low, high in inside) and (
                re.search(rb"(?m)^diff --git ", below[match.end():])):
            return match.start() if any(f.hunks for f in scan(below[:match.start()]).files) else 0
    return 0


def _after_prose(below: bytes, at: int, inside: list[tuple[int, int]]) -> bool:
    """Whether words stand between the last hunk and a ``---``: two diffs may be glued by one."""
    lines = below[:at].split(b"\n")
    last = next((n for n in range(len(lines), 0, -1) if lines[n - 1].strip()), 0)
    return not any(low <= last - 1 <= high for low, high in inside)


def message_diff() -> Damage:
    """The notice about such a diff."""
    return Damage("message-diff", "the commit message holds a diff at the left margin: git takes "
                  "it for the patch and cuts the message there", fatal=True)


def refused_by_am(what: str) -> Damage:
    """What git am stops at, though the diff is sound."""
    return Damage("am", f"git am refuses the mail: {one_line(what)}")


def _place(flaw: Flaw, found: Scan, first: int) -> str:
    """``line 34 of the mail (virt/kvm/x.c, hunk 2)``; of the diff when the mail is encoded."""
    where = f"line {flaw.line + first} of the mail" if first >= 0 else (
        f"line {flaw.line} of the diff")
    file = next((f for f in reversed(found.files) if f.line <= flaw.line), None)
    if file is None:
        return where
    number = sum(h.line <= flaw.line for h in file.hunks)
    return f"{where} ({one_line(file.path)}, hunk {max(number, 1)})"


def flaws(found: Scan, first: int) -> tuple[Damage, ...]:
    """Hunks that do not add up. git would refuse some of them and cut others short.

    ``first`` is how many lines of the mail stand above the diff, or -1.
    """
    seen = [Damage("wrapped" if flaw.kind == "wrapped" else "hunk",
                   f"malformed hunk at {_place(flaw, found, first)}: {flaw.message}", fatal=True)
            for flaw in found.flaws]
    return tuple(sorted(seen, key=lambda d: d.kind != "wrapped"))


def _bare(file: FileDiff) -> bool:
    """Whether the two paths of a file's header lack the ``a/`` and ``b/``.

    Without them both are the same; with any other prefix (``x.orig/``) their first
    directories differ.
    """
    pair = [unquote(text[4:]) for text in file.header if text.startswith((b"--- ", b"+++ "))]
    first = file.header[0].removeprefix(b"diff --git ") if file.header else b""
    if len(pair) == 2 and "/dev/null" not in pair:
        return pair[0] == pair[1] and not re.match(r"[a-z]/", pair[0])
    half = len(first) // 2
    return first[:half] == first[half + 1:] and not re.match(rb'"?[a-z]/', first)


def no_prefix(found: Scan) -> tuple[Damage, ...]:
    """Git takes the first directory for the prefix, whatever it is called (``-p1``)."""
    if not found.files or not all(map(_bare, found.files)):
        return ()
    return (Damage("no-prefix", "the paths are without a/ and b/ (diff.noprefix): git would drop "
                   f"their first directory and look for {one_line(found.files[0].path)}",
                   fatal=True),)


def prefixed(diff: bytes) -> bytes:
    """A diff with the ``a/`` and ``b/`` that it lacks."""
    out = []
    found = scan(diff)
    starts = {file.line for file in found.files}
    hunks = {hunk.line for file in found.files for hunk in file.hunks}
    in_header = False
    for number, text in enumerate(diff.split(b"\n"), 1):
        in_header = (in_header or number in starts) and number not in hunks
        line = text
        if in_header and text.startswith(b"diff --git "):
            names = text[11:].split(b" ")
            line = b"diff --git a/" + names[0] + b" b/" + names[-1]
        elif in_header and text[:4] in {b"--- ", b"+++ "} and b"/dev/null" not in text:
            line = text[:4] + (b"a/" if text.startswith(b"-") else b"b/") + text[4:]
        out.append(line)
    return b"\n".join(out)


def spaces(found: Scan) -> tuple[Damage, ...]:
    """Kernel source that is indented by eight blanks everywhere and by tabs nowhere."""
    mine = [f for f in found.files if _SOURCE.search(f.path)]
    lines = [text for f in mine for h in f.hunks for text in h.lines]
    if any(_NO_BREAK.match(text) for text in lines):  # without a number: many patches say it alike
        return (Damage("blanks", "whitespace damage: lines are indented by no-break spaces "
                       "(U+00A0): a mailer or an editor put them there"),)
    blank = sum(bool(_INDENT.match(text)) for text in lines)
    if blank < 2 or any(b"\t" in text for text in lines):
        return ()
    return (Damage("blanks", "whitespace damage: lines are indented by eight blanks and "
                   "none by a tab: tabs became spaces on the way"),)


def outside(diff: bytes) -> str:
    """What stands in a diff and in no hunk of it: a diffstat there is that of what follows."""
    inside = {n for file in scan(diff).files for hunk in file.hunks
              for n in range(hunk.line, hunk.line + len(hunk.lines) + 1)}
    return "\n".join(decode(text) for n, text in enumerate(diff.split(b"\n"), 1)
                     if n not in inside)


def _last_total(notes: str) -> re.Match[str] | None:
    """The diffstat stands next above the diff; a changelog may quote older ones."""
    return next(reversed(list(_TOTAL.finditer(notes))), None)


def stat_of(notes: str) -> tuple[int, int] | None:
    """Insertions and deletions of a mail's diffstat, when it has one."""
    total = _last_total(notes)
    return (int(total.group(2) or 0), int(total.group(3) or 0)) if total else None


def diffstat(notes: str, files: Iterable[PatchFile]) -> tuple[Damage, ...]:
    """The diffstat counts what was sent: a difference means hunks lost or edited."""
    total = _last_total(notes)
    if total is None:
        return ()
    every = tuple(files)
    said = (int(total[1]), int(total[2] or 0), int(total[3] or 0))
    # A file that becomes a link is two sections of a diff, and one file.
    have = (len({f.path for f in every}), sum(f.added for f in every),
            sum(f.removed for f in every))
    if said == have:
        return ()
    stat, diff = (f"{plural(n, 'file')}, +{more} -{less}" for n, more, less in (said, have))
    return (Damage("diffstat", f"the diffstat says {stat}, the diff has {diff}"),)


def disagreement(numstat: bytes, files: Iterable[PatchFile]) -> tuple[Damage, ...]:
    """Compare the files that git sees (``apply --numstat -z``) with those that unidiff sees."""
    git: dict[str, tuple[str, str]] = {}
    for row in numstat.split(b"\0"):
        if row.count(b"\t") >= 2:
            added, removed, path = row.split(b"\t", 2)
            git[decode(path)] = (decode(added), decode(removed))
    ours = {f.path: (str(f.added), str(f.removed)) for f in files}
    wrong = [p for p in sorted({*git, *ours})
             if p not in git or p not in ours or git[p] not in {ours[p], ("-", "-")}]
    return tuple(Damage(
        "disagreement", f"git and unidiff read {one_line(p)} differently: git "
        f"{'+{} -{}'.format(*git[p]) if p in git else 'does not see it'}, unidiff "
        f"{'+{} -{}'.format(*ours[p]) if p in ours else 'does not see it'}") for p in wrong)
