# SPDX-License-Identifier: GPL-2.0-or-later
"""One mail: its headers, its text, the patches attached to it, and what it is.

Only the standard library's older policy is used here: with the newer one a ``To:`` of
20,000 addresses takes seconds and 5,000 brackets end in a RecursionError.
"""

from __future__ import annotations

import codecs
import contextlib
import email
import email.errors
import email.header
import email.utils
import re
from dataclasses import dataclass, replace
from email.message import Message

from harness.clean import decode, one_line
from harness.errors import InputRefusedError
from harness.intake.flowed import unflow
from harness.intake.lore import Tag, read_subject

MAX_MAIL = 32 << 20  # bytes
MAX_HEADER = 4 << 20  # bytes
MAX_LINES = 50_000  # of header
MAX_DEPTH = 30  # MIME parts inside one another

DIFF = re.compile(rb"(?m)^(?:diff --git |Index: \S|--- [^\n]+\n\+\+\+ )")
FLOWED = "format=flowed has been undone (RFC 3676)"
_QUOTED = re.compile(rb"(?m)^> ?(?:diff --git |--- [^\n]+\n> ?\+\+\+ |@@ -\d)")
_HEADERS = re.compile(rb"(?i)\A(?:from |[!-9;-~]+:)")
SCISSORS = re.compile(rb"(?m)^[- ]*-+ ?(?:>8|8<|>%|%<) ?-+[- >8<%]*$")
_WANTED = re.compile(rb"(?im)^(?:from|to|cc|date|subject|re|message-id|in-reply-to|references"
                     rb"|content-[a-z-]+):[^\n]*(?:\n[ \t][^\n]*)*")
_MULTIPART = re.compile(rb"(?im)^content-type:\s*(?:multipart|message)/")
_BOTS = re.compile(
    r"\b(?:lkp@intel\.com|syzbot|patchwork-bot|kernelci|tip-bot2?|0day|oe-lkp)\b|\bbot[+@]",
    re.IGNORECASE)
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
                f"Subject: {self.subject or '(no subject)'}\nContent-Type: text/plain; "
                f"charset={self.charset}\nContent-Transfer-Encoding: 8bit\n\n")
        return head.encode("utf-8", "surrogateescape") + self.body


@dataclass(frozen=True, slots=True)
class _Text:
    """The contents of a mail's parts; see the fields of ``Mail``."""

    body: bytes
    charset: str
    notices: tuple[str, ...]
    above: int


def check_caps(raw: bytes, source: str) -> None:
    """Refuse what would take a parser's time or stack; raises ``InputRefusedError``."""
    if len(raw) > MAX_MAIL:
        raise InputRefusedError(f"{source}: too large (limit {MAX_MAIL >> 20} MiB)")
    end = raw.find(b"\n\n")
    head = raw[: end if end >= 0 else len(raw)]
    lines = head.count(b"\n")
    if end >= 0 and _HEADERS.match(head) and (len(head) > MAX_HEADER or lines > MAX_LINES):
        raise InputRefusedError(f"{source}: a header of {len(head)} bytes in {lines} lines "
                                f"(limit {MAX_HEADER >> 20} MiB, {MAX_LINES} lines)")
    depth = len(_MULTIPART.findall(raw))
    if depth > MAX_DEPTH:
        raise InputRefusedError(
            f"{source}: MIME depth: {depth} parts that hold parts (limit {MAX_DEPTH})")


