# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the quoted lines of a mail are, and what stands below them."""

import pytest

from harness import review

HEAD = {"subject": "Re: [PATCH] toy: Do it", "sender": "R <r@x.org>", "date": "", "number": 1,
        "message_id": "", "title": "toy: Do it", "version": 1, "total": 1}
TOP = "> diff --git a/a.c b/a.c\n> --- a/a.c\n> +++ b/a.c\n"
HUNK = "> @@ -10,3 +20,4 @@ int f(void)\n>  {\n> -\tone();\n> +\ttwo();\n> +\tthree();\n>  }\n"


def read(text):
    return review.parse_review(HEAD, text)


def one(text):
    (got,) = read(text).comments
    return got


def test_what_the_header_says_is_kept():
    got = read("Hello.\n")
    assert (got.subject, got.sender, got.title, got.version) == (
        HEAD["subject"], HEAD["sender"], HEAD["title"], 1)


def test_a_comment_has_the_file_the_hunk_and_the_line_after_the_patch():
    got = one(TOP + HUNK + "Why?\n\nReally?\n")
    assert (got.text, got.where, got.path, got.line) == ("Why?\n\nReally?", "diff", "a.c", 23)
    assert got.hunk == "@@ -10,3 +20,4 @@ int f(void)"
    assert (got.quoted, got.removed, got.added) == (
        " }", ("\tone();",), ("\ttwo();", "\tthree();"))


@pytest.mark.parametrize(("quoted", "line", "removed"), [
    (">  {\n", 20, ()), (">  {\n> -\tone();\n", 20, ("\tone();",)), ("> -\tone();\n", 20,
                                                               ("\tone();",))])
def test_the_line_is_counted_as_far_as_it_is_quoted(quoted, line, removed):
    got = one(TOP + "> @@ -10,3 +20,4 @@\n" + quoted + "Why?\n")
    assert (got.line, got.removed, got.added) == (line, removed, ())


def test_the_change_that_a_comment_is_about_ends_at_most_three_lines_above():
    near = "".join(f">  l{n}\n" for n in range(4))
    assert one(TOP + "> @@ -1,9 +1,9 @@\n> +new\n" + near + "Why?\n").added == ("new",)
    far = near + ">  l5\n"
    assert one(TOP + "> @@ -1,9 +1,9 @@\n> +new\n" + far + "Why?\n").added == ()


def test_a_hunk_ends_where_its_header_says():
    short = "> @@ -1 +1 @@\n> -a\n> +b\n"
    got = read(TOP + short + "> -- \n> 2.39\n")
    assert [(q.said, q.have, q.complete) for q in got.hunks] == [((1, 1), (1, 1), True)]
    got = read(TOP + short + "> diff --git a/b.c b/b.c\n> --- a/b.c\n> +++ b/b.c\n" + short)
    assert [q.path for q in got.hunks] == ["a.c", "b.c"]
    assert got.files == ("a.c", "b.c")


def test_a_hunk_that_is_not_quoted_whole_is_told_with_its_counts():
    got = read(TOP + HUNK.replace(">  }\n", ""))
    (cut,) = got.cut
    assert all(word in cut for word in ("a.c", "@@ -10,3 +20,4 @@", "2 of 3", "3 of 4"))
    assert read(TOP + HUNK).cut == ()
    before = read(TOP + "> @@ -1 +1,2 @@\n> -a\n> +b\n").hunks[0]
    assert (before.said, before.have, before.complete) == ((1, 2), (1, 1), False)


def test_a_signature_that_is_quoted_in_a_hunk_is_no_line():
    assert read(TOP + "> @@ -1,2 +1,2 @@\n> -a\n> +b\n> --\n").hunks[0].have == (1, 1)


