# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails of a list, made by hand."""

DIFF = """diff --git a/toy.c b/toy.c
index 1111111..2222222 100644
--- a/toy.c
+++ b/toy.c
@@ -1,1 +1,2 @@
 int one;
+int {name};
"""


def mail(subject, number=0, *, to="", body="", sender="A Developer <dev@example.org>", diff=True):
    """One mail; ``number`` is its minute and its message-id, ``to`` the id that it answers."""
    title = subject.rpartition("] ")[2]
    text = body or f"Because of {title}.\n\nSigned-off-by: {sender}\n"
    if diff:
        text += "---\n toy.c | 1 +\n\n" + DIFF.replace("{name}", f"n{len(title)}")
    answers = f"In-Reply-To: <{to}@x>\nReferences: <{to}@x>\n" if to else ""
    return (f"From: {sender}\nDate: Mon, 5 Jan 2026 10:{number:02d}:00 +0000\n"
            f"Subject: {subject}\nMessage-Id: <{number}@x>\n{answers}\n{text}").encode()


def cover(subject, number=0, **more):
    """A cover letter."""
    return mail(subject, number, body="Hello\n", diff=False, **more)
