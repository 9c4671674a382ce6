# SPDX-License-Identifier: GPL-2.0-or-later
"""Heads of trees: looked at first, waited for, done without; and tests that blame nobody."""

from dataclasses import replace

import pytest

from harness.errors import InputRefusedError
from harness.farm import bases, jobs
from harness.farm.bases import ASKED, BAD, GOOD, RUNNING, UNKNOWN, Bases
from harness.farm.gate import MOST_TRIES, Gate
from harness.farm.health import RUNS, Seen
from harness.farm.jobs import Result, Spec
from harness.farm.ledger import HINT, NAME, STEPS
from harness.model import StageResult, Status
from harness.system import database
from tests import make

A, B = "a" * 40, "b" * 40
TREE, OTHER = "/srv/linux", "debian-6.1"
FINE = Result(0, "pass", "")
TROUBLE = Result(5, "infrastructure", "no space", again=True)
SPEC = Spec("5e", "check", (TREE,))


def report(ended="", **stages):
    rows = tuple(StageResult(name.replace("_", "-"), status, 1.0, why)
                 for name, (status, why) in stages.items())
    return make.report(ended=ended, stages=rows)


GOES = report(build_base=(Status.PASS, ""), boot_base=(Status.PASS, ""))
BROKEN = report("make failed: x.c:1: no", build_base=(Status.NOT_RUN, "make failed: x.c:1: no"),
                boot_base=(Status.NOT_RUN, "the run ended before"))


@pytest.fixture
def known(tmp_path):
    with database.opened(tmp_path / NAME, STEPS, HINT) as file:
        yield Bases(file)


class Engine:
    def __init__(self, free=2):
        self.free, self.begun = free, []

    def begin(self, key, spec):
        self.begun.append((key, spec))


@pytest.fixture
def world(known, tmp_path):
    """``world.gate`` with the trees at ``world.at``; ``world.look()`` begins what is to be done."""
    class World:
        def __init__(self):
            self.at, self.said, self.engine = {TREE: A}, [], Engine()
            self.gate = Gate(known, (TREE,), self.head_of, self.said.append)
            self.now = 1000.0

        def head_of(self, tree):
            if isinstance(self.at[tree], Exception):
                raise self.at[tree]
            return self.at[tree]

        def look(self):
            self.now += 100000.0
            self.gate.look(self.now)
            self.engine.begun.clear()
            self.gate.begin(lambda key: tmp_path / "jobs" / key, self.engine, self.now)
            return self.engine.begun

        def judged(self, *ends):
            """Look at the head, with these ends one after the other."""
            for result, seen in ends:
                ((key, _),) = self.look()
                assert self.gate.finish(key, result, seen, self.now)
            return self.gate.bases.newest()[0]
    return World()


def test_a_head_is_looked_at_by_a_job_without_a_series(world):
    ((key, spec),) = world.look()
    assert (spec.level, spec.trees, spec.commits) == (jobs.BASE, (TREE,), (A,))
    assert key == spec.key
    assert world.gate.bases.head(key).state == RUNNING
    assert world.look() == [], "once"


def test_a_series_waits_for_that_and_then_is_judged_on_it(world):
    world.look()
    waits = world.gate.ready("job", SPEC)
    assert (waits.spec, waits.words) == (None, f"the head of {TREE} is looked at first")
    head = world.gate.bases.newest()[0]
    world.gate.finish(head.key, FINE, GOES, 1.0)
    assert world.gate.ready("job", SPEC).spec == SPEC
    assert world.gate.ended("job", FINE) == FINE


def test_one_that_does_not_build_twice_judges_nobody(world):
    head = world.judged((TROUBLE, BROKEN), (TROUBLE, BROKEN))
    assert (head.state, head.words) == (BAD, "does not build: make failed: x.c:1: no")
    waits = world.gate.ready("job", SPEC)
    assert waits.spec is None
    assert waits.words == f"waits, for {A[:12]} of {TREE} {head.words}"


def test_one_that_builds_and_does_not_boot_is_bad_too(world):
    dead = report("no life sign", build_base=(Status.PASS, ""),
                  boot_base=(Status.NOT_RUN, "no life sign"))
    head = world.judged((TROUBLE, dead), (TROUBLE, dead))
    assert (head.state, head.words) == (BAD, "does not boot: no life sign")


