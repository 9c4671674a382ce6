# SPDX-License-Identifier: GPL-2.0-or-later
"""A job on a worker: what is kept, and what it says whatever happens."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.farm import jobs, wire, work
from harness.farm.jobs import Result, Spec
from tests import make

SPEC = Spec("5e", "lint")
DONE = Result(0, "pass", "fine")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A worker's folder; ``home.said`` is what jobs answer, ``home.asked`` what they were."""
    made = work.Home(tmp_path / "home", ("--cache", "x"))
    state = {"asked": [], "said": DONE}

    def perform(spec, folder, extra, stop_when):
        state["asked"].append((spec, extra, [p.read_bytes() for p in sorted(
            (folder / jobs.PATCHES).iterdir())]))
        if isinstance(state["said"], Exception):
            raise state["said"]
        (folder / jobs.RUN).mkdir()
        (folder / jobs.RUN / "report.json").write_text("{}")
        return state["said"]
    monkeypatch.setattr(jobs, "perform", perform)
    return made, state


def ask(home, tmp_path, text=None):
    return wire.read_answer(work.work(text or wire.job(SPEC, [b"a", b"b"]), home, str),
                            tmp_path / "here")


def test_a_job_is_done_once(home, tmp_path):
    made, state = home
    assert [ask(made, tmp_path) for _ in range(2)] == [DONE, DONE]
    assert state["asked"] == [(SPEC, ("--cache", "x"), [b"a", b"b"])]
    assert (tmp_path / "here" / jobs.RUN / "report.json").read_text() == "{}"
    assert list((made.place / "jobs").iterdir()) == [], "nothing is left but the answer"


@pytest.mark.parametrize("how", [
    {"again": True}, {"stopped": True}], ids=str)
def test_what_is_no_result_is_not_kept(home, tmp_path, how):
    made, state = home
    state["said"] = replace(DONE, **how)
    for _ in range(2):
        assert ask(made, tmp_path) == state["said"]
    assert len(state["asked"]) == 2


@pytest.mark.parametrize(("error", "code"), [(OSError(28, "No space left"), 5),
                                             (RuntimeError("oh"), 70)])
def test_trouble_is_an_answer_too(home, tmp_path, error, code):
    made, state = home
    state["said"] = error
    result = ask(made, tmp_path)
    assert (result.code, result.again) == (code, True)


def test_a_job_that_is_none(home, tmp_path):
    made, state = home
    result = ask(made, tmp_path, json.dumps({"spec": 1}))
    assert (result.code, result.again) == (5, True)
    assert state["asked"] == []


def test_only_the_newest_answers_stay(home, tmp_path, monkeypatch):
    monkeypatch.setattr(work, "_MOST_KEPT", 2)
    made, _ = home
    for series in "abc":
        ask(made, tmp_path, wire.job(replace(SPEC, series=series), []))
    assert len(list((made.place / "answers").iterdir())) == 2


@pytest.mark.parametrize(("here", "code"), [("c" * 40, 0), ("d" * 40, 5), (OSError(2, "gone"), 5)])
def test_a_tree_at_another_commit_is_judged_by_nobody(tmp_path, monkeypatch, here, code):
    asked = []

    def obtain(tree, cache, say):
        asked.append((tree, cache))
        if isinstance(here, OSError):
            raise here
        return SimpleNamespace(commit=here)

    monkeypatch.setattr(jobs.trees, "obtain", obtain)
    monkeypatch.setattr(jobs.proc, "run", lambda *_, **__: jobs.proc.Done((), 0, b"", b"", 0.0))
    monkeypatch.setattr(jobs, "report_of", lambda _: make.report())
    spec = replace(SPEC, trees=("toy",), commits=("c" * 40,))
    result = jobs.perform(spec, tmp_path, ("--cache", "x"))
    assert (result.code, result.again) == (code, code == 5)
    assert [(t, str(c)) for t, c in asked] == [("toy", "x")]
