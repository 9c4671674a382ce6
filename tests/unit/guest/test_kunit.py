# SPDX-License-Identifier: GPL-2.0-or-later
"""All suites of a kernel, whatever one of them does."""

import shutil
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import NoBootError, ToolMissingError
from harness.guest import globs, kunit, sure, twice
from harness.guest.boot import Boot
from harness.model import Splat, Status

NOTHING = Boot({}, {}, (), (), hello=False, bye=False, why="", tail="the last lines")


def suite(name, *cases):
    """The lines of a suite in the kernel's log; a case is its name, or "!" and its name."""
    yield "    KTAP version 1"
    yield f"    # Subtest: {name}"
    yield f"    1..{len(cases)}"
    for n, case in enumerate(cases, 1):
        yield f"    {'not ' * case.startswith('!')}ok {n} {case.lstrip('!')}"
    yield f"{'not ' * any(c.startswith('!') for c in cases)}ok 1 {name}"


def said(*suites):
    rows = [line.replace("ok 1 ", f"ok {n} ", 1) if not line.startswith(" ") else line
            for n, one in enumerate(suites, 1) for line in one]
    return ["KTAP version 1", f"1..{len(suites)}", *rows]


def statuses(run):
    return {f"{p.name}.{t.name}": t.status for p in run.outcomes for t in p.children
            if t.name != kunit.LOG}


def test_the_cases_of_each_suite_are_its_tests():
    found = kunit.parse(said(suite("a", "one", "!two"), suite("b", "three")))
    assert {n: [(c.name, c.status) for c in s.children] for n, s in found.items()} == {
        "a": [("one", Status.PASS), ("two", Status.FAIL)], "b": [("three", Status.PASS)]}
    assert [s.name for s in found.values()] == ["kunit:a", "kunit:b"]


@pytest.mark.parametrize(("row", "status"), [
    ("not ok 1 a", Status.FAIL), ("ok 1 a # SKIP no", Status.SKIP)])
def test_a_suite_that_does_not_start_is_a_failure(row, status):
    (case,) = kunit.parse(["KTAP version 1", "1..1", row])["a"].children
    assert case.status is status
    assert kunit.parse(["KTAP version 1", "1..1", "ok 1 a"]) == {}


def test_what_others_print_between_changes_nothing():
    lines = said(suite("a", "one"))
    mixed = [x for line in lines for x in ("random: crng init done", line)]
    assert kunit.parse(mixed) == kunit.parse(lines)


def test_a_record_may_have_several_lines_which_the_kernel_escapes():
    lines = [r"    # one: EXPECTATION FAILED at a.c:1\x0a    Expected x == 1\x0a\x09but it is"]
    row = said(suite("a", "!one"))
    found = kunit.parse([*row[:5], *lines, *row[5:]])
    (case,) = found["a"].children
    assert case.log == "one: EXPECTATION FAILED at a.c:1\nExpected x == 1\nbut it is"


def test_cases_with_parameters_are_one_case():
    row = ["    # Subtest: a", "    1..1", "        # Subtest: one", "        ok 1 - x",
           "        not ok 2 - y", "    not ok 1 one", "not ok 1 a"]
    (case,) = kunit.parse(["KTAP version 1", "1..1", *row])["a"].children
    assert (case.name, case.status, len(case.children)) == ("one", Status.FAIL, 2)


def test_what_a_suite_promised_and_lacks_is_missing():
    row = ["    # Subtest: a", "    1..3", "    ok 1 one", "ok 1 a"]
    found = kunit.parse(["KTAP version 1", "1..1", *row])["a"].children
    assert [c.status for c in found] == [Status.PASS, Status.MISSING, Status.MISSING]


def test_a_suite_that_claims_to_be_another_is_no_success():
    found = kunit.parse(said(suite("a", "one"), suite("a", "one")))
    assert [c.status for c in found["a"].children] == [Status.FAIL]


@given(st.lists(st.text("ok not123.#Subtest: \\x0a ", max_size=30), max_size=20))
def test_any_log_is_read(records):
    kunit.parse(records)


@pytest.fixture
def run(guest, monkeypatch, tmp_path):
    """``run({glob: boot}, names=..., without=...)``: boots by their globs, "*" for all."""
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/qemu")

    def go(boots, names=("a", "b"), without=(), known=()):
        go.asked, go.numbers = [], []
        rows = {glob: list(row) if isinstance(row, list) else [row] for glob, row in boots.items()}

        def boot_once(where, _kernel, load, todo, number):
            assert where.patient
            assert load.log
            assert not todo
            go.asked.append(load.append.partition("filter_glob=")[2] or "*")
            go.numbers.append(number)
            row = rows[go.asked[-1]]
            return row.pop(0) if len(row) > 1 else row[0]
        monkeypatch.setattr(sure, "boot_once", boot_once)
        return go.how(replace(guest, guests=1), tmp_path / "kernel", names, *(
            [frozenset(without), frozenset(known)] if go.how is kunit.run_suites else []))

    def apart(boots):
        go.how = kunit.apart
        return go(boots, names=("a", "b", "c", "d"))
    go.how, go.apart = kunit.run_suites, apart
    return go


