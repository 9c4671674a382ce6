# SPDX-License-Identifier: GPL-2.0-or-later
"""Both kernels with the tree's own suites."""

from dataclasses import replace

import pytest

from harness.build import kernel
from harness.errors import NoBootError
from harness.guest import kunit
from harness.guest.kunit import Apart
from harness.model import GuestRun, Kconfig, Outcome, Status
from harness.run import boot_stages
from harness.run.suites import sides
from tests.unit.run.toys import built, counted, guest, image, reusing

CONFIG = Kconfig(("CONFIG_KUNIT=y",))
ROWS = (Outcome("kunit:a", Status.PASS, children=(Outcome("one", Status.PASS),)),)


@pytest.fixture
def known(tmp_path, git, versions, monkeypatch):
    monkeypatch.setattr(boot_stages, "guest", guest)
    return reusing(built(tmp_path, git))


@pytest.fixture
def boots(monkeypatch):
    """``boots(status)``: what the suites of every kernel come to."""
    def go(status=Status.PASS, seconds=0.0):
        rows = tuple(replace(p, children=(Outcome("one", status),), seconds=seconds) for p in ROWS)
        monkeypatch.setattr(kunit, "run_suites", counted(
            lambda where, path, names, without, known: GuestRun(rows, (), (), 1, 1.0, "tcg")))
    return go


def test_the_base_comes_from_the_cache_of_kernels(known, monkeypatch, tmp_path):
    monkeypatch.setattr(kernel, "base", counted(image(tmp_path / "b")))
    sides.base(known, CONFIG)
    ((_, tree, commit, config, _), more) = kernel.base.calls[0]
    assert more == {"more": True, "begun": None}
    assert (tree, commit, config) == (known.tree, known.base, CONFIG)


def test_a_patched_kernel_is_built_once(known, monkeypatch, tmp_path):
    start = image(tmp_path / "b")
    made = image(tmp_path / "p", b"patched")
    monkeypatch.setattr(kernel, "patched", counted((made, ())))
    first, _ = sides.patched(known, start, CONFIG)
    again, state = sides.patched(known, start, CONFIG)
    assert first.path.read_bytes() == again.path.read_bytes() == b"patched"
    assert len(kernel.patched.calls) == 1
    assert "build-suites" in state.cached
    sides.patched(known, start, Kconfig(("CONFIG_KUNIT=y\nCONFIG_B=y",)))
    assert len(kernel.patched.calls) == 2


def test_results_that_are_steady_are_kept(known, boots, tmp_path):
    boots()
    one = image(tmp_path / "b")
    assert sides.booted(known, one, ("a",), "before")[0].outcomes == ROWS
    sides.booted(known, one, ("a",), "after")
    assert len(kunit.run_suites.calls) == 1
    ((where, path, names, without, known_), _) = kunit.run_suites.calls[0]
    assert (where.out, path, names) == (known.request.out / "kunit-before", one.path, ("a",))
    assert (without, known_) == (frozenset(), None)
    sides.booted(known, one, ("a",), "after", without=frozenset({"b"}))
    sides.booted(known, image(tmp_path / "c", b"other"), ("a",), "after")
    assert len(kunit.run_suites.calls) == 3


def test_results_that_may_be_chance_are_not(known, boots, tmp_path):
    boots(Status.FLAKY)
    one = image(tmp_path / "b")
    sides.booted(known, one, ("a",), "before")
    sides.booted(known, one, ("a",), "before")
    assert len(kunit.run_suites.calls) == 2


def test_those_that_a_base_does_not_survive_run_by_themselves(known, boots, monkeypatch, tmp_path):
    boots()
    monkeypatch.setattr(kunit, "run_alone", counted(GuestRun(
        (Outcome("kunit:c", Status.CRASHED),), (), (), 1, 1.0, "tcg")))
    done, _ = sides.booted(known, image(tmp_path / "b"), ("a",), "before",
                           without=frozenset({"c"}), alone=("c",))
    assert [p.name for p in done.outcomes] == [*(p.name for p in ROWS), "kunit:c"]
    assert done.boots == 2
    ((where, _, names), _) = kunit.run_alone.calls[0]
    assert (where.out.name, names) == ("alone", ("c",))


def test_what_fails_on_the_base_needs_no_second_try(known, boots, tmp_path):
    boots(Status.FAIL)
    base, _ = sides.booted(known, image(tmp_path / "b"), ("a",), "before")
    sides.booted(known, image(tmp_path / "p", b"other"), ("a",), "after", known=base.failing)
    assert kunit.run_suites.calls[-1][0][-1] == {(p.name, "one") for p in ROWS}


def test_what_would_cost_the_others_their_boot_is_asked_once(known, boots, monkeypatch, tmp_path):
    boots()
    monkeypatch.setattr(kunit, "apart", counted(Apart(
        (("a", 12.0), ("b", 0.0)), ("c",), ("a", "b", "c", "d"))))
    one = image(tmp_path / "b")
    for _ in range(2):
        found = sides.apart(known, one, ("a", "b", "c"))
        assert (sides.reasons(found), found.seen) == ({
            "a": "it takes 12 s on the base; --suite a runs it",
            "b": "it does not end soon on the base; --suite b runs it", "c": sides.FATAL},
            ("a", "b", "c", "d"))
    assert len(kunit.apart.calls) == 1


def test_a_kernel_that_does_not_boot_is_said_with_what_it_said():
    found = sides.no_boot(NoBootError("the guest does not boot: the kernel panicked", "trace"))
    assert found.message.endswith("KUnit suites, the base does: the kernel panicked")
    assert found.evidence == "trace"
