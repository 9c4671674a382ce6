# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.intake.flowed import WIDTH, unflow

TOP = b"diff --git a/a b/a\n"


@pytest.mark.parametrize(("body", "plain"), [
    (b" stuffed\n", b"stuffed\n"), (b"  two\n", b" two\n"), (b"plain\n", b"plain\n"),
    (b"a soft \nbreak\n", b"a soft \nbreak\n"),
])
def test_above_the_diff_only_stuffing_is_undone(body, plain):
    assert unflow(body) == plain


def long(width):
    return b"+" + b"x" * (width - 2) + b" "


@pytest.mark.parametrize("top", [TOP, b"--- a/a\n", b"Index: a\n"])
def test_from_the_diff_on_soft_breaks_are_joined(top):
    assert unflow(top + long(60) + b"\nyyyyyyyyyy z\nend\n") == (
        top + long(60) + b"yyyyyyyyyy z\nend\n")


def test_a_line_is_joined_only_where_the_next_word_would_not_have_fitted():
    fits = b"y" * (WIDTH - 60)
    assert unflow(TOP + long(60) + b"\n" + fits + b" z") == TOP + long(60) + b"\n" + fits + b" z"
    assert unflow(TOP + long(60) + b"\n" + fits + b"y z") == TOP + long(60) + fits + b"y z"


def test_several_breaks_of_one_line_are_joined():
    part = b"y" * 60 + b" "
    assert unflow(TOP + long(60) + b"\n" + part + b"\nzzzzzzzzzz") == (
        TOP + long(60) + part + b"zzzzzzzzzz")


def test_delsp_drops_the_blank_of_the_break_alone():
    assert unflow(TOP + long(60) + b"\nyyyyyyyyyy", delsp=True) == (
        TOP + long(60)[:-1] + b"yyyyyyyyyy")


@pytest.mark.parametrize("above", [b"-- ", b"  " + b" " * 66, long(60)[:-1]])
def test_signatures_blank_lines_and_hard_ends_are_no_soft_breaks(above):
    below = b"y" * 70
    assert unflow(TOP + above + b"\n" + below).endswith(b"\n" + below)
