# SPDX-License-Identifier: GPL-2.0-or-later
"""Both kernels on other machines: which, what is said of them, and what could not be looked at."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness import profiles
from harness.arch import MACHINES, NATIVE_TARGET
from harness.build import kbuild, kernel
from harness.errors import (
    CommandFailedError,
    InfrastructureError,
    InterruptedRunError,
    NoBootError,
)
from harness.evidence import Changed
from harness.generate import programs as generated
from harness.guest import boot
from harness.model import GuestRun, Outcome, Program, Status
from harness.run import machines, workload
from harness.run.machines import guest, machine
from harness.run.state import NotRunError, SkippedStage
from harness.run.workload import Workload
from tests.unit.run.toys import built, image, reusing

WHOLE = tuple(m for m in MACHINES if m.name == m.target.name
              and m.target.srcarch != NATIVE_TARGET.srcarch)
FIRST, SECOND = WHOLE[:2]
PROGRAMS = Workload((Program("p", Path("native"), ("a", "b")),))


def booted(status):
    return GuestRun((Outcome("kernel", status, children=(Outcome("boot", status),)),), (), (),
                    1, 1.0, "tcg")


class World:
    """What builds and boots there; ``base`` and ``patched`` may be errors."""

    def __init__(self, folder):
        self.folder, self.asked = folder, []
        self.there = {p for m in MACHINES for p in (
            m.target.program, m.abi.program, m.emulator.program)}
        self.base = self.patched = self.programs = None
        self.without = ()  # lines that a configuration must not have
        self.loads = []
        self.ends = {"before": Status.PASS, "after": Status.PASS}

    def made(self, builder, _tree, _commit, config):
        self.asked.append(("base", builder.target.name))
        if self.base:
            raise self.base
        if any(line in "".join(config.fragments) for line in self.without):
            raise InfrastructureError("the configuration lost CONFIG_Y")
        return image(self.folder / builder.target.name, b"base")

    def changed(self, builder, *_):
        self.asked.append(("patched", builder.target.name))
        if self.patched:
            raise self.patched
        return image(self.folder / f"{builder.target.name}-patched", b"patched"), ()

    def compile(self, profile, headers, target, _box, _log, *, compiler):
        self.asked.append(("compile", profile.name, compiler.line, headers))
        if self.programs:
            raise self.programs
        target.mkdir(parents=True, exist_ok=True)
        path = target / "p"
        path.write_text(" ".join(compiler.line))
        return (Program("p", path, compiler.tests["p"]),)

    def run(self, where, kernel_, load):
        self.loads.append(tuple((p.name, p.path.read_text(), p.tests) for p in load.programs))
        side = where.out.name
        self.asked.append((side, where.machine.emulator.program, kernel_.read_bytes()))
        answer = self.ends[side]
        if isinstance(answer, Exception):
            raise answer
        return booted(answer)


def compared(state):
    """The architectures whose kernels both have results."""
    before, after = (tuple(o.name.removesuffix(":kernel") for o in run.outcomes) if run else ()
                     for run in (state.before, state.after))
    assert before == after
    return after


@pytest.fixture
def world(tmp_path, monkeypatch):
    made = World(tmp_path / "kernels")
    monkeypatch.setattr(kernel, "base", made.made)
    monkeypatch.setattr(kernel, "patched", made.changed)
    monkeypatch.setattr(kbuild, "toolchain", lambda target: target.name)
    monkeypatch.setattr(guest.store, "version", lambda program: program)
    monkeypatch.setattr(workload, "run", made.run)
    monkeypatch.setattr(generated, "build_programs", made.compile)
    monkeypatch.setattr(shutil, "which", lambda name: name if name in made.there else None)

    def compile_init(folder, _box, _log, program):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "init").write_text(" ".join(program))
        return folder / "init"
    monkeypatch.setattr(boot, "compile_init", compile_init)
    return made


@pytest.fixture
def known(tmp_path, git, versions):
    return reusing(built(tmp_path, git))


def asked(known, *names):
    return replace(known, request=replace(known.request, arches=names))


def test_where_none_is_asked_for_or_touched_there_is_nothing_to_do(known, world):
    with pytest.raises(SkippedStage, match="no other architecture"):
        machines.run_machines(known)
    assert world.asked == []


@pytest.mark.parametrize(("names", "path", "ran"), [
    ((FIRST.name,), "fs/a.c", {FIRST.name}), (("all",), "fs/a.c", {m.name for m in MACHINES}),
    ((), f"arch/{SECOND.target.srcarch}/mm/a.c", {SECOND.name}), (("um",), "fs/a.c", None)])
def test_those_that_are_asked_for_or_touched(known, world, names, path, ran):
    state = replace(asked(known, *names), files=(Changed(path, "a", "b", (1,), ()),))
    if ran is None:
        with pytest.raises(SkippedStage):
            machines.run_machines(state)
        return
    after = machines.run_machines(state)
    assert set(compared(after)) == ran
    assert {name for kind, name, *_ in world.asked if kind == "base"} == {
        m.target.name for m in MACHINES if m.name in ran}


def test_both_kernels_are_booted_by_its_machine_and_compared_like_all_others(known, world):
    world.ends["after"] = Status.FAIL
    after = machines.run_machines(asked(known, FIRST.name))
    program = FIRST.emulator.program
    first, *beside, last = world.asked
    assert (first, last) == (("base", FIRST.name), ("after", program, b"patched"))
    assert set(beside) == {("before", program, b"base"), ("patched", FIRST.name)}
    for run, status in ((after.before, Status.PASS), (after.after, Status.FAIL)):
        assert run.outcomes[-1].name == f"{FIRST.name}:kernel"
        assert run.outcomes[-1].children[0].status is status
    assert after.not_run == known.not_run


def test_a_second_run_has_the_results(known, world):
    machines.run_machines(asked(known, FIRST.name))
    world.asked.clear()
    after = machines.run_machines(asked(known, FIRST.name))
    assert [kind for kind, *_ in world.asked] == ["base"]  # which has a cache of its own
    assert compared(after) == (FIRST.name,)


@pytest.mark.parametrize("program", [FIRST.target.program, FIRST.emulator.program])
def test_what_is_not_installed_is_said_with_what_to_install(known, world, program):
    world.there.discard(program)
    with pytest.raises(NotRunError, match=f"{FIRST.name}: no kernel was booted: {program} is not "
                                          "installed: apt-get install "):
        machines.run_machines(asked(known, FIRST.name))
    with pytest.raises(NotRunError, match=f"^{FIRST.name}: [^;]+$") as raised:
        machines.run_machines(asked(known, FIRST.name, SECOND.name))
    assert compared(raised.value.state) == (SECOND.name,), "the rest goes on"


def test_one_that_is_only_touched_is_said_and_the_verdict_is_that_of_the_others(known, world):
    world.there.discard(SECOND.target.program)
    state = replace(asked(known, FIRST.name), files=(
        Changed(f"arch/{SECOND.target.srcarch}/mm/a.c", "a", "b", (1,), ()),))
    after = machines.run_machines(state)
    assert compared(after) == (FIRST.name,)
    assert any(SECOND.target.program in line for line in after.not_run)


def test_one_that_is_only_touched_is_not_run_where_there_is_no_other(known, world):
    world.there.discard(SECOND.target.program)
    state = replace(known, files=(
        Changed(f"arch/{SECOND.target.srcarch}/mm/a.c", "a", "b", (1,), ()),))
    with pytest.raises(NotRunError, match=f"^{SECOND.name}: no kernel was booted"):
        machines.run_machines(state)


@pytest.mark.parametrize("error", [
    CommandFailedError("make", 2, "no"), InfrastructureError("the configuration lost CONFIG_X")])
def test_a_base_that_does_not_build_is_not_the_series_fault(known, world, error):
    world.base = error
    with pytest.raises(NotRunError, match="the base was not built"):
        machines.run_machines(asked(known, FIRST.name))


def test_a_base_that_does_not_boot_neither(known, world):
    world.ends["before"] = NoBootError("x: no life sign", "")
    with pytest.raises(NotRunError, match="not built or booted"):
        machines.run_machines(asked(known, FIRST.name))


def test_a_series_that_breaks_the_build_there_is_named_with_it(known, world):
    world.patched = CommandFailedError("make", 2, "fs/a.c:1: no")
    after = machines.run_machines(asked(known, FIRST.name))
    (found,) = after.findings
    assert (found.rule, found.severity.value) == ("build-error", "error")
    assert found.message.endswith(f"(for {FIRST.name})")
    assert compared(after) == ()


def test_a_series_that_breaks_the_boot_there_is_named_with_it(known, world):
    world.ends["after"] = NoBootError("x: no life sign", "a panic")
    (found,) = machines.run_machines(asked(known, FIRST.name)).findings
    assert (found.rule, found.evidence) == ("boot-failure", "a panic")
    assert f"does not boot for {FIRST.name}, the base does: no life sign" in found.message


def test_the_configuration_has_what_the_machine_needs_and_nothing_of_another():
    for row in MACHINES:
        text = "\n".join(machine.config(row, ()).fragments)
        assert row.emulator.config in text
        assert not any(f"CONFIG_{name}=" in text for name in row.emulator.lacks)
        assert "CONFIG_DEVTMPFS=y" in text
        assert row.config in text


def test_each_has_an_init_of_its_own(known, world):
    machines.run_machines(asked(known, FIRST.name, SECOND.name))
    inits = {p.read_text() for p in Path(known.work).glob("machines/*/init-*/init")}
    assert inits == {FIRST.target.program, SECOND.target.program}


@pytest.fixture
def tested(known, tmp_path):
    """A run whose profile has a program, and lines for the kernels of one machine."""
    folder = tmp_path / "kselftests" / "toy"
    folder.mkdir(parents=True)
    (folder / "about.toml").write_text('title = "Toy"\n[applies]\n[programs]\n')
    (folder / "config").write_text("CONFIG_SHARED=y\n")
    (folder / f"config.{FIRST.target.name}").write_text("CONFIG_OWN=y\n")
    return replace(known, profiles=(profiles.load(folder),), load=PROGRAMS)


@pytest.mark.parametrize("row", MACHINES, ids=lambda row: row.name)
def test_the_programs_of_the_profile_run_there_on_both_kernels(tested, world, row):
    after = machines.run_machines(asked(tested, row.name))
    line = row.compiler
    assert world.loads == [(("p", " ".join(line), ("a", "b")),)] * 2
    assert compared(after) == (row.name,)
    assert after.not_run == tested.not_run


def test_a_profile_has_lines_for_all_architectures_and_for_one(tested):
    texts = ["".join(machine.config(row, tested.profiles).fragments) for row in WHOLE[:2]]
    assert [("CONFIG_SHARED=y" in text, "CONFIG_OWN=y" in text) for text in texts] == [
        (True, True), (True, False)]


def test_programs_whose_kernel_cannot_be_had_there_are_left_out_and_that_is_said(tested, world):
    world.without = ("CONFIG_SHARED",)
    after = machines.run_machines(asked(tested, FIRST.name))
    assert world.loads == [(), ()]
    assert compared(after) == (FIRST.name,), "both kernels are booted all the same"
    assert after.not_run[-1] == (
        f"{FIRST.name}: no program was run: the configuration lost CONFIG_Y")


@pytest.mark.parametrize(("said", "install"), [
    ("no guest code", False), ("asm/kvm.h: No such file or directory", False),
    ("gnu/stubs-32.h: No such file or directory", True)])
def test_programs_that_do_not_compile_there_are_left_out_and_that_is_said(tested, world, said,
                                                                          install):
    world.programs = CommandFailedError("sh", 1, f"zone.c:1:2: error: {said}")
    after = machines.run_machines(asked(tested, FIRST.name))
    assert (world.loads, compared(after)) == ([(), ()], (FIRST.name,))
    assert "the tests of toy do not compile for" in after.not_run[-1]
    assert f"error: {said}" in after.not_run[-1]
    assert (FIRST.package in after.not_run[-1]) is install


def test_programs_of_another_abi_on_the_native_kernel_are_asked_for_by_name(known, world):
    (other,) = (m for m in MACHINES if m.target == NATIVE_TARGET)
    state = replace(known, files=(Changed(f"arch/{other.target.srcarch}/a.c", "a", "b", (1,), ()),))
    with pytest.raises(SkippedStage):
        machines.run_machines(state)
    assert compared(machines.run_machines(asked(state, other.name))) == (other.name,)


def building(known, *names):
    one = asked(known, *names)
    return replace(one, request=replace(one.request, boots=False))


def test_where_no_more_is_wanted_both_kernels_are_built_only(tested, world):
    world.there -= {FIRST.emulator.program}
    after = machines.run_machines(building(replace(tested, load=workload.NOTHING), FIRST.name))
    assert world.asked == [("base", FIRST.name), ("patched", FIRST.name)]
    assert [name for name, _ in after.inside] == [FIRST.name]
    assert after.not_run == tested.not_run


def test_what_breaks_that_build_is_named_and_a_base_that_does_not_build_is_said(tested, world):
    world.patched = CommandFailedError("make", 2, "fs/a.c:1: no")
    after = machines.run_machines(building(tested, FIRST.name))
    assert FIRST.name in after.findings[-1].message
    world.base = CommandFailedError("make", 2, "no")
    with pytest.raises(NotRunError, match="the base was not built: "):
        machines.run_machines(building(tested, FIRST.name))


def test_a_base_is_built_without_what_the_profiles_want_where_the_tree_has_it_not(tested, world):
    world.without = ("CONFIG_OWN",)
    after = machines.run_machines(building(tested, FIRST.name))
    assert [kind for kind, *_ in world.asked] == ["base", "base", "patched"]
    assert after.not_run == tested.not_run


@pytest.mark.parametrize(("where", "boots"), [
    ("base", True), ("before", True), ("patched", True), ("base", False), ("patched", False)])
def test_ctrl_c_ends_it_and_is_no_word_about_a_machine(tested, world, where, boots):
    stop = InterruptedRunError("interrupted")
    if where == "before":
        world.ends["before"] = stop
    else:
        setattr(world, where, stop)
    one = asked(tested, FIRST.name, SECOND.name)
    with pytest.raises(InterruptedRunError):
        machines.run_machines(replace(one, request=replace(one.request, boots=boots)))
