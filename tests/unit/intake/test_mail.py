# SPDX-License-Identifier: GPL-2.0-or-later
import base64
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from harness.errors import InputRefusedError
from harness.intake import mime
from harness.intake.mail import parse_mail, quoted_text
from harness.intake.mime import decode_header
from tests import make

DIFF = make.DIFF.decode()
QUOTED = "".join(f"> {t}\n" for t in DIFF.splitlines())


def raw(body=DIFF, subject="[PATCH] toy: Do it", sender="A <a@x.org>", more=""):
    return (f"From: {sender}\nSubject: {subject}\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n"
            f"Message-ID: <1@x.org>\n{more}\n{body}").encode("utf-8", "surrogateescape")


def read(*args, **more):
    (got,) = parse_mail(raw(*args, **more), "x.eml")
    return got


def test_the_header_is_read():
    got = read(more="In-Reply-To: <up@x.org>\nReferences: <top@x.org>\n <mid@x.org>\n <up@x.org>\n"
               'To: B <B@x.org>, c@x.org\nCc: b@x.org, "D, E" <d.e+f@x.org>\nX-Other: <z@x.org>\n')
    assert (got.source, got.sender, got.subject) == ("x.eml", "A <a@x.org>", "[PATCH] toy: Do it")
    assert (got.date, got.when) == ("Thu, 1 Jan 2026 00:00:00 +0000", 1767225600.0)
    assert got.message_id == "1@x.org"
    assert got.parents == ("up@x.org", "up@x.org", "mid@x.org", "top@x.org"), "nearest first"
    assert got.recipients == ("b@x.org", "c@x.org", "d.e+f@x.org")
    assert (got.charset, got.notices, got.body) == ("utf-8", (), make.DIFF)


def test_a_mail_without_headers_has_none():
    got = read(subject="", sender="", more="")
    assert (got.subject, got.sender) == ("", "")
    assert got.plain().startswith(b"From: unknown")
    (bare,) = parse_mail(make.DIFF, "x.diff")
    assert (bare.message_id, bare.parents, bare.when, bare.date) == ("", (), 0.0, "")
    assert (bare.body, bare.kind, bare.recipients) == (make.DIFF, "patch", ())


@pytest.mark.parametrize("date", ["never", "", "Thu, 99 Jan 2026 00:00:00 +0000"])
def test_a_date_that_is_none_is_no_time(date):
    data = raw().replace(b"Thu, 1 Jan 2026 00:00:00 +0000", date.encode())
    assert parse_mail(data, "x")[0].when == 0.0


@pytest.mark.parametrize(("subject", "sender", "body", "kind"), [
    ("[PATCH] toy: Do it", "A <a@x.org>", DIFF, "patch"),
    ("toy: Do it", "A <a@x.org>", DIFF, "patch"),
    ("[PATCH 0/2] toy: All", "A <a@x.org>", "What.\n", "cover"),
    ("[PATCH 0/2] toy: All", "A <a@x.org>", DIFF, "patch"),
    ("[PATCH 1/2] toy: One", "A <a@x.org>", "What.\n", "other"),
    ("[PATCH] toy: One", "A <a@x.org>", "What.\n", "other"),
    ("Re: [PATCH] toy: Do it", "A <a@x.org>", "Why?\n", "reply"),
    ("Re: [PATCH] toy: Do it", "A <a@x.org>", DIFF, "reply"),
    ("toy: Do it", "A <a@x.org>", QUOTED, "reply"),
    ("Re: [PATCH] toy: Do it", "lkp <lkp@intel.com>", "Fine.\n", "bot"),
    ("[PATCH] toy: Do it", "lkp <lkp@intel.com>", DIFF, "patch"),
    ("[PATCH] toy: Do it", "lkp <lkp@intel.com>", "Fine.\n", "bot"),
    ("build failed", "syzbot <x@y.com>", DIFF, "bot"),
    ("build failed", "robot <abbot@y.com>", DIFF, "patch"),
    ("Hello", "A <a@x.org>", "Fine.\n", "other"),
])
def test_what_a_mail_is(subject, sender, body, kind):
    assert read(body, subject, sender).kind == kind


def test_git_reads_the_mail_as_one_part_that_is_not_encoded():
    coded = base64.encodebytes(make.DIFF).decode()
    got = read(coded, more="Content-Transfer-Encoding: base64\n"
               "Content-Type: text/plain; charset=iso-8859-1\n")
    head, _, body = got.plain().partition(b"\n\n")
    assert body == got.body == make.DIFF
    assert head.split(b"\n")[:3] == [b"From: A <a@x.org>", b"Date: Thu, 1 Jan 2026 00:00:00 +0000",
                                     b"Subject: [PATCH] toy: Do it"]
    assert b"charset=iso8859-1" in head
    assert b"8bit" in head


