# SPDX-License-Identifier: GPL-2.0-or-later
"""When a guest has said enough: panics, hangs and floods, second by second."""

import pytest

from harness.guest import boot

HELLO = "- @hello\np @start"
OOPS = "Oops: 0000 [#1] SMP"
PANIC = "Kernel panic - not syncing: Fatal exception"


@pytest.mark.parametrize(("line", "word"), [(OOPS, "oopsed"), (PANIC, "panicked")])
def test_a_guest_with_a_dead_kernel_is_ended_after_its_last_words(once, line, word):
    done = once((1, line, HELLO), (2.4, "the rest", ""), (2.6, "", ""), (9, "never", ""))
    assert word in done.why
    assert "the rest" in done.tail
    assert "never" not in done.tail
    assert not done.late
    assert not done.killed


def test_the_first_oops_begins_the_last_words(once):
    done = once((1, OOPS, HELLO), (2.4, OOPS, ""), (2.6, "", ""), (3, "never", ""))
    assert "oopsed" in done.why
    assert "never" not in done.tail


def test_a_warning_ends_no_guest(once):
    assert once((1, "WARNING: at f", HELLO), (9, "", "- @bye")).why == ""


def test_a_hung_guest_is_asked_where_it_is_and_then_ended(once, qemu):
    done = once((1, "", HELLO), (15.9, "", ""), (16.1, "", ""), (17, "NMI backtrace", ""),
                (19.2, "", ""), (20, "never", ""))
    assert "hung" in done.why
    assert done.late
    assert qemu.told == b"nmi\n"
    assert "NMI backtrace" in done.tail
    assert "never" not in done.tail


def test_a_guest_that_is_asked_has_time_to_answer(once):
    done = once((1, "", HELLO), (17, "", ""), (19.9, "NMI backtrace", ""))
    assert "NMI backtrace" in done.tail


def test_a_test_may_take_its_time_and_a_little_more(once, qemu):
    done = once((1, "", HELLO), (15.9, "", ""), (15.95, "", "- @bye"))
    assert done.why == ""
    assert qemu.told == b""


def test_what_an_nmi_brings_about_is_no_complaint_of_the_kernel(once):
    done = once((1, "before", HELLO), (17, "", ""), (17.1, f"NMI\n{PANIC}\nCall Trace", ""),
                (18, "CPU 1", ""), (18.7, "", ""), (19, "never", ""))
    assert "hung" in done.why
    assert done.late
    assert done.splats == ()
    assert done.tail.splitlines() == ["before", "NMI", PANIC, "Call Trace", "CPU 1"]


def test_a_dump_is_kept_with_a_few_lines_before_it(once):
    early, dump = (("\n".join(f"{name} {n}" for n in range(size)))
                   for name, size in (("early", 30), ("dump", 400)))
    tail = once((1, early, HELLO), (17, "", ""), (18, dump, ""), (30, "", "")).tail.splitlines()
    assert tail[:6] == [*(f"early {n}" for n in range(25, 30)), "dump 0"]
    assert len(tail) == 5 + boot.MAX_DUMP


def test_complaints_before_a_hang_are_kept(once):
    done = once((1, "WARNING: at f", HELLO), (17, "", ""), (18, PANIC, ""), (30, "", ""))
    assert [s.title for s in done.splats] == ["WARNING: at f"]


def test_a_panic_that_the_nmi_brought_about_is_still_a_hang_when_qemu_ends_by_itself(once, qemu):
    qemu.code = 0
    done = once((1, "", HELLO), (17, "", ""), (17.5, PANIC, ""))
    assert "hung" in done.why
    assert done.late


def test_a_guest_that_goes_on_speaking_has_not_hung(once, qemu):
    done = once(*((10 * n, "", f"p ok {n} a") for n in range(20)), (200, "", "- @bye"))
    assert done.why == ""
    assert qemu.told == b""
    assert not done.late


def test_a_console_that_speaks_is_no_result(once):
    assert "hung" in once((1, "", HELLO), (10, "x", ""), (17, "x", ""), (21, "x", "")).why


def test_silence_is_what_the_guest_says_it_is(once):
    plays = ((1, "", HELLO), (16.1, "", ""), (19.2, "", "- @bye"))
    assert once(*plays, silence=20.0).why == ""
    assert "hung" in once((1, "", HELLO), (6, "", ""), (10, "", ""), silence=4.0).why


def test_a_guest_without_a_life_sign_is_given_up(once):
    done = once((59, "", ""), (61, "", ""), (65, "", ""), (66, "never", ""))
    assert "60 s" in done.why
    assert not done.late, "it had not begun to answer"
    assert "never" not in done.tail
    assert once((59, "", ""), (61, "", HELLO)).why == ""


def test_the_whole_run_has_an_end(once):
    plays = [(9 * n, "", f"p ok {n} a") for n in range(10)]
    done = once(*plays, (86, "", "p ok 99 a"), run_timeout=80.0)
    assert "80 s" in done.why
    assert done.late
    assert once(*plays, run_timeout=82.0).why == ""


def test_a_debugger_may_stop_the_guest_for_hours(once):
    done = once((1, "", ""), (9000, "", HELLO), (18000, "", ""), gdb=True)
    assert done.why == ""
    assert not done.late


@pytest.mark.parametrize(("plays", "word"), [
    (((1, "x" * 60, HELLO), (2, "y" * 60, "")), "console flood"),
    (((1, "\n" * 30, HELLO),), "console flood"),
    (((1, "", "p " + "x" * 120), (2, "", "")), "flood of results"),
])
def test_a_flood_is_cut(once, monkeypatch, plays, word):
    monkeypatch.setattr(boot, "CONSOLE_CAP", 100)
    monkeypatch.setattr(boot, "LINES_CAP", 20)
    done = once(*plays, (3, "never", ""))
    assert done.why == word
    assert "never" not in done.tail


def test_what_just_fits_is_no_flood(once, monkeypatch):
    monkeypatch.setattr(boot, "CONSOLE_CAP", 100)
    monkeypatch.setattr(boot, "LINES_CAP", 20)
    done = once((1, "\n".join(["xxxx"] * 20), HELLO), (2, "", "- @bye"))
    assert (done.why, done.bye) == ("", True)


def test_no_more_of_the_results_is_read_than_the_cap(once, monkeypatch):
    monkeypatch.setattr(boot, "CONSOLE_CAP", 40)
    assert once((1, "", f"p one\np two\np {'x' * 100}\np never")).lines["p"][:2] == ["one", "two"]


def test_a_patient_guest_outlives_an_oops_and_long_boots(once):
    done = once((50, "still booting", ""), (100, OOPS, ""), (103, "and on", HELLO),
                (110, "", "- @bye"), boot_timeout=60.0, patient=True)
    assert done.why == ""
    assert done.bye


def test_a_patient_guest_that_is_silent_after_an_oops_has_died_of_it(once):
    done = once((1, OOPS, ""), (6, "", ""), (8, "", ""), (12, "", ""), (90, "never", ""),
                patient=True)
    assert "no life sign within 6 s" in done.why
    assert "never" not in done.tail
    assert done.late


def test_a_patient_guest_that_panics_is_ended(once):
    assert "panicked" in once((1, PANIC, ""), (3, "", ""), (9, "never", ""), patient=True).why
