# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails of a thread, and the sendings among them."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from harness.farm import assemble
from harness.intake.mail import parse_mail
from tests.unit.farm.mails import cover, mail

SERIES = {"c": cover("[PATCH v2 0/2] Toys", 1), "a": mail("[PATCH v2 1/2] toy: One", 2, to=1),
          "b": mail("[PATCH v2 2/2] toy: Two", 3, to=1)}


def found(raw):
    """The sendings among named mails."""
    return assemble.sendings([m for name, data in raw.items() for m in parse_mail(data, name)])


def test_a_series_has_its_mails_in_the_order_in_which_they_apply():
    for order in itertools.permutations(SERIES):
        (one,) = found({n: SERIES[n] for n in order})
        assert (one.version, one.total, one.title, one.missing) == (2, 2, "Toys", ())
        assert one.mails == ("c", "a", "b")
        assert one.sender == "A Developer <dev@example.org>"
        assert one.message_id == "1@x"


def test_a_part_that_has_not_come_is_missing():
    (one,) = found({n: SERIES[n] for n in "cb"})
    assert one.missing == (1,)


def test_a_cover_alone_is_no_series_yet():
    assert found({"c": SERIES["c"]}) == ()


def test_versions_of_one_work_have_it_in_common():
    old = {"o1": mail("[PATCH 1/2] toy: One", 10, body="As it was.\n"),
           "o2": mail("[PATCH 2/2] toy: Two", 11, to=10)}
    one, two = found(SERIES | old)
    assert (one.version, two.version) == (1, 2)
    assert one.work == two.work
    assert one.key != two.key


def test_a_resend_is_the_same_again():
    (one,) = found({"a": mail("[PATCH] toy: One", 1)})
    (two,) = found({"b": mail("[PATCH RESEND] toy: One", 30)})
    assert one.key == two.key
    (other,) = found({"b": mail("[PATCH] toy: One", 30, body="Other words.\n")})
    assert other.key != one.key


def test_replies_and_bots_start_nothing():
    raw = {"r": mail("Re: [PATCH] toy: One", 2, to=1),
           "b": mail("[PATCH] toy: One", 3, sender="syzbot <syzbot@example.org>", diff=False)}
    assert found(raw) == ()
    assert not any(assemble.starts_something(m) for n, d in raw.items() for m in parse_mail(d, n))


def test_what_ties_mails_together():
    one, two, other = (set(assemble.keys_of(parse_mail(m, "x")[0])) for m in (
        mail("[PATCH] toy: One", 1), mail("[PATCH v2] toy: one", 30), mail("[PATCH] toy: Two", 31)))
    assert one & two
    assert not one & other
    answer = set(assemble.keys_of(parse_mail(mail("Re: what", 40, to=1), "x")[0]))
    assert one & answer


@given(st.lists(st.sampled_from(sorted(SERIES)), max_size=8))
def test_each_mail_counts_once(names):
    raw = {f"{n}{i}": SERIES[n] for i, n in enumerate(names)}
    for sending in found(raw):
        assert len(sending.mails) == len(set(sending.mails)) <= 3
