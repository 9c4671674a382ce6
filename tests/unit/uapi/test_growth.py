# SPDX-License-Identifier: GPL-2.0-or-later
"""Structs that grow in room that others keep for them."""

import pytest

from harness.model import Finding, Location, Severity
from harness.uapi import growth
from harness.uapi.growth import Held
from harness.uapi.result import UapiResult, merge
from tests.make import api, member, struct

SMALL = struct("struct inner", member("a", 0), member("b", 4), size=8)
LARGE = struct("struct inner", member("a", 0), member("b", 4), member("c", 8), size=12)


def run(inner, pad=256, tail=264, size=272):
    return struct("struct run", member("reason", 0), member("debug", 8, inner,
                  type="struct (anonymous)"), member("debug.arch", 8, inner, type="struct inner"),
                  member("padding", 8, pad, type=f"u8[{pad}]"), member("tail", tail, 8), size=size)


def test_a_struct_grows_that_keeps_all_it_had():
    assert growth.grown(api(SMALL), api(LARGE)) == {"struct inner"}
    assert growth.grown(api(LARGE), api(SMALL)) == frozenset()
    assert growth.grown(api(SMALL), api(SMALL)) == frozenset()
    moved = struct("struct inner", member("b", 0), member("a", 4), member("c", 8), size=12)
    assert growth.grown(api(SMALL), api(moved)) == frozenset()
    empty = struct("struct inner", size=0)
    assert growth.grown(api(empty), api(LARGE)) == frozenset(), "it had nothing to keep"


def test_padding_may_give_way():
    old = struct("struct inner", member("a", 0), member("pad", 4), size=8)
    new = struct("struct inner", member("a", 0), member("b", 4), member("c", 8), size=12)
    assert growth.grown(api(old), api(new)) == {"struct inner"}


@pytest.mark.parametrize(("after", "kept"), [
    (run(12), True), (run(12, size=280), False), (run(12, tail=268), False),
    (run(12, pad=260), False), (None, False),
])
def test_who_holds_it_keeps_its_places(after, kept):
    rows = growth.holders(api(run(8)), api(after) if after else api())
    assert rows == (Held("struct inner", "struct run", "debug.arch", kept=kept),)


def test_an_array_of_it_is_another_place_for_each():
    old = struct("struct run", member("all", 0, 16, type="struct inner[2]"), size=16)
    assert growth.holders(api(old), api(old)) == (
        Held("struct inner[2]", "struct run", "all", kept=False),)


def found(rule, subject, message="m"):
    return Finding(rule, Severity.ERROR, message, where=Location("x.h", 1), subject=subject)


ROWS = [found("uapi-layout", "struct inner size", "struct inner: size 8 -> 12"),
        found("uapi-layout", "struct run.debug.arch"), found("uapi-layout", "struct other size")]
KEPT = Held("struct inner", "struct run", "debug.arch", kept=True)


def test_growth_that_no_holder_notices_is_a_note_and_said_once():
    one, other = growth.settled(ROWS, frozenset({"struct inner"}), [KEPT])
    assert (one.rule, one.severity) == ("uapi-growth", Severity.NOTE)
    assert "struct run" in one.message
    assert other == ROWS[2]


@pytest.mark.parametrize(("grew", "held"), [
    ({"struct inner"}, []), (set(), [KEPT]),
    ({"struct inner"}, [KEPT, Held("struct inner", "struct t", "x", kept=False)]),
])
def test_where_nobody_holds_it_or_somebody_moves_it_stays_an_error(grew, held):
    assert growth.settled(ROWS, frozenset(grew), held) == tuple(ROWS)


def test_the_holder_may_be_in_another_header():
    one = UapiResult((ROWS[0],), grew=frozenset({"struct inner"}))
    both = merge([one, UapiResult((ROWS[1],), held=(KEPT,))])
    assert [f.severity for f in both.findings] == [Severity.NOTE]
    assert merge([both]) == both
