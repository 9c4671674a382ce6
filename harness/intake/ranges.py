# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits of a git tree, as the mails that ``git format-patch`` would make of them.

A range is TREE@A..B or A..B, a revision means that commit alone, as for ``checkpatch.pl -g``, and a
branch all that it has on top of its upstream. b4 keeps the cover letter of a series in an empty
commit: "b4 prep" where the series begins, "b4 review" at its end.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from harness import trees
from harness.clean import one_line
from harness.errors import CommandFailedError, InputRefusedError, UsageError
from harness.evidence import plural
from harness.model import Tree
from harness.system import repo

MAX_COMMITS = 1000
MAX_TEXT = 64 << 20  # bytes of all mails
_REV = r"(?:[^@\s]|@\{[^}\s]*\})"  # a character of a revision, or "@{upstream}"
_RANGE = re.compile(rf"^(?:(.+)@(?!\{{)({_REV}*\.\.{_REV}*)|"
                    rf"((?:[^@./\s]|@\{{[^}}\s]*\}}){_REV}*\.\.{_REV}*))$")
_ONE = re.compile(rf"^[\w@]{_REV}{{0,250}}$")
_UPSTREAM = frozenset({"@{upstream}", "@{u}"})
_COVER = "^--- b4-(submit|review)-tracking ---"
_TRACKING = re.compile(r"^--- b4-(?:submit|review)-tracking ---[^\n]*\n", re.MULTILINE)
_MOST_REVISIONS = 10_000


@dataclass(frozen=True, slots=True)
class Commits:
    """The mails of some commits as one mbox, and the commit that they go on."""

    origin: str
    name: str
    where: str
    base: str
    text: bytes
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Span:
    """``base..tip`` of a tree; ``cover`` is the commit with b4's cover letter, or ""."""

    origin: str
    where: str
    tree: Tree
    base: str
    tip: str
    cover: str = ""


def commits(text: str, cache: Path) -> Commits | None:
    """The commits that a range or a revision names; None where it is neither.

    Raises ``UsageError`` for a revision that is not there, ``InputRefusedError`` for a range that
    has nothing or too much in it.
    """
    if match := _RANGE.match(text):
        span = _range(match.group(1) or _here(), match.group(2) or match.group(3), cache)
    else:
        found = _revision(text, cache)
        if found is None:
            return None
        span = found
    return _mails(span)


def _here() -> str:
    """The git tree that the user is in, also in a folder of it."""
    cwd = Path.cwd()
    return next((str(p) for p in cwd.parents if (p / ".git").exists()), ".") if not (
        cwd / ".git").exists() else "."


def _silent(text: str) -> None:
    """For trees of the user's: there is nothing to wait for."""


def _range(where: str, span: str, cache: Path) -> _Span:
    first, _, last = span.replace("...", "..").partition("..")
    origin = f"{where}@{span}"
    tip = trees.obtain(f"{where}@{last or 'HEAD'}", cache, _silent)
    if first in _UPSTREAM and (cover := _cover(tip, tip.commit)):
        # A branch of b4's says itself where it begins.
        base = _parent(tip, cover) if cover != tip.commit else ""
        if base:
            return _Span(origin, where, tip, base, tip.commit, cover)
    try:
        start = trees.obtain(f"{where}@{first or 'HEAD'}", cache, _silent)
    except UsageError:
        if first not in _UPSTREAM:
            raise
        raise UsageError("the branch has no upstream to compare with",
                         hint=f"give its base, for example origin/master..{last or 'HEAD'}, or "
                              "run git branch --set-upstream-to") from None
    base = repo.git(tip.repo, "merge-base", start.commit, tip.commit, ok=None).text.strip()
    if not base:
        raise InputRefusedError(f"{origin}: the two have no common commit")
    return _Span(origin, where, tip, base, tip.commit, _cover(tip, f"{base}..{tip.commit}"))


def _revision(text: str, cache: Path) -> _Span | None:
    """One commit on its parent, or all of a branch; None where this is no git tree."""
    where = _here()
    if not _ONE.match(text) or not (Path(where) / ".git").exists():
        return None
    try:
        tip = trees.obtain(f"{where}@{text}", cache, _silent)
    except UsageError:
        return None
    try:
        trees.obtain(f"{where}@refs/heads/{text}", cache, _silent)
    except UsageError:
        pass  # no branch
    else:
        try:
            return _range(where, f"{text}@{{upstream}}..{text}" if not _cover(tip, tip.commit)
                          else f"@{{upstream}}..{text}", cache)
        except UsageError:
            raise UsageError(f"{one_line(text)} is a branch without upstream",
                             hint=f"give its base, for example origin/master..{text}") from None
    base = _parent(tip, tip.commit)
    if not base:
        raise InputRefusedError(f"{one_line(text)}: that commit has no parent to compare with")
    if repo.rev_parse(tip.repo, f"{tip.commit}^2"):
        raise InputRefusedError(f"{one_line(text)}: a merge is no patch",
                                hint="a range such as A..B takes what was merged")
    return _Span(text, where, tip, base, tip.commit)


