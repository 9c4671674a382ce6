# SPDX-License-Identifier: GPL-2.0-or-later
"""What is made of several boots: who is blamed, what is asked again, what the sum is."""

import itertools
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import NoBootError, ToolMissingError
from harness.guest import run
from harness.guest.boot import Boot, Load
from harness.guest.run import RetryPolicy
from harness.model import BOOT_TEST, Measurement, Outcome, Program, Splat, Status

S = Status
P, Q = Program("p", Path("/p"), ("a", "b")), Program("q", Path("/q"), ("c",))
ONCE = RetryPolicy(retried=frozenset())
GOOD = {"p": ["1..2", "ok 1 a", "ok 2 b"], "q": ["1..1", "ok 1 c"]}
WARNING = Splat("WARNING: at f", "WARNING: at f\ntrace", "p.a")


def boot(lines=None, order=("p", "q"), **more):
    values = {"splats": (), "hello": True, "bye": True, "why": "", "tail": "tail", **more}
    return Boot(GOOD if lines is None else lines, values.pop("notes", {}), order, **values)


class Play:
    """Boots that are played one after the other; fields tell what was asked for."""

    def __init__(self, monkeypatch):
        self.left, self.asked, self.said = [], [], []
        monkeypatch.setattr(run.shutil, "which", lambda _: "/usr/bin/qemu")
        monkeypatch.setattr(run, "boot_once", self.boot)
        clock = itertools.count(1000, 7)
        monkeypatch.setattr(run, "time", SimpleNamespace(monotonic=lambda: next(clock)))
        self.guest = SimpleNamespace(
            machine=SimpleNamespace(accel="kvm", emulator=SimpleNamespace(
                program="qemu-toy", package="qemu-system-toy")),
            say=self.said.append, out=Path("/out"))

    def boot(self, _guest, _kernel, load, todo, number):
        self.asked.append((number, len(load.programs), {n: list(t) for n, t in todo.items()}))
        return self.left.pop(0)

    def __call__(self, *boots, retry=ONCE, programs=(P, Q)):
        self.left = list(boots)
        done = run.run_programs(self.guest, Path("/k"), Load(programs), retry)
        assert not self.left, "a guest was not booted"
        return done, {f"{p.name}.{t.name}": t for p in done.outcomes for t in p.children}


@pytest.fixture
def play(monkeypatch):
    return Play(monkeypatch)


def test_without_qemu_nothing_is_booted(play, monkeypatch):
    monkeypatch.setattr(run.shutil, "which", lambda _: None)
    with pytest.raises(ToolMissingError) as error:
        play()
    assert error.value.tool == "qemu-toy"
    assert play.asked == []


def test_programs_and_tests_keep_their_order_and_the_kernel_is_last(play):
    done, tests = play(boot())
    assert [p.name for p in done.outcomes] == ["p", "q", "kernel"]
    assert list(tests) == ["p.a", "p.b", "q.c", BOOT_TEST]
    assert {p.status for p in done.outcomes} == {S.PASS}
    assert (done.boots, done.accelerator) == (1, "kvm")
    assert done.seconds == 7
    assert play.asked == [(1, 2, {"p": ["a", "b"], "q": ["c"]})]
    assert "3" in play.said[0].split()


@pytest.mark.parametrize(("words", "worst"), [
    ("PASS SKIP", "PASS"), ("SKIP SKIP", "SKIP"), ("PASS XFAIL", "PASS"), ("PASS FLAKY", "FLAKY"),
    ("FLAKY NOT_RUN", "NOT_RUN"), ("NOT_RUN MISSING", "MISSING"), ("MISSING FAIL", "FAIL"),
    ("FAIL TIMEOUT", "TIMEOUT"), ("TIMEOUT CRASHED", "CRASHED"), ("FAIL PASS", "FAIL"),
])
def test_a_program_is_as_bad_as_its_worst_test(words, worst):
    assert run._worst_status(tuple(Outcome("t", S(w)) for w in words.split())) is S(worst)


def test_figures_of_later_boots_are_the_ones_that_count(play):
    lines = {"p": ["# measure: x 1 s", "1..2", "ok 1 a", "# measure: y 5 s", "not ok 2 b"],
             "q": GOOD["q"]}
    done, _ = play(boot(lines), boot({"p": ["# measure: x 2 s", "1..1", "not ok 1 b"]}),
                   retry=run.USUAL)
    assert done.measurements == (Measurement("x", 2.0, "s"), Measurement("y", 5.0, "s"))


def test_a_test_during_which_the_kernel_warned_has_failed(play):
    lines = {**GOOD, "p": ["1..2", "# said before", "ok 1 a", "ok 2 b"]}
    done, tests = play(boot(lines, splats=(WARNING,)))
    assert (tests["p.a"].status, tests["p.b"].status) == (S.FAIL, S.PASS)
    assert tests["p.a"].reason.endswith("WARNING: at f")
    assert tests["p.a"].log == "said before\nWARNING: at f\ntrace"
    assert done.splats == (WARNING,)
    assert tests[BOOT_TEST].status is S.PASS, "the boot was before it"


