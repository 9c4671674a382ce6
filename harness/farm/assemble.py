# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails that belong together -> the sendings of series among them. Pure.

Mails come in any order and some never do, so this is asked again whenever one more is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from harness.clean import one_line
from harness.intake.mail import Mail
from harness.intake.thread import once
from harness.intake.together import together
from harness.intake.versions import (
    Version,
    groups,
    plain_title,
    same_shape,
    same_work,
    threads_of,
    version_of,
)

MOST_PATCHES = 200  # of one series: more than that is no series, and fills the disk
_MOST_VERSIONS = 10**6  # what a subject may claim
_MISSING = 1000
_KINDS = {"patch", "cover"}


@dataclass(frozen=True, slots=True)
class Sending:
    """One version of a series as far as its mails are there.

    ``key`` is the hash of what it changes and says: a resend has the same. ``work`` is the same
    for all versions of one work. ``mails`` names the mails in the order in which they apply, the
    cover first. ``missing`` are the numbers of parts that have not come.
    """

    key: str
    work: str
    version: int
    total: int
    title: str
    sender: str
    message_id: str
    sent: float
    mails: tuple[str, ...]
    missing: tuple[int, ...] = ()


def keys_of(mail: Mail) -> tuple[str, ...]:
    """Words that tie a mail to others: ids of its thread, and its title with its sender.

    Mails that have none in common are no parts or versions of one work.
    """
    title = plain_title(mail.tag.title)
    ids = [f"id {one_line(i, 300)}" for i in (mail.message_id, *mail.parents[-50:]) if i]
    return (*ids, f"title {one_line(mail.sender, 200)} {title[:300]}") if title else tuple(ids)


def starts_something(mail: Mail) -> bool:
    """Whether a mail can be part of a series: replies and bots start nothing."""
    return mail.kind in _KINDS


def sendings(mails: Sequence[Mail]) -> tuple[Sending, ...]:
    """The sendings among mails that are tied to one another; ``Mail.source`` names each mail."""
    every, _ = once(mails)
    every, _ = together(every)
    parts = [m for m in every if starts_something(m)]
    versions = [version_of(g) for g in groups(parts) if any(m.kind == "patch" for m in g)]
    found = []
    for work in _works(versions, threads_of(every)):
        first = min(work, key=lambda v: (v.when, v.number))
        head = _head(first)
        name = _digest([head.message_id or f"{head.sender} {first.title}"])
        found += [_sending(v, name) for v in work if v.patches]
    return tuple(sorted(found, key=lambda s: (s.work, s.version, s.sent)))


def _works(versions: Sequence[Version], threads: dict[str, str]) -> list[list[Version]]:
    """The versions of each work. Nobody can replace what another one has sent.

    Two sendings of one number are two works, whatever ties them: both are checked.
    """
    works: list[list[Version]] = []
    for version in versions:
        sender = _head(version).address
        mine = next((row for row in works if all(v.number != version.number for v in row) and any(
            _head(v).address == sender and same_shape(v, version)
            and same_work(v, version, threads) for v in row)), None)
        if mine is None:
            works.append([version])
        else:
            mine.append(version)
    return works


def _head(version: Version) -> Mail:
    return version.cover or version.patches[0]


def _sending(version: Version, work: str) -> Sending:
    head = _head(version)
    content: list[bytes | str] = [head.address]
    for m in version.patches:
        content += [f"{m.tag.number if version.numbered else 0} {m.tag.title}", m.body]
    rows = ([version.cover] if version.cover else []) + list(version.patches)
    return Sending(
        _digest(content), work, min(version.number, _MOST_VERSIONS),
        min(version.total, _MOST_VERSIONS), one_line(version.title, 300),
        one_line(head.sender, 200), one_line(head.message_id, 300), version.when,
        tuple(dict.fromkeys(m.source for m in rows)), version.missing[:_MISSING])


def _digest(parts: Sequence[bytes | str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogateescape")
        digest.update(hashlib.sha256(raw).digest())
    return digest.hexdigest()[:32]
