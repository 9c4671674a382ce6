# SPDX-License-Identifier: GPL-2.0-or-later
"""KUnit suites on other machines: which run, under which name, and what is said of the others."""

from dataclasses import replace

import pytest

from harness.arch import MACHINES, NATIVE_TARGET
from harness.model import Finding, Severity
from harness.run.machines import suites
from harness.run.state import NotRunError
from harness.run.suites import choice, registered
from tests.make import guest_run
from tests.unit.run.toys import built, image

ROW = next(m for m in MACHINES if m.target != NATIVE_TARGET)
SMALL = next(m for m in MACHINES if m.name != m.target.name)


@pytest.fixture
def known(tmp_path, git):
    one = built(tmp_path, git)
    return replace(one, not_run=("earlier",), findings=(), before=guest_run({"p.a": "PASS"}),
                   after=guest_run({"p.a": "PASS"}))


@pytest.fixture
def ran(known, tmp_path, monkeypatch):
    """``ran(runs, ...)``: the state, and what is not known; ``go.own`` is what was asked."""
    def go(runs=(), *, wanted=("suite",), row=ROW, asked=(), **fields):
        def both(state, _rows, _wanted):
            go.own.append(state)
            if isinstance(runs, Exception):
                raise runs
            return replace(state, **fields), runs
        go.own = []
        monkeypatch.setattr(suites, "both", both)
        monkeypatch.setattr(registered, "suites", lambda _: ("suite", "other"))
        monkeypatch.setattr(choice, "chosen", lambda *_: (dict.fromkeys(wanted, "near"), ""))
        state = replace(known, request=replace(known.request, suites=asked))
        return suites.ran(state, row, image(tmp_path / "base"))
    return go


def test_they_run_on_that_machines_kernels_under_its_name(ran, known):
    state, why = ran((guest_run({"k.a": "PASS"}), guest_run({"k.a": "FAIL"})))
    (own,) = ran.own
    assert (own.machine, own.target, why) == (ROW, ROW.target, ())
    assert own.image_base.path.parent.parent.name == "base"
    for run in (state.before, state.after):
        assert [o.name for o in run.outcomes if o.name != "kernel"] == ["p", f"{ROW.name}:k"]
    assert (state.machine, state.target, state.not_run) == (None, NATIVE_TARGET, ("earlier",))


@pytest.mark.parametrize("fields", [
    {"wanted": ()}, {"asked": ("none",)}, {"row": SMALL}])
def test_where_none_belongs_or_is_wanted_nothing_runs(ran, known, fields):
    state, why = ran(**fields)
    assert (ran.own, why, state.after) == ([], (), known.after)


def test_a_base_that_does_not_run_with_them_is_said(ran, known):
    state, why = ran(NotRunError("the base does not build\nwith them", known))
    assert why == ("the base does not build with them",)
    assert (state.after, state.not_run) == (known.after, ("earlier",))


def test_what_breaks_with_the_series_is_a_finding_of_that_machine(ran, known):
    found = Finding("build-error", Severity.ERROR, "it does not build", subject="x.c")
    state, why = ran((guest_run({"k.a": "PASS"}),), findings=(found,), not_run=("a: NOT_RUN",))
    assert [(f.message, f.subject) for f in state.findings] == [
        (f"it does not build (for {ROW.name})", f"{ROW.name} x.c")]
    assert (why, state.after) == (("a: NOT_RUN",), known.after)
