# SPDX-License-Identifier: GPL-2.0-or-later
"""All names but some, for a kernel that takes one glob."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.guest import globs

NAMES = st.text("abc_-+:", min_size=1, max_size=5)


@pytest.mark.parametrize(("name", "glob"), [
    ("list-kunit-test", "list-kunit-test"), ("a b", "a?b"), ("x' init=/bin/sh", "x??init??bin?sh"),
    ("a*", "a?"), ("a.b", "a?b"), ("ä", "ä")])
def test_the_kernels_command_line_has_nothing_but_a_glob(name, glob):
    assert globs.literal(name) == glob


def test_all_are_one_glob():
    assert globs.others(()) == globs.others((), ("a",)) == ("*",)


def test_only_beginnings_that_there_are():
    names = ("damon", "drm_buddy", "drm_mm", "list", "lib_sort", "time")
    assert globs.others(("drm_mm",), names) == ("[!d]*", "d[!r]*", "drm_[!m]*")


def test_two_are_one_where_they_can_be():
    names = ("damon", "drm", "list", "lock", "time")
    assert globs.others(("drm", "lock"), names) == ("[!dl]*", "[dl][!or]*")


def test_a_name_that_another_begins_with():
    assert globs.others(("list_sort",), ("list", "list_sort")) == ("list",)
    assert "list_*" not in globs.others(("list",), ("list", "list_sort"))


def test_a_dash_is_no_range():
    assert globs.others(("+a", "-a", ":a"), ("0", "+b")) == ("[!-+:]*", "+[!a]*")


@given(st.sets(NAMES, min_size=1, max_size=8), st.data())
def test_they_match_all_others_and_none_of_those(names, data):
    avoid = data.draw(st.sets(st.sampled_from(sorted(names))))
    found = globs.others(avoid, names)
    for name in names:
        assert any(fnmatchcase(name, g) for g in found) == (name not in avoid) or len(
            found) == globs.MOST


@given(st.sets(NAMES, min_size=1, max_size=3), NAMES)
def test_unknown_names_are_matched_too(avoid, name):
    beginning = any(a.startswith(name) for a in avoid)
    found = globs.others(avoid)
    assert any(fnmatchcase(name, g) for g in found) or beginning
    assert not any(fnmatchcase(a, g) for a in avoid for g in found)


@given(st.sets(st.text(max_size=6), max_size=4), st.sets(st.text(max_size=6), max_size=4))
def test_whatever_the_names_are_the_command_line_stays_whole(avoid, wanted):
    for glob in globs.others(avoid, wanted):
        assert not set(glob) & set(" \t\n'\"=./\\")
