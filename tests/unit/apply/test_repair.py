# SPDX-License-Identifier: GPL-2.0-or-later
"""Damaged diffs mended, where the tree leaves only one meaning."""

import pytest

from harness.apply import repair
from harness.hunks import scan

FILE = b"int first;\n\tif (a)\n\t\treturn  1;\n\nlast(1);  \nend;\n"


def diff(*lines, path=b"x.c"):
    return b"\n".join([b"--- a/" + path, b"+++ b/" + path, *lines]) + b"\n"


def mend(text, stat=(1, 1), content=FILE, **how):
    return repair.mend(text, {"x.c": content, "x.rst": content}.get, stat, **how)


def body(mended):
    """The lines of the only hunk, with its header."""
    (file,) = scan(mended.diff).files
    (hunk,) = file.hunks
    return [hunk.header(), *hunk.lines]


SOUND = diff(b"@@ -2,2 +2,2 @@", b" \tif (a)", b"-\t\treturn  1;", b"+\t\treturn  2;")


def test_what_is_sound_stays_as_it_is():
    assert mend(SOUND) == repair.Mended(SOUND, ())


@pytest.mark.parametrize("text", [SOUND, SOUND.replace(b"\t", b" " * 8)])
def test_context_and_indents_are_those_of_the_tree(text):
    mended = mend(text)
    assert mended.diff == SOUND
    assert mended.problem == ""
    assert len(mended.repairs) == (0 if text == SOUND else 3)


def test_no_break_spaces_in_the_first_column_become_blanks():
    mended = mend(SOUND.replace(b" \tif", b"\xc2\xa0\tif"))
    assert (mended.diff, mended.repairs) == (SOUND, ("1 no-break spaces became blanks",))


def test_what_was_done_is_counted_and_placed():
    mended = mend(SOUND.replace(b"\t", b" " * 8))
    context, tabbed, unsure = mended.repairs
    assert all(text.startswith("x.c, hunk 1: ") for text in mended.repairs)
    assert "2 lines of context" in context
    assert "1 added lines" in tabbed
    assert "1 added lines" in unsure, "the blanks inside may have been tabs or not"
    assert "return 2;" in unsure


@pytest.mark.parametrize(("added", "mended"), [
    (b"+        b();", b"+\tb();"), (b"+            b();", b"+\t    b();"),
    (b"+    b();", b"+    b();"), (b"+                 b();", b"+\t\t b();"),
    (b"+        if (a)", b"+\tif (a)")])
def test_indents_of_added_lines_are_tabs_again_where_the_mail_lost_them(added, mended):
    text = diff(b"@@ -1,2 +1,3 @@", b" int first;", added, b"         if (a)")
    assert body(mend(text, (1, 0)))[2] == mended


def test_an_added_line_that_was_there_before_gets_its_blanks_back():
    content = b"a;\n\tint  b;\t/* x */\nz;\n"
    text = diff(b"@@ -1,3 +1,3 @@", b" a;", b"-        int  b; /* x */",
                b"+        int  b; /* x */", b" z;")
    assert body(mend(text, content=content))[2:4] == [
        b"-\tint  b;\t/* x */", b"+\tint  b;\t/* x */"]


def test_the_whole_mail_was_hurt_when_one_hunk_shows_it():
    text = diff(b"@@ -1 +1,2 @@", b" int first;", b"+        b();", b"@@ -2 +3,2 @@",
                b"         if (a)", b"+        c();")
    first, second = scan(mend(text, (2, 0)).diff).files[0].hunks
    assert (first.lines[1], second.lines[1]) == (b"+\tb();", b"+\tc();")


def test_a_mail_that_looks_hurt_is_mended_also_where_no_context_shows_it():
    text = diff(b"@@ -1 +1,2 @@", b" int first;", b"+        b();")
    assert body(mend(text, (1, 0)))[2] == b"+        b();"
    assert body(mend(text, (1, 0), blanks=True))[2] == b"+\tb();"


def test_in_what_is_no_source_eight_blanks_may_be_meant():
    """One file shows that tabs were lost; the other could have had blanks."""
    text = SOUND.replace(b"\t", b" " * 8) + diff(
        b"@@ -6 +6,3 @@", b" end;", b"+        code", b"+x", path=b"x.rst")
    mended = mend(text, (3, 1))
    assert mended.diff.endswith(b"\n end;\n+        code\n+x\n")
    assert any(said.startswith("x.rst: 1 added lines") for said in mended.repairs)
    none = mend(SOUND.replace(b"\t", b" " * 8) + diff(b"@@ -6 +6,2 @@", b" end;", b"+x",
                                                     path=b"x.rst"), (2, 1))
    assert not any("x.rst" in said for said in none.repairs)


@pytest.mark.parametrize("path", ["a/Makefile", "b/Kconfig.debug", "x.S", "x.dtsi", "y.sh"])
def test_what_is_indented_by_tabs(path):
    text = diff(b"@@ -2 +2,2 @@", b"         if (a)", b"+        b", path=path.encode())
    assert body(repair.mend(text, lambda _: FILE, (1, 0)))[2] == b"+\tb"


def test_trailing_blanks_come_back_to_context_alone():
    text = diff(b"@@ -5,2 +5,3 @@", b" last(1);", b"+new;", b" end;")
    mended = mend(text, (1, 0))
    assert body(mended) == [b"@@ -5,2 +5,3 @@", b" last(1);  ", b"+new;", b" end;"]
    (said,) = mended.repairs
    assert "1 lines of context" in said


def test_other_blanks_are_known_only_where_nothing_is_added():
    gone = diff(b"@@ -2,2 +2 @@", b"   if (a)", b"-   return 1;")
    assert body(mend(gone, (0, 1)))[1:] == [b" \tif (a)", b"-\t\treturn  1;"]
    added = diff(b"@@ -2 +2,2 @@", b"   if (a)", b"+   b();")
    assert "hunk 1" in mend(added, (1, 0)).problem
    assert mend(added, (1, 0)).diff == added