def test_a_test_during_which_the_kernel_oopsed_has_crashed_it(play):
    oops = Splat("Oops: in f", "Oops: 0000 [#1]\ntrace", "q.c", fatal=True)
    _, tests = play(boot(splats=(oops,)))
    assert tests["q.c"].status is S.CRASHED
    assert tests["p.a"].status is S.PASS


def test_a_warning_during_a_test_of_that_name_in_another_program_is_not_its_own(play):
    _, tests = play(boot(splats=(Splat("WARNING: x", "WARNING: x", "q.a"),)))
    assert {t.status for t in tests.values()} == {S.PASS}


def test_the_test_that_the_console_names_is_blamed_for_the_end(play):
    died = boot({"p": ["1..2"]}, bye=False, why="the kernel oopsed",
                splats=(WARNING, Splat("Oops: x", "Oops: x", "p.b")))
    rest = boot({"p": ["1..1", "ok 1 b"], "q": GOOD["q"]})
    _, tests = play(died, rest)
    assert (tests["p.a"].status, tests["p.b"].status) == (S.CRASHED, S.PASS)
    assert tests["p.a"].reason.endswith("WARNING: at f"), "the first complaint is the cause"
    assert tests["p.a"].log == WARNING.text
    assert play.asked[1][2] == {"p": ["b"], "q": ["c"]}


def test_without_a_name_the_first_test_left_of_the_last_program_is_blamed(play):
    _, tests = play(boot({"p": ["1..2", "ok 1 a"]}, order=("q", "p"), bye=False, why="x ended"),
                    boot({"q": GOOD["q"]}))
    assert tests["p.b"].status is S.CRASHED
    assert (tests["p.b"].reason, tests["p.b"].log) == ("x ended", "tail")


def test_a_guest_that_ends_without_a_word_is_blamed_all_the_same(play):
    _, tests = play(boot({}, order=("q",), bye=False), boot({"p": GOOD["p"]}))
    assert tests["q.c"].status is S.CRASHED
    assert tests["q.c"].reason


def test_a_guest_that_was_late_is_a_timeout(play):
    _, tests = play(boot({}, order=("q",), bye=False, late=True, why="the guest hung"),
                    boot({"p": GOOD["p"]}))
    assert (tests["q.c"].status, tests["q.c"].reason) == (S.TIMEOUT, "the guest hung")


def test_a_guest_that_ends_before_any_program_blames_no_test(play):
    _, tests = play(boot({}, order=(), bye=False, why="ended"), boot())
    assert {tests[n].status for n in ("p.a", "p.b", "q.c")} == {S.PASS}


def test_results_that_nobody_asked_for_are_not_taken(play):
    lines = {"p": [*GOOD["p"], "not ok 3 z"], "q": GOOD["q"], "r": ["1..1", "not ok 1 a"]}
    _, tests = play(boot(lines))
    assert list(tests) == ["p.a", "p.b", "q.c", BOOT_TEST]


def test_the_first_of_two_results_counts(play):
    _, tests = play(boot({"p": ["not ok 1 a", "ok 2 a", "ok 3 b"], "q": GOOD["q"]}))
    assert tests["p.a"].status is S.FAIL


def test_a_program_that_never_started_says_so_and_one_that_ended_what_init_said(play):
    _, tests = play(boot({}, notes={"p": ["@start", "@end 139", "@killed"]}))
    assert {t.status for n, t in tests.items() if n != BOOT_TEST} == {S.MISSING}
    assert tests["p.b"].reason.endswith("@end 139 @killed")
    assert "never" in tests["q.c"].reason


def test_what_init_says_of_the_kernel_has_a_cap(play):
    rows = [f"ok {n} k{n}" for n in range(1, 90)]
    _, tests = play(boot({**GOOD, "kernel": rows}))
    assert sum(name.startswith("kernel.k") for name in tests) == run.MAX_KERNEL


def test_only_what_may_be_weather_is_tried_again(play):
    crash = boot({"p": ["1..2", "ok 1 a"]}, order=("p",), bye=False, why="x")
    _, tests = play(crash, boot({"q": ["1..1", "not ok 1 c"]}), boot({"q": GOOD["q"]}),
                    retry=run.USUAL)
    assert [todo for _, _, todo in play.asked][-1] == {"q": ["c"]}
    assert (tests["p.b"].status, tests["q.c"].status) == (S.CRASHED, S.FLAKY)


@pytest.mark.parametrize(("most", "boots"), [(2, 2), (1, 1)])
def test_so_many_failures_may_be_weather(play, most, boots):
    bad = {"p": ["1..2", "not ok 1 a", "not ok 2 b"], "q": GOOD["q"]}
    done, _ = play(*[boot(bad)] * boots, retry=RetryPolicy(most=most))
    assert done.boots == boots


