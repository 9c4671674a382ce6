# SPDX-License-Identifier: GPL-2.0-or-later
"""A watch that looks at the heads of its trees before it judges series on them."""

from dataclasses import replace

import pytest

from harness.compare import changes
from harness.farm import jobs, rounds
from harness.farm.bases import Bases
from harness.farm.gate import Gate
from harness.farm.ledger import DONE, QUEUED
from harness.farm.routes import Route
from harness.farm.telling import Telling
from harness.model import StageResult, Status
from tests import make
from tests.unit.farm.mails import mail

TREE = "/srv/linux"
BUILT = tuple(StageResult(n, Status.PASS, 1.0) for n in ("build-base", "boot-base"))
GOES = make.report(stages=BUILT)
BROKEN = make.report(ended="x.c:1: no", stages=(
    StageResult("build-base", Status.NOT_RUN, 1.0, "x.c:1: no"),))
NO = "does not build: x.c:1: no"


@pytest.fixture
def watching(lists):
    """``watching(head)``: one round with the tree there; what it says."""
    lists.plan = replace(lists.plan, level="check", routes=(Route(TREE),))

    def go(head):
        lists.said.clear()
        lists.now += 1e5
        gate = Gate(Bases(lists.file), (TREE,), lambda _: head, lists.said.append)
        rounds.run(lists.ledger, lists.plan, lists.engine(), Telling("error"),
                   lists.said.append, once=True, clock=rounds.Clock(lambda: lists.now), gate=gate)
        return lists.said
    return go


def words(lists):
    return [(j.state, j.words) for j in lists.ledger.jobs()]


def test_the_head_is_looked_at_first_and_once(lists, watching):
    lists.answers["head a1"] = GOES
    lists.come(mail("[PATCH] toy: One", 1))
    watching("a1")
    lists.come(mail("[PATCH] toy: Two", 2))
    watching("a1")
    assert lists.done == ["head a1", "v1 toy: One", "v1 toy: Two"]
    assert lists.specs["head a1"].level == jobs.BASE
    assert words(lists) == [(DONE, "said")] * 2


def test_series_wait_while_no_head_is_good_and_that_is_said(lists, watching):
    lists.answers["head b2"] = BROKEN
    lists.come(mail("[PATCH] toy: One", 1))
    watching("b2")
    assert lists.done == ["head b2"] * 2, "the same twice is no accident"
    assert words(lists) == [(QUEUED, f"waits, for b2 of {TREE} {NO}")]
    assert f"{TREE} at b2: bad, {NO}" in lists.said
    lists.answers["head c3"] = GOES
    watching("c3")
    assert words(lists) == [(DONE, "said")]


def test_or_are_judged_on_the_last_good_one(lists, watching):
    good = "a" * 40
    lists.answers |= {f"head {good}": GOES, "head b2": BROKEN}
    watching(good)
    lists.come(mail("[PATCH] toy: One", 1))
    watching("b2")
    assert lists.specs["v1 toy: One"].trees == (f"{TREE}@{good}",)
    assert words(lists) == [(DONE, f"said; on {good[:12]}, for b2 of {TREE} {NO}")]


def test_a_test_that_is_unsteady_on_the_base_is_told_to_later_jobs(lists, watching):
    rows = make.report(stages=BUILT, changes=changes(
        make.guest_run({"p.a": "FLAKY"}), make.guest_run({"p.a": "PASS"})))
    lists.answers |= {"head a1": GOES, "v1 toy: One": rows}
    lists.come(mail("[PATCH] toy: One", 1))
    watching("a1")
    lists.come(mail("[PATCH] toy: Two", 2))
    watching("a1")
    assert lists.specs["v1 toy: One"].unsteady == ()
    assert [name for name, _ in lists.specs["v1 toy: Two"].unsteady] == ["p.a"]