@pytest.mark.parametrize(("header", "text"), [
    ("=?utf-8?q?caf=C3=A9?=", "caf\xe9"), ("=?latin-1?q?caf=E9?=", "caf\xe9"),
    ("a\r\n b", "a b"), ("a\x1b[2J", "a\\x1b[2J"), ("=?klingon?q?x?=", "=?klingon?q?x?="),
    (None, ""), ("x" * 500, "x" * 399 + "…"), ("=?utf-8?b?A?=", "=?utf-8?b?A?="),
])
def test_headers_are_decoded_and_shown_on_one_line(header, text):
    assert decode_header(header) == text


def test_raw_bytes_in_headers_are_utf8_or_latin1():
    assert read(sender="Jos\xe9 <a@x.org>").sender == "Jos\xe9 <a@x.org>"
    assert read(sender="Jos\udce9 <a@x.org>").sender == "Jos\xe9 <a@x.org>"


def test_charsets():
    latin = read("caf\udce9\n" + DIFF, more="Content-Type: text/plain; charset=latin1\n")
    assert (latin.body[:4], latin.charset) == (b"caf\xe9", "iso8859-1")
    assert quoted_text(latin)[:4] == "caf\xe9"
    wide = raw("", more="Content-Type: text/plain; charset=utf-16\n"
               "Content-Transfer-Encoding: base64\n") + base64.encodebytes(DIFF.encode("utf-16"))
    (got,) = parse_mail(wide, "x")
    assert (got.body, got.charset) == (make.DIFF, "utf-8")
    odd = read(more="Content-Type: text/plain; charset=klingon\n")
    assert (odd.charset, len(odd.notices)) == ("utf-8", 1)
    assert "klingon" in odd.notices[0]
    assert quoted_text(read("caf\udce9\n")) == "caf\udce9\n"


@pytest.mark.parametrize(("coding", "crlf"), [("quoted-printable", False), ("8bit", False)])
def test_line_ends_of_an_encoded_body_are_how_it_travelled(coding, crlf):
    body = DIFF.replace("=", "=3D").replace("\n", "\r\n")
    got = read(body, more=f"Content-Transfer-Encoding: {coding}\n")
    assert (b"\r\n" in got.body) == crlf


def test_a_file_that_has_some_crlf_itself_keeps_them():
    got = read(DIFF.replace("+new", "+new\r"), more="Content-Transfer-Encoding: quoted-printable\n")
    assert b"+new\r\n" in got.body


def test_a_mail_with_crlf_throughout_gets_lf_and_so_does_one_whose_whole_body_has_it():
    assert parse_mail(raw().replace(b"\n", b"\r\n"), "x")[0].body == make.DIFF
    assert read(DIFF.replace("\n", "\r\n")).body == make.DIFF
    some = DIFF.replace("\n", "\r\n").replace("\r\n", "\n", 1)
    assert b"\r\n" in read(some).body, "headers of a diff have none where its file has"


@pytest.mark.parametrize(("flags", "noticed"), [
    ("format=flowed", True), ('Format = "flowed"', True), ("format=fixed", False)])
def test_flowed_text_is_undone_and_that_is_said(flags, noticed):
    got = read("diff --git a/a b/a\n  ctx\n", more=f"Content-Type: text/plain; {flags}\n")
    assert got.notices == ((mime.FLOWED,) if noticed else ())
    assert (b"\n ctx\n" in got.body) == noticed


def test_delsp_takes_the_blank_of_a_soft_break():
    long = "+" + "x" * 65 + " \nyyyy\n"
    def body(more):
        return read("diff --git a/a b/a\n" + long,
                    more=f"Content-Type: text/plain; format=flowed{more}\n").body
    assert body("; delsp=yes").endswith(b"x" * 65 + b"yyyy\n")
    assert body("").endswith(b"x" * 65 + b" yyyy\n")


def multipart(*parts, kind="mixed"):
    whole = MIMEMultipart(kind)
    whole["From"], whole["Subject"] = "A <a@x.org>", "[PATCH] toy: Do it"
    for part in parts:
        whole.attach(part)
    return whole.as_bytes()


def attached(data, name="a.patch", subtype="octet-stream"):
    part = MIMEApplication(data, subtype)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def test_a_diff_that_is_attached_is_part_of_the_mail():
    (got,) = parse_mail(multipart(MIMEText("Because.\n"), attached(make.DIFF)), "x")
    assert got.body == b"Because.\n---\n\n" + make.DIFF
    assert (got.kind, len(got.notices), got.above) == ("patch", 1, -1)
    assert "a.patch" in got.notices[0]


def test_two_attached_diffs_are_one_patch():
    second = make.DIFF.replace(b"a.c", b"b.c")
    (got,) = parse_mail(multipart(MIMEText("Why.\n"), attached(make.DIFF), attached(second)), "x")
    assert got.body.endswith(b"+new\n" + second)
    assert len(got.notices) == 2


