# SPDX-License-Identifier: GPL-2.0-or-later
"""The tree's selftests on both kernels, and what is said of those that did not run."""

import zlib
from dataclasses import replace

import pytest

from harness.build.selftests import Selftests
from harness.errors import NoBootError
from harness.guest.boot import Load
from harness.model import GuestRun, Outcome, Sources, Status
from harness.run import patched, suites
from harness.run.state import NotRunError, SkippedStage
from harness.run.suites import needs, reach, run_selftests, running, targets
from harness.run.suites.targets import Target
from tests.unit.run.toys import built

PROGRAM = ("a", zlib.compress(b""))


def ran(**programs):
    return GuestRun(tuple(Outcome(n, s, children=(Outcome("exit", s),))
                          for n, s in programs.items()), (), (), 1, 1.0, "tcg")


@pytest.fixture
def run(tmp_path, git, versions, monkeypatch):
    """``run(before, after, made=..., asked=...)``: the state of a series that kvm belongs to."""
    known = built(tmp_path, git)

    def go(before=None, after=None, *, made=None, asked=("kvm",), chosen=("kvm",), longest=120,
           again=None, reached=()):
        monkeypatch.setattr(targets, "belonging", lambda *_: dict.fromkeys(chosen, "MAINTAINERS"))
        monkeypatch.setattr(reach, "of_targets", lambda *_: dict(reached))
        monkeypatch.setattr(reach, "of_target", lambda now, *_: now)
        monkeypatch.setattr(patched, "sources", lambda *_: Sources(tmp_path))
        monkeypatch.setattr(targets, "built", lambda _state, name, _sources: Target(
            name, made or Selftests((PROGRAM,)), 20.0, longest, ""))
        monkeypatch.setattr(needs, "kernels", lambda now, _: (now.image_base, now.image_patched))

        def booted(state, _target, _image, side, without=frozenset(), **base):
            go.known[side] = base["before"].failing if base else None
            go.without[side] = without
            answer = before if side == "before" else after
            if isinstance(answer, Exception):
                raise answer
            return answer, state

        def tried_again(_state, _target, at, todo):
            assert at == (known.image_base, "before-again")
            go.again += [c.name for c in todo]
            return again, _state
        monkeypatch.setattr(running, "some", tried_again)
        go.without, go.known, go.again = {}, {}, []
        monkeypatch.setattr(running, "booted", booted)
        return run_selftests(replace(known, request=replace(known.request, suites=asked)))
    return go


def statuses(run_):
    return {p.name: p.children[0].status for p in run_.outcomes}


def test_each_program_has_its_targets_name(run):
    state = run(ran(a=Status.PASS), ran(a=Status.FAIL))
    assert statuses(state.before) == {"kvm:a": Status.PASS}
    assert statuses(state.after) == {"kvm:a": Status.FAIL}
    (suite,) = state.suites
    assert (suite.kind, suite.name, suite.ran) == ("kselftest", "kvm", True)
    assert suite.why == "MAINTAINERS; 1 programs"
    assert state.not_run == ()


def test_what_is_too_slow_on_the_base_is_asked_no_more_and_is_no_failure(run):
    state = run(ran(a=Status.PASS, slow=Status.TIMEOUT), ran(a=Status.PASS))
    assert run.without["after"] == {"slow"}
    assert statuses(state.before) == statuses(state.after) == {
        "kvm:a": Status.PASS, "kvm:slow": Status.NOT_RUN}
    assert "--suite kvm gives it 120 s" in state.after.outcomes[1].children[0].reason
    state = run(ran(slow=Status.TIMEOUT), ran(), longest=20)
    assert state.after.outcomes[0].children[0].reason == (
        "it takes longer than 20 s: its own settings file gives it no more")


def test_what_fails_on_the_base_needs_no_second_try_on_the_other(run):
    run(ran(a=Status.PASS, b=Status.FAIL), ran(a=Status.PASS, b=Status.FAIL))
    assert run.known == {"before": None, "after": {("b", "exit")}}
    assert run.again == []


