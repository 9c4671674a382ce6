# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails are taken from the sources into the ledger."""

from __future__ import annotations

from harness.clean import clean, one_line
from harness.errors import HarnessError
from harness.farm import assemble, commands, sources
from harness.farm.ledger import Ledger
from harness.farm.watch import Plan, parsed
from harness.model import Say


def collect(ledger: Ledger, plan: Plan, now: float, say: Say) -> None:
    """Take in what has come: its threads are unsettled then.

    A source that cannot be read is said and tried again the next time.
    """
    for place in plan.places:
        try:
            count = 0
            while True:
                batch = sources.read(place, ledger.cursor(str(place)), plan.since)
                for notice in batch.notices:
                    say(notice)
                ledger.add_mails(str(place), batch.cursor, (
                    _taken(name, data, plan.commanders) for name, data in batch.mails), now)
                count += len(batch.mails)
                if not batch.more:
                    break
                say(f"[{place}: {count} mails read]")
        except (OSError, HarnessError) as error:
            say(f"{place}: cannot be read now, and is tried again: {one_line(str(error), 200)}")


def _taken(name: str, data: bytes, commanders: frozenset[str],
           ) -> tuple[str, tuple[str, ...], bytes]:
    """A mail for the ledger: nothing is kept of what can be no part of a series."""
    name = clean(name)  # file names may be anything
    mails = parsed(name, data)
    keys = tuple(dict.fromkeys(k for m in mails for k in assemble.keys_of(m)))
    kept = any(assemble.starts_something(m) or commands.asks(m, commanders) for m in mails)
    return name, keys, data if kept else b""
