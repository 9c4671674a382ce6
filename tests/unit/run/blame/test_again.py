# SPDX-License-Identifier: GPL-2.0-or-later
"""One program again, on the kernel after some patches."""

from dataclasses import replace

import pytest

from harness.arch import MACHINES
from harness.build import kernel
from harness.guest import commands, kunit
from harness.guest.boot import Command, Load
from harness.model import Kconfig
from harness.run import boot_stages, own, suites, workload
from harness.run.blame import again
from harness.run.machines import sides
from harness.run.workload import Workload
from tests.make import guest_run
from tests.unit.run.toys import applied, built, counted, image, program

GUEST = boot_stages.guest
CONFIG = Kconfig(("CONFIG_KUNIT=y",))


@pytest.fixture
def known(tmp_path, git, versions, monkeypatch):
    texts = [{"fs/a.c": f"{n}\n"} for n in range(4)]
    monkeypatch.setattr(boot_stages, "guest", lambda *_: "guest")
    monkeypatch.setattr(kernel, "patched", counted((image(tmp_path / "k", b"middle"), ())))
    monkeypatch.setattr(kunit, "run_alone", counted("suite"))
    monkeypatch.setattr(workload, "run", counted("profile"))
    monkeypatch.setattr(own, "run_one", counted("own"))
    monkeypatch.setattr(suites, "kernel_of", lambda _: (image(tmp_path / "ku"), CONFIG))
    return replace(built(tmp_path, git), applied=applied(git, *texts))


def after(known, patches):
    return replace(known.applied, commits=known.applied.commits[:patches])


def test_a_suite_runs_in_the_kernel_with_the_suites(known):
    assert again.of(known, "kunit:a")(after(known, 2)) == "suite"
    ((_, series, start, config, _), _) = kernel.patched.calls[0]
    assert series.commits == known.applied.commits[1:2], "those between are not built"
    assert (start.build_dir.parent.name, config) == ("ku", CONFIG)
    ((guest, path, names), _) = kunit.run_alone.calls[0]
    assert (guest, path.read_bytes(), names) == ("guest", b"middle", ["a"])


def test_a_program_of_a_profile_runs_in_the_kernel_that_boots(known, tmp_path):
    load = Workload((program(tmp_path / "p", "prog"), program(tmp_path / "p", "other")))
    assert again.of(replace(known, load=load), "prog")(after(known, 1)) == "profile"
    ((_, _, start, _, _), _) = kernel.patched.calls[0]
    assert start == known.image_base
    ((_, _, work), _) = workload.run.calls[0]
    assert [p.name for p in work.programs] == ["prog"]


def test_a_program_of_the_users_runs_by_itself(known, tmp_path):
    (tmp_path / "mine").write_bytes(b"\x7fELF")
    one = replace(known, request=replace(known.request, own=(tmp_path / "mine",)))
    assert again.of(one, "mine")(after(one, 1)) == "own"
    ((_, name, _), _) = own.run_one.calls[0]
    assert name == "mine"


MORE = Load((), archives=(b"root",))


def test_a_selftest_runs_in_the_kernel_that_its_target_needs(known, tmp_path, monkeypatch):
    command = Command("kvm:x", b"ELF")
    monkeypatch.setattr(suites, "program", lambda _, name: (
        image(tmp_path / "kk"), CONFIG, command, MORE) if name == "kvm:x" else None)
    monkeypatch.setattr(commands, "run_commands", counted("selftest"))
    assert again.of(known, "kvm:x")(after(known, 1)) == "selftest"
    ((_, _, start, config, _), _) = kernel.patched.calls[0]
    assert (start.build_dir.parent.name, config) == ("kk", CONFIG)
    assert commands.run_commands.calls[0][0][2:] == ([command], MORE)


def test_a_program_of_another_machine_runs_there(known, monkeypatch):
    (row, *_) = MACHINES
    one = replace(known, request=replace(known.request, arches=(row.name,)))
    load = Workload((program(known.work, "prog"), program(known.work, "other")))
    side = sides.Side(image(known.work / "m"), CONFIG, load)
    monkeypatch.setattr(sides, "base", lambda state, _: (side, state, ""))
    monkeypatch.setattr(boot_stages, "guest", GUEST)
    monkeypatch.setattr(boot_stages, "init_for", lambda *_: known.work / "init")
    monkeypatch.setattr(workload, "run", counted(guest_run({"prog.a": "PASS"})))
    run = again.of(one, f"{row.name}:prog")(after(one, 2))
    assert [o.name for o in run.outcomes if "prog" in o.name] == [f"{row.name}:prog"]
    ((builder, series, start, config, _), _) = kernel.patched.calls[0]
    assert (builder.target, start, config) == (row.target, side.image, CONFIG)
    assert series.commits == known.applied.commits[1:2]
    ((where, path, work), _) = workload.run.calls[0]
    assert (where.machine.emulator, path.read_bytes()) == (row.emulator, b"middle")
    assert [p.name for p in work.programs] == ["prog"]
    with pytest.raises(again.UnknownProgramError):
        again.of(known, f"{row.name}:prog")


def test_what_nobody_knows_to_run_is_said(known):
    with pytest.raises(again.UnknownProgramError, match="kvm:x"):
        again.of(known, "kvm:x")
