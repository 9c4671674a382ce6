# SPDX-License-Identifier: GPL-2.0-or-later
"""Which changed lines ran: what is a test's merit, and what nobody may claim."""

from dataclasses import replace

import pytest

from harness.cover.placed import Span, Watch
from harness.cover.reached import Function, Symbols
from harness.evidence import Changed, Lost, Ran
from harness.guest import trace
from harness.run import begun, executed
from harness.run.begun import Group
from harness.suites.kunit import Suite
from tests.unit.run.toys import guest, image, state

A = "fs/a.c"
FILE = Changed(A, "", "a\nb\nc\nd\n", (), (1, 2, 3, 4))
WATCH = Watch(((100, 30),), tuple(Span(100 + 10 * n, 110 + 10 * n, A, n + 1) for n in range(3)))


@pytest.fixture
def known(tmp_path, monkeypatch):
    """A run whose kernel has lines 1 to 3 of a file, each ten bytes of code."""
    monkeypatch.setattr(executed, "watch", lambda *_: WATCH)
    return state(tmp_path)


def left(known, place, *addresses):
    """What a boot has left in the folder of a run."""
    folder = known.request.out / place / "boot1"
    folder.mkdir(parents=True)
    (folder / trace.RAN).write_text("".join(f"{a:x}\n" for a in addresses))


def seen(known, **groups):
    for group, addresses in groups.items():
        left(known, group, *addresses)
        known = executed.seen(known, WATCH, group, Group(
            executed.BOOT if group == "control" else group))
    return known


def shown_by(known, item=FILE):
    return executed.tested(executed.traced(known), item)


def missed(known):
    return executed.left(executed.traced(known), FILE)


def ran(known, line):
    return executed.traced(known).of((A, line))


def test_what_a_mere_boot_runs_is_no_tests_merit(known):
    done = seen(known, control=[100], toys=[100, 111], kunit=[112])
    assert ran(done, 1) == (Ran.BOOT, ())
    assert ran(done, 2) == (Ran.TESTS, ("toys", "kunit"))
    assert ran(done, 3) == (Ran.NOT, ())
    assert ran(done, 9) == (Ran.UNKNOWN, ()), "it has no code"


def test_each_test_is_named_where_the_guest_said_what_begins(known):
    folder = known.request.out / "after" / "boot1"
    folder.mkdir(parents=True)
    (folder / trace.RAN).write_text("64\n@pio.reads\n6e\n@pio.writes\n78\n6f\n")
    done = executed.seen(known, WATCH, "after", Group("toys", "x:"))
    assert ran(done, 1) == (Ran.BOOT, ()), "it ran before any test"
    assert ran(done, 2) == (Ran.TESTS, ("x:pio.reads",)), "the first of them is known"
    assert ran(done, 3) == (Ran.TESTS, ("x:pio.writes",))
    assert ran(executed.seen(known, WATCH, "after", Group(executed.BOOT)), 2) == (Ran.BOOT, ())


def test_what_begins_in_one_test_and_has_its_code_in_another_ran_in_the_later(known):
    watch = Watch(WATCH.ranges, (Span(100, 104, A, 1), Span(120, 120, A, 1, begins=True)))
    folder = known.request.out / "after" / "boot1"
    folder.mkdir(parents=True)
    (folder / trace.RAN).write_text("@one\n64\n@two\n78\n@three\n64\n")
    done = executed.seen(known, watch, "after", Group("toys"))
    assert ran(done, 1) == (Ran.TESTS, ("two",))


def test_where_no_guest_said_anything_nothing_is_claimed(known):
    assert ran(known, 1) == (Ran.UNASKED, ())
    done = executed.seen(known, WATCH, "nowhere", Group("toys"))
    assert ran(done, 1) == (Ran.UNASKED, ())
    assert shown_by(done) == missed(done) == ""


def test_a_file_is_tested_when_each_of_its_lines_ran(known):
    some = seen(known, toys=[100, 110])
    assert shown_by(some) == ""
    assert missed(some) == ("no test that ran has executed 1 of 3 changed lines with code of their "
                            "own")
    every = seen(some, kunit=[129])
    assert shown_by(every) == "toys, kunit: every changed line was executed"
    assert missed(every) == ""
    assert shown_by(every, replace(FILE, path="fs/b.c")) == ""


def test_what_the_boot_has_run_is_said(known):
    done = seen(known, control=[100], toys=[110])
    assert "2 of 3" in missed(done)
    assert missed(done).endswith("the boot has executed 1 of them")


def test_what_was_lost_is_kept_and_no_line_of_it_counts(known):
    left(known, "toys", 100)
    lost = Lost("fs/a.o", 0, "no table")
    done = executed.seen(known, Watch(lost=(lost,)), "toys", Group("toys"))
    assert (done.untraced, done.executed) == ((lost,), ())


def test_only_an_emulated_guest_can_say_it(known, tmp_path):
    one = guest(known, "after")
    assert executed.looked(known, image(tmp_path / "k"), one).ranges == WATCH.ranges
    kvm = replace(one, machine=replace(one.machine, accel="kvm"))
    assert executed.looked(known, image(tmp_path / "k"), kvm).ranges == ()


def test_answers_depend_on_what_is_watched(known):
    one = replace(guest(known, "after"), watched=((16, 4), (255, 1)))
    assert executed.parts(one) == ("10+4", "ff+1")
    assert executed.parts(guest(known, "after")) == ()


