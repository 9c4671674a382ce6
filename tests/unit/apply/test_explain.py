# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a patch does not apply, and what to do next."""

import pytest

from harness.apply.explain import already, refusal
from harness.errors import InputRefusedError
from tests.make import patch

FILE = "one\n\tif (a)\n\t\tb();\n\nlast;\n"
FILES = {"fs/toy.c": FILE, "fs/other.c": "x\n", "README": "read me\n"}


def diff(*lines, old="a/fs/toy.c", new="b/fs/toy.c"):
    return "\n".join([f"--- {old}", f"+++ {new}", *lines, ""]).encode()


def gone(path, text):
    return diff(f"@@ -1 +0,0 @@\n-{text}", old=f"a/{path}", new="/dev/null")


def fresh(path, text):
    return diff(f"@@ -0,0 +1 @@\n+{text}", old="/dev/null", new=f"b/{path}")


CONFLICT = diff("@@ -2,3 +2,3 @@", " \tif (a)", "-\t\tc();", "+\t\td();", " ")


@pytest.fixture
def tree(git, commands):
    git.history = False
    return git.tree(FILES)


@pytest.fixture
def history(tree, git, commands):
    """The same tree with somebody who changed it last."""
    git.history = True
    commands.say("log", out=b'abc1234 ("fs: Change it")\n')
    return commands


def refused(tree, text, errors="", **more):
    error = refusal(patch(diff=text, number=2, total=3, source="b.eml", **more), errors, tree,
                    tree.commit)
    assert isinstance(error, InputRefusedError)
    assert error.message.startswith("patch 2/3 (b.eml) ")
    return error


def test_a_conflict_names_the_place_and_both_lines(tree):
    error = refused(tree, CONFLICT)
    for word in ("toy", "fs/toy.c", "hunk 1", "line 2", "'c();'", "line 3", "'b();'"):
        assert word in error.message
    assert "changed by" not in error.message, "that needs history"
    assert "--tree" in error.hint


def test_a_conflict_names_who_changed_the_line(tree, history):
    assert 'abc1234 ("fs: Change it")' in refused(tree, CONFLICT).message
    (asked,) = history.calls
    assert tree.commit in asked
    assert asked[-3:] == ["-Sc();", "--", "fs/toy.c"]


@pytest.mark.parametrize("answer", [{"code": 128}, {"why": "no end", "timed_out": True}])
def test_that_nobody_knows_who_it_was_is_no_error(tree, history, answer):
    history.say("log", **answer)
    assert "changed by" not in refused(tree, CONFLICT).message


def test_of_lines_that_differ_the_first_that_says_something_is_shown(tree, history):
    error = refused(tree, diff("@@ -2,4 +2,4 @@", "-", "-odd;", "+d();", " \t\tc();", " "))
    assert "'odd;'" in error.message
    assert "-Sodd;" in history.calls[0]


def test_how_many_lines_differ_is_said_where_it_is_more_than_one(tree):
    error = refused(tree, diff("@@ -1,3 +1,2 @@", "-eins;", "-zwei;", "+x", " \t\tb();"))
    assert "2 of 3" in error.message
    assert " of 3" not in refused(tree, CONFLICT).message


def test_where_only_blank_lines_are_missing_nobody_is_asked_for(tree, history):
    error = refused(tree, diff("@@ -1,2 +1,2 @@", "-one", "-", "+1", "+2"))
    assert "hunk 1" in error.message
    assert "''" in error.message
    assert history.calls == []


def test_the_second_hunk_may_be_the_one(tree):
    error = refused(tree, diff("@@ -1 +1 @@", "-one", "+1", "@@ -5 +5 @@", "-first;", "+2"))
    assert "hunk 2 at line 5" in error.message
    assert "'last;'" in error.message


@pytest.mark.parametrize(("lines", "word"), [
    (("-        if (a)", "+x"), "tabs became spaces"), (("-\tif (a) ", "+x"), "trailing"),
    (("-  if (a)", "+x"), "blanks differ")])
def test_damaged_blanks_are_the_mailers(tree, lines, word):
    error = refused(tree, diff("@@ -2 +2 @@", *lines))
    assert word in error.message
    assert "fs/toy.c, hunk 1 at line 2" in error.message
    assert "--repair" in error.hint


def test_a_conflict_weighs_more_than_blanks(tree):
    error = refused(tree, diff("@@ -2 +2 @@", "-        if (a)", "+x", "@@ -5 +5 @@", "-first;"))
    assert "hunk 2" in error.message
    assert "--repair" not in error.hint


def test_the_file_that_keeps_it_from_applying_is_found(tree):
    assert "fs/toy.c" in refused(tree, fresh("fs/new.c", "x") + CONFLICT).message
    sound = diff("@@ -1 +1 @@", "-x", "+y", old="a/fs/other.c", new="b/fs/other.c")
    assert "fs/toy.c" in refused(tree, sound + CONFLICT).message


def test_a_new_file_that_is_there_already(tree):
    error = refused(tree, fresh("fs/other.c", "y"))
    assert "fs/other.c" in error.message
    assert "already" in error.message
    assert "applied" not in error.message


