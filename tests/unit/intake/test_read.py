# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import InputRefusedError
from harness.intake import read
from harness.intake.mail import parse_mail
from harness.model import Damage
from tests import make

HEAD = ("From: A Dev <a@x.org>\nTo: kvm@x.org\nSubject: [PATCH v2 2/3] toy: Do it\n"
        "Date: Tue, 6 Jan 2026 10:00:00 +0000\nMessage-ID: <1@x.org>\n\n")
TEXT = "Because.\n\nSigned-off-by: A Dev <a@x.org>\n"
STAT = "---\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n"
DIFF = make.DIFF.decode()


def patch(body, head=HEAD):
    (mail,) = parse_mail((head + body).encode("utf-8", "surrogateescape"), "x.eml")
    return read.read_patch(mail)


def splits(info, message=b"", below=b""):
    """A ``git mailinfo`` that finds this."""
    def mailinfo(argv, _):
        Path(argv[-2]).write_bytes(message)
        Path(argv[-1]).write_bytes(below)
        return info
    return mailinfo


def kinds(got):
    return [(d.kind, d.fatal) for d in got.damage]


def row(file):
    return (file.path, file.old_path, file.added, file.removed, file.new, file.deleted,
            file.binary)


NEW = "diff --git a/n.c b/n.c\nnew file mode 100644\n--- /dev/null\n+++ b/n.c\n@@ -0,0 +1 @@\n+n\n"
GONE = ("diff --git a/g.c b/g.c\ndeleted file mode 100644\n--- a/g.c\n+++ /dev/null\n"
        "@@ -1 +0,0 @@\n-g\n")
QUOTED = ('diff --git "a/\\303\\274.c" "b/\\303\\274.c"\n--- "a/\\303\\274.c"\n'
          '+++ "b/\\303\\274.c"\n@@ -1 +1 @@\n-a\n+b\n')
BINARY = ("diff --git a/b.bin b/b.bin\nnew file mode 100644\nindex 0000000..1234567\n"
          "Binary files /dev/null and b/b.bin differ\n")


@pytest.mark.parametrize(("diff", "expected"), [
    (DIFF, ("a.c", "a.c", 1, 1, False, False, False)),
    (NEW, ("n.c", "/dev/null", 1, 0, True, False, False)),
    (GONE, ("g.c", "g.c", 0, 1, False, True, False)),
    (QUOTED, ("\xfc.c", "\xfc.c", 1, 1, False, False, False)),
    ("--- linux.orig/a.c\n+++ linux/a.c\n@@ -1 +1 @@\n-a\n+b\n",
     ("a.c", "a.c", 1, 1, False, False, False)),
    ("--- a/g.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-g\n", ("g.c", "g.c", 0, 1, False, True, False)),
])
def test_files_are_described_by_what_is_done_to_them(diff, expected):
    assert [row(f) for f in read.describe(diff.encode())] == [expected]


def test_a_binary_file_is_told_apart():
    assert [(f.path, f.binary) for f in read.describe(BINARY.encode())] == [("b.bin", True)]


def test_added_lines_have_their_numbers_in_the_new_file():
    diff = b"--- a/a.c\n+++ b/a.c\n@@ -4,2 +7,3 @@\n one\n-two\n+\ttwo  \n+caf\xe9\n"
    (file,) = read.describe(diff)
    assert file.added_lines == ((8, "\ttwo  "), (9, "caf\udce9"))


def test_what_unidiff_cannot_read_is_refused():
    with pytest.raises(InputRefusedError, match="malformed"):
        read.describe(b"--- a/a.c\n+++ b/a.c\n@@ -1,3 +1 @@\n-a\n+b\n")


def test_a_mail_becomes_a_patch(tools):
    got = patch(TEXT + STAT + DIFF)
    assert (got.number, got.total, got.subject) == (2, 3, "toy: Do it")
    assert (got.author, got.email) == ("A Dev", "a@x.org")
    assert got.date == "Tue, 6 Jan 2026 10:00:00 +0000"
    assert (got.message, got.notes, got.diff) == (TEXT, STAT, make.DIFF)
    assert [row(f) for f in got.files] == [("a.c", "a.c", 1, 1, False, False, False)]
    assert (got.source, got.message_id) == ("x.eml", "1@x.org")
    assert got.raw_subject == "[PATCH v2 2/3] toy: Do it"
    assert got.recipients == ("kvm@x.org",)
    assert got.damage == ()