def test_a_wrapped_line_is_joined():
    text = diff(b"@@ -1,2 +1,3 @@", b" int first;", b"+call(one,", b"two);", b" \tif (a)")
    mended = mend(text, (1, 0))
    assert body(mended)[2] == b"+call(one, two);"
    assert any("call(one, two);" in said for said in mended.repairs)
    text = diff(b"@@ -2,2 +2,3 @@", b" \tif", b"(a)", b"+b();", b" \t\treturn  1;")
    assert body(mend(text, (1, 0)))[1] == b" \tif (a)"


def test_counts_are_mended_where_a_diffstat_vouches_for_the_lines():
    text = diff(b"@@ -2,5 +2,9 @@", b" \tif (a)", b"-\t\treturn  1;", b"+\t\treturn  2;")
    mended = mend(text)
    assert mended.diff == SOUND
    assert len(mended.repairs) == 1
    for stat, word in ((None, "diffstat"), ((2, 1), "+2 -1"), ((1, 0), "+1 -1")):
        refused = mend(text, stat)
        assert word in refused.problem
        assert (refused.diff, refused.repairs) == (text, ())


def test_without_a_diffstat_what_counts_right_can_be_mended():
    assert mend(SOUND.replace(b"\t", b" " * 8), None).diff == SOUND


def test_hunks_say_where_they_stand_in_the_tree_and_after_the_patch():
    text = diff(b"@@ -11,9 +11 @@ f", b" int first;", b"+a", b"+b", b"@@ -16 +16,2 @@", b" end;",
                b"+c")
    first, second = scan(mend(text, (3, 0)).diff).files[0].hunks
    assert (first.old, first.new, first.section) == (1, 1, b" f")
    assert (second.old, second.new) == (6, 8)


@pytest.mark.parametrize("lines", [
    (b"@@@ -1 -1 +1 @@@", b"  a"), (b"@@ -a +b @@", b" a"),
    (b"+stray", b"@@ -1 +1 @@", b"-int first;", b"+b"),
    (b"GIT binary patch", b"literal 3")])
def test_what_cannot_be_mended_comes_back_as_it_was(lines):
    text = diff(*lines)
    mended = mend(text)
    assert mended.problem
    assert (mended.diff, mended.repairs) == (text, ())


def test_a_conflict_is_nothing_to_mend():
    problem = mend(diff(b"@@ -1 +1 @@", b"-int other;", b"+b")).problem
    assert "x.c" in problem
    assert "hunk 1" in problem
    problem = mend(diff(b"@@ -1 +1 @@", b"-a", b"+b", path=b"gone.c")).problem
    assert "gone.c" in problem


@pytest.mark.parametrize(("blank", "told"), [(b" ", False), (b"    ", True)])
def test_what_fits_twice_only_with_other_blanks_has_no_place(blank, told):
    content = b" twice;\n" * 2
    mended = mend(diff(b"@@ -1 +0,0 @@", b"-" + blank + b"twice;"), (0, 1), content)
    assert ("2 places" in mended.problem) == told


def test_new_files_have_nothing_to_be_held_against():
    text = b"--- /dev/null\n+++ b/n.c\n@@ -0,0 +1,3 @@\n+a\n+        b\n"
    mended = mend(text, (2, 0))
    assert mended.diff.endswith(b",0 +1,2 @@\n+a\n+        b\n")
    assert len(mended.repairs) == 1
    assert mend(text, (2, 0), blanks=True).diff.endswith(b"\n+a\n+\tb\n")


def test_every_file_is_mended():
    text = SOUND.replace(b"\t", b" " * 8) + SOUND.replace(b"\t", b" " * 8)
    assert mend(text, (2, 2)).diff == SOUND * 2


def test_the_mark_for_no_newline_stays():
    text = diff(b"@@ -2 +2 @@", b"-end;", b"\\ No newline", b"+fin;", b"\\ No newline")
    assert mend(text).diff.count(b"\\ No newline") == 2
    assert mend(text).problem == ""


@pytest.mark.parametrize(("text", "blanks", "needed"), [
    (SOUND, False, False), (SOUND, True, True), (SOUND.replace(b"\t", b" " * 8), False, True),
    (SOUND.replace(b"+2,2", b"+2,7"), False, True),
    (diff(b"@@ -1 +1 @@", b"-no such line", b"+b"), False, False),
    (diff(b"@@ -5 +5 @@", b"-last(1);", b"+b"), False, True),
    (b"--- /dev/null\n+++ b/n.c\n@@ -0,0 +1 @@\n+a\n", False, False)])
def test_whether_there_is_anything_to_mend(text, blanks, needed):
    assert repair.needs(scan(text), {"x.c": FILE}.get, blanks=blanks) is needed


def test_a_file_that_is_not_there_needs_no_mending():
    assert not repair.needs(scan(SOUND), lambda _: None, blanks=False)


def test_added_lines_of_a_document_stay_although_the_context_lost_its_tabs():
    text = diff(b"@@ -2,2 +2,3 @@", b"         if (a)", b"                 return  1;",
                b"+        eight", path=b"x.rst")
    mended = mend(text.replace(b"         if", b"         if"), stat=(1, 0))
    assert b"+        eight" in mended.diff
    assert not any("indented by tabs" in r for r in mended.repairs)


def test_an_added_empty_line_has_no_blanks_that_could_be_wrong():
    text = diff(b"@@ -1,2 +1,3 @@", b" int  first;", b" \tif (a)", b"+")
    assert mend(text, stat=(1, 0)).problem == ""
