# SPDX-License-Identifier: GPL-2.0-or-later
"""Both kernels with the tree's KUnit suites, booted."""

from dataclasses import replace

import pytest

from harness.errors import NoBootError
from harness.guest import kunit
from harness.guest.kunit import Apart
from harness.model import GuestRun, Outcome, Status
from harness.run import boot_stages, executed
from harness.run.suites import boots
from tests.unit.run.toys import built, counted, guest, image, reusing

ROWS = (Outcome("kunit:a", Status.PASS, children=(Outcome("one", Status.PASS),)),)


@pytest.fixture
def known(tmp_path, git, versions, monkeypatch):
    monkeypatch.setattr(boot_stages, "guest", guest)
    monkeypatch.setattr(executed, "whole", counted(()))
    return reusing(built(tmp_path, git))


@pytest.fixture
def runs(monkeypatch):
    """``runs(status)``: what the suites of every kernel come to."""
    def go(status=Status.PASS, seconds=0.0):
        rows = tuple(replace(p, children=(Outcome("one", status),), seconds=seconds) for p in ROWS)
        monkeypatch.setattr(kunit, "run_suites", counted(
            lambda where, path, names, without, known: GuestRun(rows, (), (), 1, 1.0, "tcg")))
    return go


def test_results_that_are_steady_are_kept(known, runs, tmp_path):
    runs()
    one = image(tmp_path / "b")
    assert boots.booted(known, one, ("a",), "before")[0].outcomes == ROWS
    boots.booted(known, one, ("a",), "after")
    assert len(kunit.run_suites.calls) == 1
    ((where, path, names, without, known_), _) = kunit.run_suites.calls[0]
    assert (where.out, path, names) == (known.request.out / "kunit-before", one.path, ("a",))
    assert (without, known_) == (frozenset(), None)
    boots.booted(known, one, ("a",), "after", without=frozenset({"b"}))
    boots.booted(known, image(tmp_path / "c", b"other"), ("a",), "after")
    assert len(kunit.run_suites.calls) == 3


def test_results_that_may_be_chance_are_not(known, runs, tmp_path):
    runs(Status.FLAKY)
    one = image(tmp_path / "b")
    boots.booted(known, one, ("a",), "before")
    boots.booted(known, one, ("a",), "before")
    assert len(kunit.run_suites.calls) == 2


def test_those_that_a_base_does_not_survive_run_by_themselves(known, runs, monkeypatch, tmp_path):
    runs()
    monkeypatch.setattr(kunit, "run_alone", counted(GuestRun(
        (Outcome("kunit:c", Status.CRASHED),), (), (), 1, 1.0, "tcg")))
    done, _ = boots.booted(known, image(tmp_path / "b"), ("a",), "before",
                           without=frozenset({"c"}), alone=("c",))
    assert [p.name for p in done.outcomes] == [*(p.name for p in ROWS), "kunit:c"]
    assert done.boots == 2
    ((where, _, names), _) = kunit.run_alone.calls[0]
    assert (where.out.name, names) == ("alone", ("c",))


def test_what_fails_on_the_base_needs_no_second_try(known, runs, tmp_path):
    runs(Status.FAIL)
    base, _ = boots.booted(known, image(tmp_path / "b"), ("a",), "before")
    boots.booted(known, image(tmp_path / "p", b"other"), ("a",), "after", known=base.failing)
    assert kunit.run_suites.calls[-1][0][-1] == {(p.name, "one") for p in ROWS}


def test_what_would_cost_the_others_their_boot_is_asked_once(known, runs, monkeypatch, tmp_path):
    runs()
    monkeypatch.setattr(kunit, "apart", counted(Apart(
        (("a", 12.0), ("b", 0.0)), ("c",), ("a", "b", "c", "d"))))
    one = image(tmp_path / "b")
    for _ in range(2):
        found = boots.apart(known, one, ("a", "b", "c"))
        assert (boots.reasons(found), found.seen) == ({
            "a": "it takes 12 s on the base; --suite a runs it",
            "b": "it does not end soon on the base; --suite b runs it", "c": boots.FATAL},
            ("a", "b", "c", "d"))
    assert len(kunit.apart.calls) == 1


def test_a_kernel_that_does_not_boot_is_said_with_what_it_said():
    found = boots.no_boot(NoBootError("the guest does not boot: the kernel panicked", "trace"))
    assert found.message.endswith("KUnit suites, the base does: the kernel panicked")
    assert found.evidence == "trace"


def test_what_fails_on_the_base_alone_is_tried_again_there(known, monkeypatch, tmp_path):
    def ran(*rows):
        return GuestRun(tuple(Outcome(f"kunit:{n}", s, children=(Outcome("one", s),))
                              for n, s in rows), (), (), 1, 1.0, "tcg")
    monkeypatch.setattr(kunit, "run_alone", counted(ran(("a", Status.PASS))))
    before = ran(("a", Status.FAIL), ("b", Status.FAIL))
    done, _ = boots.again(known, image(tmp_path / "b"), before,
                          ran(("a", Status.PASS), ("b", Status.FAIL)))
    assert [p.children[0].status for p in done.outcomes] == [Status.FLAKY, Status.FAIL]
    assert kunit.run_alone.calls[0][0][-1] == ("a",)
    assert boots.again(known, image(tmp_path / "b"), before, before)[0] == before
