# SPDX-License-Identifier: GPL-2.0-or-later
"""Replies that ask for a test of what they answer: from whom, of what, on which tree."""

from dataclasses import replace

import pytest

from harness.farm import rounds
from harness.farm.routes import Route
from harness.farm.telling import Telling
from tests.unit.farm.mails import cover, mail

TREE, OTHER = "/srv/linux", "/srv/next"
CHIEF = "The Chief <Chief@Example.org>"


@pytest.fixture
def asked(lists):
    """``asked(*mails)``: the trees of each job at level check that a watch at level lint begins."""
    lists.plan = replace(lists.plan, commanders=frozenset({"chief@example.org"}),
                         routes=(Route(TREE), Route(OTHER, words=("next",), name="next")))

    def go(*mails):
        lists.come(*mails)
        lists.now += 1e5
        rounds.run(lists.ledger, lists.plan, lists.engine(), Telling("never"),
                   lists.said.append, once=True, clock=rounds.Clock(lambda: lists.now))
        return sorted(j.tree for j in lists.ledger.jobs() if '"level": "check"' in j.spec)
    return go


def reply(text, number=9, to="1", sender=CHIEF):
    return mail("Re: [PATCH] toy: One", number, to=to, body=text, sender=sender, diff=False)


ONE = mail("[PATCH] toy: One", 1)


@pytest.mark.parametrize(("text", "trees"), [
    ("Please.\n\n#test\n", [TREE]), ("#test next\n", [OTHER]), (f"#test {TREE}\r\n", [TREE]),
    ("#test next\n#test\n#test next\n", [TREE, OTHER]), ("#test ../etc\n", []),
    ("> #test\n", []), ("Do #test it\n", []), ("#tests\n", []), ("#test next please\n", [])])
def test_what_a_reply_asks_for(asked, text, trees):
    assert asked(ONE, reply(text)) == trees
    assert asked() == trees, "once"


def test_it_may_come_before_the_series_is_whole(asked):
    assert asked(mail("[PATCH 1/2] toy: One", 2, to=1), reply("#test\n")) == []
    assert asked(cover("[PATCH 0/2] Toys", 1), mail("[PATCH 2/2] toy: Two", 3, to=1)) == [TREE]


@pytest.mark.parametrize("sender", [
    "Somebody <dev@example.org>", '"chief@example.org" <else@example.org>'])
def test_nobody_else_is_obeyed(asked, sender):
    assert asked(ONE, reply("#test\n", sender=sender)) == []


def test_without_names_nobody_is(asked, lists):
    lists.plan = replace(lists.plan, commanders=frozenset())
    assert asked(ONE, reply("#test\n")) == []


def test_an_answer_to_nothing_that_is_known_does_nothing(asked):
    assert asked(ONE, reply("#test\n", to="77")) == []


def test_what_is_asked_for_and_what_a_row_says_comes_first(lists):
    lists.plan = replace(lists.plan, commanders=frozenset({"chief@example.org"}), level="uapi",
                         routes=(Route(TREE), Route(OTHER, words=("next",), priority=5)))
    lists.come(ONE, mail("[PATCH next] toy: Two", 2), mail("[PATCH] toy: Three", 3),
               reply("#test\n", to="3"))
    lists.now += 1e5
    rounds.run(lists.ledger, lists.plan, lists.engine(), Telling("never"), lists.said.append,
               once=True, clock=rounds.Clock(lambda: lists.now))
    assert lists.done == ["v1 toy: Two", "v1 toy: Three", "v1 toy: One", "v1 toy: Three"]
