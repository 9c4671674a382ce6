# SPDX-License-Identifier: GPL-2.0-or-later
"""All names but some, for a kernel that takes one glob."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.guest import globs

NAMES = st.text("abc_-+:", min_size=1, max_size=5)


def glob_match(pattern, name):
    """As lib/glob.c of 6.1 has it: a negated class matches the end of a name, too."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(glob_match(pattern[1:], name[n:]) for n in range(len(name) + 1))
    letter, rest = name[:1] or "\0", name[1:]
    if pattern[0] == "[":
        inside, _, more = pattern[1:].partition("]")
        letters = inside.removeprefix("!")
        return ranged(letters, letter) != (inside != letters) and glob_match(more, rest)
    return bool(name) and pattern[0] in {"?", letter} and glob_match(pattern[1:], rest)


def ranged(letters, letter):
    if len(letters) > 2 and letters[1] == "-":
        return letters[0] <= letter <= letters[2] or ranged(letters[3:], letter)
    return letters[:1] == letter or (len(letters) > 1 and ranged(letters[1:], letter))


@pytest.mark.parametrize(("name", "glob"), [
    ("list-kunit-test", "list-kunit-test"), ("a b", "a?b"), ("x' init=/bin/sh", "x??init??bin?sh"),
    ("a*", "a?"), ("a.b", "a?b"), ("ä", "?")])
def test_the_kernels_command_line_has_nothing_but_a_glob(name, glob):
    assert globs.literal(name) == glob


def test_all_are_one_glob():
    assert globs.others(()) == globs.others((), ("a",)) == ("*",)


def test_only_beginnings_that_there_are():
    names = ("damon", "drm_buddy", "drm_mm", "list", "lib_sort", "time")
    assert globs.others(("drm_mm",), names) == ("[lt]*", "d[a]*", "drm_[b]*")


def test_two_are_one_where_they_can_be():
    names = ("damon", "drm", "list", "lock", "time")
    assert globs.others(("drm", "lock"), names) == ("[t]*", "[dl][ai]*")


def test_a_name_that_another_begins_with():
    assert globs.others(("list_sort",), ("list", "list_sort")) == ("list",)
    found = globs.others(("drm", "drm_mm"), ("drmx", "drm_buddy", "list"))
    assert not any(glob_match(g, "drm") for g in found), "the end of a name is no letter"


def test_a_dash_is_no_range():
    assert globs.others(("d1",), ("d+", "d-", "d:")) == ("d[-+:]*",)


def test_an_odd_letter_that_would_match_one_to_avoid_is_missed():
    assert globs.others(("a b",), ("a.b", "ac", "list")) == ("[l]*", "a[c]*")


@given(st.sets(NAMES, min_size=1, max_size=8), st.data())
def test_they_match_all_others_and_none_of_those(names, data):
    avoid = data.draw(st.sets(st.sampled_from(sorted(names))))
    found = globs.others(avoid, names)
    if names == avoid:
        return
    for name in names:
        assert any(glob_match(g, name) for g in found) == (name not in avoid)


@given(st.sets(NAMES, min_size=1, max_size=3), NAMES)
def test_unknown_names_are_matched_too(avoid, name):
    beginning = any(a.startswith(name) for a in avoid)
    found = globs.others(avoid)
    assert any(glob_match(g, name) for g in found) or beginning
    assert not any(glob_match(g, a) for a in avoid for g in found)


@given(st.sets(st.text(max_size=6), max_size=4), st.sets(st.text(max_size=6), max_size=4))
def test_whatever_the_names_are_the_command_line_stays_whole(avoid, wanted):
    for glob in globs.others(avoid, wanted):
        assert not set(glob) & set(" \t\n'\"=./\\")
