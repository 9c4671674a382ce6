# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.hunks import scan
from harness.intake import damage
from harness.model import PatchFile
from tests import make

STAT = b"---\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n"
SIGNED = b"Signed-off-by: A <a@x.org>\n"
QUOTE = make.DIFF.replace(b"a.c", b"q.c")


@pytest.mark.parametrize("between", [b"\nMore words.\n\n", b"\nMore words.\n\n" + SIGNED])
def test_a_patch_after_a_diff_in_the_message_begins_at_its_diffstat_or_trailers(between):
    below = QUOTE + between + STAT + make.DIFF
    at = damage.real_patch(below)
    assert below[at:] in {STAT + make.DIFF, SIGNED + STAT + make.DIFF}
    assert at > len(QUOTE)


def test_without_a_diffstat_the_trailers_show_where_a_patch_begins():
    below = QUOTE + b"\nMore.\n\n" + SIGNED + b"---\n" + make.DIFF
    assert below[damage.real_patch(below):].startswith(SIGNED + b"---\n")


def test_words_between_a_diff_and_the_cut_show_it_without_trailers_too():
    below = QUOTE + b"\nMore of the message.\n\n---\n" + make.DIFF
    assert below[damage.real_patch(below):] == b"---\n" + make.DIFF


@pytest.mark.parametrize("below", [
    STAT + make.DIFF, make.DIFF, b"", QUOTE + b"---\n" + make.DIFF,
    QUOTE + b"\n" + SIGNED + STAT, b"diff --git of words\n\n" + STAT + make.DIFF,
    QUOTE + b"\n\n---\n\n" + make.DIFF,
    b"diff --git a/t b/t\n--- a/t\n+++ b/t\n@@ -1,4 +1,2 @@\n a\n---\n a.c | 2\n b\n"
    + make.DIFF,
])
def test_other_patches_begin_at_once(below):
    assert damage.real_patch(below) == 0


def test_a_diff_in_the_message_is_fatal():
    assert (damage.message_diff().kind, damage.message_diff().fatal) == ("message-diff", True)


TWO = (b"diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-old\n+new\n"
       b"diff --git a/b.c b/b.c\n--- a/b.c\n+++ b/b.c\n@@ -1 +1 @@\n-old\n+new\n"
       b"@@ -9,7 +9 @@\n-old\n+new\n")


def test_a_hunk_that_does_not_add_up_is_placed_in_its_file():
    (one,) = damage.flaws(scan(TWO), 10)
    assert (one.kind, one.fatal) == ("hunk", True)
    assert "line 23 of the mail (b.c, hunk 2)" in one.message
    assert "line 13 of the diff" in damage.flaws(scan(TWO), -1)[0].message
    assert "line 13 of the mail" in damage.flaws(scan(TWO), 0)[0].message


def test_a_flaw_before_any_file_has_no_path_and_one_before_any_hunk_is_of_the_first():
    (one,) = damage.flaws(scan(b"@@ -1 +1 @@\n-a\n+b\n"), 0)
    assert one.message.startswith("malformed hunk at line 1 of the mail:")
    (one,) = damage.flaws(scan(b"--- a/a.c\n+++ b/a.c\n+stray\n"), 0)
    assert "(a.c, hunk 1)" in one.message


def test_wrapped_lines_are_told_first():
    wrapped = TWO.replace(b"@@ -9,7 +9 @@\n-old\n+new\n", b"@@ -9,7 +9 @@\n-old\n+new\nword\n+x\n")
    found = damage.flaws(scan(wrapped), 0)
    assert [d.kind for d in found] == ["wrapped", "hunk"]
    assert all(d.fatal for d in found)
    assert damage.flaws(scan(make.DIFF), 0) == ()


BARE = b"diff --git lib/a.c lib/a.c\n--- lib/a.c\n+++ lib/a.c\n@@ -1 +1 @@\n-a\n+b\n"
NEW = (b"diff --git lib/n.c lib/n.c\nnew file mode 100644\n"
       b"--- /dev/null\n+++ lib/n.c\n@@ -0,0 +1 @@\n+n\n")
MOVED = b"diff --git lib/m.c lib/m.c\nold mode 100644\nnew mode 100755\n"


@pytest.mark.parametrize(("diff", "lacks"), [
    (BARE, True), (NEW, True), (MOVED, True), (BARE + NEW + MOVED, True),
    (make.DIFF, False), (BARE + make.DIFF, False), (b"", False), (MOVED.replace(
        b" lib/", b" a/", 1).replace(b" lib/", b" b/"), False),
    (b"--- x.orig/a.c\n+++ x/a.c\n@@ -1 +1 @@\n-a\n+b\n", False),
    (b"--- a.c\n+++ a.c\n@@ -1 +1 @@\n-a\n+b\n", True),
    (b"--- b/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-a\n+b\n", False),
])
def test_paths_without_prefixes_are_seen_where_all_are(diff, lacks):
    found = damage.no_prefix(scan(diff))
    assert [(d.kind, d.fatal) for d in found] == ([("no-prefix", True)] if lacks else [])


