# SPDX-License-Identifier: GPL-2.0-or-later
"""liblore, wrapped: mboxes as public-inbox writes them, subjects, trailers, threads by id.

The only user of liblore, which is before its 1.0.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from urllib.parse import unquote

from liblore import LibloreError, LoreNode
from liblore.series import parse_patch_subject
from liblore.utils import find_trailers, split_mbox_as_bytes, strip_reply_prefixes

from harness.clean import one_line
from harness.errors import InfrastructureError, InputRefusedError

ARCHIVE = "https://lore.kernel.org/all"
_ID = re.compile(r"^<?([^\s<>@/]+@[^\s<>@/]+)>?$")
_GROUP = re.compile(r"^((?:\s|\w{2,3}:|\[[^][]*\])*)\[([^][]*(?:,| of |v[123]\.\d)[^][]*)\]",
                    re.IGNORECASE)
_OF = re.compile(r"(\d+) of (\d+)|,\s*|\bv([123])\.\d+(?![.\d])\b", re.IGNORECASE)
# Marks without a blank, or with more: [PATCH1/2], [PATCH-v2], [PATCH 1/2v3], [PATCHv2_1/2],
# [PATCH net-next1/2], [PATCH (v2) 1/2], [PATCH v2: #1/2], [PATCH 1of2], [PATCH rev2].
_GLUED = tuple((re.compile(find, re.IGNORECASE), put) for find, put in (
    (r"_", " "), (r"(?<=\d) ?of ?(?=\d+\b)", "/"),
    (r"\(\s*(v?\d+(?:/\d+)?)\s*\)", r" \1 "),
    (r"\b(patch|rfc|resend)[-_:#./]?(?=v?\d)", r"\1 "), (r"(\d/\d+)[-_,;.]?(?=v\d)", r"\1 "),
    (r"\b(?:ver|version|rev|revision)[. ]?(?=\d)", "v"), (r"(\bv\d+)[:,;](?=\s|$)", r"\1 "),
    (r"(?:#|\bno\.? ?|\bpart )(?=\d+/\d)", ""), (r"(\d/\d+)[.:](?=\s|$)", r"\1"),
    (r"(?<=[a-z])(?<!\bv)(?=\d+/\d+\s*$)", " ")))
_GROUPS = re.compile(r"^(?:\s|\w{2,3}:|\[[^][]*\])*")
_MARK = re.compile(r"\[([^][]*(?:patch|rfc|resend|\d/\d|\d ?of ?\d|\bv\d)[^][]*)\]", re.IGNORECASE)
# The count behind the brackets, and marks without any: "[PATCH] (1/2) x", "PATCH v2 1/2: x".
_BEHIND = re.compile(r"\(?(\d{1,3}/\d{1,3})\)?:?\s+(?=\S)")
_BARE = re.compile(r"\(?((?:(?:rfc|resend)\s+)*patch\b(?:[-_ ]?v\d+)?)\s*[\[(]?(\d{1,3}/\d{1,3})"
                   r"[\])]?\s*:?\s+(?=\S)|\(([^()]{0,40}\bpatch\b[^()]{0,40})\)\s+(?=\S)",
                   re.IGNORECASE)
# What mail gateways put in front: "[EXTERNAL] Re: …", "EXTERNAL: [PATCH] …".
MOST = 1000  # characters of a subject
_WORD = (r"[*(<!]*\s*(?:external|ext|spam|junk|bulk|caution|warning|suspected|suspicious|phishing)"
         r"(?: e?-?mail| sender| spam)?(?:\s*[*)>!]+)?(?:\s*:|\s+-(?=\s))?")
# Replies of mail programs in other languages, where brackets follow: "hv:" is a subsystem too. East
# Asian ones have a colon of their own, U+FF1A.
_REPLY = re.compile(
    r"^(?:(?:(?:re|r|aw|sv|vs|antw|antwort|ang|odp|ynt|res|rif|r[e\u00e9]p|tr|enc|fwd?|wg|vl|doorst|"
    r"atb|hv)\s*(?:\[\d+\])?\s*[:\uff1a]\s*)+(?=[\[{(*])|"
    r"(?:(?:[\u4e00-\u9fff]{2}\s*[:\uff1a]|re\s*\uff1a)\s*)+)", re.IGNORECASE)
_FRONT = re.compile(rf"(?:(?:(\[(?![^][]*(?:patch|\d/\d))[^][]*\])|\{{[^{{}}]{{1,40}}\}}|{_WORD})"
                    r"\s*:?\s*)+",
                    re.IGNORECASE)
_URL = re.compile(r"^(https?://([^/\s]+)((?:/[^/\s@]+)*))/([^/\s]+@[^/\s#?]+)(?:[/#?].*)?$")
# Names of the kernel's own archive; the last two only send on to it.
_KERNELS = re.compile(r"(?:lore|lkml)\.kernel\.org|(?:\w+\.)?msgid\.link")


def _spelled(match: re.Match[str]) -> str:
    number, total, version = match.groups()
    return f"{number}/{total}" if number else f"v{version}" if version else " "


@dataclass(frozen=True, slots=True)
class Tag:
    """A parsed subject: ``[RFC PATCH v3 2/7] title``."""

    title: str
    version: int
    number: int
    total: int
    is_patch: bool
    is_reply: bool
    numbered: bool
    prefixes: tuple[str, ...]


def read_subject(text: str) -> Tag:
    """Take a subject apart; b4's rules for what the lists have seen.

    Patchwork writes ``[net-next,v2,1/3]``, hg ``[PATCH 1 of 3 V2]``, gateways
    ``[EXTERNAL] Re: [PATCH] …``.
    """
    text = _marked(_without_gateway(text[:MOST]))
    while (plain := _GROUP.sub(lambda m: f"{m.group(1)}[{_OF.sub(_spelled, m.group(2))}]", text)
           ) != text:
        text = plain
    got = parse_patch_subject(text)
    return Tag(got.title, got.version, got.counter, got.expected,
               got.is_patch or not got.counters_inferred, got.is_reply,
               not got.counters_inferred, got.prefixes)


def _marked(text: str) -> str:
    """A subject with its marks in brackets, each by itself."""
    if bare := _BARE.match(text):
        words = bare.group(3) or f"{bare.group(1)} {bare.group(2)}"
        text = f"[{words}] {text[bare.end():]}"
    marks = _GROUPS.match(text)
    if not marks or "[" not in marks.group():
        return text
    front = _MARK.sub(lambda m: f"[{_unglued(m.group(1))}]", marks.group())
    rest = text[marks.end():]
    behind = _BEHIND.match(rest)
    if behind and _MARK.search(front) and not re.search(r"\d/\d", front):
        front, rest = f"{front.rstrip()}[{behind.group(1)}] ", rest[behind.end():]
    return front + rest


def _unglued(text: str) -> str:
    for pattern, put in _GLUED:
        text = pattern.sub(put, text)
    return text


def _without_gateway(text: str) -> str:
    """A subject without what gateways put in front of a reply or of a patch."""
    rest, is_reply = _without_reply(text.strip())
    match = _FRONT.match(rest)
    if match is None:
        return f"Re: {rest}" if is_reply else text
    inner, again = _without_reply(rest[match.end():])
    if is_reply or again:
        return f"Re: {_without_gateway(inner)}"
    marks = "".join(re.findall(r"\[[^][]*\]", match.group()))
    return f"{marks} {inner}" if inner.startswith("[") else text


def _without_reply(text: str) -> tuple[str, bool]:
    """A subject without what says that it is a reply, and whether it did."""
    rest, is_reply = strip_reply_prefixes(text)
    match = _REPLY.match(rest)
    return (rest[match.end():], True) if match else (rest, is_reply)


def delivered(subject: str) -> str:
    """A subject without what a gateway wrote in front of its brackets: git would keep that."""
    match = _FRONT.match(subject)
    rest = subject[match.end():] if match else ""
    return rest if rest.startswith("[") and match and "[" not in match.group() else subject


def split(mbox: bytes) -> list[bytes]:
    """The mails of an mbox or mboxrd, where ``git mailsplit`` would split it."""
    return [part for part in split_mbox_as_bytes(mbox) if part.strip()]


def offered(body: str) -> tuple[str, ...]:
    """The trailers that a reply offers (``Reviewed-by: …``), quoted ones left out."""
    text = "\n".join(t for t in body[:65536].splitlines() if t[:1] != ">" and len(t) < 400)
    found, _ = find_trailers(text, followup=True)
    return tuple(one_line(f"{name}: {value}") for name, value in found
                 if name.lower().endswith("-by"))


def message_id(text: str, archive: str = ARCHIVE) -> tuple[str, str]:
    """The message-id that a word is or a link holds, or "", and the archive that has it.

    A link to the kernel's own archive is looked up in ``archive``, which may be a mirror of it.
    """
    if match := _URL.match(text):
        base, host, path, name = match.groups()
        if _KERNELS.fullmatch(host.lower()):
            return unquote(name), archive
        return (unquote(name), base) if path else ("", archive)
    match = _ID.match(text)
    return (match.group(1), archive) if match else ("", archive)


def fetch(msgid: str, archive: str) -> bytes:
    """The thread of a message as an mbox.

    Raises ``InputRefusedError`` when the archive has no such message and
    ``InfrastructureError`` when it cannot be reached.
    """
    logging.getLogger("liblore").setLevel(logging.CRITICAL)
    save = f"save the thread ({archive}/{msgid}/t.mbox.gz) and give the file"
    try:
        with LoreNode(archive, request_timeout=(5.0, 30.0), follow_upstream=False) as node:
            node.set_user_agent("kernel-patch-harness", "0.1")
            return bytes(node.get_mbox_by_msgid(msgid))
    except LookupError:
        raise InputRefusedError(f"{archive} has no message {one_line(msgid)}") from None
    except LibloreError as error:
        if getattr(error, "status_code", None) == 404:
            raise InputRefusedError(f"{archive} has no message {one_line(msgid)}") from None
        raise InfrastructureError(f"cannot fetch <{one_line(msgid)}> from {archive}: "
                                  f"{one_line(str(error), 160)}", hint=save) from None
