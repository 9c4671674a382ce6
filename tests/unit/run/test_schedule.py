# SPDX-License-Identifier: GPL-2.0-or-later
"""Stages beside one another: what runs when, and what comes of it."""

import _thread
import threading
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path

import pytest

from harness import selection
from harness.errors import InfrastructureError
from harness.model import Finding, Severity, Status
from harness.run import schedule
from harness.run.schedule import Stage, StageFailedError, run_row
from harness.run.state import NotRunError, Request, SkippedStage, State
from harness.settings import Settings

BESIDE = ()


@pytest.fixture
def state(tmp_path):
    request = Request(None, Settings(cache=tmp_path), tmp_path / "out", "./run check")
    return State(request, lambda _: None, Path("/work"))


def notes(name, event=None, waits=None):
    """A stage that leaves a finding and a notice of its name."""
    def run(state):
        if waits is not None:
            assert waits.wait(10)
        after = replace(state, findings=(*state.findings, Finding(name, Severity.NOTE, name)),
                        notices=(*state.notices, name), cached=state.cached | {name})
        if event is not None:
            event.set()
        return after
    return run


def names(state):
    return [s.name for s in state.stages]


def test_what_needs_nothing_of_one_another_runs_at_the_same_time(state):
    meet = threading.Barrier(2, timeout=10)

    def meets(state):
        meet.wait()
        return state

    done = run_row(state, (Stage("a", meets, after=BESIDE), Stage("b", meets, after=BESIDE)))
    assert [s.status for s in done.stages] == [Status.PASS, Status.PASS]


def test_the_report_has_the_order_of_the_row_and_not_of_the_clock(state):
    second = threading.Event()
    done = run_row(state, (Stage("start", notes("start")),
                           Stage("a", notes("a", waits=second), after=("start",)),
                           Stage("b", notes("b", event=second), after=("start",)),
                           Stage("end", notes("end"))))
    assert names(done) == [f.rule for f in done.findings] == list(done.notices) == [
        "start", "a", "b", "end"]
    assert done.cached == {"start", "a", "b", "end"}
    assert all(s.started >= 0 and s.seconds >= 0 for s in done.stages)


def test_a_stage_sees_what_it_comes_after(state):
    seen = []

    def looks(state):
        seen.append(sorted(state.notices))
        return state

    run_row(state, (Stage("a", notes("a"), after=BESIDE), Stage("b", notes("b"), after=("a",)),
                    Stage("c", looks, after=("b",))))
    assert seen == [["a", "b"]]


def test_a_name_that_is_not_in_the_row_holds_nobody_up(state):
    assert names(run_row(state, (Stage("b", notes("b"), after=("left out",)),))) == ["b"]


def test_a_stage_that_rewrites_findings_alone_at_the_end_may(state):
    done = run_row(state, (Stage("a", notes("a"), after=BESIDE),
                           Stage("b", notes("b"), after=BESIDE),
                           Stage("c", lambda s: replace(s, findings=s.findings[:1]))))
    assert [f.rule for f in done.findings] == ["a"]


def test_a_broken_stage_lets_the_other_end_and_begins_nothing_more(state):
    broken = threading.Event()

    def breaks(state):
        broken.set()
        raise InfrastructureError("no disk")

    with pytest.raises(StageFailedError) as caught:
        run_row(state, (Stage("a", notes("a", waits=broken), after=BESIDE),
                        Stage("b", breaks, after=BESIDE), Stage("c", notes("c"))))
    assert isinstance(caught.value.cause, InfrastructureError)
    assert [(s.name, s.status) for s in caught.value.state.stages] == [
        ("a", Status.PASS), ("b", Status.NOT_RUN), ("c", Status.NOT_RUN)]
    assert caught.value.state.notices == ("a",)


def test_ctrl_c_ends_the_children_of_all(state, monkeypatch):
    shut = threading.Event()
    monkeypatch.setattr(schedule.proc, "interrupt_all", shut.set)

    def works(state):
        assert shut.wait(10)
        raise InfrastructureError("its child was ended")

    def presses(state):
        _thread.interrupt_main()
        return works(state)

    with pytest.raises(StageFailedError) as caught:
        run_row(state, (Stage("a", works, after=BESIDE), Stage("b", presses, after=BESIDE)))
    assert isinstance(caught.value.cause, KeyboardInterrupt)
    assert sorted(names(caught.value.state)) == ["a", "b"]
    assert {s.status for s in caught.value.state.stages} <= {Status.FAIL, Status.NOT_RUN}