def test_prefixes_are_put_in_front_of_paths_alone():
    body = b" x\n--- y\n+++ z\n"
    diff = BARE.replace(b"@@ -1 +1 @@\n-a\n+b\n", b"@@ -1,2 +1,2 @@\n" + body) + NEW
    got = damage.prefixed(diff)
    assert got == diff.replace(b"diff --git lib/a.c lib/", b"diff --git a/lib/a.c b/lib/").replace(
        b"diff --git lib/n.c lib/", b"diff --git a/lib/n.c b/lib/").replace(
        b"--- lib/a", b"--- a/lib/a").replace(b"+++ lib/", b"+++ b/lib/")
    assert damage.no_prefix(scan(got)) == ()


def lines(*rows, path="a.c"):
    return (f"--- a/{path}\n+++ b/{path}\n@@ -1,{len(rows)} +1,{len(rows)} @@\n"
            + "".join(f" {t}\n" for t in rows)).encode()


EIGHT = " " * 8


@pytest.mark.parametrize(("diff", "hurt"), [
    (lines(EIGHT + "a", EIGHT + "b"), True), (lines(EIGHT + "a"), False),
    (lines(EIGHT + "a", EIGHT + "b", "\tc"), False), (lines("    a", "    b"), False),
    (lines(EIGHT + "a", EIGHT + "b", path="a.py"), False),
    (lines(EIGHT + "a", EIGHT + "b", path="x/Makefile"), True),
    (lines(EIGHT + "a", EIGHT + "b", path="Kconfig.debug"), True),
    (lines(EIGHT + "a", path="a.h") + lines(EIGHT + "a", path="b.S"), True),
    (lines(EIGHT + "a", EIGHT + "b") + lines("\ta", path="a.py"), True),
])
def test_tabs_that_became_blanks_are_seen_in_kernel_source(diff, hurt):
    found = damage.spaces(scan(diff))
    assert [(d.kind, d.fatal) for d in found] == ([("blanks", False)] if hurt else [])
    assert all("by eight blanks" in d.message for d in found)


NOTES = """v2: was
 9 files changed, 9 insertions(+)

 a.c | 3 ++-
 1 file changed, 2 insertions(+), 1 deletion(-)
"""
FILES = (PatchFile("a.c", "a.c", 2, 1),)


@pytest.mark.parametrize(("notes", "expected"), [
    (NOTES, (2, 1)), ("", None), (" 1 file changed, 3 insertions(+)\n", (3, 0)),
    (" 2 files changed, 4 deletions(-)\n", (0, 4)), (" 1 file changed\n", (0, 0)),
    ("word 1 file changed\n", None)])
def test_the_last_diffstat_counts(notes, expected):
    assert damage.stat_of(notes) == expected


def test_a_diffstat_that_differs_is_told_with_both():
    assert damage.diffstat(NOTES, FILES) == ()
    assert damage.diffstat("", FILES) == ()
    for files, says in (((*FILES, PatchFile("b.c", "b.c", 2, 1)), "2 files, +4 -2"),
                        ((PatchFile("a.c", "a.c", 3, 1),), "1 file, +3 -1"),
                        ((PatchFile("a.c", "a.c", 2, 0),), "1 file, +2 -0")):
        (one,) = damage.diffstat(NOTES, iter(files))
        assert (one.kind, one.fatal) == ("diffstat", False)
        assert "1 file, +2 -1" in one.message
        assert says in one.message


@pytest.mark.parametrize(("numstat", "paths"), [
    (b"2\t1\ta.c\0", []), (b"-\t-\ta.c\0", []), (b"2\t1\ta.c\0junk\0", []),
    (b"3\t1\ta.c\0", ["a.c"]), (b"", ["a.c"]), (b"2\t1\ta.c\x000\t1\tz\tz.c\0", ["z"]),
    (b"2\t1\tb.c\0", ["a.c", "b.c"])])
def test_two_parsers_that_differ_are_told_by_path(numstat, paths):
    found = damage.disagreement(numstat, iter(FILES))
    assert [d.kind for d in found] == ["disagreement"] * len(paths)
    assert all(path in d.message for path, d in zip(paths, found, strict=True))


def test_indentation_by_no_break_spaces_is_named():
    found = scan(b"--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-\tone;\n+\t\xc2\xa0 two;\n")
    (said,) = damage.spaces(found)
    assert (said.kind, "lines are indented by no-break spaces" in said.message) == (
        "blanks", True)


@pytest.mark.parametrize("line", [b" ", b"-"])
def test_no_break_spaces_that_the_tree_may_have_are_nobodys_fault(line):
    assert damage.spaces(scan(b"--- a/x.c\n+++ b/x.c\n@@ -1,2 +1,2 @@\n" + line
                              + b"\xc2\xa0two;\n-\tone;\n+\tone(1);\n")) == ()


def test_a_file_that_becomes_a_link_is_one_file():
    files = [make.patch().files[0]] * 2
    added, removed = (2 * getattr(files[0], n) for n in ("added", "removed"))
    notes = f" 1 file changed, {added} insertions(+), {removed} deletions(-)"
    assert damage.diffstat(notes, files) == ()
    assert damage.diffstat(notes.replace("1 file", "2 files"), files) != ()