def test_what_may_have_run_as_a_part_of_another_line_is_not_known_to_have_not(known, monkeypatch):
    watch = Watch(WATCH.ranges, (*WATCH.spans, Span(105, 105, A, 2), Span(105, 105, A, 3)))
    left(known, "toys", 105, 125)
    one = executed.seen(known, watch, "toys", Group("toys"))
    assert [executed.traced(one).of((A, n))[0] for n in (1, 2, 3)] == [
        Ran.TESTS, Ran.UNKNOWN, Ran.TESTS]
    left(known, "more", 110)
    more = executed.seen(one, watch, "more", Group("more"))
    assert executed.traced(more).of((A, 2))[0] is Ran.TESTS


def test_a_reason_is_told_where_no_other_kernel_knows_the_line(known):
    lost = (Lost(A, 2, "its code is not in the kernel that boots"), Lost(A, 9, "no such section"),
            Lost("fs/b.o", 0, "no line table"))
    one = replace(seen(known, toys=[105]), untraced=lost)
    assert executed.reasons(one) == (f"{A}:9: no such section", "fs/b.o: no line table")
    assert len(executed.reasons(replace(known, untraced=lost))) == 3


def test_suites_are_told_apart_by_what_runs_first_of_them(known, monkeypatch, tmp_path):
    rows = (Suite("one", "lib/one_test.c", 9, ("one_init", "one_case")),
            Suite("two", "lib/two_test.c", 9, ("test_init",)), Suite("", "lib/odd.c", 3, ("odd",)),
            Suite("inner", "net/inner_test.c", 3, ("inner_case",)),
            Suite("a", "lib/ab.c", 3, ("both_init", "a_case")),
            Suite("b", "lib/ab.c", 4, ("both_init", "b_case")))
    functions = {200: ("one_init", "one_test.c"), 210: ("test_init", "other_test.c"),
                 220: ("test_init", "two_test.c"), 230: ("inner_case", "outer.c"),
                 240: ("odd", "odd.c"), 250: ("both_init", "ab.c"), 260: ("a_case", "ab.c")}
    monkeypatch.setattr(begun, "functions", lambda *_: Symbols(
        tuple(functions), tuple((a + 9, Function(*row)) for a, row in functions.items())))
    begins = begun.begins(known, image(tmp_path / "k"), rows)
    assert begins == {200: "kunit:one", 220: "kunit:two", 230: "kunit:inner",
                      260: "kunit:a"}
    folder = known.request.out / "kunit" / "boot1"
    folder.mkdir(parents=True)
    (folder / trace.RAN).write_text("".join(f"{a:x}\n" for a in (100, 200, 110, 220, 111, 120)))
    done = executed.seen(known, WATCH, "kunit", Group("KUnit", "", begins))
    assert [ran(done, n)[1] for n in (1, 2, 3)] == [("KUnit",), ("kunit:one",), ("kunit:two",)]


@pytest.mark.parametrize(("lost", "path", "whole"), [
    (Lost(A, 2, "w"), A, True), (Lost(A, 4, "w"), A, False), (Lost("fs/a.o", 0, "w"), A, False),
    (Lost("fs/b.o", 0, "w"), A, True), (Lost("fs/b.c", 4, "w"), A, True)])
def test_a_file_of_which_code_was_lost_is_not_tested_whole(known, lost, path, whole):
    every = seen(known, toys=[100, 110, 120])
    assert bool(shown_by(replace(every, untraced=(lost,)))) is whole


@pytest.mark.parametrize(("lost", "states"), [
    (Lost("vmlinux", 0, "w"), [Ran.TESTS, Ran.UNKNOWN, Ran.UNKNOWN]),
    (Lost("fs/a.o", 0, "w"), [Ran.TESTS, Ran.UNKNOWN, Ran.UNKNOWN]),
    (Lost("fs/b.o", 0, "w"), [Ran.TESTS, Ran.NOT, Ran.NOT]),
    (Lost(A, 3, "w"), [Ran.TESTS, Ran.NOT, Ran.UNKNOWN])])
def test_what_one_kernel_has_not_run_may_have_run_in_another_where_it_was_not_found(
        known, lost, states):
    done = replace(seen(known, toys=[100]), untraced=(lost,))
    assert [ran(done, n)[0] for n in (1, 2, 3)] == states


def test_a_log_that_is_full_says_of_no_line_that_it_did_not_run(known, monkeypatch):
    monkeypatch.setattr(trace, "MOST", 2)
    done = seen(known, toys=[100, 101])
    assert ran(done, 1)[0] is Ran.TESTS
    assert ran(done, 3)[0] is Ran.UNKNOWN
    assert "more than" in executed.reasons(done)[0]


def test_a_log_that_was_damaged_says_nothing(known):
    left(known, "toys", 100)
    (known.request.out / "toys" / "boot1" / trace.RAN).write_text("zz\n")
    done = executed.seen(known, WATCH, "toys", Group("toys"))
    assert ran(done, 1) == (Ran.UNASKED, ())
    more = seen(done, kunit=[100])
    assert [ran(more, n)[0] for n in (1, 2)] == [Ran.TESTS, Ran.UNKNOWN], "it may have run there"
