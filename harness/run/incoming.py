# SPDX-License-Identifier: GPL-2.0-or-later
"""From what the user names to a series on a base: read, base chosen, mended if asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness import apply, review, trees
from harness.apply import base, repair
from harness.clean import one_line
from harness.errors import InputRefusedError
from harness.hunks import scan
from harness.intake import Thread, Wish, doors, read_thread
from harness.intake.damage import stat_of
from harness.intake.mail import Mail, parse_mail, quoted_text
from harness.intake.read import message_diff_mended, prefix_mended, with_diff
from harness.model import Damage, Patch, Series, Tree
from harness.settings import DEFAULT_TREE, Settings
from harness.system.confine import confined

Say = Callable[[str], None]


def read(text: str, cache: Path, wish: Wish) -> Thread:
    """Read a series in a child with limits: it comes from strangers."""
    return confined(lambda: read_thread(text, cache, wish), one_line(text))


def read_review(text: str, cache: Path, archive: str) -> review.Review:
    """Read a review mail; in a thread, the first reply that quotes a diff."""
    return confined(lambda: _review(text, cache, archive), one_line(text))


def _review(text: str, cache: Path, archive: str) -> review.Review:
    mails = [m for raw in doors.receive(text, cache, archive).mails
             for m in parse_mail(raw.data, raw.source)]
    wanted = [m for m in mails if m.kind == "reply" and m.quotes_diff] or [
        m for m in mails if m.kind == "reply"]
    if not wanted:
        raise InputRefusedError(f"{one_line(text)}: no reply that quotes a patch",
                                hint="give the review mail; harness intake reads the patches")
    found = [_one_review(mail) for mail in wanted]
    first = found[0]
    if not any(r.hunks or r.files or any(c.quoted for c in r.comments) for r in found):
        raise InputRefusedError(f"{one_line(text)}: quotes no patch that could be read",
                                hint="quoted lines begin with '> '")
    return replace(first, files=tuple(dict.fromkeys(f for r in found for f in r.files)),
                   hunks=tuple(h for r in found for h in r.hunks),
                   comments=tuple(c for r in found for c in r.comments),
                   cut=tuple(dict.fromkeys(c for r in found for c in r.cut)))


def _one_review(mail: Mail) -> review.Review:
    text = quoted_text(mail)
    # A page saved from a web archive has its headers in the text.
    page = dict(re.findall(r"(?m)^(From|Date): (.+)$", text.split("\n>", 1)[0]))
    head = {"subject": mail.subject, "sender": mail.sender or one_line(page.get("From", "")),
            "date": mail.date or one_line(page.get("Date", "")),
            "message_id": mail.message_id, "title": mail.tag.title,
            "version": mail.tag.version, "number": mail.tag.number, "total": mail.tag.total}
    got = review.take_apart(head, text)
    return replace(got, comments=tuple(replace(c, by=mail.sender) for c in got.comments))


def place(series: Series, settings: Settings, say: Say, own: str = "") -> base.Base:
    """The tree and commit that a series goes on; ``own`` is the tree that it came out of."""
    said = settings.tree
    got = trees.obtain(said or own or DEFAULT_TREE, settings.cache, say)
    if own and not said:
        return base.Base(got, "where the range begins")
    others = [t for row in trees.TREES if (t := trees.cached(settings.cache, row))]
    return base.choose(series, got, others, said=said)


def described(picked: base.Base) -> str:
    """One line about the base."""
    return f"base: {picked.tree.name} {picked.tree.commit[:12]}, by {picked.why}"


def mended(series: Series, tree: Tree) -> Series:
    """The series with its damaged patches mended against the tree.

    What was done is in the notices. Raises ``InputRefusedError`` when a patch cannot be mended
    or does not apply then.
    """
    whole = apply.apply_mended(series, tree, tree.commit, _mend)
    done = tuple(f"repaired: patch {p.number}/{p.total}: {d.says}" for p in whole.patches
                 for d in p.damage if d.kind == "repair")
    return replace(whole, notices=whole.notices + (done or (
        "nothing had to be repaired",)))


# What needs no tree, and what is said of it.
_MENDERS = (
    (message_diff_mended, "the diff in the commit message was put back there, indented"),
    (prefix_mended, "a/ and b/ put before the paths"),
)


def _mend(patch: Patch, content: Callable[[str], bytes | None]) -> Patch:
    said: tuple[str, ...] = ()
    for mender, words in _MENDERS:
        diff = patch.diff
        patch = mender(patch)
        if patch.diff != diff:
            said += (words,)
    stat = stat_of(patch.notes)
    blanks = any(d.kind == "blanks" for d in patch.damage)
    if repair.needs(scan(patch.diff), content, blanks=blanks):
        got = repair.mend(patch.diff, content, stat, blanks=blanks)
        if got.problem:
            raise InputRefusedError(
                f"patch {patch.number}/{patch.total} ({patch.source}) cannot be repaired: "
                f"{got.problem}", hint="ask for a resend with git send-email")
        patch = with_diff(patch, got.diff)
        said += got.repairs
    counted = (sum(f.added for f in patch.files), sum(f.removed for f in patch.files))
    if said and stat is not None and stat != counted:
        raise InputRefusedError(
            f"patch {patch.number}/{patch.total} ({patch.source}) cannot be repaired: the diffstat "
            f"says +{stat[0]} -{stat[1]}, mended it has +{counted[0]} -{counted[1]}")
    left = [d for d in patch.damage if d.fatal]
    if left:
        raise InputRefusedError(f"patch {patch.number}/{patch.total} ({patch.source}) cannot be "
                                f"repaired: {left[0].says}")
    return replace(patch, damage=(*patch.damage, *(Damage("repair", s) for s in said)))
