# SPDX-License-Identifier: GPL-2.0-or-later
"""Replies that ask for a test: ``#test TREE`` on a line of its own, from those who may. Pure.

Whose address a mail has is what the mail says: nothing more than a check of a series that is there,
on a tree of the watch, comes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from harness.clean import decode
from harness.farm.assemble import Sending
from harness.farm.routes import Route
from harness.intake.mail import Mail, address_of

_LINE = re.compile(r"(?m)^#test(?:[ \t]+(\S{1,200}))?[ \t]*\r?$")
_MOST = 4  # commands of one mail


def asks(mail: Mail, senders: frozenset[str]) -> tuple[str, ...]:
    """The names of the trees that a mail asks for; "" stands for those of the series."""
    if mail.kind != "reply" or address_of(mail.sender) not in senders:
        return ()
    return tuple(dict.fromkeys(_LINE.findall(decode(mail.body))))[:_MOST]


def given(mails: Sequence[Mail], sendings: Iterable[Sending], senders: frozenset[str],
          ) -> Iterator[tuple[Sending, str]]:
    """The whole sendings that are to be tested, and the name of the tree."""
    whole = [s for s in sendings if not s.missing]
    for mail in mails if senders else ():
        if (names := asks(mail, senders)) and (sending := _meant(mail, mails, whole)):
            yield from ((sending, name) for name in names)


def _meant(mail: Mail, mails: Iterable[Mail], sendings: Sequence[Sending]) -> Sending | None:
    """The sending that a mail answers: the nearest of its parents that is part of one."""
    source = {m.message_id: m.source for m in mails}
    for parent in reversed(mail.parents):
        for sending in sendings:
            if source.get(parent) in sending.mails:
                return sending
    return None


def trees(name: str, routes: Iterable[Route], usual: tuple[str, ...]) -> tuple[str, ...]:
    """The trees of a name that a row has; of none those that the series is checked on."""
    if not name:
        return usual
    return tuple(dict.fromkeys(r.tree for r in routes if name in {r.name, r.tree}))
