# SPDX-License-Identifier: GPL-2.0-or-later
"""The suites that a series finds in its tree, and those that it adds."""

from dataclasses import replace

import pytest

from harness.evidence import Changed
from harness.run.suites import registered
from harness.suites.kunit import Suite
from tests.unit.run.suites.test_configured import SUITE, TREE
from tests.unit.run.toys import applied, reusing, state, write


@pytest.fixture
def known(tmp_path, git, versions):
    return reusing(state(tmp_path, applied=applied(git, TREE, {**TREE, "fs/x.c": "new\n"})))


def test_files_that_register_a_suite_are_found(known):
    assert [(s.name, s.path) for s in registered.suites(known)] == [
        ("a", "lib/a_kunit.c"), ("b", "lib/b_kunit.c")]


def test_those_of_other_architectures_are_none_of_ours(known, git):
    more = {**TREE, "arch/s390/k.c": SUITE, "arch/x86/k.c": SUITE.replace("NAME", "x")}
    one = replace(known, applied=applied(git, TREE, more),
                  files=(Changed("arch/x86/k.c", None, SUITE, (), (1,)),))
    assert [s.name for s in registered.suites(one)] == ["x", "a", "b"]


def test_a_suite_that_the_series_adds_is_one_of_them(known, git):
    registered.suites(known)
    more = {**TREE, "fs/c.c": SUITE.replace("NAME", "c")}
    added = (Changed("fs/c.c", None, more["fs/c.c"], (), (1, 2, 3, 4)),)
    one = replace(known, applied=applied(git, TREE, more), files=added)
    assert [s.name for s in registered.suites(one)] == ["c", "a", "b"]


def test_most_series_change_none_and_the_tree_is_read_once(known, git):
    registered.suites(known)
    other = replace(known, applied=applied(git, TREE, {**TREE, "mm/y.c": "new\n"}),
                    files=(Changed("mm/y.c", None, "new\n", (), (1,)),))
    assert registered.key(other) == registered.key(known)


def test_the_files_of_suites_wait_for_the_lines_that_register_them(tmp_path):
    sources = write(tmp_path, TREE)
    rows = (Suite("a", "lib/a_kunit.c", 4), Suite("c", "lib/a_kunit.c", 9),
            Suite("x", "gone.c", 1))
    assert [(f.path, f.come, f.gone) for f in registered.files(rows, sources)] == [
        ("lib/a_kunit.c", (4, 9), ()), ("gone.c", (1,), ())]
