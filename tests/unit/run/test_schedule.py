# SPDX-License-Identifier: GPL-2.0-or-later
"""Stages beside one another: what runs when, and what comes of it."""

import _thread
import threading
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import InfrastructureError
from harness.model import Finding, Severity, Status
from harness.run import schedule
from harness.run.schedule import Stage, StageFailedError, run_row
from harness.run.state import Request, State
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
        ("a", Status.PASS), ("b", Status.FAIL), ("c", Status.NOT_RUN)]
    assert caught.value.state.notices == ("a",)


def test_ctrl_c_ends_the_children_of_all(state, monkeypatch):
    shut = threading.Event()
    monkeypatch.setattr(schedule.proc, "shut", shut.set)

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