def test_without_a_git_header_the_file_is_that_of_the_plus_line():
    got = one("> diff\n> @@ -1,0 +1 @@\n> +++ b/x\nWhy?\n")
    assert got.path == ""
    plain = ("> diff --git a/old.c b/new.c\n> --- a/old.c\n> +++ b/new.c\t2026-01-01\n"
             "> @@ -1 +1 @@\n> -a\n> +b\nWhy?\n")
    assert one(plain).path == "new.c"
    gone = TOP.replace("+++ b/a.c", "+++ /dev/null")
    assert one(gone + "> @@ -1 +0,0 @@\n> -a\nWhy?\n").path == "a.c"


def test_a_header_that_the_git_line_does_not_name_is_another_file():
    assert read(TOP + "> +++ b/c.c\n" + HUNK).files == ("a.c", "c.c")
    assert read(TOP + HUNK).files == ("a.c",)


def test_a_comment_between_header_and_hunk_is_on_the_file():
    got = one(TOP + "Why this file?\n")
    assert (got.where, got.path, got.line, got.quoted) == ("diff", "a.c", 0, "+++ b/a.c")


def test_a_diffstat_names_files_and_is_no_line_to_comment():
    got = read("> Because.\n> ---\n>  a.c | 2 +-\n>  b.bin | Bin 0 -> 7 bytes\n"
               ">  .../deep.c | 1 +\nNo.\n" + TOP + HUNK)
    assert got.files == ("a.c", "b.bin", ".../deep.c")
    assert got.comments[0].quoted == "---"
    assert got.cut == ("b.bin: not quoted",)


def test_a_snip_is_told_with_the_file_it_stands_in():
    assert read("> Because.\n[...]\n").cut == ("the message: [...]",)
    assert read(TOP + HUNK + "[snip]\n").cut == ("a.c: [snip]",)


def test_headers_that_a_client_puts_above_are_no_comment():
    above = "From: A <a@x.org>\nSubject: x\nDate: y\n\nHello.\n\n"
    assert one(above + "On Monday, A wrote:\n" + TOP).text == "Hello."
    assert read("From: A <a@x.org>\nTo: x\n\n" + TOP).comments == ()


def test_an_attribution_in_the_midst_is_no_comment_but_long_text_is():
    assert read(TOP + HUNK + "On Monday, A wrote:\n> more\n").comments == ()
    long = "I think that what A wrote" + " and wrote" * 20 + ":\n"
    assert one(TOP + HUNK + long + "> more\n").text == long.strip()
    two = "Some words.\n\nOn Monday, A wrote:\n"
    assert one(TOP + HUNK + two + "> more\n").text.startswith("Some words.")


def test_trailers_are_taken_out_of_a_comment():
    assert one(TOP + HUNK + "Fine.\n\nReviewed-by: R <r@x.org>\nCc: x\n").text == "Fine."


def test_what_is_below_the_signature_is_nothing():
    assert one(TOP + HUNK + "Why?\n-- \nRae\nhttps://x\n").text == "Why?"
    assert one(TOP + HUNK + "Why?\n--\nRae\n").text == "Why?"


def test_a_reply_to_a_reply_may_quote_two_levels_deep():
    deep = "".join(f"> {t}\n" for t in (TOP + HUNK).splitlines())
    assert (one(deep + ">\nWhy?\n").path, one(deep + "Why?\n").line) == ("a.c", 23)
    tight = deep.replace("> >", ">>")
    assert one(tight + "Why?\n").line == 23


def test_line_ends_of_other_systems_are_fine():
    assert one((TOP + HUNK + "Why?\n").replace("\n", "\r\n")).line == 23


def test_a_comment_right_below_a_header_is_on_that_header():
    got = one(TOP + "> @@ -10,3 +20,4 @@\nWhy here?\n")
    assert (got.where, got.path, got.line, got.quoted) == ("diff", "a.c", 0, "@@ -10,3 +20,4 @@")
    assert read("> diff --git a/a.c b/a.c\nWhy?\n").files == ("a.c",)
