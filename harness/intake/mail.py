# SPDX-License-Identifier: GPL-2.0-or-later
"""One mail: its headers, its text, the patches attached to it, and what it is.

Only the standard library's older policy is used here: with the newer one a ``To:`` of
20,000 addresses takes seconds and 5,000 brackets end in a RecursionError.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message

from harness.clean import decode, one_line
from harness.errors import InputRefusedError
from harness.intake.lore import Tag, delivered, read_subject
from harness.intake.mime import (
    Read,
    attached,
    check_caps,
    decode_header,
    headless,
    message_of,
    raw_header,
    text_of,
    travelled,
)

DIFF = re.compile(rb"(?m)^(?:diff --git |Index: \S|--- [^\n]+\n\+\+\+ )")
_QUOTED = re.compile(rb"(?m)^> ?(?:diff --git |--- [^\n]+\n> ?\+\+\+ |@@ -\d)")
# What git request-pull writes; with -p the whole diff stands below.
PULL = re.compile(rb"(?ms)^The following changes since commit [0-9a-f]{7,}.*^are available in the "
                  rb"Git repository at:")
SCISSORS = re.compile(rb"(?m)^[- ]*-+ ?(?:>8|8<|>%|%<) ?-+[- >8<%]*$")
# git format-patch --interdiff writes it into the cover, at the left margin
_INTERDIFF = re.compile(rb"(?ms)^Interdiff(?: against v\d+)?:$.*^diff --git ")
_BOTS = re.compile(
    r"\b(?:lkp@intel\.com|syzbot|patchwork-bot|kernelci|tip-bot2?|0day|oe-lkp)\b|\bbot[+@]",
    re.IGNORECASE)
_INNER = re.compile(r"(?:re|aw|sv|antw)\s*:\s+", re.IGNORECASE)  # "[PATCH] Re: title"
_IDS = re.compile(r"<([^<>\s]+)>")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as far as its header and looks tell: nothing of it is trusted.

    ``body`` is the text with its transfer encoding undone, in its own charset;
    ``kind`` is "patch", "cover", "reply", "bot" or "other".
    """

    source: str
    subject: str
    tag: Tag
    sender: str
    date: str
    when: float
    message_id: str
    parents: tuple[str, ...]
    charset: str
    body: bytes
    kind: str
    notices: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    above: int = -1  # lines of the mail above the body; -1 for one that is encoded

    @property
    def address(self) -> str:
        """The bare address of who sent it."""
        return address_of(self.sender)

    @property
    def has_diff(self) -> bool:
        """Whether a diff stands in it that git would see."""
        return DIFF.search(self.body) is not None

    @property
    def quotes_diff(self) -> bool:
        """Whether it quotes a diff behind ``> ``."""
        return _QUOTED.search(self.body) is not None

    def plain(self) -> bytes:
        """The mail as ``git mailinfo`` reads it best: one part, not encoded."""
        head = (f"From: {self.sender or 'unknown <unknown@localhost>'}\nDate: {self.date}\n"
                f"Subject: {delivered(self.subject) or '(no subject)'}\nContent-Type: text/plain; "
                f"charset={self.charset}\nContent-Transfer-Encoding: 8bit\n\n")
        return head.encode("utf-8", "surrogateescape") + self.body


@dataclass(frozen=True, slots=True)
class _Text:
    """The contents of a mail's parts; see the fields of ``Mail``."""

    body: bytes
    charset: str
    notices: tuple[str, ...]
    above: int


def address_of(sender: str) -> str:
    """The bare address in a From: header, by which senders are the same."""
    return email.utils.parseaddr(sender)[1].lower()


def _timestamp(text: str) -> float:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0


def _kind(tag: Tag, sender: str, body: bytes) -> str:
    has_diff = DIFF.search(body) is not None
    if _BOTS.search(sender) and (tag.is_reply or not (tag.is_patch and has_diff)):
        return "bot"
    if tag.is_reply or (not has_diff and _QUOTED.search(body)):
        return "reply"
    if tag.is_patch and tag.numbered and tag.number == 0 and (
            not has_diff or _INTERDIFF.search(body)):
        return "cover"
    return "patch" if has_diff and not PULL.search(body) else "other"


def parse_mail(raw: bytes, source: str) -> tuple[Mail, ...]:
    """The mail, and each patch file attached to it as a mail of its own.

    Raises ``InputRefusedError`` for what exceeds the caps.
    """
    check_caps(raw, source)
    made = _MADE.match(raw) is not None
    raw, above = _unwrapped(travelled(raw.removeprefix(b"\xef\xbb\xbf")))
    message = message_of(raw)
    texts = _texts(message, source)
    read = [text_of(part) for part in texts]
    body = b"\n".join(r.body for r in read)
    text = _Text(body, read[0].charset if read else "utf-8",
                 tuple(n for r in read for n in r.notices), _above(raw, body, above))
    mails: list[Mail] = []
    for part in message.walk():
        if part.is_multipart() or any(part is t for t in texts) or not attached(part):
            continue
        inner = text_of(part)
        name = decode_header(part.get_filename()) or "attachment"
        if not DIFF.search(inner.body):
            text = replace(text, notices=text.notices + inner.notices)
        elif _MAIL.match(inner.body):
            text = replace(text, notices=text.notices + inner.notices)
            mails += _of_attachment(inner.body.removeprefix(b">"), source, name)
        else:
            text = _with_attachment(text, inner, name)
            text = replace(text, above=_above(raw, text.body, above))
    mail = _mail(message, source, text)
    return (_submitted(mail) if made else mail, *mails)


