# SPDX-License-Identifier: GPL-2.0-or-later
"""Threads that do jobs: what ends them."""

import time

import pytest

from harness.farm import jobs
from harness.farm.engine import Pool
from harness.farm.jobs import Result, Spec

SPEC = Spec("5e", "lint")
ENDED = Result(130, "interrupted", "", stopped=True)


@pytest.fixture
def pool(tmp_path, monkeypatch):
    """Jobs that go on until they are stopped; one of the series "bug" is one."""
    def perform(spec, folder, extra, stop_when):
        if spec.series == "bug":
            raise RuntimeError("oh")
        while not stop_when():
            time.sleep(0.01)
        return ENDED
    monkeypatch.setattr(jobs, "perform", perform)
    made = Pool(lambda key: tmp_path / key, 2)
    yield made
    made.close()


def test_whoever_closes_it_waits_for_no_job(pool):
    pool.begin("a", SPEC)
    pool.begin("b", SPEC)
    assert pool.free == 0
    pool.close()
    assert sorted(pool.done(1.0)) == [("a", ENDED), ("b", ENDED)]


def test_one_is_stopped_and_the_other_goes_on(pool):
    pool.begin("a", SPEC)
    pool.begin("b", SPEC)
    pool.stop("a")
    pool.stop("nothing")
    assert pool.done(5.0) == [("a", ENDED)]
    assert list(pool.working) == ["b"]


def test_a_bug_of_ours_is_an_answer(pool):
    pool.begin("a", Spec("bug", "lint"))
    ((key, result),) = pool.done(5.0)
    assert (key, result.code, result.again) == ("a", 70, True)
    assert "RuntimeError: oh" in result.words
