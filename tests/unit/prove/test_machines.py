# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs on kernels of other machines as judges of wrong versions."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.arch import MACHINES
from harness.errors import CommandFailedError
from harness.model import Kconfig
from harness.prove import machines, steps
from harness.run.machines import kernels, machine, sides
from harness.run.workload import NOTHING, Workload
from tests.make import guest_run
from tests.unit.run.toys import built, image, program

FIRST, SECOND = MACHINES[:2]
CONFIG = Kconfig(("CONFIG_X=y",))


@pytest.fixture
def known(tmp_path, git):
    one = built(tmp_path, git)
    return replace(one, request=replace(one.request, arches=(FIRST.name,)))


@pytest.fixture
def world(known, monkeypatch, tmp_path):
    """Everything is installed; ``load`` is what runs there, ``why`` what is said of it."""
    made = SimpleNamespace(load=Workload((program(tmp_path / "p"),)), why="", right=[])

    def side(state, _row):
        return sides.Side(image(tmp_path / "base"), CONFIG, made.load), state, made.why

    def right(state, out, path):
        made.right.append((state.machine, state.load, path.parent.parent.name, out))
        return tmp_path / "init", guest_run({"p.a": "PASS"})
    monkeypatch.setattr(machine, "lacking", lambda row: "" if row == FIRST else "no compiler")
    monkeypatch.setattr(sides, "base", side)
    monkeypatch.setattr(kernels, "made", lambda *_: image(tmp_path / "made"))
    monkeypatch.setattr(steps, "run_right", right)
    return made


def test_a_machine_is_a_way_of_its_own_with_its_results_under_its_name(known, world, monkeypatch):
    ((way,), lost) = machines.found(known)
    assert (way.name, way.target, lost) == (FIRST.name, FIRST.target, ())
    assert way.start.commit == known.applied.head
    assert [o.name for o in way.before.outcomes if o.name != "kernel"] == [f"{FIRST.name}:p"]
    ((row, load, where, _),) = world.right
    assert (row, load, where) == (FIRST, world.load, "made")
    tried = []
    monkeypatch.setattr(steps, "run_wrong", lambda state, init, out, path: (
        tried.append((state.machine, out, path)), guest_run({"p.a": "FAIL"}))[1])
    ((run,)) = way.runs
    after = run(Path("/out"), Path("/k"))
    assert tried == [(FIRST, Path("/out") / FIRST.name, Path("/k"))]
    assert f"{FIRST.name}:p" in {o.name for o in after.outcomes}


def test_the_tree_as_it_stands_has_no_kernel_of_its_own(known, world):
    machines.found(replace(known, applied=replace(known.applied, commits=())))
    assert world.right[0][2] == "base"


def test_why_there_is_none_is_said_and_the_others_judge(known, world):
    both = replace(known, request=replace(known.request, arches=(FIRST.name, SECOND.name)))
    ((way,), lost) = machines.found(both)
    assert (way.name, lost) == (FIRST.name, (f"{SECOND.name}: no compiler",))


@pytest.mark.parametrize(("why", "said"), [
    ("the tests do not compile", "the tests do not compile"), ("", "no program")])
def test_without_programs_nothing_can_judge(known, world, why, said):
    world.load, world.why = NOTHING, why
    ways, (lost,) = machines.found(known)
    assert ways == ()
    assert said in lost


def test_a_base_that_does_not_build_is_said(known, world, monkeypatch):
    def no(*_):
        raise CommandFailedError("make", 2, "x.c:1: no")
    monkeypatch.setattr(sides, "base", no)
    ways, (lost,) = machines.found(known)
    assert ways == ()
    assert lost.startswith(f"{FIRST.name}: ")
