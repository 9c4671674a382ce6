# SPDX-License-Identifier: GPL-2.0-or-later
"""``git mailinfo`` and ``git apply --numstat`` as far as plain mails need them."""

import email.utils
import re
from pathlib import Path

import pytest

from harness.hunks import scan

_CUT = re.compile(rb"(?m)^(?:---$|diff --git |--- |Index: )")


def _mailinfo(argv, kwargs):
    head, _, body = kwargs["stdin"].partition(b"\n\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\n"))
    name, address = email.utils.parseaddr(fields["From"])
    at = _CUT.search(body)
    cut = at.start() if at else len(body)
    Path(argv[-2]).write_bytes(body[:cut])
    Path(argv[-1]).write_bytes(body[cut:])
    subject = re.sub(r"^(?:Re: *|\[[^]]*\] *)+", "", fields["Subject"])
    return (f"Author: {name}\nEmail: {address}\nSubject: {subject}\nDate: {fields['Date']}\n\n"
            ).encode()


def _numstat(_, kwargs):
    rows = []
    for file in scan(kwargs["stdin"]).files:
        lines = [text[:1] for hunk in file.hunks for text in hunk.lines]
        rows.append(f"{lines.count(b'+')}\t{lines.count(b'-')}\t{file.path}\0")
    return "".join(rows).encode()


@pytest.fixture
def tools(commands):
    """``commands`` that answer as git does for a mail without oddities."""
    commands.say("git", "mailinfo", does=_mailinfo)
    commands.say("git", "apply", "--numstat", does=_numstat)
    return commands
