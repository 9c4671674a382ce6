# SPDX-License-Identifier: GPL-2.0-or-later
"""How the right version and its mutants are built and booted."""

import hashlib
from pathlib import Path

import pytest

from harness.arch import MACHINES
from harness.guest import boot
from harness.guest.run import USUAL
from harness.model import Status
from harness.prove import steps
from harness.run import workload
from harness.run.workload import Workload
from harness.system import sandbox
from tests.make import guest_run
from tests.unit.run.toys import counted, image, program, state

RUN = guest_run({"p.a": "PASS"})


@pytest.fixture
def known(tmp_path, monkeypatch):
    monkeypatch.setattr(boot, "compile_init", lambda folder, box, log, line: folder / "init")
    monkeypatch.setattr(workload, "run", counted(RUN))
    return state(tmp_path, load=Workload((program(tmp_path / "p"),)))


@pytest.mark.parametrize(("flavour", "longer"), [("default", 1), ("debug", 8)])
def test_a_mutant_that_says_nothing_has_hung(tmp_path, flavour, longer):
    one = state(tmp_path, settings={"flavour": flavour})
    where = steps.guest_for(one, Path("/init"), tmp_path / "out")
    assert where.test_timeout == steps.TEST_TIMEOUT * longer
    assert where.silence == steps.SILENCE * longer
    assert (where.init, where.out) == (Path("/init"), tmp_path / "out")
    where.say("nobody hears it")
    assert one.say.__self__ == []


def test_a_mutant_of_another_machine_is_booted_by_that_one(tmp_path):
    row = MACHINES[0]
    where = steps.guest_for(state(tmp_path, machine=row), Path("/init"), tmp_path / "out")
    assert where.machine.emulator == row.emulator


def test_images_are_told_apart_by_content(tmp_path):
    one, two, three = (tmp_path / n for n in "abc")
    for path, content in ((one, b"1"), (two, b"1"), (three, b"2")):
        path.write_bytes(content)
    assert steps.digest_of(one) == steps.digest_of(two) == hashlib.sha256(b"1").hexdigest()
    assert steps.digest_of(one) != steps.digest_of(three)


def test_the_right_version_runs_everything_with_patience(known, tmp_path):
    kernel = image(tmp_path / "k").path
    init, run = steps.run_right(known, tmp_path / "right", kernel)
    assert (init, run) == (tmp_path / "work" / "init" / "init", RUN)
    ((where, booted, load, patience), how) = workload.run.calls[0]
    assert (where.out, where.init, booted) == (tmp_path / "right", init, kernel)
    assert (load, patience, how) == (known.load, USUAL, {"quiet": True})
    assert len(known.say.__self__) == 1


def test_a_mutant_gets_less_of_it(known, tmp_path):
    kernel = image(tmp_path / "k").path
    assert steps.run_wrong(known, Path("/init"), tmp_path / "wrong", kernel) is RUN
    ((where, booted, load, patience), how) = workload.run.calls[0]
    assert (where.out, where.init, booted) == (tmp_path / "wrong", Path("/init"), kernel)
    assert (load, how) == (known.load, {"quiet": True})
    assert patience.boots < USUAL.boots
    assert patience.retried == {Status.FAIL}, "a crash is enough to know"


def test_builds_beside_one_another_are_quiet_and_give_way(known, tmp_path):
    made = steps.quiet_builder(known, tmp_path / "log")
    assert (made.log, made.jobs, made.sandbox.nice) == (tmp_path / "log", 2, sandbox.GIVE_WAY)
    assert made.cache == known.settings.cache
    made.say("nobody hears it")
    assert known.say.__self__ == []


def test_names_that_are_no_names_of_folders_have_one_of_their_own():
    odd = b"x\xff".decode("utf-8", "surrogateescape")
    names = ["a.c:3 drop-1", "a.c_3 drop-1", "../x", "x" * 200, "x" * 201, odd, "x?", "x*"]
    found = [steps.folder(n) for n in names]
    assert len(set(found)) == len(names)
    assert all("/" not in f and len(f.encode()) < 100 for f in found)
    assert steps.folder("given/1 a") == "given_1_a"
