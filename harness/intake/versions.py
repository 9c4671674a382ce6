# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails that were sent together, and which of them are versions of one work. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.intake.mail import Mail


@dataclass(frozen=True, slots=True)
class Version:
    """One sending of a series: what it calls itself and which parts are there."""

    number: int
    total: int
    title: str
    parts: tuple[Mail, ...]

    @property
    def cover(self) -> Mail | None:
        """The cover letter."""
        return next((m for m in self.parts if m.kind == "cover"), None)

    @property
    def patches(self) -> tuple[Mail, ...]:
        """The patches in the order in which they apply."""
        patches = [m for m in self.parts if m.kind == "patch"]
        return tuple(sorted(patches, key=lambda m: m.tag.number if m.tag.numbered else 0))

    @property
    def numbered(self) -> bool:
        """Whether any part says which number it is."""
        return any(m.tag.numbered for m in self.parts)

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers of the parts that are not there."""
        have = {m.tag.number for m in self.patches}
        return tuple(n for n in range(1, self.total + 1)
                     if self.numbered and n not in have)

    @property
    def is_rfc(self) -> bool:
        """Whether it asks for comments alone."""
        return any(p.upper() == "RFC" for m in self.parts for p in m.tag.prefixes)

    @property
    def when(self) -> float:
        """When the last part was sent (seconds since 1970)."""
        return max(m.when for m in self.parts)


def _root(mail: Mail, by_id: dict[str, Mail]) -> str:
    """The first mail of the sending that this one belongs to, by its References."""
    seen = {mail.message_id}
    here = mail
    while True:
        above = next((by_id[p] for p in here.parents if p in by_id and p not in seen
                      and _sending(by_id[p]) == _sending(mail)
                      and (mail.tag.numbered or by_id[p].sender == mail.sender)), None)
        if above is None:
            return here.message_id
        seen.add(above.message_id)
        here = above


def _sending(mail: Mail) -> tuple[int, int, bool]:
    return mail.tag.version, mail.tag.total if mail.tag.numbered else 0, mail.tag.numbered


def groups(parts: Sequence[Mail]) -> list[list[Mail]]:
    """Parts that were sent together: by thread, then by numbers that complete one another."""
    by_id = {m.message_id: m for m in parts if m.message_id}
    groups: dict[tuple[object, ...], list[Mail]] = {}
    sent: dict[tuple[object, ...], int] = {}  # how often a title came: it is sent once more then
    for mail in parts:
        root = _root(mail, by_id)
        if not mail.tag.numbered and not any(
                p in by_id for p in by_id.get(root, mail).parents):
            # What begins with no answer is a sequence in the order of the mails, of one sender
            # where they were sent; files of git format-patch have the authors of the patches.
            root = f"by {mail.sender}" if mail.message_id else ""
            key = (*_sending(mail), root, plain_title(mail.tag.title))
            sent[key] = sent.get(key, 0) + 1
            root = f"{root} {sent[key]}"
        groups.setdefault((*_sending(mail), root), []).append(mail)
    merged: list[list[Mail]] = []
    for group in itertools.chain.from_iterable(map(_by_sender, groups.values())):
        numbers = {m.tag.number for m in group}
        for other in merged:
            if group[0].tag.numbered and _sending(other[0]) == _sending(group[0]) and not (
                    numbers & {m.tag.number for m in other}) and _may_be_one(other, group):
                other.extend(group)
                break
        else:
            merged.append(list(group))
    return merged


def _by_sender(group: list[Mail]) -> list[list[Mail]]:
    """A sending; where somebody else has sent one of its parts too, his parts by themselves."""
    seen: dict[int, Mail] = {}
    strangers = {m.sender for m in group if m.tag.numbered and m.message_id and seen.setdefault(
        m.tag.number, m).sender != m.sender} - {group[0].sender}
    return [[m for m in group if m.sender not in strangers],
            *([m for m in group if m.sender == s] for s in sorted(strangers))]


def _may_be_one(one: Sequence[Mail], two: Sequence[Mail]) -> bool:
    """Whether parts may have been sent together: mails that were sent have a sender in common.

    Files of ``git format-patch`` have no id, and each the author of its patch.
    """
    return one[0].sender == two[0].sender or not (one[0].message_id and two[0].message_id)


def version_of(group: list[Mail]) -> Version:
    """The parts that were sent together, as one version."""
    cover = next((m for m in group if m.kind == "cover"), None)
    patches = [m for m in group if m.kind == "patch"]
    head = cover or (min(patches, key=lambda m: m.tag.number) if patches else group[0])
    numbered = any(m.tag.numbered for m in group)
    total = max(m.tag.total for m in group) if numbered else len(patches)
    return Version(head.tag.version, total, head.tag.title, tuple(group))


def plain_title(text: str) -> str:
    """The words of a title, by which it is the same however it is written."""
    return " ".join(re.findall(r"\w+", text.lower()))


def threads_of(mails: Sequence[Mail]) -> dict[str, str]:
    """A name for the thread of each message-id; cycles of References do no harm."""
    parent: dict[str, str] = {}

    def find(one: str) -> str:
        while parent.setdefault(one, one) != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for mail in mails:
        for other in mail.parents:
            parent[find(mail.message_id)] = find(other)
    return {m.message_id: find(m.message_id) for m in mails}


def same_shape(main: Version, other: Version) -> bool:
    """A patch without a number beside a numbered series is no other sending of it.

    A later version of it may be: a series of two that became one patch.
    """
    return main.numbered == other.numbered or other.number > main.number


def same_work(one: Version, two: Version, threads: dict[str, str]) -> bool:
    """Whether two sendings are versions of one work."""
    if plain_title(one.title) == plain_title(two.title):
        return True
    mine, other = one.parts[0], two.parts[0]
    linked = (mine.message_id != "" and other.message_id != ""
              and threads[mine.message_id] == threads[other.message_id])
    if linked and mine.sender == other.sender:
        return True
    titles = [{plain_title(m.tag.title) for m in v.patches} for v in (one, two)]
    return len(titles[0] & titles[1]) * 2 > min(map(len, titles))


def works_of(versions: Sequence[Version], threads: dict[str, str]) -> list[list[Version]]:
    """The versions of each work, in the order in which the works begin."""
    works: list[list[Version]] = []
    for version in versions:
        mine = next((row for row in works if same_work(row[0], version, threads)), None)
        if mine is None:
            works.append([version])
        else:
            mine.append(version)
    return works


def after_rfc(mine: list[Version], number: int) -> int:
    """The version that followed the RFCs, whose numbers it does not go on with; 0: none did."""
    newest = [v for v in mine if v.number == number]
    if not all(v.is_rfc for v in newest):
        return 0
    last = max(v.when for v in newest)
    return max((v.number for v in mine if not v.is_rfc and v.when > last > 0), default=0)