def forgiving(data: bytes) -> str:
    """Text that is UTF-8, or else Latin-1, as git takes it (mailinfo.c, guess_charset)."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _raw_header(message: Message, name: str) -> str:
    """A header as it stands; bytes that are not ASCII are taken as git takes them."""
    value = next((str(v) for n, v in message.raw_items() if n.lower() == name.lower()), "")
    return forgiving(value.encode("utf-8", "surrogateescape"))


def decode_header(raw: object, limit: int = 400) -> str:
    """A header decoded (RFC 2047), unfolded and without control characters."""
    text = str(raw or "")[:65536]
    with contextlib.suppress(LookupError, ValueError, email.errors.HeaderParseError):
        text = "".join(
            p.decode(c or "utf-8", "replace") if isinstance(p, bytes) else p
            for p, c in email.header.decode_header(text))
    return one_line(text.replace("\r\n", " "), limit)


def _timestamp(text: str) -> float:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0


def _charset(part: Message, notices: list[str]) -> str:
    try:
        name = str(part.get_content_charset() or "")
    except (LookupError, ValueError, TypeError):
        name = "?"
    if not name:
        return "utf-8"
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        notices.append(f"unknown charset {one_line(name, 40)!r}: its bytes are kept as they are")
        return "utf-8"


def _text(part: Message, notices: list[str]) -> tuple[bytes, str]:
    """The text of a part and its charset; the bytes of a diff are not recoded."""
    data = part.get_payload(decode=True)
    body = data if isinstance(data, bytes) else b""
    charset = _charset(part, notices)
    if charset.startswith(("utf-16", "utf-32", "utf-7", "utf_16", "utf_32", "utf_7")):
        body, charset = body.decode(charset, "replace").encode(), "utf-8"
    coded = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if coded in {"base64", "quoted-printable"} and b"\r\n" in body and (
            body.count(b"\r\n") >= body.count(b"\n") - 1):
        body = body.replace(b"\r\n", b"\n")  # how mail travels
    flags = str(part.get("Content-Type", "")).lower()
    if re.search(r"format\s*=\s*\"?flowed", flags):
        body = unflow(body, delsp=bool(re.search(r"delsp\s*=\s*\"?yes", flags)))
        notices.append(FLOWED)
    return body, charset


def _attached(part: Message) -> bool:
    name = str(part.get_filename() or "").lower()
    return (name.endswith((".patch", ".diff", ".eml", ".mbox"))
            or part.get_content_type() in {"text/x-patch", "text/x-diff"}
            or part.get_content_disposition() == "attachment")


def _kind(tag: Tag, sender: str, body: bytes) -> str:
    has_diff = DIFF.search(body) is not None
    if _BOTS.search(sender) and (tag.is_reply or not (tag.is_patch and has_diff)):
        return "bot"
    if tag.is_reply or (not has_diff and _QUOTED.search(body)):
        return "reply"
    if tag.is_patch and tag.numbered and tag.number == 0 and not has_diff:
        return "cover"
    return "patch" if has_diff else "other"


def travelled(raw: bytes) -> bytes:
    """A mail with CRLF as it travels gets LF; one with LF may hold a file that has CRLF itself.

    The headers decide: a sender's CRs are in the body only.
    """
    first = raw.split(b"\n", 2)[:2]
    return raw.replace(b"\r\n", b"\n") if all(t.endswith(b"\r") for t in first) else raw


def _headless(raw: bytes) -> bool:
    """A bare diff, or text saved from a web page, has no header worth the name."""
    first = raw.lstrip().split(b"\n", 1)[0]
    return raw[:1] in {b"\n", b" "} or not _HEADERS.match(first) or first.startswith((
        b"Index: ", b"diff "))


def _message(raw: bytes) -> Message:
    """The mail parsed; of a simple one only the headers that matter, its body as it is."""
    if raw.startswith(b"\n"):  # no header at all: an empty line further down ends none
        message = email.message_from_bytes(b"\n")
        message.set_payload(raw[1:].decode("ascii", "surrogateescape"))
        return message
    end = raw.find(b"\n\n")
    if end < 0 or _MULTIPART.search(raw, 0, end):
        return email.message_from_bytes(raw)
    head = raw[: end + 1]
    message = email.message_from_bytes(b"\n".join(_WANTED.findall(head)) + b"\n\n")
    message.set_payload(raw[end + 2:].decode("ascii", "surrogateescape"))
    return message


def parse_mail(raw: bytes, source: str) -> tuple[Mail, ...]:
    """The mail, and each patch file attached to it as a mail of its own.

    Raises ``InputRefusedError`` for what exceeds the caps.
    """
    check_caps(raw, source)
    raw = travelled(raw)
    above = 0
    if raw.startswith(b"From "):
        raw, above = raw.split(b"\n", 1)[-1], 1
    if _headless(raw):
        raw, above = b"\n" + raw, above - 1
    message = _message(raw)
    notices: list[str] = []
    parts = [p for p in message.walk() if not p.is_multipart()]
    if not message.is_multipart():  # quilt names its mails' only part as a file
        texts = [message] if message.get_content_maintype() == "text" and (
            message.get_content_subtype() != "html") else []
    else:
        texts = [p for p in parts if p.get_content_type() == "text/plain" and not _attached(p)]
    if not texts and parts and not any(map(_attached, parts)):
        texts = [p for p in parts if p.get_content_maintype() == "text" and
                 p.get_content_subtype() != "html"]
        if not texts and any(p.get_content_type() == "text/html" for p in parts):
            raise InputRefusedError(f"{source}: the mail is HTML only, no patch found",
                                    hint="kernel lists take plain text; ask for a resend")
    got = [_text(p, notices) for p in texts]
    body = b"\n".join(t for t, _ in got)
    charset = got[0][1] if got else "utf-8"
    mails: list[Mail] = []
    for part in parts:
        if part in texts or not _attached(part):
            continue
        text, coding = _text(part, notices)
        if not DIFF.search(text):
            continue
        name = decode_header(part.get_filename()) or "attachment"
        text = text.removeprefix(b">") if text.startswith(b">From ") else text
        if re.match(rb"From |(?:From|Subject|Date): ", text):
            # A file that the mail was made from may carry the mail's own id.
            mails += (replace(m, message_id="", parents=(), above=-1, notices=(
                *m.notices, f"the patch is an attachment ({name})"))
                      for m in parse_mail(text, f"{source}#{name}"))
            continue
        glue = b"\n" if DIFF.search(body) else b"\n---\n\n"
        body, charset = body.rstrip(b"\n") + glue + text, coding
        notices.append(f"the patch is an attachment ({name})")
    at = raw.find(body)
    above = above + raw.count(b"\n", 0, at) if at >= 0 and body else -1
    return (_mail(message, source, _Text(body, charset, tuple(notices), above)), *mails)


def _addresses(message: Message) -> tuple[str, ...]:
    found = " ".join(str(v) for name in ("To", "Cc") for v in message.get_all(name, []))
    return tuple(dict.fromkeys(a.lower() for a in re.findall(r"[\w.+=-]+@[\w.-]+\w", found)))


def _mail(message: Message, source: str, text: _Text) -> Mail:
    # A page of a web archive begins "Re: [PATCH] …", which reads as a header named Re.
    subject = decode_header(_raw_header(message, "Subject") or (
        f"Re: {message['Re']}" if message["Re"] else ""), 1000)
    sender = decode_header(_raw_header(message, "From"))
    tag = read_subject(subject)
    date = decode_header(message.get("Date"), 80)
    notices = text.notices
    if b"\0" in text.body:
        notices += ("NUL bytes in the text",)
    parents = _IDS.findall(f"{message.get('In-Reply-To', '')} {message.get('References', '')}")
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
