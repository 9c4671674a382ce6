# SPDX-License-Identifier: GPL-2.0-or-later
"""Series x trees: which jobs there are, in which part, and what comes of all of them."""

from dataclasses import replace
from itertools import product

import pytest

from harness.farm import jobs, matrix, merging
from harness.farm.jobs import Result, Spec
from harness.farm.ledger import DONE, ELSEWHERE, GIVEN_UP, HINT, NAME, QUEUED, STEPS, Job, Ledger
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
    rows = []
    for number in (1, 2, 3):
        ledger, folder = opened(str(number))
        matrix.add(ledger, delivery(), AXES, Shard(number, 3), 1.0)
        engine = Doing()
        run(ledger, folder, engine)
        rows.append({s.key for s in engine.asked})
        assert ledger.count(ELSEWHERE) == 8 - len(engine.asked)
        assert matrix.code(ledger.jobs()) == 4, "the others were not looked at"
    assert len(rows[0] | rows[1] | rows[2]) == sum(map(len, rows)) == 8


def test_a_part_can_be_made_the_whole(opened):
    ledger, folder = opened("m")
    matrix.add(ledger, delivery(), AXES, Shard(1, 2), 1.0)
    matrix.add(ledger, delivery(), AXES, Shard(), 2.0)
    assert ledger.count(QUEUED) == 8
    run(ledger, folder, Doing())
    assert matrix.code(ledger.jobs()) == 0


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


def test_what_a_part_did_comes_together(opened, tmp_path):
    parts = []
    for number in (1, 2):
        ledger, folder = opened(str(number))
        matrix.add(ledger, delivery(), AXES, Shard(number, 2), 1.0)
        run(ledger, folder, Doing(one=Result(1, "fail", "an error", 1)))
        parts.append((ledger, folder))
    whole, place = opened("whole")
    assert merging.merge(whole, parts, lambda key: place / key) == []
    assert {(Spec.of(j.spec).trees, j.verdict) for j in whole.jobs()} == {
        (("one",), "fail"), (("two",), "pass")}
    assert matrix.code(whole.jobs()) == 1
    assert len(list(place.iterdir())) == 8
    assert matrix.title(whole, whole.jobs()[0]).startswith("v2 toy: One ")


def test_a_part_that_did_not_come_is_a_hole(opened):
    ledger, folder = opened("1")
    matrix.add(ledger, delivery(), AXES, Shard(1, 2), 1.0)
    run(ledger, folder, Doing())
    whole, place = opened("whole")
    merging.merge(whole, [(ledger, folder)], lambda key: place / key)
    assert matrix.code(whole.jobs()) == 4


def test_two_parts_that_differ_are_named(opened):
    parts = []
    for name, verdict in (("1", Result(0, "pass", "")), ("2", Result(1, "fail", ""))):
        ledger, folder = opened(name)
        matrix.add(ledger, delivery(), replace(AXES, flavours=("",), arches=((),)), Shard(), 1.0)
        run(ledger, folder, Doing(one=verdict))
        parts.append((ledger, folder))
    whole, place = opened("whole")
    (said,) = merging.merge(whole, parts, lambda key: place / key)
    assert said == "v2 toy: One one: pass and fail"


def test_a_part_of_a_stranger_leads_nowhere_and_says_nothing_else(opened):
    ledger, folder = opened("1")
    matrix.add(ledger, delivery(), AXES, Shard(), 1.0)
    run(ledger, folder, Doing())
    first, second, third, *_ = ledger.jobs()
    (folder / first.key / jobs.RUN).mkdir()
    (folder / first.key / jobs.RUN / "report.json").symlink_to("/etc/passwd")
    ledger.set(first.key, words="\x1b[2Jgone")
    ledger.set(second.key, spec="[]")
    ledger.set(third.key, verdict="splendid")
    whole, place = opened("whole")
    merging.merge(whole, [(ledger, folder)], lambda key: place / key)
    assert {j.key for j in whole.jobs()} == {j.key for j in ledger.jobs()} - {
        second.key, third.key}
    assert "\x1b" not in whole.job(first.key).words
    assert list((place / first.key / jobs.RUN).iterdir()) == []


def job(code, state=DONE):
    return Job("k", "s", "{}", state, 1, 0.0, 0.0, 0.0, 0.0, code, "", "", 0, 0, "", "")


@pytest.mark.parametrize(("rows", "code"), [
    ([], 4), ([job(0)], 0), ([job(0), job(4)], 4), ([job(3), job(3)], 3), ([job(0), job(3)], 4),
    ([job(1), job(4), job(-1, GIVEN_UP)], 1), ([job(0), job(-1, GIVEN_UP)], 5),
    ([job(0), job(-1, ELSEWHERE)], 4), ([job(70, GIVEN_UP), job(0)], 5), ([job(1), job(70)], 70),
])
def test_the_worst_is_the_exit_code(rows, code):
    assert matrix.code(rows) == code