def test_a_mail_that_is_attached_is_a_mail_of_its_own():
    inner = raw(subject="[PATCH] toy: Other")
    for data in (inner, b"From x Mon Sep 17 00:00:00 2001\n" + inner, b">From x\n" + inner):
        outer, got = parse_mail(multipart(MIMEText("See.\n"), attached(data)), "x")
        assert (outer.kind, got.kind, got.subject) == ("other", "patch", "[PATCH] toy: Other")
        assert (got.source, got.message_id, got.parents, got.above) == ("x#a.patch", "", (), -1)
        assert "a.patch" in got.notices[-1]


def test_what_is_attached_and_no_diff_is_left_out():
    (got,) = parse_mail(multipart(MIMEText("Because.\n" + DIFF), attached(b"\0\1", "x.bin"),
                                  MIMEText("#!/bin/sh", "x-sh")), "x")
    assert (got.body, got.notices) == (b"Because.\n" + make.DIFF, ())


def test_a_part_of_type_patch_counts_though_it_is_shown_inline():
    (got,) = parse_mail(multipart(MIMEText("Why.\n"), MIMEText(DIFF, "x-patch")), "x")
    assert got.body.endswith(make.DIFF)
    assert "attachment" in got.notices[0]


def test_of_two_forms_the_plain_one_is_read():
    html = MIMEText("<p>x</p>", "html")
    (got,) = parse_mail(multipart(MIMEText(DIFF), html, kind="alternative"), "x")
    assert got.body == make.DIFF
    (got,) = parse_mail(multipart(MIMEText(DIFF, "x-other"), html), "x")
    assert got.body == make.DIFF, "better than nothing"


def test_a_mail_of_html_alone_is_refused():
    for data in (multipart(MIMEText("<p>x</p>", "html")),
                 raw("<p>x</p>", more="Content-Type: text/html\n")):
        with pytest.raises(InputRefusedError, match="HTML"):
            parse_mail(data, "x")


def test_a_named_part_alone_is_the_text():
    got = read(more="Content-Disposition: attachment; filename=a.patch\n")
    assert (got.body, got.notices) == (make.DIFF, ())


def test_lines_above_the_body_are_counted_where_it_stands_in_the_mail():
    assert read().above == 5
    assert parse_mail(b"From x\n" + raw(), "x")[0].above == 6
    assert parse_mail(make.DIFF, "x")[0].above == 0
    assert read("", more="").above == -1
    coded = base64.encodebytes(make.DIFF).decode()
    assert read(coded, more="Content-Transfer-Encoding: base64\n").above == -1


BARE = (b"diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,3 @@\n one\n\n-two\n+2\n"
        b"diff --git a/b.c b/b.c\n--- a/b.c\n+++ b/b.c\n@@ -1 +1 @@\n-one\n+1\n")


@pytest.mark.parametrize("raw", [BARE, b"\n" + BARE])
def test_an_empty_line_in_a_bare_diff_ends_no_header(raw):
    (mail,) = parse_mail(raw, "x")
    assert b"a/a.c" in mail.body
    assert b"b/b.c" in mail.body


def test_words_above_a_bare_diff_are_no_header():
    (mail,) = parse_mail(b"no header\nFrom: me <a@example.org>\nwords\n\n" + BARE, "x")
    assert mail.sender == ""
    assert b"words" in mail.body


PULL = """The following changes since commit 0123456789abcdef0123456789abcdef01234567:

  Linux 6.1

are available in the Git repository at:

  git://example.org/x for-next

"""


@pytest.mark.parametrize(("body", "kind"), [(PULL, "other"), (PULL + DIFF, "other"),
                                            (DIFF, "patch")])
def test_a_pull_request_is_no_patch_even_with_its_diff(body, kind):
    assert read(body).kind == kind


@pytest.mark.parametrize("kind", ["application/octet-stream", "application/x-patch"])
def test_the_only_part_is_the_text_whatever_a_gateway_calls_it(kind):
    assert read(more=f"Content-Type: {kind}\n").kind == "patch"


def test_an_encoding_whose_header_is_folded_is_undone():
    import base64
    body = base64.encodebytes(make.DIFF).decode()
    raw = f"From: A <a@x>\nSubject: [PATCH] x\nContent-Transfer-Encoding:\n base64\n\n{body}"
    (mail,) = parse_mail(raw.encode(), "x")
    assert (mail.kind, mail.body) == ("patch", make.DIFF)


def test_a_byte_order_mark_hides_no_header():
    (mail,) = parse_mail(b"\xef\xbb\xbfFrom: A <a@x>\nSubject: [PATCH] x\n\n" + make.DIFF, "x")
    assert (mail.sender, mail.subject) == ("A <a@x>", "[PATCH] x")
