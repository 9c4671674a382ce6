# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a newer version has what a comment asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.review.against import status_of
from harness.review.answered import Answer, answer_to, suggestions
from harness.review.parse import Comment, answers
from tests import make

HUNK = "@@ -1,3 +1,4 @@ int f(void)"


def comment(text, added=("\tint val = two();",), removed=("\tint val = one();",), answer=""):
    return Comment(text, "diff", "a.c", HUNK, 7, f"+{added[-1]}" if added else "-", removed, added,
                   answer=answer)


def newer(*lines, path="a.c"):
    rows = "".join(f"+{line}\n" for line in lines)
    diff = (f"--- a/{path}\n+++ b/{path}\n@@ -5,1 +5,{len(lines)} @@\n-\tint val = one();\n"
            f"{rows}").encode()
    return make.series(make.patch(diff=diff), version=3)


def answered(text, series, **more):
    one = comment(text, **more)
    return answer_to(one, status_of(one, series), series)


@pytest.mark.parametrize(("text", "lines", "kind"), [
    ("I would write\n\tval = three(a,\n\t\t    b);\nhere.", ["\tval = three(a, b);"], "suggestion"),
    ("val = three(a, b);", ["\tval = three(a,", "\t\t    b);"], "suggestion"),
    ("val = three(a, b);", ["\tval = four(a, b);"], "look"),
    ("Please call it count.", ["\tint count = two();"], "name"),
    ("s/val/count/ please", ["\tint count = two();"], "name"),
    ("Can you rename this variable to `count`?", ["\tint count = two();"], "name"),
    ("use three() instead", ["\tint val = three();"], "name"),
    ("Please call it count.", ["\tint number = two();"], "look"),
    ("use two() instead", ["\tint val = two() + 1;"], "look"),
    ("This is not needed, drop it.", [], "removed"),
    ("This is not needed, drop it.", ["\tint other = zero;"], "look"),
    ("Do not drop it.", [], "look"),
    ("Why?", ["\tint val = three();"], "look"),
    ("Nice.", ["\tint val = two();"], "nothing"),
    ("Nice, but why?", ["\tint val = two();"], ""),
    ("Please do not call it count.", ["\tint count = two();"], "look"),
    ("I would not rename this to count, would you?", ["\tint count = one();"], "name"),
    ("Do not write\n\tval = three(a, b);", ["\tval = three(a, b);"], "look")])
def test_what_answers_a_comment(text, lines, kind):
    assert answered(text, newer(*lines)).kind == kind


def test_what_stays_was_not_removed():
    assert answered("drop it", newer("\tint val = two();", "\tint more = 1;")).kind != "removed"


def test_a_suggestion_may_stand_in_another_file_and_is_looked_for_in_its_own_first():
    found = answered("number = three(a, b);", newer("\tnumber = three(a, b);", path="b.c"))
    assert found == Answer("suggestion", "number = three(a, b); stands in b.c now")


def test_an_answer_in_the_thread_counts_where_the_code_says_nothing():
    same = newer("\tint val = two();")
    assert answered("Why?", same, answer="A <a@x>: Because.") == Answer(
        "thread", "A <a@x>: Because.")
    assert answered("call it count", newer("\tint count = two();"), answer="A: no").kind == "name"


@pytest.mark.parametrize(("text", "found"), [
    ("Just words, no code at all here.", []), ("", []), ("return ret;", []),
    ("ret = f(a);\nif (ret)\n\treturn ret;", ["ret = f(a); if (ret) return ret;"]),
    ("Better:\n\n  foo(bar, baz);\n\nor\n\n  bar(foo, 1.0);", ["foo(bar, baz);", "bar(foo, 1.0);"]),
    ("I think that foo(bar) is what you want to call here.", [])])
def test_the_code_in_a_comment(text, found):
    assert list(suggestions(text)) == found


@given(st.text(max_size=300))
def test_any_comment_can_be_looked_at(text):
    list(suggestions(text))
    answered(text, newer("\tint val = three();"))


REPLY = """On Monday, a reviewer wrote:
> > +\tint val = two();
>
> Why two?
> And why here?

Because three is one too many.

> Is this tested?
"""


def test_a_later_mail_answers_the_comments_that_it_quotes():
    one, two = comment("Why two?\nAnd why here?"), comment("Is this tested?")
    got = answers((one, two), "A <a@x>", REPLY)
    assert [c.answer for c in got] == ["A <a@x>: Because three is one too many.", ""]
    again = answers(got, "B <b@x>", REPLY)
    assert again == got, "the first answer stays"
    assert answers((one,), "A", "nothing quoted") == (one,)


def test_a_suggestion_that_stood_there_before_is_no_answer():
    one = comment("Add\n\tval = three(a, b);\nhere too.")
    series = newer("\tint val = 5;", "\tval = three(a, b);")
    became = status_of(one, series)
    stood = ("intval=two();val=three(a,b);",)
    assert answer_to(one, became, series, stood).kind == "look"
    twice = newer("\tval = three(a, b);", "\tint val = 5;", "\tval = three(a, b);")
    assert answer_to(one, status_of(one, twice), twice, stood).kind == "suggestion"
