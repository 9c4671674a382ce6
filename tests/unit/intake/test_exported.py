# SPDX-License-Identifier: GPL-2.0-or-later
"""What Mercurial and StGit write becomes a mail, line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.intake import exported
from harness.intake.mail import parse_mail

DIFF = ("diff --git a/n.txt b/n.txt\nnew file mode 100644\n--- /dev/null\n+++ b/n.txt\n"
        "@@ -0,0 +1 @@\n+A note\n")
HG = ("# HG changeset patch\n# User Jane Roe <jane@roe.example>\n# Date {date}\n"
      "# Node ID 0123\n# Parent  4567\nnote: Add one\n\nWhy.\n\n" + DIFF)
STGIT = "note: Add one\n\n{who}\n\nWhy.\n\nSigned-off-by: A <a@b.example>\n---\n\n" + DIFF


def ours(text):
    (mail,) = parse_mail(exported.as_mail(text.encode()), "t")
    return mail


@pytest.mark.parametrize("text", [
    "Subject: [PATCH] x\n\nFrom: A <a@b>\n\nWhy.\n---\n\n" + DIFF,
    "From: A <a@b>\n\nDate: today\n\n" + DIFF, "note: Add one\n\nWhy.\n\n" + DIFF, DIFF, "", "\n\n",
    "# HG changeset patch", "# HG changeset patch\n" + "# User a\n" * 50,
])
def test_what_is_neither_stays_as_it_is(text):
    assert exported.as_mail(text.encode()) == text.encode()


@pytest.mark.parametrize("text", [HG.format(date="1700000000 0"), HG.format(date="never"),
                                  STGIT.format(who="From: Jane Roe <jane@roe.example>")])
def test_lines_keep_their_numbers(text):
    mail = exported.as_mail(text.encode()).decode()
    assert mail.splitlines().index("+A note") == text.splitlines().index("+A note")
    assert ours(text).body.decode().endswith(DIFF)


@given(st.binary(max_size=300), st.sampled_from([b"# HG changeset patch\n", b"t\n\nFrom: ", b""]))
def test_any_bytes_are_read(data, before):
    exported.as_mail(before + data)
