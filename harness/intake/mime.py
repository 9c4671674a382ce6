# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of a mail: headers decoded, texts in their coding, within bounds."""

from __future__ import annotations

import codecs
import contextlib
import email
import email.errors
import email.header
import re
from dataclasses import dataclass
from email.message import Message

from harness.clean import one_line
from harness.errors import InputRefusedError
from harness.intake.flowed import unflow

MAX_MAIL = 32 << 20  # bytes
MAX_HEADER = 4 << 20  # bytes
MAX_LINES = 50_000  # of header
MAX_DEPTH = 30  # MIME parts inside one another

FLOWED = "format=flowed has been undone (RFC 3676)"
_HEADERS = re.compile(rb"(?i)\A(?:from |[!-9;-~]+:)")
_WANTED = re.compile(rb"(?im)^(?:from|to|cc|date|subject|re|message-id|in-reply-to|references"
                     rb"|content-[a-z-]+):[^\n]*(?:\n[ \t][^\n]*)*")
_MULTIPART = re.compile(rb"(?im)^content-type:\s*(?:multipart|message)/")


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


def raw_header(message: Message, name: str) -> str:
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


def _charset(part: Message) -> tuple[str, str]:
    """The coding of a part, and a notice where its name means nothing."""
    try:
        name = str(part.get_content_charset() or "")
    except (LookupError, ValueError, TypeError):
        name = "?"
    if not name:
        return "utf-8", ""
    try:
        return codecs.lookup(name).name, ""
    except (LookupError, ValueError):
        return "utf-8", f"unknown charset {one_line(name, 40)!r}: its bytes are kept as they are"


@dataclass(frozen=True, slots=True)
class Read:
    """The text of a part as bytes, their coding, and what was done to them."""

    body: bytes
    charset: str
    notices: tuple[str, ...]


def text_of(part: Message) -> Read:
    """The text of a part and its charset; the bytes of a diff are not recoded."""
    coded = " ".join(str(part.get("Content-Transfer-Encoding", "")).split()).lower()
    if "Content-Transfer-Encoding" in part:  # one that is folded is not undone otherwise
        part.replace_header("Content-Transfer-Encoding", coded)
    data = part.get_payload(decode=True)
    body = data if isinstance(data, bytes) else b""
    charset, unknown = _charset(part)
    if charset.startswith(("utf-16", "utf-32", "utf-7", "utf_16", "utf_32", "utf_7")):
        body, charset = body.decode(charset, "replace").encode(), "utf-8"
    if coded in {"base64", "quoted-printable"} and b"\r\n" in body and (
            body.count(b"\r\n") >= body.count(b"\n") - 1):
        body = body.replace(b"\r\n", b"\n")  # how mail travels
    flags = str(part.get("Content-Type", "")).lower()
    flowed = bool(re.search(r"format\s*=\s*\"?flowed", flags))
    if flowed:
        body = unflow(body, delsp=bool(re.search(r"delsp\s*=\s*\"?yes", flags)))
    return Read(body, charset, tuple(filter(None, (unknown, FLOWED if flowed else ""))))


def attached(part: Message) -> bool:
    """Whether a part is a file that goes with the mail."""
    name = str(part.get_filename() or "").lower()
    return (name.endswith((".patch", ".diff", ".eml", ".mbox"))
            or part.get_content_type() in {"text/x-patch", "text/x-diff"}
            or part.get_content_disposition() == "attachment")


def travelled(raw: bytes) -> bytes:
    """A mail with CRLF as it travels gets LF; one with LF may hold a file that has CRLF itself.

    The headers decide: a sender's CRs are in the body only, and there not in each line.
    """
    first = raw.split(b"\n", 2)[:2]
    if all(t.endswith(b"\r") for t in first) or _every_line(raw.partition(b"\n\n")[2]):
        return raw.replace(b"\r\n", b"\n")
    return raw


def _every_line(body: bytes) -> bool:
    """Whether all lines of a body have a CR, those of the message and of the diff's headers too."""
    lines = body.removesuffix(b"\n").split(b"\n")
    return len(lines) > 1 and all(t.endswith(b"\r") for t in lines if t)


def headless(raw: bytes) -> bool:
    """A bare diff, or text saved from a web page, has no header worth the name."""
    first = raw.lstrip().split(b"\n", 1)[0]
    return raw[:1] in {b"\n", b" "} or not _HEADERS.match(first) or first.startswith((
        b"Index: ", b"diff "))


def message_of(raw: bytes) -> Message:
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
