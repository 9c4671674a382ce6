# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that die, hang, lie and change their mind, without any guest."""

import functools
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import InfrastructureError
from harness.guest import run
from harness.guest.boot import Boot, Load
from harness.model import GuestRun, Outcome, Program, Splat, Status
from harness.run import workload
from harness.run.workload import shares

S = Status
OOPS = Splat("Oops: in f", "Oops: 0000 in f", "p.b")


def ktap(**results):
    """``a="ok"``, ``b="not ok"``: the KTAP of one program."""
    lines = ["KTAP version 1", f"1..{len(results)}"]
    return lines + [f"{word.partition(' #')[0]} {n} {name} {word.partition('ok')[2]}".rstrip()
                    for n, (name, word) in enumerate(results.items(), 1)]


def boot(lines, *, bye=True, splats=(), why="", hello=True, notes=None, late=False):
    return Boot({"p": list(lines)}, notes or {"p": ["@start"]}, ("p",), tuple(splats), hello, bye,
                why, "tail", late=late)


@pytest.fixture
def play(monkeypatch):
    """``play(*boots)`` runs tests a, b, c on a kernel that behaves like that, boot by boot."""
    monkeypatch.setattr(run.shutil, "which", lambda _: "/usr/bin/true")

    def go(*boots, retry=run.USUAL):
        asked, left = [], list(boots)

        def once(_guest, _kernel, _load, todo, _number):
            asked.append(sorted(todo.get("p", [])))
            return left.pop(0)

        monkeypatch.setattr(run, "boot_once", once)
        guest = SimpleNamespace(
            machine=SimpleNamespace(emulator=SimpleNamespace(program="qemu"), accel="tcg"),
            say=lambda _: None, out=Path("/out"))
        done = run.run_programs(guest, Path("/k"), Load((Program("p", Path("/p"),
                                                                 ("a", "b", "c")),)), retry)
        assert not left, "a guest was not booted"
        return {t.name: t for p in done.outcomes for t in p.children
                if t.name != run.BOOT}, asked, done
    return go


def test_all_pass_in_one_guest(play):
    tests, asked, done = play(boot(ktap(a="ok", b="ok", c="ok")))
    assert {t.status for t in tests.values()} == {S.PASS}
    assert len(asked) == done.boots == 1


def test_what_fails_runs_again_alone_and_failing_twice_is_a_failure(play):
    tests, asked, _ = play(boot(ktap(a="ok", b="not ok", c="ok")), boot(ktap(b="not ok")))
    assert asked == [["a", "b", "c"], ["b"]]
    assert tests["b"].status is S.FAIL


def test_failing_and_then_passing_is_flaky_and_both_results_are_kept(play):
    tests, _, _ = play(boot(["KTAP version 1", "1..3", "ok 1 a", "# x.c:1: lost 3", "not ok 2 b",
                             "ok 3 c"]), boot(ktap(b="ok")))
    flaky = tests["b"]
    assert flaky.status is S.FLAKY
    assert [o.status for o in flaky.children] == [S.FAIL, S.PASS]
    assert "FAIL and then PASS" in flaky.reason
    assert "lost 3" in flaky.reason


def test_a_crash_costs_one_test_and_is_evidence_enough(play):
    tests, asked, done = play(boot(ktap(a="ok"), bye=False, splats=[OOPS]), boot(ktap(c="ok")))
    assert asked == [["a", "b", "c"], ["c"]]
    assert (tests["b"].status, tests["c"].status) == (S.CRASHED, S.PASS)
    assert "Oops" in tests["b"].reason
    assert done.splats == (OOPS,)


def test_what_dies_on_a_kernel_that_has_crashed_before_is_not_to_blame(play):
    oops = replace(OOPS, fatal=True)
    tests, asked, _ = play(boot(ktap(a="ok", b="ok"), bye=False, splats=[oops], why="it hung"),
                           boot(ktap(c="ok")))
    assert asked == [["a", "b", "c"], ["c"]]
    assert (tests["b"].status, tests["c"].status) == (S.CRASHED, S.PASS)


def test_a_complaint_during_another_test_is_no_reason(play):
    warned = replace(OOPS, title="WARNING: in f")
    tests, _, _ = play(boot(ktap(a="ok", b="ok"), bye=False, splats=[warned], why="it hung"),
                       boot(ktap(b="not ok")))
    assert (tests["c"].status, tests["c"].reason) == (S.CRASHED, "it hung")