def test_what_fails_on_the_base_alone_is_tried_again_there(run):
    both = ran(a=Status.FAIL, b=Status.FAIL), ran(a=Status.PASS, b=Status.FAIL)
    state = run(*both, again=ran(a=Status.PASS))
    assert run.again == ["a"]
    assert statuses(state.before) == {"kvm:a": Status.FLAKY, "kvm:b": Status.FAIL}
    assert statuses(run(*both, again=ran(a=Status.FAIL)).before)["kvm:a"] is Status.FAIL


def test_programs_that_were_not_built_and_scripts_are_said(run):
    made = Selftests((PROGRAM,), (), (("b", "it does not build: no"), ("x.py", "no python")))
    (suite,) = run(ran(a=Status.PASS), ran(a=Status.PASS), made=made).suites
    assert suite.why == "MAINTAINERS; 1 programs, 2 not run: b: it does not build: no"


def test_a_target_without_programs_is_a_gap(run):
    state = run(ran(), ran(), made=Selftests((), (), (("run.sh", "no shell"),)))
    assert state.not_run == (
        "selftests kvm, which belong to the change: NOT_RUN: run.sh: no shell",)
    assert not state.suites[0].ran
    assert run(ran(), ran(), made=Selftests()).not_run[0].endswith("it has no programs")


def test_where_none_belongs_it_is_said(run):
    with pytest.raises(SkippedStage, match="no selftest of the tree belongs"):
        run(chosen=(), asked=())


def test_one_that_is_known_to_run_the_change_runs(run):
    why = {"kvm": "it runs f() on the base"}
    (suite,) = run(ran(a=Status.PASS), ran(a=Status.PASS), asked=(), reached=why).suites
    assert suite.ran


def test_what_belongs_and_was_not_asked_for_is_said(run):
    with pytest.raises(SkippedStage, match="--suite kvm runs the selftests that belong") as caught:
        run(asked=())
    (suite,) = caught.value.state.suites
    assert (suite.name, suite.ran, suite.why) == ("kvm", False, "MAINTAINERS; --suite kvm runs it")


def test_a_name_that_no_suite_has_is_no_success(run):
    with pytest.raises(NotRunError, match="--suite nonsense: the tree has no suite of that name"):
        run(chosen=(), asked=("nonsense", "all", "kunit"))
    with pytest.raises(NotRunError) as caught:
        run(ran(a=Status.PASS), ran(a=Status.PASS), asked=("kvm", "nonsense"))
    assert statuses(caught.value.state.after) == {"kvm:a": Status.PASS}


def test_the_user_may_want_none(run):
    with pytest.raises(SkippedStage, match="--suite none"):
        run(asked=("none",))


def test_a_kernel_that_does_not_boot_for_it_blames_nobody(run):
    with pytest.raises(NotRunError, match="selftests kvm: the guest does not boot"):
        run(NoBootError("the guest does not boot", ""))


def test_a_program_by_its_name_and_what_it_runs_on(run, monkeypatch):
    state = run(ran(a=Status.PASS), ran(a=Status.PASS))
    monkeypatch.setattr(targets, "there_is", lambda _, name: name == "kvm")
    monkeypatch.setattr(needs, "base", lambda now, _: (now.image_base, "config"))
    monkeypatch.setattr(targets, "built", lambda _state, name, _sources: Target(
        name, Selftests((("x/a", zlib.compress(b"ELF")),)), 20.0, 120.0, ""))
    start, config, command, more = suites.program(state, "kvm:x_a")
    assert more == Load(())
    assert (start, config) == (state.image_base, "config")
    assert (command.name, command.content) == ("kvm:x_a", b"ELF")
    assert suites.program(state, "kvm:b") is None
    assert suites.program(state, "net:a") is None
