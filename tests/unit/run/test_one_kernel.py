# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs alone, on any kernel."""

from dataclasses import replace

import pytest

from harness.arch import MACHINES, NATIVE_TARGET
from harness.errors import ToolMissingError
from harness.guest import boot, kunit
from harness.run import guests, one_kernel, own, workload
from harness.run.one_kernel import RunOptions
from harness.run.workload import Workload
from harness.settings import Settings
from harness.system import talk
from harness.system.sandbox import Sandbox
from tests.make import guest_run
from tests.unit.run.toys import counted, image, profile, program

RUN = guest_run({"p.a": "PASS"})
SHELL = {"shell": True}


@pytest.fixture
def kernel(tmp_path):
    return image(tmp_path / "k").path


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """``machine(kernel, ...)``: programs compile, guests run; ``said`` is what the user hears."""
    def compile_init(folder, box, log, compiler):
        assert log.parent.is_dir(), "what is written there has a place"
        (folder / "init").write_bytes(" ".join(compiler).encode())
        return folder / "init"

    monkeypatch.setattr(boot, "compile_init", compile_init)
    monkeypatch.setattr(workload, "prepare", counted(lambda made, *_, **__: Workload((
        program(tmp_path / "programs", made.name, ("a", "b")),))))
    monkeypatch.setattr(guests, "accelerated", counted(
        lambda settings, where, *_: (where, "no KVM here")))
    monkeypatch.setattr(workload, "run", counted(RUN))
    monkeypatch.setattr(talk, "interactive", counted(0))

    def go(kernel, *profiles, settings=None, **how):
        go.said.clear()
        chosen = Settings(cache=tmp_path / "cache", sandbox=False, **(settings or {}))
        return one_kernel.run_kernel(kernel, profiles, chosen,
                                     RunOptions(tmp_path / "out", go.said.append, **how))
    go.said = []
    return go


def unpacked(tmp_path):
    """What is in the initramfs of the one guest that was prepared."""
    return (tmp_path / "out" / "guest" / "boot1" / "initrd").read_bytes()


def test_the_programs_of_all_profiles_run_on_the_kernel(machine, kernel, tmp_path):
    one, two = profile(tmp_path, "one"), profile(tmp_path, "two")
    got, why = machine(kernel, one, two, settings={"operations": 77})
    assert (got, why) == (RUN, "no KVM here")
    ((where, booted, work), _) = workload.run.calls[0]
    assert (where.out, booted) == (tmp_path / "out" / "guest", kernel)
    assert [p.name for p in work.programs] == ["one", "two"]
    rows = [(args, named) for args, named in workload.prepare.calls]
    out = tmp_path / "out"
    assert rows[0] == ((one, None, out / "programs" / "one", Sandbox(enabled=False)),
                       {"log": out / "log", "operations": 77, "machine": None})
    assert guests.accelerated.calls[0][0][2:] == (kernel, (one, two))


def test_a_kernel_is_booted_without_programs_too(machine, kernel):
    assert machine(kernel)[0] is RUN
    assert not workload.run.calls[0][0][2]


def test_the_suites_that_are_built_into_it_run_without_programs(machine, kernel, tmp_path,
                                                                monkeypatch):
    monkeypatch.setattr(kunit, "run_suites", counted(RUN))
    assert machine(kernel, profile(tmp_path), kunit=True) == (RUN, "no KVM here")
    assert workload.prepare.calls == workload.run.calls == []
    ((_, booted, names), _) = kunit.run_suites.calls[0]
    assert (booted, names) == (kernel, ())


def test_a_debugger_gets_one_guest_that_waits(machine, kernel, tmp_path):
    machine(kernel, settings={"guests": 4}, gdb=True)
    where = workload.run.calls[0][0][0]
    assert (where.gdb, where.guests) == (True, 1)
    assert any(f"gdb {kernel}" in text and f"{tmp_path}/out/guest/boot1/gdb" in text
               for text in machine.said)
    machine(kernel, settings={"guests": 4})
    where = workload.run.calls[1][0][0]
    assert (where.gdb, where.guests) == (False, 4)
    assert machine.said == []


def test_a_dry_run_says_the_line_and_has_all_ready_for_it(machine, kernel, tmp_path):
    got, line = machine(kernel, profile(tmp_path), dry_run=True)
    assert got is None
    assert workload.run.calls == []
    assert f"-kernel {kernel} " in line
    assert f"-initrd {tmp_path}/out/guest/boot1/initrd " in line
    assert b"toy -t 20 a b\n" in unpacked(tmp_path)
    assert "-gdb" not in line
    assert "-gdb" in machine(kernel, dry_run=True, gdb=True)[1]


@pytest.fixture
def busybox(tmp_path, monkeypatch):
    path = tmp_path / "busybox"
    path.write_bytes(b"\x7fELF a static busybox")
    monkeypatch.setattr(own.shutil, "which", lambda name: (
        str(path) if name == "busybox" and path.is_file() else None))
    return path


def test_a_shell_is_at_the_users_terminal_with_the_programs(machine, kernel, tmp_path, busybox):
    assert machine(kernel, profile(tmp_path), **SHELL) == (None, "")
    ((argv,), _) = talk.interactive.calls[0]
    assert argv[argv.index("-kernel") + 1] == str(kernel)
    assert "stdio,id=console,mux=on,signal=off" in argv
    files = unpacked(tmp_path)
    assert b"a static busybox" in files
    assert b"tests/toy" in files
    assert b"cpus\nshell\n" in files
    assert any("/tests" in text for text in machine.said)
    assert workload.run.calls == []


@pytest.mark.parametrize("content", [b"", b"\x7fELF /lib64/ld-linux-x86-64.so.2", None])
def test_a_shell_needs_a_busybox_without_libraries(machine, kernel, busybox, content):
    if content is None:
        busybox.unlink()
    else:
        busybox.write_bytes(content)
    with pytest.raises(ToolMissingError) as caught:
        machine(kernel, **SHELL)
    assert "busybox-static" in caught.value.hint
    assert talk.interactive.calls == []


def test_the_accelerator_is_looked_for_in_the_guest_of_the_settings(machine, kernel, tmp_path):
    machine(kernel, settings={"memory": 99})
    settings, where = guests.accelerated.calls[0][0][:2]
    assert where.machine.memory == settings.memory == 99
    assert replace(where, say=print).sandbox == Sandbox(enabled=False)


def test_a_kernel_of_another_machine_has_its_programs_its_init_and_its_emulator(
        machine, kernel, tmp_path):
    (other, *_) = (m for m in MACHINES if m.target != NATIVE_TARGET)
    _, why = machine(kernel, profile(tmp_path, "one"), machine=other)
    ((_, how),) = workload.prepare.calls
    assert how["machine"] is other
    (((where, *_), _),) = workload.run.calls
    assert (where.machine.emulator, where.machine.accel) == (other.emulator, "tcg")
    assert (why, guests.accelerated.calls) == ("", []), "KVM is this machine's own"
