# SPDX-License-Identifier: GPL-2.0-or-later
"""Series x trees: which jobs there are, in which part, and what comes of all of them."""

from dataclasses import replace
from itertools import product

import pytest

from harness.farm import jobs, matrix, rows
from harness.farm.jobs import Result
from harness.farm.ledger import ELSEWHERE, HINT, NAME, QUEUED, STEPS, Ledger
from harness.farm.shards import Shard, shard
from harness.intake.inputs import Delivery, Raw
from harness.system import database
from tests.unit.farm.mails import mail

AXES = matrix.Axes("check", (("one", "c1"), ("two", "c2")), ("default", "debug"), ((), ("arm64",)))


def delivery(subject="[PATCH v2] toy: One", number=1):
    return Delivery("file", "one.mbox", (Raw("one.mbox", mail(subject, number)),))


class Doing:
    """An engine that does each job at once; ``said`` maps a tree to what comes of it."""

    def __init__(self, **said):
        self.said, self.asked, self.closed, self._ended = said, [], False, []

    free = 3

    @property
    def working(self):
        return [k for k, _ in self._ended]

    def begin(self, key, spec):
        self.asked.append(spec)
        answer = self.said.get("".join(spec.trees), Result(0, "pass", ""))
        self._ended.append((key, answer.pop(0) if isinstance(answer, list) else answer))

    def done(self, seconds):
        ended, self._ended = self._ended, []
        return ended

    def close(self):
        self.closed = True


@pytest.fixture
def opened(tmp_path):
    """Make ledgers; a folder for each."""
    files = []

    def one(name):
        way = database.opened(tmp_path / name / NAME, STEPS, HINT)
        files.append(way)
        return Ledger(way.__enter__()), tmp_path / name / "jobs"
    yield one
    for way in files:
        way.__exit__(None, None, None)


def of(ledger):
    return rows.of(ledger, [j.key for j in ledger.jobs()])


def run(ledger, folder, engine):
    said = []
    matrix.run(ledger, lambda key: folder / key, engine, said.append)
    assert engine.closed
    return said


def test_each_series_on_each_tree_once(opened):
    ledger, folder = opened("m")
    keys = [k for _ in range(2) for k in matrix.add(ledger, delivery(), AXES, Shard(), 1.0)]
    assert len(keys) == 16
    assert len(set(keys)) == 8
    engine = Doing()
    said = run(ledger, folder, engine)
    assert {(s.trees, s.commits, s.flavour, s.arches) for s in engine.asked} == {
        ((t,), (c,), f, a) for (t, c), f, a in product(AXES.trees, AXES.flavours, AXES.arches)}
    assert len(said) == 8
    assert "v2 toy: One two debug arm64: pass" in " ".join(said)
    assert run(ledger, folder, Doing()) == [], "what is done is not done again"
    key = keys[0]
    assert [p.name for p in (folder / key / jobs.PATCHES).iterdir()] == ["0000.eml"]


def test_parts_have_each_job_once(opened):
    done = []
    for number in (1, 2, 3):
        ledger, folder = opened(str(number))
        matrix.add(ledger, delivery(), AXES, Shard(number, 3), 1.0)
        engine = Doing()
        run(ledger, folder, engine)
        done.append({s.key for s in engine.asked})
        assert ledger.count(ELSEWHERE) == 8 - len(engine.asked)
        assert rows.code(of(ledger)) == 4, "the others were not looked at"
    assert len(done[0] | done[1] | done[2]) == sum(map(len, done)) == 8


def test_a_part_can_be_made_the_whole(opened):
    ledger, folder = opened("m")
    matrix.add(ledger, delivery(), AXES, Shard(1, 2), 1.0)
    matrix.add(ledger, delivery(), AXES, Shard(), 2.0)
    assert ledger.count(QUEUED) == 8
    run(ledger, folder, Doing())
    assert rows.code(of(ledger)) == 0


@pytest.mark.parametrize("text", ["", "0/3", "4/3", "1", "1/0", "a/b", "-1/3", "1/3/5"])
def test_what_is_no_part(text):
    with pytest.raises(ValueError) as error:
        shard(text)
    assert str(error.value) == text


def test_trouble_of_ours_is_tried_again_and_given_up(opened, monkeypatch):
    monkeypatch.setattr("harness.farm.turns._PAUSE", 0.0)
    ledger, folder = opened("m")
    axes = replace(AXES, flavours=("",), arches=((),))
    matrix.add(ledger, delivery(), axes, Shard(), 1.0)
    bad = Result(5, "infrastructure", "no disk", again=True)
    engine = Doing(one=[bad, Result(1, "fail", "an error", 1)], two=bad)
    said = run(ledger, folder, engine)
    assert [(j.outcome, j.tries) for j in ledger.jobs()] == [("fail", 2), ("given up", 5)]
    assert sum("no disk; it is tried again" in s for s in said) == 5


def test_what_was_given_up_is_tried_again_when_it_is_asked_for_again(opened, monkeypatch):
    monkeypatch.setattr("harness.farm.turns._PAUSE", 0.0)
    ledger, folder = opened("m")
    matrix.add(ledger, delivery(), replace(AXES, flavours=("",), arches=((),)), Shard(), 1.0)
    run(ledger, folder, Doing(two=Result(5, "infrastructure", "no disk", again=True)))
    assert sorted(j.outcome for j in ledger.jobs()) == ["given up", "pass"]
    run(ledger, folder, Doing())
    assert [j.outcome for j in ledger.jobs()] == ["pass", "pass"]