class Elsewhere(Executor):
    """Stands for machines: says which stages it was given."""

    def __init__(self):
        self.given = []

    def submit(self, function, /, *args, **kwargs):
        future = Future()
        self.given.append(function.args[1].name)
        future.set_result(function(*args, **kwargs))
        return future


def test_any_executor_can_do_the_work(state):
    pool = Elsewhere()
    run_row(state, (Stage("a", notes("a"), after=BESIDE), Stage("b", notes("b"), after=BESIDE)),
            pool)
    assert pool.given == ["a", "b"]


def test_a_clock_that_is_set_back_makes_no_negative_times(state, monkeypatch):
    now = iter(range(10**6, 0, -3600))
    monkeypatch.setattr("time.time", lambda: float(next(now)))
    done = run_row(state, (Stage("a", notes("a")), Stage("b", notes("b"), after=("a",))))
    assert all(s.seconds >= 0 and s.started >= 0 for s in done.stages)


def test_what_stages_make_beside_one_another_is_all_there(state):
    done = run_row(state, (
        Stage("a", lambda s: replace(s, base="c" * 40, cached=s.cached | {"a"}), after=BESIDE),
        Stage("b", lambda s: replace(s, own_tree="toy", cached=s.cached | {"b"}), after=BESIDE),
        Stage("c", lambda s: replace(s, not_run=("sparse",), compiled=(("x86_64", ()),)),
              after=BESIDE)))
    assert (done.base, done.own_tree, done.not_run) == ("c" * 40, "toy", ("sparse",))
    assert done.compiled == (("x86_64", ()),)
    assert done.cached == {"a", "b"}


def test_what_a_stage_added_is_added_to_what_others_added_meanwhile(state):
    start = replace(state, notices=("old",), base="before")
    now = replace(start, notices=("old", "theirs"), cached=frozenset({"x"}), own_tree="theirs")
    end = replace(start, notices=("old", "mine"), cached=frozenset({"y"}), base="mine")
    both = schedule.merged(now, start, end)
    assert both.notices == ("old", "theirs", "mine")
    assert (both.base, both.own_tree, both.cached) == ("mine", "theirs", {"x", "y"})
    assert schedule.merged(start, start, end) is end


def test_who_wants_to_hears_what_each_stage_found_and_if_it_was_known(state):
    heard = []
    listening = replace(state, request=replace(state.request, tell=lambda *row: heard.append(row)))
    run_row(listening, (Stage("a", notes("a")), Stage("b", lambda s: s),
                        Stage("c", lambda s: replace(s, cached=frozenset({"c"})))))
    assert [(name, [f.rule for f in found]) for name, found, _ in heard] == [
        ("a", ["a"]), ("b", []), ("c", [])]
    assert heard[0][2].startswith("1 ")
    assert "cached" in heard[0][2]
    assert heard[1][2] == ""
    assert heard[2][2] == "cached"


def test_rules_that_the_user_switched_off_are_said_and_not_found(state):
    choice = selection.read({"a": "ignore: we know"}, ())
    settings = replace(state.settings, choice=choice)
    done = run_row(replace(state, request=replace(state.request, settings=settings)),
                   (Stage("a", notes("a")), Stage("b", notes("b"))))
    assert [f.rule for f in done.findings] == ["b"]
    assert any("we know" in text for text in done.notices)
    assert done.stages[1].reason.startswith("1 ")
    assert done.stages[0].reason == ""


def test_a_stage_alone_sees_all_that_stands_above_it(state):
    seen = []
    run_row(state, (Stage("a", notes("a"), after=BESIDE), Stage("b", notes("b"), after=BESIDE),
                    Stage("c", lambda s: seen.append(s.notices) or s)))
    assert seen == [("a", "b")]


