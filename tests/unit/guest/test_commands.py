# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody else's programs: exit codes and KTAP both count."""

from dataclasses import replace

import pytest

from harness.errors import InfrastructureError, NoBootError
from harness.guest import commands, sure
from harness.guest.boot import Boot, Command, Load
from harness.model import Splat, Status

A, B, C = (Command(n, n.encode()) for n in "abc")
EMPTY = Boot({}, {}, (), (), hello=True, bye=True, why="", tail="the last lines")


def ended(lines=(), splats=(), **programs):
    """A guest in which programs ended: with a code, by a signal, or what init says instead."""
    def said(how):
        if how is None:
            return []
        if isinstance(how, int):
            return [f"@end {how}"]
        return [f"@end {how}"] if how.startswith("signal") else [how, "@end signal 9"]
    notes = {name: ["@start", *said(how)]
             for name, how in programs.items()}
    return replace(EMPTY, notes=notes, lines={n: list(lines) for n in programs}, splats=splats)


@pytest.fixture
def run(guest, monkeypatch, tmp_path):
    """``run(*boots, todo=...)``: the tests of each program, from guests one after another."""
    def go(*boots, todo=(A,)):
        rows = list(boots)
        go.asked = []

        def boot_once(where, _kernel, load, tests, _number):
            assert not tests
            go.where = where
            go.asked.append([c.name for c in load.commands])
            return rows.pop(0) if len(rows) > 1 else rows[0]
        monkeypatch.setattr(sure, "boot_once", boot_once)
        go.done = commands.run_commands(guest, tmp_path / "kernel", todo,
                                        Load((), busybox=b"BUSYBOX"))
        return {f"{p.name}.{t.name}": t.status for p in go.done.outcomes for t in p.children}
    return go


@pytest.mark.parametrize(("code", "status"), [
    (0, Status.PASS), (1, Status.FAIL), (2, Status.FAIL), (3, Status.FAIL), (4, Status.SKIP),
    (127, Status.FAIL), (254, Status.FAIL), ("signal 11", Status.CRASHED)])
def test_the_code_of_a_program_is_a_test_of_its_own(run, code, status):
    assert run(ended(a=code)) == {"a.exit": status}


def test_what_it_says_in_ktap_counts_besides(run):
    said = ("TAP version 13", "1..2", "ok 1 one", "not ok 2 two")
    assert run(ended(said, a=1)) == {
        "a.one": Status.PASS, "a.two": Status.FAIL, "a.exit": Status.FAIL}


@pytest.mark.parametrize(("totals", "status"), [
    ("# Totals: pass:0 fail:3 xfail:0 xpass:0 skip:0 error:0", Status.FAIL),
    ("# Totals: pass:2 fail:0 xfail:0 xpass:0 skip:0 error:1", Status.FAIL),
    ("# Totals: pass:3 fail:0 xfail:1 xpass:0 skip:2 error:0", Status.PASS),
    ("# Totals: of fail:3", Status.PASS)])
def test_totals_that_fail_count_though_the_code_is_0(run, totals, status):
    """tools/testing/selftests/kcmp prints "FAIL: ..." and ends with 0."""
    said = ("TAP version 13", "1..0", "FAIL: 0 expected", totals)
    assert run(ended(said, a=0))["a.exit"] is status


def test_a_plan_of_nothing_is_no_test_besides(run):
    assert run(ended(("TAP version 13", "1..0 # SKIP no such CPU"), a=4)) == {"a.exit": Status.SKIP}
    assert run.done.outcomes[0].reason == "no such CPU"
    assert run(ended(("TAP version 13", "1..0 # SKIP no such CPU"), a=0)) == {
        "a.all": Status.SKIP, "a.exit": Status.PASS}


def test_all_ok_and_then_a_signal_is_not_ok(run):
    found = run(ended(("TAP version 13", "1..1", "ok 1 one"), a="signal 11"))
    assert found == {"a.one": Status.PASS, "a.exit": Status.CRASHED}
    assert run.done.outcomes[0].children[-1].reason == "it ended by signal 11: ok 1 one"


def test_the_last_line_says_why(run):
    run(ended(("something", "no such device", ""), a=1))
    (exit_,) = run.done.outcomes[0].children
    assert exit_.reason == "it ended with 1: no such device"
    assert exit_.log == "something\nno such device\n"


@pytest.mark.parametrize(("note", "status", "reason"), [
    ("@stopped deadline", Status.TIMEOUT, "no end after 30 s"),
    ("@stopped flood", Status.FAIL, "flood")])
def test_one_that_had_to_be_stopped_says_why(run, note, status, reason):
    assert run(ended(a=note)) == {"a.exit": status}
    assert run.done.outcomes[0].reason == reason


def test_a_complaint_of_the_kernel_is_its_programs(run):
    found = run(ended(a=0, b=0, splats=(Splat("WARNING: x", "t", "b."),)), todo=(A, B))
    assert found == {"a.exit": Status.PASS, "b.exit": Status.FAIL}
    assert run.done.outcomes[1].reason == "kernel: WARNING: x"