def test_a_second_result_that_is_no_pass_is_the_one_that_counts(play):
    bad, again = ({**GOOD, "q": ["1..1", f"# {why}", "not ok 1 c"]} for why in ("one", "two"))
    _, tests = play(boot(bad), boot(again), retry=run.USUAL)
    assert (tests["q.c"].status, tests["q.c"].log) == (S.FAIL, "two")


def test_a_second_try_that_differs_as_it_may_is_as_good_as_a_pass(play):
    _, tests = play(boot({**GOOD, "q": ["not ok 1 c # why"]}),
                    boot({"q": ["not ok 1 c # XFAIL x"]}), retry=run.USUAL)
    assert tests["q.c"].status is S.FLAKY
    assert "why" in tests["q.c"].reason


EARLY = Splat("WARNING: early", "WARNING: early\ntrace")


def test_a_complaint_before_the_first_test_has_its_text_for_a_log(play):
    _, tests = play(boot(splats=(WARNING, EARLY)))
    assert (tests[BOOT_TEST].status, tests[BOOT_TEST].log) == (S.FAIL, EARLY.text)


@pytest.mark.parametrize(("second", "status"), [
    (boot({}), S.FLAKY), (boot({}, splats=(EARLY,)), S.FAIL), (boot({}, hello=False), S.FAIL),
    (boot({}, bye=False), S.FAIL),
])
def test_a_kernel_that_complained_is_booted_once_more_without_programs(play, second, status):
    done, tests = play(boot(splats=(EARLY,)), second, retry=run.USUAL)
    assert play.asked[1] == (2, 0, {})
    assert tests[BOOT_TEST].status is status
    assert "early" in tests[BOOT_TEST].reason
    assert done.boots == 2


def test_a_kernel_that_complained_is_not_booted_beyond_the_limit(play):
    done, tests = play(boot(splats=(EARLY,)), retry=RetryPolicy(boots=1))
    assert (done.boots, tests[BOOT_TEST].status) == (1, S.FAIL)


def test_how_a_kernel_came_up_is_what_its_first_guest_said(play):
    first = boot({}, order=("q",), bye=False, why="x")
    _, tests = play(first, boot({"p": GOOD["p"]}, splats=(EARLY,)))
    assert tests[BOOT_TEST].status is S.PASS


@pytest.mark.parametrize(("splats", "said"), [((), "tail"), ((EARLY,), EARLY.text)])
def test_a_kernel_that_does_not_boot_leaves_its_last_words(play, splats, said):
    silent = boot({}, hello=False, bye=False, why="no life", splats=splats)
    with pytest.raises(NoBootError, match="no life") as error:
        play(silent, silent)
    assert error.value.said == said
    assert "/out/boot2/console" in error.value.hint


def test_a_guest_killed_after_its_end_or_with_a_complaint_is_no_excuse(play):
    _, tests = play(boot(killed=True, why="QEMU ended with 137"))
    assert tests["q.c"].status is S.PASS
    oops = Splat("Oops: x", "Oops: x", "q.c")
    _, tests = play(boot({"p": GOOD["p"]}, bye=False, killed=True, splats=(oops,)))
    assert tests["q.c"].status is S.CRASHED


def test_a_guest_that_is_killed_twice_leaves_its_tests_without_a_word(play):
    dead = boot({"p": ["1..2", "ok 1 a"]}, bye=False, killed=True, why="QEMU ended with 137")
    _, tests = play(dead, dead)
    assert [tests[n].status for n in ("p.a", "p.b", "q.c")] == [S.PASS, S.MISSING, S.MISSING]
    assert "137" in tests["p.b"].reason


@pytest.mark.parametrize(("second", "status"), [
    ("ok 1 c # SKIP no device", S.FAIL), ("not ok 1 c # TIMEOUT", S.TIMEOUT)])
def test_two_results_that_differ_are_both_kept_and_the_worse_counts(play, second, status):
    first, again = {**GOOD, "q": ["1..1", "not ok 1 c"]}, {**GOOD, "q": ["1..1", second]}
    _, tests = play(boot(first), boot(again), retry=run.USUAL)
    assert tests["q.c"].status is status
    assert tests["q.c"].children[0].status is S.FAIL
    assert "and then" in tests["q.c"].reason


def test_an_oops_after_a_warning_in_the_same_test_has_crashed_it(play):
    oops = Splat("Oops in f", "Oops: 0000 [#1]\ntrace", "p.a", fatal=True)
    _, tests = play(boot(splats=(WARNING, oops)))
    assert tests["p.a"].status is S.CRASHED
    assert tests["p.a"].reason == "kernel: Oops in f", "what is worse is the reason"
    assert "WARNING" in tests["p.a"].log
