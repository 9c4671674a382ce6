# SPDX-License-Identifier: GPL-2.0-or-later
"""Which suites belong to a change, by paths."""

import pytest

from harness.suites import near
from harness.suites.kunit import Suite
from harness.suites.near import belonging, home, stem


@pytest.mark.parametrize(("path", "found"), [
    ("lib/list-test.c", "list"), ("lib/cmdline_kunit.c", "cmdline"), ("lib/test_sort.c", "sort"),
    ("drivers/gpu/drm/tests/drm_rect_test.c", "drmrect"), ("lib/list.c", "list"),
    ("include/linux/list_sort.h", "listsort"), ("fs/fat/fat_test.c", "fat"),
    ("lib/kunit/kunit-test.c", "kunit"), ("lib/test.c", "test"), ("a/x_kunit_test.c", "x"),
    ("lib/Test-Thing.c", "thing"), ("lib/contest.c", "contest"), ("a", "")])
def test_the_name_of_what_a_file_is_about(path, found):
    assert stem(path) == found


@pytest.mark.parametrize(("path", "found"), [
    ("lib/a.c", "lib"), ("fs/x/tests/a.c", "fs/x"), ("fs/x/kunit/a.c", "fs/x"), ("a.c", ""),
    ("tests/a.c", ""), ("fs/contests/a.c", "fs/contests")])
def test_the_folder_that_a_test_is_about(path, found):
    assert home(path) == found


def why(path, *suites):
    return list(belonging([path], [Suite("s", s, 1) for s in suites]).values())


@pytest.mark.parametrize(("path", "suite", "reason"), [
    ("lib/cmdline_kunit.c", "lib/cmdline_kunit.c", "the series changes it"),
    ("lib/cmdline.c", "lib/cmdline_kunit.c", "it is called after lib/cmdline.c"),
    ("include/linux/list.h", "lib/list-test.c", "it is called after include/linux/list.h"),
    ("drivers/gpu/drm/drm_rect.c", "drivers/gpu/drm/tests/drm_rect_test.c",
     "it is called after drivers/gpu/drm/drm_rect.c"),
    ("fs/ext4/super.c", "fs/ext4/inode-test.c", "it is beside fs/ext4/super.c"),
    ("net/mctp/af.c", "net/mctp/test/route-test.c", "it is beside net/mctp/af.c")])
def test_a_suite_that_belongs(path, suite, reason):
    assert why(path, suite) == [reason]


@pytest.mark.parametrize(("path", "suite"), [
    ("mm/slub.c", "lib/slub_kunit.c"), ("fs/ext4/inode.c", "fs/fat/fat_test.c"),
    ("fs/inode.c", "fs/ext4/inode-test.c"), ("Makefile", "test.c"),
    ("drivers/net/list.c", "lib/list-test.c")])
def test_a_suite_that_does_not(path, suite):
    assert why(path, suite) == []


def test_in_a_folder_with_many_suites_the_name_decides(monkeypatch):
    monkeypatch.setattr(near, "MOST_BESIDE", 2)
    suites = ["lib/a_kunit.c", "lib/b_kunit.c", "lib/c_kunit.c"]
    assert why("lib/b.c", *suites) == ["it is called after lib/b.c"]
    assert why("lib/d.c", *suites) == []
    assert len(why("lib/d.c", *suites[:2])) == 2


def test_a_suite_is_named_once_with_its_first_reason():
    one = Suite("s", "fs/ext4/inode-test.c", 1)
    assert belonging(["fs/ext4/inode.c", "fs/ext4/inode-test.c"], [one]) == {
        one: "it is called after fs/ext4/inode.c"}
    assert belonging([], [one]) == {}