def test_a_hang_is_tried_once_more(play):
    hung = boot(ktap(a="ok"), bye=False, why="the guest hung", late=True)
    tests, asked, _ = play(hung, boot(ktap(c="ok")), boot(ktap(b="ok")))
    assert asked[-1] == ["b"]
    assert tests["b"].status is S.FLAKY


def test_what_never_came_is_missing(play):
    first = boot(ktap(a="ok"), notes={"p": ["@start", "@end 139"]})
    tests, _, _ = play(first, boot([], notes={"p": ["@start", "@end 139"]}))
    assert tests["b"].status is S.MISSING
    assert "@end 139" in tests["b"].reason


@pytest.mark.parametrize(("end", "status"), [
    ("@end signal 11", S.CRASHED), ("@end 1", S.FAIL), ("@end 0", S.PASS)])
def test_a_program_whose_end_is_bad_has_not_passed_whatever_it_printed(play, end, status):
    whole = boot(ktap(a="ok", b="ok", c="ok"), notes={"p": ["@start", end]})
    tests, _, _ = play(*[whole] * (1 + (status is S.FAIL)))  # what failed is tried once more
    assert [tests[n].status for n in "abc"] == [S.PASS, S.PASS, status]


def test_a_code_that_says_that_a_test_failed_says_nothing_new(play):
    whole = boot(ktap(a="not ok", b="ok", c="ok"), notes={"p": ["@start", "@end 1"]})
    tests, _, _ = play(whole, boot(ktap(a="not ok")))
    assert [tests[n].status for n in "abc"] == [S.FAIL, S.PASS, S.PASS]


def test_a_second_try_that_cannot_run_keeps_the_first_result(play):
    tests, _, _ = play(boot(ktap(a="not ok", b="ok", c="ok")),
                       retry=run.RetryPolicy(boots=1))
    assert tests["a"].status is S.FAIL


def test_a_kernel_that_dies_too_often_is_left_alone(play):
    dead = boot([], bye=False, why="panic")
    tests, _, _ = play(dead, dead, retry=run.RetryPolicy(boots=2, retried=frozenset()))
    assert [tests[n].status for n in "abc"] == [S.CRASHED, S.CRASHED, S.NOT_RUN]
    assert "2 guests have died" in tests["c"].reason


def test_many_failures_are_no_weather(play):
    tests, _, _ = play(boot(ktap(a="not ok", b="not ok", c="not ok")),
                       retry=run.RetryPolicy(most=2))
    assert {t.status for t in tests.values()} == {S.FAIL}


def test_two_guests_without_a_life_sign_end_it(play):
    silent = boot([], hello=False, bye=False, why="no life sign within 60 s")
    with pytest.raises(InfrastructureError, match="does not boot"):
        play(silent, silent)


def test_what_a_driver_replays_is_kept_and_is_no_test(play):
    lines = ["KTAP version 1", "1..3", "# replay 0 0 =1", "ok 1 a", "ok 2 b", "ok 3 c"]
    _, _, done = play(boot(lines))
    assert done.replayed == ("0 0 =1",)


def test_what_init_says_of_the_kernel_is_a_program_of_its_own(play):
    first = boot(ktap(a="ok", b="ok", c="ok"))
    first.lines["kernel"] = ["1..1", "# unreferenced object", "not ok 1 no_leaks"]
    tests, _, done = play(first)
    assert tests["no_leaks"].status is S.FAIL
    assert done.outcomes[-1].name == "kernel"


def programs(*rows):
    return tuple(Program(name, Path("/p"), tuple(f"t{n}" for n in range(size)), parallel=parallel)
                 for name, size, parallel in rows)


def test_programs_are_shared_out_and_none_is_lost():
    rows = programs(("a", 9, False), ("b", 5, False), ("c", 5, False), ("race", 1, True))
    one, two = shares(rows, 2)
    assert sorted(one + two) == ["a", "b", "c", "race"]
    assert "race" in two
    assert shares(rows, 1) == (("race", "a", "b", "c"),)
    assert shares(rows[:1], 4) == (("a",),)


def test_what_init_says_in_several_guests_counts_once_and_the_worse_of_it():
    runs = [GuestRun((Outcome(run.KERNEL, status, children=(Outcome("no_leaks", status),)),), (),
                     (), 1, 1.0, "tcg") for status in (S.PASS, S.FAIL, S.PASS)]
    both = functools.reduce(workload.both, runs)
    assert [o.status for o in both.outcomes] == [S.FAIL]
    assert both.boots == 3


