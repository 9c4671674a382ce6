# SPDX-License-Identifier: GPL-2.0-or-later
"""Review mails, alone and in a thread."""

import pytest

from harness.errors import InputRefusedError
from harness.run import review_mail

QUOTE = """> diff --git a/{0}.c b/{0}.c
> --- a/{0}.c
> +++ b/{0}.c
> @@ -1,2 +1,2 @@
>  int a;
> -int b;
> +int {0};
{1}
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    """``read(*mails)``: the review that is in them."""
    monkeypatch.setattr(review_mail, "confined", lambda function, what: function())

    def go(*mails):
        path = tmp_path / "thread.mbox"
        path.write_text("".join(mails))
        return review_mail.read_review(str(path), tmp_path, "https://lore.example.org")
    return go


def mail(name, body, *, sender="R <r@x.org>", subject="Re: [PATCH v2 1/3] toy: Do it", parent=""):
    above = f"In-Reply-To: <{parent}@x.org>\n" if parent else ""
    return (f"From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: {sender}\nSubject: {subject}\n"
            f"Date: Tue, 6 Jan 2026 10:00:00 +0000\nMessage-ID: <{name}@x.org>\n{above}\n{body}\n")


def reply(name, path, words, **more):
    return mail(name, QUOTE.format(path, f"\n{words}\n"), parent="1", **more)


def test_a_reply_says_who_what_and_when(read):
    got = read(reply("r", "zone", "Why?"))
    assert (got.subject, got.sender) == ("Re: [PATCH v2 1/3] toy: Do it", "R <r@x.org>")
    assert got.date == "Tue, 6 Jan 2026 10:00:00 +0000"
    assert (got.message_id, got.title) == ("r@x.org", "toy: Do it")
    assert (got.version, got.number, got.total) == (2, 1, 3)
    assert got.files == ("zone.c",)
    assert [(c.text, c.by) for c in got.comments] == [("Why?", "R <r@x.org>")]


def test_replies_of_a_thread_are_one_review(read):
    got = read(reply("r", "zone", "Why?"), reply("s", "ring", "How?", sender="S <s@x.org>"),
               reply("t", "zone", "When?"))
    assert got.message_id == "r@x.org"
    assert [(c.text, c.by) for c in got.comments] == [
        ("Why?", "R <r@x.org>"), ("How?", "S <s@x.org>"), ("When?", "R <r@x.org>")]
    assert got.files == ("zone.c", "ring.c")
    assert len(got.hunks) == 3


def test_a_reply_that_quotes_a_diff_comes_before_one_that_does_not(read):
    cut = mail("t", "> +\tint pad;\n> +\tint pio;\n\nWhy?\n", parent="1")
    assert read(cut, reply("r", "zone", "How?")).message_id == "r@x.org"
    assert read(cut).message_id == "t@x.org"


def test_the_patch_itself_is_no_review(read):
    patch = mail("1", "Because.\n---\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n"
                 "@@ -1 +1 @@\n-a\n+b\n", subject="[PATCH v2 1/3] toy: Do it")
    assert read(patch, reply("r", "zone", "Why?")).message_id == "r@x.org"
    with pytest.raises(InputRefusedError, match="no reply"):
        read(patch)


def test_a_reply_that_quotes_nothing_is_refused(read):
    with pytest.raises(InputRefusedError, match=r"thread\.mbox") as caught:
        read(mail("t", "Thanks.\n", parent="1"))
    assert ">" in caught.value.hint


def test_a_page_of_an_archive_has_its_headers_in_the_text(read):
    page = ("From: P <p@x.org>\nDate: Wed, 7 Jan 2026 10:00:00 +0000\n\n"
            + QUOTE.format("zone", "\nWhy?\n"))
    body = mail("r", page, parent="1", sender="").replace("From: \n", "").replace(
        "Date: Tue, 6 Jan 2026 10:00:00 +0000\n", "")
    got = read(body)
    assert got.sender == "P <p@x.org>"
    assert got.date.startswith("Wed, 7 Jan 2026")


def test_the_header_of_a_mail_comes_before_what_its_text_says(read):
    page = "From: P <p@x.org>\nDate: yesterday\n\n" + QUOTE.format("zone", "\nWhy?\n")
    got = read(mail("r", page, parent="1"))
    assert (got.sender, got.date[:10]) == ("R <r@x.org>", "Tue, 6 Jan")
