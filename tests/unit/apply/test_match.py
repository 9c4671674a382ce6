# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a hunk stands in a file, and what keeps it from standing there."""

import pytest

from harness.apply.match import joined_line, lines_of, stand
from harness.hunks import scan

FILE = b"one\ntwo\nthree\nfour\nfive\nsix\n"


def standings(content, *hunks):
    diff = b"--- a/x\n+++ b/x\n" + b"".join(hunks)
    return stand(scan(diff).files[0], content)


def places(content, *hunks):
    return [(s.number, s.level, s.at, s.places) for s in standings(content, *hunks)]


def test_where_it_says():
    assert places(FILE, b"@@ -2,2 +2,2 @@\n two\n-three\n+3\n") == [(1, "", 1, 1)]


def test_a_hunk_is_found_elsewhere_and_the_next_are_expected_as_far_off():
    """The second would fit twice; 20 lines above the first stood 10 lines too early."""
    content = b"a\n" * 9 + b"mark\n" + b"b\n" * 9 + b"x\n" + b"c\n" * 10 + b"x\n" + b"d\n" * 9
    (_, level, at, _), (_, _, second, many) = places(
        content, b"@@ -20 +20 @@\n-mark\n+M\n", b"@@ -30 +30 @@\n-x\n+y\n")
    assert (level, at) == ("", 9)
    assert (second, many) == (19, 2)


def test_the_line_that_is_rarest_need_not_be_the_first():
    content = b"}\nrare\n}\n\nend\n}\nother\n}\n"
    assert places(content, b"@@ -6,3 +6,2 @@\n }\n-rare\n }\n") == [(1, "", 0, 1)]
    assert places(content, b"@@ -1,3 +1,2 @@\n }\n-other\n }\n") == [(1, "", 5, 1)]


@pytest.mark.parametrize("hunk", [
    b"@@ -1,2 +1 @@\n one\n-three\n", b"@@ -1,2 +1 @@\n two\n-one\n",
    b"@@ -1,2 +1 @@\n six\n-six\n"])
def test_lines_that_are_there_but_not_in_this_order_conflict(hunk):
    assert standings(FILE, hunk)[0].level == "conflict"


def test_of_many_places_the_nearest_is_taken():
    content = b"x\na\nb\nx\nc\nd\ne\nx\n"
    assert places(content, b"@@ -5 +5 @@\n-x\n+y\n") == [(1, "", 3, 3)]
    assert places(content, b"@@ -7 +7 @@\n-x\n+y\n") == [(1, "", 7, 3)]


@pytest.mark.parametrize(("have", "want", "level"), [
    (b"int a;", b"int a;", ""), (b"int a;\r", b"int a;", ""), (b"int a;", b"int a;\r", ""),
    (b"int a;  ", b"int a;", "trailing"), (b"int a;", b"int a; \t", "trailing"),
    (b"\tint a;", b"        int a;", "tabs"), (b"int\ta;", b"int     a;", "tabs"),
    (b"int\ta;", b"int        a;", "tabs"), (b"\tint a;", b"    int a;", "blanks"),
    (b"int  a;", b"int a;", "blanks"), (b"int a;", b"inta;", "conflict"),
    (b"int a;", b"int b;", "conflict"),
])
def test_what_happened_to_its_blanks(have, want, level):
    ((_, found, _, count),) = places(b"first\n" + have + b"\nlast\n",
                                     b"@@ -2 +2 @@\n-" + want + b"\n+int c;\n")
    assert found == level
    assert count == (level != "conflict")


def test_a_wrapped_line_stands_where_the_whole_one_does():
    content = b"first\nint a_long_line(int with, int arguments);\nlast\n"
    hunk = (b"@@ -1,3 +1,2 @@\n first\n-int a_long_line(int with,\nint arguments);\n last\n")
    assert places(content, hunk) == [(1, "", 0, 1)]


@pytest.mark.parametrize(("text", "whole"), [
    (b"a\nb", b"a b"), (b"a \nb", b"a b"), (b"a\n  b", b"a b"), (b"a \n\t b", b"a b"),
    (b"a\nb\nc", b"a b c"), (b"plain", b"plain")])
def test_a_wrapped_line_in_one_piece(text, whole):
    assert joined_line(text) == whole


@pytest.mark.parametrize(("content", "lines"), [
    (b"", []), (b"a\n", [b"a"]), (b"a\nb", [b"a", b"b"]), (b"a\n\n", [b"a", b""])])
def test_lines_of_a_file(content, lines):
    assert lines_of(content) == lines


def test_a_conflict_says_which_lines_differ():
    (found,) = standings(FILE, b"@@ -2,3 +2,3 @@\n two\n-drei\n+3\n four\n")
    assert (found.level, found.at) == ("conflict", 1)
    assert found.differs == ((3, b"drei", b"three"),)


def test_a_conflict_is_looked_for_where_most_lines_are():
    content = b"int filler;\n" * 40 + b"static int first;\nint second;\nstatic int third;\n"
    hunk = b"@@ -3,3 +3,3 @@\n static int first;\n-int zwei;\n+int two;\n static int third;\n"
    (found,) = standings(content, hunk)
    assert found.at == 40
    assert found.differs == ((42, b"int zwei;", b"int second;"),)


def test_among_places_with_as_many_votes_the_nearest_counts():
    content = b"common line\n" + b"-\n" * 20 + b"common line\n" + b"-\n" * 20
    for line, at in ((3, 0), (20, 21)):
        hunk = b"@@ -%d,2 +%d @@\n common line\n-nowhere to be found\n" % (line, line)
        assert standings(content, hunk)[0].at == at


def test_short_lines_have_no_vote():
    """A brace says nothing about the place."""
    (found,) = standings(b"}\n" * 3 + FILE, b"@@ -5,2 +5 @@\n }\n-nowhere\n")
    assert found.at == 4


def test_lines_past_the_end_of_the_file_are_empty():
    (found,) = standings(b"one line\n", b"@@ -1,3 +1 @@\n one line\n-another\n-and more\n")
    assert found.differs == ((2, b"another", b""), (3, b"and more", b""))


def test_a_file_that_comes_into_being_stands_at_its_start():
    assert places(b"", b"@@ -0,0 +1,2 @@\n+a\n+b\n") == [(1, "", 0, 1)]