def _submitted(mail: Mail) -> Mail:
    """A commit that ``git format-patch -k`` wrote out, whose own title begins with "Re:"."""
    if mail.kind != "reply" or not mail.has_diff or mail.tag.is_patch:
        return mail
    tag = read_subject(f"[PATCH] {mail.subject}")
    return replace(mail, tag=replace(tag, is_reply=False), kind="patch")


# git format-patch writes no other day, so that file(1) knows it.
_MADE = re.compile(rb"From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001\n")
_MAIL = re.compile(rb">?From |(?:From|Subject|Date): ")


def _unwrapped(raw: bytes) -> tuple[bytes, int]:
    """The mail without an mbox's first line, and how many lines stand above what is left."""
    above = 0
    if raw.startswith(b"From "):
        raw, above = raw.split(b"\n", 1)[-1], 1
    return (b"\n" + raw, above - 1) if headless(raw) else (raw, above)


def _above(raw: bytes, body: bytes, before: int) -> int:
    """The number of lines above the body, or -1 where it was encoded."""
    at = raw.find(body) if body else -1
    return before + raw.count(b"\n", 0, at) if at >= 0 else -1


_UNTYPED = {"application/octet-stream", "application/x-patch", "application/mbox"}


def _texts(message: Message, source: str) -> list[Message]:
    """The parts that are the text of the mail; raises ``InputRefusedError`` for HTML alone."""
    if not message.is_multipart():  # quilt names its mails' only part as a file
        parts = [message]
    else:
        parts = [p for p in message.walk() if not p.is_multipart()]
        texts = [p for p in parts if p.get_content_type() == "text/plain" and not attached(p)]
        if texts or any(map(attached, parts)):
            return texts
    texts = [p for p in parts if p.get_content_maintype() == "text"
             and p.get_content_subtype() != "html"]
    if not message.is_multipart() and message.get_content_type() in _UNTYPED:
        return parts  # gateways and lists that do not know what a patch is; git am reads it
    if not texts and not any(map(attached, parts)) and any(
            p.get_content_type() == "text/html" for p in parts):
        raise InputRefusedError(f"{source}: the mail is HTML only, no patch found",
                                hint="kernel lists take plain text; ask for a resend")
    return texts


def _of_attachment(text: bytes, source: str, name: str) -> Iterator[Mail]:
    """Mails that are attached as files; a file may carry the id of the mail it came from."""
    for mail in parse_mail(text, f"{source}#{name}"):
        yield replace(mail, message_id="", parents=(), above=-1, notices=(
            *mail.notices, f"the patch is an attachment ({name})"))


def _with_attachment(text: _Text, inner: Read, name: str) -> _Text:
    """The text with a diff that is attached to it below."""
    glue = b"\n" if DIFF.search(text.body) else b"\n---\n\n"
    return replace(text, body=text.body.rstrip(b"\n") + glue + inner.body, charset=inner.charset,
                   notices=(*text.notices, *inner.notices,
                            f"the patch is an attachment ({name})"))


def _addresses(message: Message) -> tuple[str, ...]:
    found = " ".join(str(v) for name in ("To", "Cc") for v in message.get_all(name, []))
    return tuple(dict.fromkeys(a.lower() for a in re.findall(r"[\w.+=-]+@[\w.-]+\w", found)))


def _mail(message: Message, source: str, text: _Text) -> Mail:
    # A page of a web archive begins "Re: [PATCH] …", which reads as a header named Re.
    subject = decode_header(raw_header(message, "Subject") or (
        f"Re: {message['Re']}" if message["Re"] else ""), 1000)
    sender = decode_header(raw_header(message, "From"))
    tag = read_subject(subject)
    date = decode_header(message.get("Date"), 80)
    notices = text.notices
    if b"\0" in text.body:
        notices += ("NUL bytes in the text",)
    parents = _IDS.findall(f"{message.get('In-Reply-To', '')} {message.get('References', '')}")
    if parents and not tag.is_reply and (inner := _INNER.match(tag.title)):
        tag = replace(tag, is_reply=True, title=tag.title[inner.end():])
    own = _IDS.findall(str(message.get("Message-Id", "")))
    return Mail(source, subject, tag, sender, date, _timestamp(date),
                one_line(own[0]) if own else "", tuple(parents[:1] + parents[1:][::-1]),
                text.charset, text.body, _kind(tag, sender, text.body), notices,
                _addresses(message), text.above)


def below_scissors(mail: Mail) -> Mail:
    """A reply with a patch below scissors is meant to be applied (git am --scissors)."""
    at = SCISSORS.search(mail.body)
    if mail.kind != "reply" or at is None or not DIFF.search(mail.body, at.end()):
        return mail
    return replace(mail, kind="patch", tag=replace(
        mail.tag, is_reply=False, numbered=False, number=1, total=1))


def unquoted(mail: Mail) -> Mail:
    """The patch that a reply quotes (or holds), as a submission; other mails as they are."""
    if mail.kind not in {"reply", "bot"} or not (mail.quotes_diff or mail.has_diff):
        return mail
    body = mail.body
    if mail.quotes_diff:
        lines = [re.sub(rb"^> ?", b"", t) for t in body.split(b"\n") if t.startswith(b">")]
        body = b"\n".join(t for t in lines if not t.startswith(b">")) + b"\n"
    if not DIFF.search(body):
        return mail
    tag = replace(mail.tag, is_reply=False)
    return replace(mail, body=body, tag=tag, kind="patch", above=-1, notices=(
        *mail.notices, "the patch was quoted in a reply: taken as it is there (--unquote)"))


def quoted_text(mail: Mail) -> str:
    """The text of a mail, decoded."""
    try:
        return mail.body.decode(mail.charset, "surrogateescape")
    except (LookupError, UnicodeError):
        return decode(mail.body)
