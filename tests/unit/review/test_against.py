# SPDX-License-Identifier: GPL-2.0-or-later
"""What a newer version made of a comment's lines."""

import pytest

from harness.review import Comment, status_of
from tests import make


def comment(quoted="+\ttwo();", removed=("\tone();",), added=("\ttwo();",), line=11, path="a.c"):
    return Comment("Why?", "diff", path, "@@ -10,6 +10,6 @@", line, quoted, tuple(removed),
                   tuple(added))


def newer(*rows, at=10, path="a.c", **changes):
    """A series of one patch with one hunk of these lines, that begins at line ``at``."""
    old = sum(not r.startswith("+") for r in rows)
    new = sum(not r.startswith("-") for r in rows)
    diff = (f"--- a/{path}\n+++ b/{path}\n@@ -{at},{old} +{at},{new} @@\n"
            + "".join(f"{r}\n" for r in rows))
    return make.series(make.patch(diff=diff.encode(), **changes))


def state(said, series):
    got = status_of(said, series)
    return got.state, got.path, got.line


@pytest.mark.parametrize(("where", "quoted", "expected"), [
    ("mail", "Because.", ""), ("message", "", ""), ("message", "Because.", "unchanged"),
    ("message", "Be cause .", "unchanged"), ("message", "In the cover", "unchanged"),
    ("message", "in the notes", "unchanged"), ("message", "Otherwise.", "changed")])
def test_a_comment_on_words_looks_for_them_in_all_words(where, quoted, expected):
    series = make.series(make.patch(notes="v2: in the notes"), cover="In the cover")
    assert status_of(Comment("x", where, quoted=quoted), series).state == expected


def test_the_same_lines_are_unchanged_wherever_they_stand():
    rows = (" {", "-\tone();", "+\ttwo();", " }")
    assert state(comment(), newer(*rows)) == ("unchanged", "a.c", 11)
    assert state(comment(), newer(*rows, at=500)) == ("unchanged", "a.c", 501)
    assert state(comment(), newer("+x", "+y", *rows)) == ("unchanged", "a.c", 13)
    assert state(comment(), newer(" {", "-one( );", "+two ();")) == ("unchanged", "a.c", 11)


def test_a_line_that_goes_away_counts_at_the_line_before_which_it_stood():
    said = comment("-\tone();", ("\tone();",), ())
    assert state(said, newer(" {", "-\tone();", " }")) == ("unchanged", "a.c", 11)
    assert state(said, newer("-\tone();", at=0)) == ("unchanged", "a.c", 1)


def test_a_line_of_context_is_unchanged_where_it_still_is_one():
    said = comment(" \tsame();", ("\tone();",), ("\ttwo();",))
    assert state(said, newer("+x", " \tsame();")) == ("unchanged", "a.c", 11)
    assert state(comment("same();", (), ()), newer(" \tsame();"))[0] == "unchanged"
    assert state(said, newer("+\tsame();"))[0] != "unchanged"


def test_up_to_three_changed_lines_above_must_be_the_same():
    said = comment("+dd", (), ("aa", "bb", "cc", "dd"))
    assert state(said, newer("+zz", "+bb", "+cc", "+dd"))[0] == "unchanged"
    assert state(said, newer("+aa", "+zz", "+cc", "+dd"))[0] == "changed"
    assert state(said, newer("+cc", "+dd"))[0] == "changed"


def test_the_missing_newline_at_the_end_is_no_line():
    rows = (" {", "-\tone();", "\\ No newline at end of file", "+\ttwo();")
    assert state(comment(), newer(*rows)) == ("unchanged", "a.c", 11)
    got = status_of(comment(), newer(*rows[:3], "+\ttwice();"))
    assert (got.line, got.lines) == (11, ("-\tone();", "+\ttwice();"))


def test_what_became_of_changed_lines_is_shown_with_its_place():
    got = status_of(comment(), newer(" {", "-\tone();", "+\ttwice();", " }"))
    assert (got.state, got.path, got.line) == ("changed", "a.c", 11)
    assert got.lines == ("-\tone();", "+\ttwice();")


def test_of_several_changes_the_one_that_is_most_alike_is_shown():
    got = status_of(comment(added=("\ttwo(alpha, beta);",)), newer(
        "-zero", "+x", " {", "-gone();", "+\ttwice(alpha, beta);", " }", "+alpha"))
    assert (got.line, got.lines) == (12, ("-gone();", "+\ttwice(alpha, beta);"))
    got = status_of(comment(added=("\ttwo(alpha);",)), newer(
        "+\tthree(alpha, y);", " {", "-\tone();", "+\tother();"))
    assert got.lines == ("-\tone();", "+\tother();"), "what is removed counts double"


def test_a_change_that_is_little_alike_is_one_only_nearby():
    said = comment(added=("aa bb cc dd ee",), removed=())
    rows = ("+aa xx yy zz",)  # one word of eight in common
    assert state(said, newer(*rows, at=11))[0] == "changed"
    assert state(said, newer(*rows, at=50))[0] == "changed"
    assert state(said, newer(*rows, at=51)) == ("gone", "a.c", 0)
    assert state(said, newer("+xx", at=11)) == ("gone", "a.c", 0), "near alone is nothing"


def test_a_comment_on_context_is_changed_when_that_line_goes_away():
    said = comment(" \tsame();", (), ())
    assert state(said, newer(" {", "+x", "-\tsame( );")) == ("changed", "a.c", 11)
    assert state(said, newer(" {", "-\tother();")) == ("gone", "a.c", 0)
    assert state(comment(" ", (), ()), newer("-", "+x")) == ("gone", "a.c", 0)


def test_where_the_file_is_not_touched_the_lines_are_gone():
    rows = (" {", "-\tone();", "+\ttwo();")
    assert state(comment(), newer(*rows, path="b.c")) == ("gone", "", 0)
    assert state(comment(), newer(*rows, path="lib/a.c")) == ("unchanged", "lib/a.c", 11)
    assert state(comment(path="old/a.h"), newer(*rows)) == ("unchanged", "a.c", 11)
    moved = make.series(make.patch(diff=b"diff --git a/a.c b/a.c\nold mode 100644\n"
                                        b"new mode 100755\n"))
    assert state(comment(), moved) == ("gone", "a.c", 0)


def test_a_file_of_that_very_path_is_asked_before_one_of_that_name():
    rows = (" {", "-\tone();", "+\ttwo();")
    both = make.series(*newer(*rows, path="lib/a.c").patches, *newer("-\tone();", "+z").patches)
    assert state(comment(), both) == ("changed", "a.c", 10)


@pytest.mark.parametrize(("count", "shown", "more"), [(15, 16, ""), (16, 17, "1 more")])
def test_a_long_change_is_cut(count, shown, more):
    got = status_of(comment(), newer("-\tone();", *(f"+\tline{n}();" for n in range(count))))
    assert len(got.lines) == shown
    assert more in got.lines[-1]
    assert got.lines[15] == f"+\tline{14}();"
