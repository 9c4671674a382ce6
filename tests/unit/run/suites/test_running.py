# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of a target on a kernel."""

import zlib
from dataclasses import replace

import pytest

from harness.build.selftests import Selftests
from harness.guest import commands
from harness.guest.boot import Load
from harness.model import GuestRun, Outcome, Status
from harness.run import boot_stages, executed
from harness.run.suites import rooted, running
from harness.run.suites.targets import Target
from tests.unit.run.toys import built, guest, image, reusing


def target(*names, seconds=20.0):
    rows = tuple((n, zlib.compress(n.encode())) for n in names)
    return Target("x/kvm", Selftests(rows), seconds, 120.0, "")


@pytest.fixture
def boot(tmp_path, git, versions, monkeypatch):
    """``boot(target, without=...)``: the results' names; ``boot.asked``: what each guest got."""
    known = reusing(built(tmp_path, git))
    known = replace(known, request=replace(known.request, settings=replace(
        known.settings, guests=2)))
    one = image(tmp_path / "k", b"kernel of the target")
    monkeypatch.setattr(executed, "whole", lambda *_: ())
    monkeypatch.setattr(boot_stages, "guest", lambda state, side: guest(state, side, guests=2))

    def run_commands(where, path, rows, more, known):
        go.loads[where.out.name] = more
        go.known = known
        assert path == one.path
        go.asked.append((where.out.name, [(c.name, c.content, c.seconds) for c in rows]))
        return GuestRun(tuple(Outcome(c.name, Status.PASS, children=(
            Outcome("exit", Status.PASS),)) for c in rows), (), (), 1, 1.0, "tcg")
    monkeypatch.setattr(commands, "run_commands", run_commands)

    def go(what, side="before", **more):
        done, _ = running.booted(known, what, one, side, **more)
        return sorted(p.name for p in done.outcomes)
    go.asked, go.loads = [], {}
    return go


def test_programs_are_shared_out_to_guests(boot):
    assert boot(target("a", "b", "c")) == ["a", "b", "c"]
    assert sorted(boot.asked) == [
        ("guest1", [("a", b"a", 20.0), ("c", b"c", 20.0)]), ("guest2", [("b", b"b", 20.0)])]


def test_what_is_too_slow_is_left_out(boot):
    assert boot(target("a", "b"), without=frozenset({"a"})) == ["b"]
    assert boot(target("a"), without=frozenset({"a"})) == []


def test_scripts_run_in_a_guest_of_their_own_with_what_they_find(boot, monkeypatch):
    monkeypatch.setattr(rooted, "load", lambda *_: Load((), archives=(b"root",)))
    made = replace(target("a", "b"), made=Selftests(target("a", "b").made.programs,
                                                    (("run.sh", "sh"),)))
    assert boot(made) == ["a", "b", "run.sh"]
    assert sorted((name, [n for n, *_ in rows]) for name, rows in boot.asked) == [
        ("guest1", ["a"]), ("guest2", ["b"]), ("guest3", ["run.sh"])]
    assert boot.loads["guest3"].archives == (b"root",)
    assert boot.loads["guest1"].archives == boot.loads["guest2"].archives == ()


def test_those_that_took_long_on_the_base_are_shared_out_first(boot):
    before = GuestRun(tuple(Outcome(n, Status.FAIL, seconds=s, children=(
        Outcome("exit", Status.FAIL),)) for n, s in (("a", 1.0), ("b", 2.0), ("c", 9.0))),
        (), (), 1, 1.0, "tcg")
    boot(target("a", "b", "c"), "after", before=before)
    assert {name: [n for n, *_ in rows] for name, rows in boot.asked} == {
        "guest1": ["c"], "guest2": ["b", "a"]}
    assert boot.known == {("a", "exit"), ("b", "exit"), ("c", "exit")}


def test_nothing_is_tried_again_on_the_base_before_the_other_has_run(boot):
    boot(target("a"))
    assert boot.known is None


def test_a_kernel_is_asked_once(boot):
    boot(target("a"))
    boot(target("a"), "after")
    assert len(boot.asked) == 1
    boot(target("a", seconds=120.0))
    assert len(boot.asked) == 2


@pytest.mark.parametrize(("program", "name"), [
    ("x86_64/smm_test", "x86_64_smm_test"), ("a", "a"), ("a b;c", "a_b_c"), ("x" * 99, "x" * 80)])
def test_a_name_is_that_of_a_file(program, name):
    assert running.name_of(program) == name