@pytest.mark.parametrize(("path", "moved"), [
    ("fs/gone.c", ""), ("lib/toy.c", "fs/toy.c"), ("fs/sub/toy.c", "fs/toy.c"),
    ("drivers/toy.h", "fs/toy.c"), ("README.rst", "README")])
def test_a_file_that_is_not_there(tree, path, moved):
    """One of that name elsewhere is named, but never taken."""
    error = refused(tree, diff("@@ -1 +1 @@", "-a", "+b", old=f"a/{path}", new=f"b/{path}"))
    assert path in error.message
    assert "--tree" in error.hint
    assert f"has {moved}:" in error.hint if moved else "moved" not in error.hint


@pytest.mark.parametrize(("path", "moved"), [
    ("lib/x/toy.c", ""), ("net/x/toy.c", "net/toy.c"), ("arch/fs/toy.c", "fs/toy.c")])
def test_of_many_namesakes_the_one_with_most_folders_in_common(git, path, moved):
    git.history = False
    tree = git.tree({"fs/toy.c": "", "net/toy.c": "", "a/b/toy.c": ""})
    error = refused(tree, diff("@@ -1 +1 @@", "-a", "+b", old=f"a/{path}", new=f"b/{path}"))
    assert f"has {moved}:" in error.hint if moved else "moved" not in error.hint


def test_a_file_that_was_moved_is_not_there_by_its_old_name(tree):
    error = refused(tree, diff("@@ -1 +1 @@", "-a", "+b", old="a/fs/gone.c", new="b/fs/new.c"))
    assert "fs/gone.c" in error.message


@pytest.mark.parametrize("lines", [
    ("@@ -1 +1,2 @@", "-one", "+1", "+2"), ("@@ -5 +5 @@", "-last;", "+first;")])
def test_hunks_without_context_are_not_taken(tree, lines):
    error = refused(tree, diff(*lines), "error: patch failed: fs/toy.c:1\n")
    assert "context" in error.message
    assert "context" in error.hint


@pytest.mark.parametrize(("errors", "word"), [
    ("error: while searching for:\nx\nerror: bad mode on fs/toy.c\n", "bad mode on fs/toy.c"),
    ("Checking patch\nfatal: odd\nerror: second\n", "odd"), ("", "no reason")])
def test_for_the_rest_git_is_asked(tree, errors, word):
    error = refused(tree, diff("@@ -1,2 +1,2 @@", " one", "-\tif (a)", "+b"), errors)
    assert word in error.message
    assert "second" not in error.message
    assert "--tree" in error.hint


def test_hunks_with_context_on_one_side_are_left_to_git(tree):
    for lines in (("@@ -1,2 +1,2 @@", "-one", "+1", " \tif (a)"),
                  ("@@ -4,2 +4,2 @@", " ", "-last;", "+first;"),
                  ("@@ -0,0 +1 @@", "+new")):
        assert "context" not in refused(tree, diff(*lines)).message


def test_foreign_text_is_shown_on_one_line_and_inert(git):
    git.history = False
    tree = git.tree({"a.c": "x\n"})
    error = refused(tree, diff("@@ -1 +1 @@", "-\x1b[2J\xff", "+y", old="a/a.c", new="b/a.c"),
                    "error: \x1b[2J\n")
    assert "\x1b" not in error.message


# What is there already


@pytest.mark.parametrize(("text", "there"), [
    (diff("@@ -1,2 +1,2 @@", " one", "-\tif (b)", "+\tif (a)"), True),
    (diff("@@ -1 +1 @@", "-1", "+one", "@@ -5 +5 @@", "-first;", "+last;"), True),
    (diff("@@ -1 +1 @@", "-1", "+one", "@@ -5 +5 @@", "-first;", "+other;"), False),
    (diff("@@ -1 +1 @@", "-1", "+on"), False),
    (fresh("fs/other.c", "x"), True), (fresh("fs/none.c", "x"), False),
    (gone("fs/none.c", "x"), True), (gone("fs/other.c", "x"), False),
    (fresh("fs/other.c", "x") + diff("@@ -1 +1 @@", "-one", "+1"), False),
    (b"diff --git a/run b/run\nold mode 100644\nnew mode 100755\n", False),
    (b"", False),
    (b"diff --git a/README b/README\nold mode 100644\nnew mode 100755\n", False),
    (fresh("fs/other.c", "x") + b"diff --git a/README b/README\nGIT binary patch\n", False),
])
def test_what_a_tree_has_already(tree, text, there):
    assert already(patch(diff=text), tree, tree.commit) is there


def test_what_is_there_already_is_not_called_a_conflict(tree, history):
    text = diff("@@ -1 +1 @@", "-1", "+one")
    error = refused(tree, text)
    assert "already applied" in error.message
    assert 'abc1234 ("fs: Change it")' in error.message
    assert history.calls[0][-2:] == ["--", "a.c"]
    history.say("log", out=b"")
    assert "abc1234" not in refused(tree, text).message


def test_every_line_that_differs_is_counted(git):
    git.history = False
    tree = git.tree({"a.c": "one\nx\nthree\ny\nfive\n"})
    text = diff("@@ -1,5 +1,5 @@", " one", " ", " three", " four", "-five", "+5", old="a/a.c",
                new="b/a.c")
    assert "(2 of 5 lines differ)" in refused(tree, text).message