def test_git_gets_the_mail_plain_and_decides_on_scissors(tools):
    given = []
    tools.say("--numstat", does=lambda argv, kwargs: given.append(kwargs["stdin"]))
    patch(TEXT + STAT + DIFF)
    info, who, stat = tools.calls
    assert {"mailinfo", "--encoding=UTF-8", "--no-scissors"} <= set(info)
    assert who[-2:] == ["var", "GIT_AUTHOR_IDENT"]
    assert stat[-4:] == ["apply", "--numstat", "-z", "-"]
    assert given == [make.DIFF]


def test_without_fields_of_git_the_header_stands_in(tools):
    tools.say("mailinfo", does=splits(b"\n", b"Hi.\n", make.DIFF))
    got = patch(TEXT + DIFF)
    assert (got.subject, got.author, got.email, got.date) == ("toy: Do it", "", "", "")
    assert (got.message, got.notes) == ("Hi.\n", "")


def test_names_in_latin1_are_taken_as_git_takes_them(tools):
    tools.say("mailinfo", does=splits(b"Author: Jos\xe9\nSubject: a: b\n"))
    got = patch("Text.\n")
    assert (got.author, got.subject) == ("Jos\xe9", "a: b")


def test_a_mail_that_git_cannot_read_is_refused(commands):
    commands.say("mailinfo", err=b"corrupt mail\n", code=128)
    with pytest.raises(InputRefusedError, match=r"x.eml.*corrupt mail"):
        patch(TEXT + DIFF)


def test_what_the_gate_does_not_let_through_is_refused(tools):
    with pytest.raises(InputRefusedError, match="leaves"):
        patch(TEXT + DIFF.replace("b/a.c", "b/../a.c"))


@pytest.mark.parametrize(("body", "expected"), [
    (TEXT + DIFF, []),
    (TEXT + STAT.replace("1 insertion", "7 insertions") + DIFF, [("diffstat", False)]),
    (TEXT + DIFF.replace("@@ -1 +1 @@", "@@ -1,9 +1 @@"), [("hunk", True)]),
    (TEXT + DIFF.replace("a/", "").replace("b/", ""), [("no-prefix", True)]),
    (TEXT + DIFF.replace("-old", "-        old").replace("+new", "+        new"),
     [("blanks", False)]),
    (f"{TEXT}\n-- >8 --\n{TEXT}{DIFF}", [("mail", False)]),
    (f"{DIFF}\n{TEXT}{STAT}{DIFF}", [("message-diff", True)]),
])
def test_damage_is_named(tools, body, expected):
    got = patch(body)
    assert kinds(got) == expected
    assert bool(got.files) == (("hunk", True) not in expected and all(
        kind not in {"no-prefix", "message-diff"} for kind, _ in expected))


def test_the_damaged_line_is_counted_in_the_mail(tools):
    got = patch(TEXT + "---\n" + DIFF.replace("@@ -1 +1 @@", "@@ -1,9 +1 @@"))
    lines = (HEAD + TEXT + "---\n" + DIFF).split("\n")
    assert f"line {lines.index('@@ -1 +1 @@') + 1} of the mail" in got.damage[0].message


def test_where_the_mail_is_encoded_the_line_is_counted_in_the_diff(tools):
    head = HEAD.replace("\n\n", "\nContent-Transfer-Encoding: quoted-printable\n\n")
    body = TEXT + "=2D--\n" + DIFF.replace("@@ -1 +1 @@", "@@ -1,9 +1 @@")
    assert "line 4 of the diff" in patch(body, head).damage[0].message


def test_how_the_mail_was_read_is_told(tools):
    head = HEAD.replace("\n\n", "\nContent-Type: text/plain; format=flowed\n\n")
    flowed = DIFF.replace("\n ", "\n  ")
    assert kinds(patch(TEXT + flowed, head)) == [("flowed", False)]
    head = HEAD.replace("\n\n", "\nContent-Type: text/plain; charset=klingon\n\n")
    assert kinds(patch(TEXT + DIFF, head)) == [("mail", False)]