def ended(*suites, splats=()):
    return replace(NOTHING, lines={"log": said(*suites)}, hello=True, bye=True, splats=splats)


def died(*console, why="the kernel panicked", splats=(), late=False):
    return replace(NOTHING, console=tuple(f"[    0.1] {c}" for c in console), why=why,
                   splats=splats, late=late)


def test_all_suites_run_in_one_boot(run):
    done = run({"*": ended(suite("b", "two"), suite("a", "one"))})
    assert statuses(done) == {"kunit:a.one": Status.PASS, "kunit:b.two": Status.PASS}
    assert (run.asked, done.boots) == (["*"], 1)


def test_those_that_are_to_be_left_out_do_not_run(run):
    done = run({"[a]*": ended(suite("a", "one"))}, without=("b",))
    assert (statuses(done), done.boots) == ({"kunit:a.one": Status.PASS}, 1)


def test_a_kernel_that_knows_no_globs_runs_them_and_that_does_not_count(run):
    done = run({"[a]*": ended(suite("a", "one"), suite("b", "!two"))}, without=("b",))
    assert statuses(done) == {"kunit:a.one": Status.PASS}


def test_a_complaint_of_the_kernel_is_a_case_of_the_suite_that_was_running(run):
    said = (Splat("WARNING: x", "text", "kunit:b"),)
    boots = {"*": ended(suite("a", "one"), suite("b", "two"), splats=said)}
    done = run(boots | {"b": ended(suite("b", "two"), splats=said)})
    log = {p.name: p.children[-1] for p in done.outcomes}
    assert log["kunit:a"].status is Status.PASS
    assert (log["kunit:b"].status, log["kunit:b"].reason) == (Status.FAIL, "kernel: WARNING: x")
    done = run(boots | {"b": ended(suite("b", "two"))})
    assert done.outcomes[1].children[-1].status is Status.FLAKY, "a busy host stalls RCU"


def test_a_suite_that_the_kernel_does_not_survive_costs_that_suite(run):
    oops = Splat("BUG: null", "trace", "kunit:a", fatal=True)
    done = run({"*": died("    # Subtest: a"), "[bc]*": ended(suite("b", "two"), suite("c", "x")),
                "a": died("    # Subtest: a", splats=(oops,))}, names=("a", "b", "c"))
    assert statuses(done) == {
        "kunit:a.suite": Status.CRASHED,
        "kunit:b.two": Status.PASS, "kunit:c.x": Status.PASS}
    assert done.outcomes[0].children[0].reason == "kernel: BUG: null"
    assert run.asked == ["*", "[bc]*", "a"]
    assert run.numbers == [0, 1, 2]


def test_so_may_a_second_one(run):
    done = run({"*": died("    # Subtest: a"), "[bc]*": died("    # Subtest: b"),
                "[c]*": ended(suite("c", "x")), "a": died("    # Subtest: a"),
                "b": ended(suite("b", "two"))}, names=("a", "b", "c"))
    assert statuses(done) == {
        "kunit:a.suite": Status.CRASHED,
        "kunit:b.two": Status.PASS, "kunit:b.with_the_others": Status.CRASHED,
        "kunit:c.x": Status.PASS}


def test_a_suite_that_hangs_is_a_timeout(run):
    stuck = died("    # Subtest: a", why="no life sign within 60 s", late=True)
    done = run({"*": stuck, "a": stuck, "[b]*": ended(suite("b", "two"))})
    assert statuses(done)["kunit:a.suite"] is Status.TIMEOUT
    assert done.outcomes[0].children[0].log == "the last lines"


def test_suites_that_ended_before_it_are_not_run_again(run):
    before = said(suite("a", "one", "!two"))
    done = run({"*": died(*before, "    # Subtest: b"), "b": died("    # Subtest: b"),
                "[c]*": ended(suite("c", "three")), "a": ended(suite("a", "one", "!two"))},
               names=("a", "b", "c"))
    assert statuses(done) == {
        "kunit:a.one": Status.PASS, "kunit:a.two": Status.FAIL, "kunit:b.suite": Status.CRASHED,
        "kunit:c.three": Status.PASS}


