# SPDX-License-Identifier: GPL-2.0-or-later
"""How a guest is booted, and whether KVM serves."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.arch import MACHINES
from harness.errors import InfrastructureError
from harness.guest import boot
from harness.run import guests
from harness.settings import Settings
from harness.system import sandbox
from harness.system.sandbox import Sandbox
from tests.unit.run.toys import counted, profile

BOX = Sandbox(enabled=False)


def quiet(_):
    """Nobody listens."""


def guest(tmp_path, **settings):
    return guests.guest(Settings(cache=tmp_path / "cache", **settings), BOX, tmp_path / "out",
                        Path("/init"), quiet)


def test_a_guest_is_what_the_settings_say(tmp_path):
    made = guest(tmp_path, memory=99, cpus=7, guests=5, boot_timeout=1.0, test_timeout=2.0,
                 run_timeout=3.0)
    assert (made.machine.memory, made.machine.cpus, made.guests) == (99, 7, 5)
    assert (made.boot_timeout, made.test_timeout, made.run_timeout) == (1.0, 2.0, 3.0)
    assert (made.sandbox, made.out, made.init) == (BOX, tmp_path / "out", Path("/init"))
    assert made.say is quiet


def test_a_debug_kernel_gets_more_of_every_time(tmp_path):
    usual, debug = guest(tmp_path), guest(tmp_path, flavour="debug")
    for name in ("boot_timeout", "test_timeout", "run_timeout"):
        assert getattr(debug, name) == 8 * getattr(usual, name)


@pytest.mark.parametrize(("accel", "machine"), [("auto", "tcg"), ("tcg", "tcg"), ("kvm", "kvm")])
def test_a_guest_is_emulated_until_somebody_has_looked(tmp_path, accel, machine):
    assert guest(tmp_path, accel=accel).machine.accel == machine


@pytest.fixture
def host(tmp_path, monkeypatch, versions):
    """``host(canary, ...)``: what comes of a machine with a /dev/kvm whose canary says so."""
    kernel, device, boot_id = (tmp_path / n for n in ("vmlinux", "kvm", "boot_id"))
    kernel.write_bytes(b"kernel")
    device.touch()
    boot_id.write_text("monday")
    monkeypatch.setattr(guests, "KVM", str(device))
    monkeypatch.setattr(sandbox, "may_use", lambda _: "")
    monkeypatch.setattr(guests, "Path", lambda name: (
        boot_id if name.endswith("boot_id") else Path(name)))

    def ask(canary="", chosen=(), **settings):
        monkeypatch.setattr(boot, "canary", canary if callable(canary) else counted(canary))
        made = Settings(cache=tmp_path / "cache", **settings)
        where = guests.guest(made, BOX, tmp_path / "out", Path("/init"), quiet)
        return guests.accelerated(made, where, kernel, chosen)

    return ask


def test_kvm_serves_where_a_kernel_shows_that_it_works(host, tmp_path):
    canary = counted("")
    where, why = host(canary)
    assert (where.machine.accel, where.out, why) == ("kvm", tmp_path / "out", "")
    (((tried, kernel, needs), _),) = canary.calls
    assert (tried.machine.accel, tried.out) == ("kvm", tmp_path / "out" / "canary")
    assert (kernel, needs) == (tmp_path / "vmlinux", ())


def test_what_the_profiles_need_must_be_in_the_guest(host, tmp_path):
    canary = counted("")
    chosen = (profile(tmp_path, guest=("/dev/kvm",)), profile(tmp_path, "b", guest=("/dev/b",)))
    host(canary, chosen)
    assert canary.calls[0][0][2] == ("/dev/kvm", "/dev/b")
    host(canary, chosen[:1])
    assert len(canary.calls) == 2, "other needs, another question"


def test_what_does_not_work_is_said_and_emulated(host):
    where, why = host("the guest hung")
    assert where.machine.accel == "tcg"
    assert "the guest hung" in why


def test_a_device_that_may_not_be_used_is_not_tried(host, monkeypatch):
    monkeypatch.setattr(sandbox, "may_use", lambda device: f"{device}: permission denied")
    canary = counted("")
    where, why = host(canary)
    assert where.machine.accel == "tcg"
    assert "permission denied" in why
    assert canary.calls == []


@pytest.mark.parametrize("settings", [{"accel": "tcg"}, {"accel": "auto"}])
def test_where_nobody_expects_kvm_nothing_is_said(host, monkeypatch, settings):
    if settings["accel"] == "auto":
        monkeypatch.setattr(guests, "KVM", "/nowhere/kvm")
    canary = counted("")
    where, why = host(canary, **settings)
    assert (where.machine.accel, why, canary.calls) == ("tcg", "", [])


def test_kvm_by_name_that_does_not_work_is_an_error(host):
    with pytest.raises(InfrastructureError, match="the guest hung") as caught:
        host("the guest hung", accel="kvm")
    assert "tcg" in caught.value.hint


def test_kvm_by_name_is_tried_where_there_is_no_device(host, monkeypatch):
    monkeypatch.setattr(guests, "KVM", "/nowhere/kvm")
    monkeypatch.setattr(sandbox, "may_use", lambda device: f"there is no {device}")
    with pytest.raises(InfrastructureError, match="/nowhere/kvm"):
        host("", accel="kvm")


def test_a_kernel_is_asked_once_for_each_boot_of_the_host(host, tmp_path, versions):
    canary = counted("the guest hung")
    for _ in range(2):
        assert "the guest hung" in host(canary)[1]
    assert len(canary.calls) == 1
    (tmp_path / "boot_id").write_text("tuesday")
    host(canary)
    (tmp_path / "vmlinux").write_bytes(b"another kernel")
    host(canary)
    versions["qemu-system-x86_64"] = "2"
    host(canary)
    assert len(canary.calls) == 4
    (tmp_path / "boot_id").unlink()  # a host without it can be asked too
    host(canary)
    assert len(canary.calls) == 5


def test_who_asks_for_kvm_by_name_gets_a_new_answer(host):
    host("the guest hung")
    assert host("", accel="kvm")[0].machine.accel == "kvm"


def test_the_user_is_told_what_takes_the_time(host, monkeypatch, tmp_path):
    said = []
    made = Settings(cache=tmp_path / "cache")
    monkeypatch.setattr(boot, "canary", counted(""))
    where = replace(guests.guest(made, BOX, tmp_path, Path("/init"), quiet), say=said.append)
    guests.accelerated(made, where, tmp_path / "vmlinux", ())
    assert any("KVM" in text for text in said)


def test_a_machine_that_has_fewer_cpus_gets_no_more(tmp_path):
    one = next(m for m in MACHINES if m.emulator.most_cpus == 1)
    made = Settings(cache=tmp_path / "cache", cpus=4)
    where = guests.guest(made, BOX, tmp_path / "out", Path("/init"), quiet, emulator=one.emulator)
    assert where.machine.cpus == 1
    assert guests.of_machine(one) == (one.emulator, one.init_compiler)
    assert guests.of_machine(None)[1] == ("gcc",)