def test_a_silence_now_and_then_is_not_two_in_a_row(play):
    silent = boot([], hello=False, bye=False, why="no life sign")
    tests, _, _ = play(
        silent, boot(ktap(a="ok"), bye=False, why="QEMU ended with 1"), silent, boot(ktap(c="ok")),
        retry=run.RetryPolicy(retried=frozenset()))
    assert tests["a"].status is tests["c"].status is S.PASS


def test_a_second_try_that_does_not_boot_keeps_what_was_found(play):
    silent = boot([], hello=False, bye=False, why="no life sign")
    tests, _, _ = play(boot(ktap(a="ok", b="not ok", c="ok")), silent, silent)
    assert [tests[n].status for n in "abc"] == [S.PASS, S.FAIL, S.PASS]


def started(done):
    return next(t for p in done.outcomes if p.name == run.KERNEL for t in p.children)


EARLY = Splat("WARNING: at f", "WARNING: at f")


def test_a_kernel_that_comes_up_says_so(play):
    _, _, done = play(boot(ktap(a="ok", b="ok", c="ok")))
    assert (started(done).name, started(done).status) == (run.BOOT, S.PASS)


def test_what_a_kernel_complains_of_before_the_first_test_is_its_own(play):
    good = ktap(a="ok", b="ok", c="ok")
    _, _, done = play(boot(good, splats=[EARLY]), boot([], splats=[EARLY]))
    assert started(done).status is S.FAIL
    assert "WARNING: at f" in started(done).reason


def test_a_complaint_that_a_second_boot_does_not_repeat_is_flaky(play):
    _, _, done = play(boot(ktap(a="ok", b="ok", c="ok"), splats=[EARLY]), boot([]))
    assert started(done).status is S.FLAKY


def boot_only(monkeypatch, *boots):
    monkeypatch.setattr(run.shutil, "which", lambda _: "/usr/bin/true")
    left = list(boots)
    monkeypatch.setattr(run, "boot_once", lambda *_: left.pop(0))
    guest = SimpleNamespace(
        machine=SimpleNamespace(emulator=SimpleNamespace(program="qemu"), accel="tcg"),
        say=lambda _: None, out=Path("/out"))
    return run.run_programs(guest, Path("/k"), Load(()))


def test_without_programs_a_kernel_is_booted_all_the_same(monkeypatch):
    done = boot_only(monkeypatch, boot([]))
    assert (done.boots, started(done).status) == (1, S.PASS)


def test_a_kernel_that_hangs_after_its_start_has_not_passed(monkeypatch):
    hung = boot([], bye=False, why="the guest hung", late=True)
    assert started(boot_only(monkeypatch, hung, hung)).status is S.TIMEOUT


def test_a_kernel_without_a_life_sign_has_not_booted(monkeypatch):
    silent = boot([], hello=False, bye=False, why="no life sign within 60 s")
    with pytest.raises(InfrastructureError, match="does not boot"):
        boot_only(monkeypatch, silent, silent)


def test_a_guest_that_is_killed_before_it_speaks_is_no_word_about_the_kernel(monkeypatch):
    killed = replace(boot([], hello=False, bye=False, why="QEMU ended with 137"), killed=True)
    done = boot_only(monkeypatch, killed, killed, killed)
    assert started(done).status is S.MISSING
    assert "no word about the kernel" in started(done).reason
    assert started(boot_only(monkeypatch, killed, boot([]))).status is S.PASS


@pytest.mark.parametrize("more", [["Bail out! no memory"], ["not ok 4 a"], ["not ok 4 other"]])
def test_a_failure_behind_results_that_are_all_good_is_one(play, more):
    rows = [*ktap(a="ok", b="ok", c="ok"), *more]
    tests, _, _ = play(boot(rows), boot([*ktap(c="ok"), *more]))
    assert tests["c"].status is S.FAIL
    assert tests["a"].status is tests["b"].status is S.PASS
    assert more[0].partition(" ")[2].split()[-1] in tests["c"].reason


def test_a_program_that_skips_all_of_its_tests_has_skipped_each(play):
    tests, asked, _ = play(boot(["KTAP version 1", "1..0 # SKIP no kvm"],
                                notes={"p": ["@start", "@end 4"]}))
    assert {n: (t.status, t.reason) for n, t in tests.items()} == dict.fromkeys(
        "abc", (S.SKIP, "no kvm"))
    assert len(asked) == 1