def test_the_log_is_there_though_no_command_had_to_run(state):
    run_row(state, (Stage("a", notes("a")), Stage("b", lambda s: s)))
    assert state.log.read_text("utf-8") == "# a: PASS, cached, 1 finding\n# b: PASS\n"


@pytest.mark.parametrize(("many", "left", "more"), [(500, 500, 0), (501, 500, 1), (3, 3, 0)])
def test_a_stage_adds_no_more_notes_than_anybody_reads(state, many, left, more):
    floods = Stage("a", lambda s: replace(s, notices=s.notices + ("n",) * many))
    notices = run_row(replace(state, notices=("old",)), (floods,)).notices
    assert notices[0] == "old"
    assert notices.count("n") == left
    assert [text.split()[1] for text in notices if text.startswith("a: ")] == (
        [str(more)] if more else [])


def test_what_an_earlier_stage_has_found_just_so_is_there_once(state):
    """A warning of single objects is one of the whole build too."""
    told = []
    one, other = (Finding("warning-w1", Severity.ERROR, text) for text in ("unused", "unset"))

    def finds(*found):
        return lambda s: replace(s, findings=s.findings + found)
    choice = selection.read({"warning-w1": "warning"})
    request = replace(state.request, settings=replace(state.request.settings, choice=choice),
                      tell=lambda *row: told.append(row[:2]))
    done = run_row(replace(state, request=request), (
        Stage("compile", finds(one)), Stage("warnings", finds(one, other)),
        Stage("extra", finds(other))))
    assert [(f.message, f.severity) for f in done.findings] == [
        ("unused", Severity.WARNING), ("unset", Severity.WARNING)]
    assert [(name, [f.message for f in new]) for name, new in told] == [
        ("compile", ["unused"]), ("warnings", ["unset"]), ("extra", [])]


def test_a_stage_that_finds_an_error_again_has_failed_all_the_same(state):
    broken = Finding("not-bisectable", Severity.ERROR, "patch 1")
    done = run_row(state, tuple(Stage(name, lambda s: replace(
        s, findings=(*s.findings, broken))) for name in ("compile", "build-patched")))
    assert done.findings == (broken,)
    assert [s.status for s in done.stages] == [Status.FAIL, Status.FAIL]
    assert done.stages[1].reason == "1 finding"


def test_findings_of_a_stage_that_could_not_look_are_chosen_and_told_too(state):
    told = []
    choice = selection.read({"a": "ignore: known"})
    state = replace(state, request=replace(
        state.request, settings=replace(state.request.settings, choice=choice),
        tell=lambda stage, new, words: told.append((stage, [f.rule for f in new]))))

    def run(state):
        found = (Finding("a", Severity.ERROR, "a"), Finding("b", Severity.NOTE, "b"))
        raise NotRunError("no compiler", replace(state, findings=found))
    done = run_row(state, (Stage("x", run),))
    assert [f.rule for f in done.findings] == ["b"]
    assert told == [("x", ["b"])]
    assert done.stages[0].status is Status.NOT_RUN


def test_a_stage_that_is_skipped_may_know_something_all_the_same(state):
    def run(state):
        raise SkippedStage("nothing to do", state=replace(state, notices=("expired",)))
    assert run_row(state, (Stage("x", run),)).notices == ("expired",)


def test_of_several_errors_the_first_of_the_row_ends_the_run(state):
    meet = threading.Barrier(2, timeout=10)

    def fails(text):
        def run(_):
            meet.wait()
            raise InfrastructureError(text)
        return run
    for _ in range(5):
        with pytest.raises(StageFailedError) as error:
            run_row(state, (Stage("a", fails("one"), after=BESIDE),
                            Stage("b", fails("two"), after=BESIDE)))
        assert error.value.cause.message == "one"


@pytest.mark.parametrize("error", [SkippedStage("no tree"), SkippedStage("no", applies=True)])
def test_a_stage_that_did_not_look_does_not_say_that_it_found_nothing(state, error):
    told = []
    state = replace(state, request=replace(state.request, tell=lambda *row: told.append(row)))

    def run(_):
        raise error
    run_row(state, (Stage("lint", run),))
    assert told == []
