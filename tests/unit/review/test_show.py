# SPDX-License-Identifier: GPL-2.0-or-later
from harness.report.document import View
from harness.report.review import lines
from harness.review import show
from harness.review.parse import Comment, Quoted, Review
from tests import make

HUNK = "@@ -1,3 +1,4 @@ int f(void)"
CHANGE = Comment("Why?\n\nReally.", "diff", "a.c", HUNK, 7, "+\ttwo();", ("\tone();",),
                 ("\ttwo();",), "Q <q@x.org>")
ON_MAIL = Comment("No.", "mail", by="R <r@x.org>")


def review(*comments, **changes):
    values = {"subject": "Re: [PATCH] toy: Do it", "sender": "R <r@x.org>", "date": "today",
              "message_id": "1@x.org", "title": "toy: Do it", "version": 2, "number": 1,
              "total": 3, "files": ("a.c",),
              "hunks": (Quoted("a.c", HUNK, (3, 4), (2, 4)),), "comments": comments,
              "cut": ("a.c: [...]",)}
    return Review(**{**values, **changes})


def newer(new="\ttwice();", version=3):
    diff = f"--- a/a.c\n+++ b/a.c\n@@ -5,1 +5,1 @@\n-\tone();\n+{new}\n".encode()
    return make.series(make.patch(diff=diff), version=version, title="toy: Do it better")


def shown(*comments, against=None, **changes):
    return list(lines(show.document(review(*comments, **changes), against, ""), View()))


def test_a_program_gets_everything_that_was_read():
    got = show.document(review(CHANGE), None, "./run review x")
    assert (got["schema_version"], got["reproduce"], got["against"]) == (2, "./run review x", None)
    assert {k: got[k] for k in ("subject", "from", "date", "message_id", "title", "version",
                                "number", "total", "files", "cut")} == {
        "subject": "Re: [PATCH] toy: Do it", "from": "R <r@x.org>", "date": "today",
        "message_id": "1@x.org", "title": "toy: Do it", "version": 2, "number": 1, "total": 3,
        "files": ["a.c"], "cut": ["a.c: [...]"]}
    assert got["hunks"] == [{"file": "a.c", "header": HUNK, "said": [3, 4], "quoted": [2, 4],
                             "complete": False}]
    assert got["comments"] == [{
        "by": "Q <q@x.org>", "where": "diff", "file": "a.c", "hunk": HUNK, "line": 7,
        "quoted": "+\ttwo();", "text": "Why?\n\nReally.", "before": ["-\tone();", "+\ttwo();"]}]


def test_against_a_newer_version_each_comment_has_a_state():
    got = show.document(review(CHANGE), newer(), "")
    (row,) = got["comments"]
    assert (row["state"], row["after"], row["now"]) == (
        "changed", ["-\tone();", "+\ttwice();"], "a.c:5")
    assert got["against"] == {"title": "toy: Do it better", "version": 3, "open": 0, "look": 1,
                              "answered": 0}
    got = show.document(review(CHANGE, ON_MAIL), newer("\ttwo();"), "")
    assert [r["state"] for r in got["comments"]] == ["unchanged", ""]
    assert got["against"]["open"] == 1


def test_what_is_gone_is_nowhere():
    (row,) = show.document(review(CHANGE), make.series(), "")["comments"]
    assert (row["now"], row["after"]) == ("", [])


def test_nothing_foreign_reaches_a_terminal():
    evil = Comment("\x1b[2Jtext", "diff", "\x1bpath", "@@\x1b", 1, "+\x1b", ("\x1b",), ("\u202e",),
                   "\x1bby")
    said = show.document(review(evil, subject="\x1b", sender="\x1b", title="\x1b",
                                files=("\x1b",), cut=("\x1b",)), newer(), "")
    assert "\x1b" not in repr(said)
    assert "\\\\x1b" in repr(said)
    assert not any(c in text for c in "\x1b\u202e" for text in lines(said, View()))


def test_a_reader_gets_each_comment_under_its_line():
    got = shown(CHANGE, ON_MAIL)
    assert got[0] == "R <r@x.org> on [v2 1/3] toy: Do it"
    assert got[1:6] == ["", f"1. a.c:7  {HUNK}  Q <q@x.org>", "   > + two();", "   Why?",
                        "   Really."]
    assert got[6] == ""
    assert got[7].rstrip() == "2. on the mail"
    assert got[8:] == ["   No.", "", "cut: a.c: [...]", "2 comments"]


def test_the_line_is_named_only_where_it_is_known():
    assert shown(Comment("x", "diff", "a.c"))[2].rstrip() == "1. a.c"


def test_a_reader_sees_what_became_of_a_comment():
    got = shown(CHANGE, against=newer())
    state, answer, side, last = got[6], got[7], got[8], got[-1]
    assert answer.strip() == "whether that answers it: look yourself"
    assert "changed" in state
    assert "(a.c:5)" in state
    assert [part.strip() for part in side.split("|")] == ["-   one();", "-   one();"]
    assert "0 still open" in last
    assert "v3" in last
    got = shown(CHANGE, against=newer("\ttwo();"))
    assert "STILL OPEN" in got[6]
    assert "1 still open" in got[-1]
    assert not any("|" in t for t in got)


def rows(before, after):
    """What stands left and right of the bar."""
    answer = {**show.document(review(), None, ""), "comments": [{
        "file": "a.c", "line": 0, "by": "", "where": "diff", "hunk": "", "quoted": "", "text": "",
        "state": "changed", "now": "", "before": before, "after": after,
        "answer": {"kind": "", "words": ""}}]}
    got = [t for t in lines(answer, View()) if "|" in t]
    assert len({t.index("|") for t in got}) == 1
    return [tuple(part.strip() for part in t.split("|")) for t in got]


def test_old_and_new_stand_side_by_side_however_many_lines_they_have():
    assert rows(["-one", "+two"], ["-one"]) == [("-one", "-one"), ("+two", "")]
    assert rows([], ["+one", "+two"]) == [("", "+one"), ("", "+two")]


def test_long_lines_are_cut_where_the_column_ends():
    fits, long = "+" + "c" * 47, "+" + "c" * 48
    assert rows([fits, long], [long, fits]) == [(fits, fits[:-1] + "…"), (fits[:-1] + "…", fits)]
    assert rows(["+\tx"], ["+\tx"]) == [("+   x", "+   x")]