def test_then_the_last_good_one_is_taken_and_that_is_said(world):
    world.judged((FINE, GOES))
    world.at[TREE] = B
    world.judged((TROUBLE, BROKEN), (TROUBLE, BROKEN))
    found = world.gate.ready("job", SPEC)
    assert found.spec.trees == (f"{TREE}@{A}",)
    assert bases.plain(found.spec.trees[0]) == TREE
    ended = world.gate.ended("job", replace(FINE, words="0 errors"))
    assert ended.words.startswith(f"0 errors; on {A[:12]}, for {B[:12]} of {TREE} does not build")


@pytest.mark.parametrize("tree", [f"{TREE}@v6.1", OTHER])
def test_a_revision_that_was_named_is_not_exchanged_nor_a_tree_of_ours(known, tree):
    (old,) = known.see({tree: A}, 1.0)
    known.set(old.key, state=GOOD)
    (new,) = known.see({tree: B}, 2.0)
    known.set(new.key, state=BAD, words="does not boot")
    assert bases.ready(replace(SPEC, trees=(tree,)), {tree: B}, known).spec is None


def test_another_tree_may_be_good(known):
    (bad,) = known.see({TREE: A}, 1.0)
    known.set(bad.key, state=BAD, words="does not boot")
    both = replace(SPEC, trees=(TREE, OTHER))
    assert bases.ready(both, {TREE: A}, known).spec.trees == (OTHER,)


def test_what_is_our_trouble_is_tried_again_and_then_does_not_matter(world):
    head = world.judged(*[(TROUBLE, None)] * MOST_TRIES)
    assert (head.state, head.words) == (UNKNOWN, "no space")
    assert world.gate.ready("job", SPEC).spec == SPEC


def test_what_ends_before_the_base_is_built_is_no_word_about_it(world):
    early = report("no such tree", build_base=(Status.NOT_RUN, "the run ended before"))
    assert world.judged((TROUBLE, early), (TROUBLE, early)).state == ASKED


def test_one_that_failed_once_and_then_goes_is_good(world):
    assert world.judged((TROUBLE, BROKEN), (FINE, GOES)).state == GOOD


def test_a_tree_that_cannot_be_asked_is_where_it_was(world):
    world.judged((FINE, GOES))
    world.at[TREE] = InputRefusedError("no such tree")
    assert world.look() == []
    assert "no such tree" in world.said[-1]
    assert world.gate.ready("job", SPEC).spec == SPEC


def test_what_was_interrupted_begins_again(world, known):
    ((key, _),) = world.look()
    world.gate.finish(key, Result(130, "interrupted", "", stopped=True), None, 1.0)
    assert (known.head(key).state, known.head(key).tries) == (ASKED, 0)
    world.look()
    Gate(known, (), lambda _: A, lambda _: None)
    assert known.head(key).state == ASKED, "and what a killed driver had begun"


def test_other_jobs_are_none_of_its_business(world):
    assert not world.gate.finish("some-job", FINE, None, 1.0)
    lint = Spec("5e", "lint")
    assert world.gate.ready("job", lint).spec == lint


def seen(*ends, tree=TREE):
    return Seen(tree, 1.0, ends=tuple((f"t{n}", end) for n, end in enumerate(ends)))


def test_a_test_that_ends_now_so_and_now_so_blames_nobody_for_fifteen_runs(known):
    for end in (Status.PASS, Status.FAIL):
        known.keep(seen(end, Status.FAIL, Status.PASS))
    assert known.unsteady([TREE]) == (
        ("t0", f"on {TREE} it failed in 1 of its last 2 runs without a series"),)
    for _ in range(RUNS):
        assert dict(known.unsteady([TREE])).keys() == {"t0"}
        known.keep(seen(Status.PASS))
    assert known.unsteady([TREE]) == ()
    assert known.unsteady([OTHER]) == ()


def test_one_that_was_flaky_on_the_base_is_unsteady_at_once(known):
    known.keep(seen(Status.FLAKY))
    (row,) = known.unsteady([TREE])
    assert row[0] == "t0"


def test_a_job_is_told_of_them(known):
    known.keep(seen(Status.FLAKY))
    found = bases.ready(SPEC, {}, known).spec
    assert found.unsteady == known.unsteady([TREE])
    assert Spec.of(found.json) == found
    assert "unsteady" not in SPEC.json, "a job that knows of none has the key that it had before"
