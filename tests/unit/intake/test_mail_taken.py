# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails that are too much, and replies that are taken for a patch."""

from dataclasses import replace

import pytest

from harness.errors import InputRefusedError
from harness.intake import mime
from harness.intake.mail import below_scissors, parse_mail, quoted_text, unquoted
from harness.intake.mime import check_caps
from tests import make

DIFF = make.DIFF.decode()
QUOTED = "".join(f"> {t}\n" for t in DIFF.splitlines())


def read(body, subject="Re: [PATCH v2 3/7] toy: Do it", sender="A <a@x.org>"):
    (got,) = parse_mail(f"From: {sender}\nSubject: {subject}\n\n{body}".encode(), "x.eml")
    return got


def refused(data):
    with pytest.raises(InputRefusedError) as error:
        check_caps(data, "x.eml")
    return error.value.message


def test_a_large_mail_is_refused_by_its_size(monkeypatch):
    monkeypatch.setattr(mime, "MAX_MAIL", 1 << 20)
    check_caps(b"x" * (1 << 20), "x")
    assert "1 MiB" in refused(b"x" * ((1 << 20) + 1))


def test_a_long_header_is_refused_but_not_a_long_body(monkeypatch):
    monkeypatch.setattr(mime, "MAX_HEADER", 40)
    monkeypatch.setattr(mime, "MAX_LINES", 3)
    check_caps(b"Subject: x\n\n" + b"X-A: b\n" * 99, "x")
    check_caps(b"A: " + b"x" * 37 + b"\n\n", "x")
    assert "header of 41 bytes" in refused(b"A: " + b"x" * 38 + b"\n\n")
    check_caps(b"A: x\n" * 4 + b"\n", "x")
    assert "4 lines" in refused(b"A: x\n" * 5 + b"\n")
    assert "header" in refused(b"From x\n" + b"A: x\n" * 9 + b"\n")
    check_caps(b"A: x\n" * 9, "without an end there is no header")
    check_caps(b"diff --git\n" * 9 + b"\n", "nor without a name at its start")


def test_parts_inside_parts_are_counted(monkeypatch):
    monkeypatch.setattr(mime, "MAX_DEPTH", 2)
    part = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
    check_caps(part * 2, "x")
    assert "3 parts" in refused(part * 3)
    assert "3 parts" in refused(part * 2 + b"content-type:message/rfc822\n")


def test_parsing_a_mail_asks_for_its_caps(monkeypatch):
    monkeypatch.setattr(mime, "MAX_MAIL", 4)
    with pytest.raises(InputRefusedError, match="too large"):
        read("Hello\n")


def test_nul_bytes_are_noticed():
    assert any("NUL" in n for n in read("a\0b\n").notices)
    assert read("ab\n").notices == ()


def test_a_page_of_an_archive_that_begins_with_re_is_a_reply():
    (got,) = parse_mail(b"Re: [PATCH v2] toy: Do it\nFrom: A <a@x.org>\n\n" + QUOTED.encode(), "x")
    assert (got.subject, got.kind) == ("Re: [PATCH v2] toy: Do it", "reply")


@pytest.mark.parametrize("top", ["\n", " ", "diff --git a/x b/x: y\n", "Index: x\n", "no header\n"])
def test_what_begins_without_a_header_is_body_throughout(top):
    (got,) = parse_mail(f"{top}Subject: x\n{DIFF}".encode(), "x")
    assert got.subject == ""
    assert b"Subject: x" in got.body


def test_of_a_simple_mail_the_body_is_kept_as_it_is():
    (got,) = parse_mail(b"From: A <a@x.org>\nSubject: a\n  folded\nX-Far: b\n\n\xff\n\nx\n", "x")
    assert (got.subject, got.body) == ("a folded", b"\xff\n\nx\n")


def test_a_mail_that_is_header_alone_is_empty():
    (got,) = parse_mail(b"From: A <a@x.org>\nSubject: a\n", "x")
    assert (got.subject, got.body) == ("a", b"")


SCISSORS = "How about this?\n\n-- >8 --\nBecause.\n---\n"


def test_a_patch_below_scissors_in_a_reply_is_one():
    got = below_scissors(read(SCISSORS + DIFF))
    assert got.kind == "patch"
    assert (got.tag.is_reply, got.tag.numbered, got.tag.number, got.tag.total) == (
        False, False, 1, 1)


@pytest.mark.parametrize("body", [
    "No scissors.\n" + DIFF, DIFF + SCISSORS, "-- >8 --\nno diff\n"])
def test_scissors_without_a_diff_below_change_nothing(body):
    got = read(body)
    assert below_scissors(got) is got


def test_scissors_outside_of_a_reply_change_nothing():
    got = read(SCISSORS + DIFF, "[PATCH 3/7] toy: Do it")
    assert below_scissors(got) is got


def test_a_quoted_patch_is_freed_of_its_quotes():
    got = unquoted(read("A wrote:\n" + QUOTED + ">\n> > older\n>> old\nWhy?\n"))
    assert got.body.rstrip(b"\n") == make.DIFF.rstrip(b"\n")
    assert (got.kind, got.tag.is_reply, got.tag.number, got.tag.total) == ("patch", False, 3, 7)
    assert (got.above, len(got.notices)) == (-1, 1)
    assert "--unquote" in got.notices[0]


def test_a_patch_that_a_reply_holds_is_taken_as_it_is():
    got = unquoted(read("Like this:\n" + DIFF))
    assert (got.kind, got.body) == ("patch", b"Like this:\n" + make.DIFF)


def test_a_patch_that_a_bot_quotes_is_taken_too():
    assert unquoted(read(QUOTED, sender="lkp@intel.com")).kind == "patch"


@pytest.mark.parametrize(("body", "subject"), [
    ("Fine.\n", "Re: x"), (DIFF, "[PATCH] toy: x"), ("> @@ -1 +1 @@\n> -a\n", "Re: x")])
def test_where_nothing_can_be_freed_a_mail_stays_as_it_is(body, subject):
    got = read(body, subject)
    assert unquoted(got) is got


@pytest.mark.parametrize(("body", "has", "quotes"), [
    (DIFF, True, False), (QUOTED, False, True), ("Index: a.c\n", True, False),
    ("--- a\n+++ b\n", True, False), ("--- a\n", False, False), ("Index: \n", False, False),
    ("> @@ -1 +1 @@\n", False, True), (">--- a\n>+++ b\n", False, True), ("x\n", False, False)])
def test_a_diff_is_seen_as_git_sees_it_and_behind_quotes(body, has, quotes):
    got = read(body)
    assert (got.has_diff, got.quotes_diff) == (has, quotes)


def test_the_text_of_a_mail_is_decoded_by_its_charset_or_else_as_utf8():
    got = replace(read("x"), body=b"caf\xe9")
    assert quoted_text(replace(got, charset="latin-1")) == "caf\xe9"
    assert quoted_text(replace(got, charset="klingon")) == "caf\udce9"