def test_one_that_the_guest_does_not_survive_costs_that_one(run):
    died = replace(ended(a=0, b=None), bye=False, why="the kernel panicked", splats=(
        Splat("BUG: null", "trace", "b.", fatal=True),))
    found = run(died, ended(c=0), ended(b=None), todo=(A, B, C))
    assert found["a.exit"] is Status.PASS
    assert found["b.exit"] is Status.CRASHED
    assert found["c.exit"] is Status.PASS
    assert run.asked[:2] == [["a", "b", "c"], ["c"]]


def test_one_that_ends_on_a_kernel_that_has_crashed_before_runs_in_another_guest(run):
    oops = Splat("Oops: in f", "Oops: 0000 in f", "a.", fatal=True)
    first = replace(ended(a=0, b=None, splats=(oops,)), bye=False, why="it hung")
    assert run(first, ended(b=0), todo=(A, B)) == {
        "a.exit": Status.CRASHED, "b.exit": Status.PASS}
    assert run.asked[:2] == [["a", "b"], ["b"]]


def test_one_during_which_the_guest_hangs_is_a_timeout(run):
    hung = replace(ended(a=None), bye=False, why="the guest hung", late=True)
    assert run(hung) == {"a.exit": Status.TIMEOUT}


def test_what_failed_runs_once_more(run):
    found = run(ended(a=1, b=0), ended(a=0), todo=(A, B))
    assert found == {"a.exit": Status.FLAKY, "b.exit": Status.PASS}
    assert run.asked == [["a", "b"], ["a"]]
    assert run.done.boots == 2


def test_what_ran_out_of_time_has_more_of_it_the_second_time(guest, monkeypatch, tmp_path):
    rows, asked = [ended(a="@stopped deadline", b=1), ended(a=0, b=1)], []

    def boot_once(where, _kernel, load, *_):
        asked.append([(c.name, c.seconds) for c in load.commands])
        assert where.silence > max(c.seconds for c in load.commands)
        return rows.pop(0)
    monkeypatch.setattr(sure, "boot_once", boot_once)
    done = commands.run_commands(guest, tmp_path / "kernel", (A, B))
    assert asked == [[("a", 30.0), ("b", 30.0)], [("a", 90.0), ("b", 30.0)]]
    assert [p.children[0].status for p in done.outcomes] == [Status.FLAKY, Status.FAIL]


def test_what_is_known_to_fail_does_not_run_once_more(guest, monkeypatch, tmp_path):
    boots = [ended(a=1, b=1), ended(b=0)]
    monkeypatch.setattr(sure, "boot_once", lambda *_: boots.pop(0))
    done = commands.run_commands(guest, tmp_path / "kernel", (A, B),
                                 known=frozenset({("a", "exit")}))
    assert [p.children[0].status for p in done.outcomes] == [Status.FAIL, Status.FLAKY]
    assert boots == []


def test_one_more_failure_beside_a_known_one_is_tried_again(guest, monkeypatch, tmp_path):
    said = ("TAP version 13", "1..1", "not ok 1 one")
    boots = [ended(said, a=1), ended(a=1)]
    monkeypatch.setattr(sure, "boot_once", lambda *_: boots.pop(0))
    commands.run_commands(guest, tmp_path / "kernel", (A,), known=frozenset({("a", "exit")}))
    assert boots == []


def test_a_second_try_that_does_not_boot_changes_nothing(guest, monkeypatch, tmp_path):
    silent = replace(EMPTY, hello=False, bye=False, why="no life sign within 15 s")
    boots = [ended(a=1, b=0), silent, silent]
    monkeypatch.setattr(sure, "boot_once", lambda *_: boots.pop(0))
    done = commands.run_commands(guest, tmp_path / "kernel", (A, B))
    assert [p.children[0].status for p in done.outcomes] == [Status.FAIL, Status.PASS]


def test_a_later_guest_that_does_not_boot_blames_nobody(guest, monkeypatch, tmp_path):
    silent = replace(EMPTY, hello=False, bye=False, why="no life sign within 15 s")
    died = replace(ended(a=None), bye=False, why="the kernel panicked")
    boots = [died, silent, silent]
    monkeypatch.setattr(sure, "boot_once", lambda *_: boots.pop(0))
    with pytest.raises(InfrastructureError, match="a later guest of the same kernel does not boo"):
        commands.run_commands(guest, tmp_path / "kernel", (A, B))


def test_a_kernel_that_does_not_boot_is_no_programs_fault(run):
    with pytest.raises(NoBootError, match="the kernel panicked"):
        run(replace(EMPTY, hello=False, bye=False, why="the kernel panicked"))


def test_guests_that_end_before_the_first_program_come_to_an_end(run, monkeypatch):
    monkeypatch.setattr(commands, "MOST_BOOTS", 2)
    found = run(replace(EMPTY, bye=False, why="killed"), todo=(A, B, C))
    assert set(found.values()) == {Status.NOT_RUN}


def test_a_guest_waits_as_long_as_its_slowest_program_may_take(run):
    run(ended(a=0, b=0), todo=(A, Command("b", b"", seconds=900.0)))
    assert run.where.silence == 905
    assert run.where.run_timeout >= 930
