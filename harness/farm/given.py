# SPDX-License-Identifier: GPL-2.0-or-later
"""A series that a user gives, in the words of a ledger."""

from __future__ import annotations

from pathlib import Path

from harness.clean import clean, one_line
from harness.errors import InputRefusedError
from harness.farm import assemble
from harness.farm.assemble import Sending
from harness.intake import find_topic
from harness.intake.inputs import Delivery
from harness.intake.mail import Mail, parse_mail
from harness.settings import ROOT


def topic(delivery: Delivery) -> str:
    """The folder of a series of our own, seen from patches/; "" for any other."""
    path, patches = Path(delivery.origin).resolve(), ROOT / "patches"
    own = path.is_relative_to(patches) and find_topic(path, patches) is not None
    return str(path.relative_to(patches)) if own else ""


def sending(series: str, delivery: Delivery, names: tuple[str, ...]) -> Sending:
    """The newest version among the mails, for its title; that of the file where there is none."""
    mails: list[Mail] = []
    for raw in delivery.mails:
        try:
            mails += parse_mail(raw.data, raw.source)
        except InputRefusedError:
            continue
    found = max(assemble.sendings(mails), key=lambda s: (s.version, s.sent), default=None)
    title = found.title if found else one_line(clean(Path(delivery.origin).name), 100)
    return Sending(series, series, found.version if found else 1, found.total if found else 1,
                   title, found.sender if found else "", found.message_id if found else "",
                   found.sent if found else 0.0, names)
