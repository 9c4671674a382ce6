# SPDX-License-Identifier: GPL-2.0-or-later
"""What is wrong in one sentence, most serious first, and each cause once."""

import pytest

from harness.model import Finding, Location, Severity
from harness.report.causes import causes, ordered, rank, sentence


def error(rule, message="bad", test="", **more):
    return Finding(rule, Severity.ERROR, message, Location(test=test), **more)


CRASH = "p.x is new and fails: SKIP -> CRASHED: kernel: general protection fault (use after free)"
CLASH = error("uapi-clash", "X: number 3 is already Y", subject="X clash")
RENAMED = error("uapi-source", "struct s.a: no longer compiles", struct="struct s", member="a")


def test_the_most_serious_comes_first_whatever_was_found_first():
    found = [error("subject-prefix"), CLASH, RENAMED, error("runtime-regression", test="p.a"),
             error("runtime-failure", CRASH, test="p.x"), error("boot-failure"),
             error("build-error")]
    assert [f.rule for f in ordered(found)] == [f.rule for f in reversed(found)]
    assert [rank(f) for f in found] == [6, 5, 4, 3, 2, 1, 0]


def test_a_warning_never_comes_before_an_error():
    late = Finding("build-error", Severity.WARNING, "x")
    assert ordered([late, error("subject-prefix")])[-1] is late


def test_what_has_one_cause_is_one():
    found = [error("runtime-failure", CRASH, test="p.x"),
             error("runtime-regression", CRASH, test="q.y"), RENAMED,
             error("uapi-consumer", "qemu.c no longer compiles", struct="struct t")]
    one, two = causes(found)
    assert (one.says, one.names) == ("the kernel crashes (use after free)", "p.x, q.y")
    assert (two.says, two.names) == ("userspace source no longer compiles",
                                     "struct s.a, struct t")


def test_many_names_are_counted():
    (one,) = causes(error("runtime-failure", test=f"p.{n}") for n in range(9))
    assert one.names == "p.0, p.1, p.2 and 6 more"


@pytest.mark.parametrize(("old", "new", "says"), [
    (1, 0, "a test that passes on the base fails"), (3, 0, "3 tests that pass on the base fail"),
    (0, 1, "a new test fails"), (0, 2, "2 new tests fail"),
    (1, 2, "3 tests fail, 1 of which passes on the base"),
    (2, 1, "3 tests fail, 2 of which pass on the base"),
])
def test_how_many_tests_fail(old, new, says):
    assert sentence([*(error("runtime-regression", test=f"p.{n}") for n in range(old)),
                     *(error("runtime-failure", test=f"q.{n}") for n in range(new))]) == says


def test_a_rule_without_words_of_its_own_says_its_summary():
    assert sentence([error("signed-off", "Signed-off-by is missing (and in patch 2)")]) == (
        "Signed-off-by is missing")
    assert sentence([error("checkpatch-x", "no such rule")]) == "no such rule"


def test_a_sentence_names_three_causes_and_counts_the_others():
    found = [CLASH, RENAMED, error("runtime-failure", CRASH), error("signed-off"),
             error("template")]
    assert sentence(found) == ("the kernel crashes (use after free); userspace source no longer "
                               "compiles; a number is taken already; and 2 more")
    assert sentence([Finding("x", Severity.WARNING, "y")]) == ""


@pytest.mark.parametrize(("how", "says"), [
    ("signal 6 (Aborted)", "a test that passes on the base fails"),
    ("kernel: BUG: bad", "the kernel crashes"), ("", "the kernel crashes")])
def test_a_program_that_a_signal_ends_is_no_crash_of_the_kernel(how, says):
    found = error("runtime-regression", f"p.a passed on the base: PASS -> CRASHED: {how}",
                  test="p.a")
    assert sentence([found]) == says


def test_one_line_that_two_compilers_refuse_is_named_once_by_its_place():
    (one,) = causes(Finding("build-error", Severity.ERROR, text, Location("a/b.c", 3),
                            subject=subject)
                    for text, subject in (("no x", "a/b.cno x"), ("no x (for arm64)", "arm64 a")))
    assert one.names == "a/b.c:3"
