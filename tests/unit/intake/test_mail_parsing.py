# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever comes in, the parsers end, raise nothing but refusals, and lose nothing.

``HARNESS_EXAMPLES=100000`` makes it a nightly.
"""

import contextlib
import re

from hypothesis import example, given
from hypothesis import strategies as st

from harness import review
from harness.apply import match, repair
from harness.errors import InputRefusedError
from harness.hunks import scan, unified
from harness.intake import damage, gate
from harness.intake.flowed import unflow
from harness.intake.lore import read_subject, split
from harness.intake.mail import parse_mail, unquoted
from harness.intake.mime import decode_header
from harness.intake.thread import choose
from harness.report.document import View
from harness.report.review import lines as review_lines
from tests import make

WORDS = st.sampled_from([
    b"diff --git a/x.c b/x.c", b"--- a/x.c", b"+++ b/x.c", b"--- /dev/null", b"@@ -1,2 +1,3 @@",
    b"@@ -1 +1 @@ int f(void)", b"@@ -0,0 +1 @@", b"@@ -1,5 @@", b"@@@ -1 -1 +1 @@@", b" ", b"",
    b" int a;", b"-int b;", b"+int c;", b"-- ", b"--", b"2.39.5", b"---", b"\\ No newline at end",
    b"Binary files a/x and b/x differ", b"GIT binary patch", b"literal 12", b"rename from x",
    b"rename to ../y", b"new file mode 120000", b"index 1234567..89abcde 100644",
    b'diff --git "a/\\303\\274" "b/\\303\\274"', b"From x Mon Sep 17 00:00:00 2001",
    b"From: A <a@x.org>", b"Subject: [PATCH v2 1/2] toy: x", b"Subject: Re: [PATCH] x",
    b"Message-ID: <1@x>", b"In-Reply-To: <1@x>", b"References: <2@x> <1@x>",
    b"Content-Type: multipart/mixed; boundary=b", b"--b", b"--b--", b"> diff --git a/x.c b/x.c",
    b"> @@ -1,2 +1,2 @@", b"> +int c;", b">", b"Why?", b"Signed-off-by: A <a@x.org>",
    b"Content-Transfer-Encoding: base64", b"Content-Type: text/plain; charset=klingon",
    b"Content-Type: text/plain; format=flowed; delsp=yes", b"Date: never", b"base-commit: 1234",
    b" 1 file changed, 1 insertion(+)", b" x.c | 2 ++", b"\xff\xfe", b"\x1b[2J"])
LINES = st.lists(st.one_of(WORDS, st.binary(max_size=12)), max_size=25).map(b"\n".join)


@given(LINES)
@example(b"From x 1:1:1 2001\n" * 3)
def test_mails(data):
    try:
        parts = [m for raw in split(data) or [data] for m in parse_mail(raw, "x")]
        choice = choose([unquoted(m) for m in parts], "x")
    except InputRefusedError:
        return
    assert choice.version.patches
    for mail in choice.version.patches:
        assert mail.has_diff
        assert b"\n\n" in mail.plain()


@given(LINES)
@example(b"diff --git a/x.c b/x.c\n@@ -1,2 +1,3 @@\n\xa0\x00")
def test_diffs(data):
    found = scan(data)
    mended = any(f.kind == "blank" for f in found.flaws)  # a no-break space: it is said
    lines = data.split(b"\n")
    for file in found.files:
        for hunk in file.hunks:
            assert lines[hunk.line - 1].startswith(b"@@")
            joined = b"\n".join(hunk.lines)
            assert data.count(joined) or not joined or mended  # nothing is invented
    assert all(1 <= f.line <= len(lines) for f in found.flaws)
    for call in (damage.flaws, damage.no_prefix, damage.spaces):
        call(*(found, 3)[: call.__code__.co_argcount])
    damage.prefixed(data)
    damage.real_patch(data)
    with contextlib.suppress(InputRefusedError):
        gate.check_diff(data, "x")
        gate.check_links([data], "x")


@given(LINES)
@example(b"diff --git a/x.c b/x.c\n@@ -1 +1 @@ int f(void)\n\ndiff --git a/x.c b/x.c")
def test_a_sound_diff_stays_what_it_is(data):
    """What has no flaw can be written out again and reads the same."""
    found = scan(data)
    if found.flaws:
        return
    for file in found.files:
        again = scan(b"\n".join(unified(file)) + b"\n")
        assert [h.lines for h in again.files[0].hunks] == [h.lines for h in file.hunks]


@given(LINES, st.booleans())
def test_flowed(data, delsp):
    """No character but blanks and line ends is lost or added."""
    after = unflow(data, delsp=delsp)
    assert re.sub(rb"[ \n]", b"", after) == re.sub(rb"[ \n]", b"", data)
    assert after.count(b"\n") <= data.count(b"\n")


@given(LINES)
def test_reviews(data):
    head = {"subject": "", "sender": "", "date": "", "message_id": "", "title": "", "version": 1,
            "number": 1, "total": 1}
    got = review.parse_review(head, data.decode("utf-8", "surrogateescape"))
    answer = review.document(got, make.series(), "")
    assert all("state" in row for row in answer["comments"])
    assert list(review_lines(answer, View()))


@given(st.text(max_size=80))
def test_subjects_and_headers(text):
    tag = read_subject(text)
    assert 0 <= tag.number <= 9999
    assert not re.search("[\x00-\x1f\x7f]", decode_header(text))


SOURCE = st.lists(st.sampled_from(
    [b"int a;", b"\tint b;", b"\t\tif (c)", b"", b"}", b"\treturn 0;  ", b"#define D\t1"]),
    min_size=1, max_size=30)
HURT = {
    "": lambda t: t,
    "trailing": lambda t: t[:1] + t[1:].rstrip(),
    "tabs": lambda t: t[:1] + t[1:].replace(b"\t", b" " * 8),
}


@given(SOURCE, st.data(), st.sampled_from(sorted(HURT)))
def test_a_hurt_hunk_is_mended_to_what_it_was(lines, data, how):
    """Context comes back from the tree; git's own idea of the hunk is the truth."""
    at = data.draw(st.integers(0, len(lines) - 1))
    body = [b" " + t for t in lines[:at]] + [b"-" + lines[at], b"+\t\tnew();"] + [
        b" " + t for t in lines[at + 1:]]
    head = b"--- a/x.c\n+++ b/x.c\n@@ -1,%d +1,%d @@\n" % (len(lines), len(lines))
    hurt = head + b"\n".join(map(HURT[how], body)) + b"\n"
    content = b"\n".join(lines) + b"\n"
    standing = match.stand(scan(hurt).files[0], content)[0]
    assert standing.level in {"", "trailing", "tabs"}
    assert (standing.at, standing.places) == (0, 1)
    mended = repair.mend(hurt, lambda path: content if path == "x.c" else None, (1, 1))
    assert mended.problem == ""
    right = head + b"\n".join(body) + b"\n"
    if how == "tabs" and standing.level != "tabs":  # nothing shows that there were tabs
        right = right.replace(b"+\t\tnew", b"+" + b" " * 16 + b"new")
    assert mended.diff == right
