# SPDX-License-Identifier: GPL-2.0-or-later
"""A review mail, read: who it is from, what it quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness import review
from harness.clean import one_line
from harness.errors import InputRefusedError
from harness.intake import inputs
from harness.intake.mail import Mail, parse_mail, quoted_text
from harness.system.confine import confined


def read_review(text: str, cache: Path, archive: str) -> review.Review:
    """Read a review mail; in a thread, the first reply that quotes a diff."""
    return confined(lambda: _review(text, cache, archive), one_line(text))


def _review(text: str, cache: Path, archive: str) -> review.Review:
    mails = [m for raw in inputs.receive(text, cache, archive).mails
             for m in parse_mail(raw.data, raw.source)]
    wanted = [m for m in mails if m.kind == "reply" and m.quotes_diff] or [
        m for m in mails if m.kind == "reply"]
    if not wanted:
        raise InputRefusedError(f"{one_line(text)}: no reply that quotes a patch",
                                hint="give the review mail; harness intake reads the patches")
    # A mail that answers one of these quotes the patch too.
    there = {m.message_id for m in wanted}
    wanted = [m for m in wanted if not there & set(m.parents)] or wanted
    found = [_one_review(mail, mails) for mail in wanted]
    first = found[0]
    if not any(r.hunks or r.files or any(c.quoted for c in r.comments) for r in found):
        raise InputRefusedError(f"{one_line(text)}: quotes no patch that could be read",
                                hint="quoted lines begin with '> '")
    return replace(first, files=tuple(dict.fromkeys(f for r in found for f in r.files)),
                   hunks=tuple(h for r in found for h in r.hunks),
                   comments=tuple(c for r in found for c in r.comments),
                   cut=tuple(dict.fromkeys(c for r in found for c in r.cut)))


def _one_review(mail: Mail, thread: Sequence[Mail]) -> review.Review:
    text = quoted_text(mail)
    # A page saved from a web archive has its headers in the text.
    page = dict(re.findall(r"(?m)^(From|Date): (.+)$", text.split("\n>", 1)[0]))
    sender = mail.sender or one_line(page.get("From", ""))
    head = {"subject": mail.subject, "sender": sender,
            "date": mail.date or one_line(page.get("Date", "")),
            "message_id": mail.message_id, "title": mail.tag.title,
            "version": mail.tag.version, "number": mail.tag.number, "total": mail.tag.total}
    got = review.parse_review(head, text)
    comments = tuple(replace(c, by=sender) for c in got.comments)
    for later in thread:
        if mail.message_id and mail.message_id in later.parents and later.sender != sender:
            comments = review.answers(comments, later.sender, quoted_text(later))
    return replace(got, comments=comments)