def _parent(tree: Tree, commit: str) -> str:
    return repo.rev_parse(tree.repo, f"{commit}^") or ""


def _cover(tree: Tree, span: str) -> str:
    """The newest commit of a line of history that has b4's cover letter and changes nothing."""
    rows = repo.git(tree.repo, "log", f"--max-count={MAX_COMMITS}", "--first-parent",
                    "--format=%H %T", span, ok=None, timeout=60).text.split("\n")
    marked = repo.git(tree.repo, "log", f"--max-count={MAX_COMMITS}", "--first-parent",
                      "--extended-regexp", f"--grep={_COVER}", "--format=%H", span, ok=None,
                      timeout=60).text.split()
    known = {row.split()[0] for row in rows if row}
    for commit in marked:
        parent = _parent(tree, commit)
        if commit in known and parent and repo.tree_id(tree.repo, parent) == repo.tree_id(
                tree.repo, commit):
            return commit
    return ""


def _count(span: _Span, begin: str, end: str, *flags: str) -> int:
    return int(repo.git(span.tree.repo, "rev-list", "--count", *flags, f"{begin}..{end}").text)


_CHANGING = ("--full-history", "--no-merges")  # before a range, and _ALL behind it
_ALL = ("--", ".")


def _mails(span: _Span) -> Commits:
    begin, end, cover, flags = span.base, span.tip, b"", list[str]()
    first = span.cover and _parent(span.tree, span.cover) == span.base
    if first or (span.cover and span.cover == span.tip):
        begin, end = (span.cover, end) if first else (begin, _parent(span.tree, span.cover))
    counts = [_count(span, begin, end, *f) for f in ((), ("--merges",))]
    mails = int(repo.git(span.tree.repo, "rev-list", "--count", *_CHANGING, f"{begin}..{end}",
                         *_ALL).text)
    if not counts[0]:
        raise InputRefusedError(f"{span.origin}: no commit in that range, no patch found",
                                hint="the base comes first: TREE@BASE..TIP")
    if counts[0] > MAX_COMMITS:
        raise InputRefusedError(f"{span.origin}: {counts[0]} commits (limit {MAX_COMMITS})")
    if span.cover and (begin, end) != (span.base, span.tip):
        cover, flags = _cover_mail(span, mails)
    try:
        text = repo.git(span.tree.repo, "format-patch", "--stdout", "--numbered",
                        "--no-signature", "--binary", "--full-index", "--no-renames", *flags,
                        *_CHANGING, f"{begin}..{end}", *_ALL, keep=MAX_TEXT + 1).stdout
    except CommandFailedError as error:
        raise InputRefusedError(f"{span.origin}: {one_line(error.tail)}") from None
    if len(text) > MAX_TEXT:
        raise InputRefusedError(f"{span.origin}: too large (limit {MAX_TEXT >> 20} MiB)")
    if not text:
        raise InputRefusedError(f"{span.origin}: merges or empty commits alone, no patch found")
    empty = counts[0] - counts[1] - mails
    notices = tuple(f"left out of the range: {plural(n, what)}" for n, what in (
        (counts[1], "merge"), (empty, "empty commit")) if n > 0)
    return Commits(span.origin, Path(span.tree.name).name, f"{span.where}@{span.base}", span.base,
                   cover + text, notices)


def _cover_mail(span: _Span, total: int) -> tuple[bytes, list[str]]:
    """The cover letter as b4 would send it, and what format-patch has to say in subjects."""
    rows = repo.git(span.tree.repo, "log", "-1", "--format=%aN <%aE>%n%aD%n%s%n%b",
                    span.cover).text.split("\n", 3)
    author, date, title, rest = (*rows, "", "", "")[:4]
    body, tracking = (*_TRACKING.split(rest, maxsplit=1), "")[:2]
    version, prefixes = _tracked(tracking)
    prefix = " ".join([*prefixes, "PATCH"])
    flags = [f"--subject-prefix={prefix}", *([f"--reroll-count={version}"] if version > 1 else [])]
    if total == 1:  # b4 puts it below the patch then
        return b"", flags
    kept = "\n".join(row for row in body.split("\n") if not row.startswith("#")).strip()
    word = f"{prefix} v{version}" if version > 1 else prefix
    head = (f"From {span.cover} Mon Sep 17 00:00:00 2001\nFrom: {author}\nDate: {date}\n"
            f"Subject: [{word} 0/{total}] {title}\n\n{kept}\n\n")
    return head.encode("utf-8", "replace").replace(b"\nFrom ", b"\n>From "), flags


def _tracked(text: str) -> tuple[int, list[str]]:
    """The version of the series and the prefixes of its subjects, as b4 has written them."""
    rows = "\n".join(row for row in text.split("\n") if not row.startswith("#"))
    try:
        series = json.loads(rows)["series"]
        version, words = int(series.get("revision", 1)), series.get("prefixes") or []
        prefixes = [one_line(w, 30) for w in words if isinstance(w, str) and "]" not in w]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return 1, []
    return (version if 0 < version < _MOST_REVISIONS else 1), prefixes[:5]