def test_half_a_suite_on_the_console_is_none(run):
    half = ["    # Subtest: a", "    1..2", "    ok 1 one", "ok 1 a", "    # Subtest: b"]
    done = run({"*": died(*half), "[a]*": ended(suite("a", "one", "two")),
                "b": died("    # Subtest: b")})
    assert statuses(done)["kunit:a.two"] is Status.PASS


def test_suites_that_nobody_announced_are_found_on_the_console(run):
    dead = died("    # Subtest: c", "ok 1 c", "    # Subtest: d")
    rest, same = globs.others(("d",))
    done = run({"*": dead, rest: ended(suite("e", "x")), same: ended(),
                "d": ended(suite("d", "one"))}, names=())
    assert statuses(done) == {"kunit:d.one": Status.PASS, "kunit:d.with_the_others": Status.CRASHED,
                              "kunit:e.x": Status.PASS}


def test_a_kernel_that_does_not_come_up_at_all_is_no_suites_fault(run):
    for names in ((), ("a", "b")):
        with pytest.raises(NoBootError, match="the guest does not boot: the kernel panicked"):
            run({"*": died()}, names=names)
        assert run.asked == ["*", "*"], "a busy host may have been to blame"


def test_a_kernel_that_ends_between_suites_does_not_get_to_the_rest(run):
    done = run({"*": died(*said(suite("a", "one")))})
    assert statuses(done) == {"kunit:a.one": Status.PASS, "kunit:b.suite": Status.NOT_RUN}
    assert done.outcomes[1].children[0].reason == (
        "the kernel did not get to it: the kernel panicked")


def test_one_that_dies_without_end_comes_to_an_end(run):
    dead = died("    # Subtest: a")
    done = run({"*": dead, "[bc]*": dead, "a": dead}, names=("a", "b", "c"))
    assert statuses(done)["kunit:b.suite"] is Status.NOT_RUN
    assert run.asked == ["*", "[bc]*", "a"]


def test_what_failed_runs_once_more_alone(run):
    done = run({"*": ended(suite("a", "!one", "!two"), suite("b", "three")),
                "a": ended(suite("a", "one", "!two"))})
    assert statuses(done) == {"kunit:a.one": Status.FLAKY, "kunit:a.two": Status.FAIL,
                              "kunit:b.three": Status.PASS}
    assert run.asked == ["*", "a"]


def test_what_is_known_to_fail_does_not_run_once_more(run):
    done = {"*": ended(suite("a", "!one", "two"), suite("b", "!three"))}
    run(done, known=[("kunit:a", "one"), ("kunit:b", "three")])
    assert run.asked == ["*"]
    run(done | {"a": ended(suite("a", "!one", "two"))}, known=[("kunit:b", "three")])
    assert run.asked == ["*", "a"]


def test_many_that_fail_are_not_tried_again(run, monkeypatch):
    monkeypatch.setattr(twice, "MOST", 1)
    run({"*": ended(suite("a", "!one"), suite("b", "!two"))})
    assert run.asked == ["*"]


def test_so_many_guests_for_single_suites_and_no_more(run, monkeypatch):
    monkeypatch.setattr(kunit, "MOST_ALONE", 1)
    done = run({"*": died("    # Subtest: a", "    # Subtest: b"), "a": ended(suite("a", "one"))})
    assert statuses(done) == {
        "kunit:a.one": Status.PASS, "kunit:a.with_the_others": Status.CRASHED,
        "kunit:b.suite": Status.NOT_RUN, "kunit:b.with_the_others": Status.CRASHED}


def test_which_suites_cost_the_others_their_boot(run):
    stamps = ("[    1.0]     # Subtest: c", "[    9.0] ok 1 c")
    boots = {"*": died("    # Subtest: a"), "[bcd]*": died("    # Subtest: b", late=True),
             "[cd]*": replace(ended(suite("c", "x"), suite("d", "x")), console=stamps)}
    found = run.apart(boots | {"a": died("    # Subtest: a")})
    every = ("a", "b", "c", "d")
    assert found == kunit.Apart((("b", 0.0), ("c", 8.0)), ("a",), every)
    assert run.asked == ["*", "[bcd]*", "[cd]*", "a"], "nobody waits for b once more"
    assert run.apart(boots | {"a": ended(suite("a", "x"))}).dead == ()


def test_how_long_a_suite_took_is_read_from_the_console(run):
    lines = ("[    1.5]     # Subtest: a", "[    9.0] ok 1 a", "ok 2 b", "[   10.0] ok 3 c")
    done = run({"*": replace(ended(suite("a", "one"), suite("b", "two")), console=lines)})
    assert [p.seconds for p in done.outcomes] == [7.5, 0.0]


def test_without_qemu_it_is_said(guest, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ToolMissingError):
        kunit.run_suites(guest, tmp_path / "kernel", ())