def test_a_diff_that_git_does_not_see_is_damage(tools):
    tools.say("mailinfo", does=splits(b"Subject: a: b\n", TEXT.encode()))
    got = patch(TEXT + DIFF)
    assert kinds(got) == [("mail", True)]
    assert got.diff == b""


def test_a_diff_that_git_refuses_is_damage_and_its_last_word_is_kept(tools):
    tools.say("--numstat", code=128, err=b"warning: x\nerror: corrupt patch at line 7\n")
    got = patch(TEXT + DIFF)
    assert kinds(got) == [("hunk", True)]
    assert "corrupt patch at line 7" in got.damage[0].message
    assert got.files, "and it is described"
    tools.say("--numstat", code=128)
    assert kinds(patch(TEXT + DIFF)) == [("hunk", True)]


def test_a_diff_that_unidiff_cannot_read_is_damage(tools, monkeypatch):
    def refuse(_):
        raise InputRefusedError("malformed hunk: 77")
    monkeypatch.setattr(read, "describe", refuse)
    got = patch(TEXT + DIFF)
    assert (kinds(got), got.files) == ([("hunk", True)], ())
    assert "77" in got.damage[0].message


def test_two_parsers_that_differ_are_told_of(tools):
    tools.say("--numstat", out=b"1\t1\ta.c\x001\t0\tz.c\0")
    got = patch(TEXT + DIFF)
    assert kinds(got) == [("disagreement", False)]
    assert "z.c" in got.damage[0].message


FATAL, MILD = Damage("hunk", "bad", fatal=True), Damage("mail", "odd")


def test_a_mended_diff_is_described_anew_and_only_its_fatal_damage_is_gone():
    got = read.with_diff(make.patch(damage=(FATAL, MILD)), NEW.encode())
    assert (got.diff, got.damage, [f.path for f in got.files]) == (NEW.encode(), (MILD,), ["n.c"])


def test_a_diff_without_prefixes_gets_them_when_that_was_its_damage():
    bare = make.DIFF.replace(b"a/a.c", b"d/a.c").replace(b"b/a.c", b"d/a.c")
    lacks = make.patch(diff=bare, damage=(Damage("no-prefix", "x", fatal=True), MILD))
    got = read.prefix_mended(lacks)
    assert got.diff == make.DIFF.replace(b"/a.c", b"/d/a.c")
    assert (got.damage, [f.path for f in got.files]) == ((MILD,), ["d/a.c"])
    sound = replace(lacks, damage=(FATAL,))
    assert read.prefix_mended(sound) is sound


def test_a_diff_in_the_message_goes_back_there_indented(tools):
    got = read.message_diff_mended(patch(f"{TEXT}\n{NEW}\n{STAT}{DIFF}"))
    assert (got.diff, got.notes, kinds(got)) == (make.DIFF, STAT, [])
    assert got.message.startswith(TEXT)
    assert "\n\n  diff --git a/n.c b/n.c\n  new file mode 100644\n" in got.message
    assert "  +n\n" in got.message
    assert [f.path for f in got.files] == ["a.c"]


def test_a_patch_whose_message_holds_no_diff_stays_as_it_is(tools):
    sound = patch(TEXT + STAT + DIFF)
    assert read.message_diff_mended(sound) is sound
    claimed = replace(sound, damage=(Damage("message-diff", "x", fatal=True),))
    assert read.message_diff_mended(claimed) is claimed


@pytest.mark.parametrize(("text", "flag"), [
    ("Hi.\n\n-- >8 --\n" + TEXT, "--scissors"), (TEXT, "--no-scissors"),
    ("It says:\n\n---8<---\n[ 1.0] BUG\n--->8---\n\n" + TEXT, "--no-scissors")])
def test_two_cut_marks_frame_what_stands_between_and_part_nothing(tools, text, flag):
    got = patch(text + STAT + DIFF)
    assert flag in tools.calls[0]
    assert any("scissors" in d.message for d in got.damage) == (flag == "--scissors")
