# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that panic, hang, flood, lie or are killed, on a real kernel."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.arch import EMULATOR
from harness.clean import clean
from harness.errors import InfrastructureError
from harness.guest import boot, qemu
from harness.guest.run import RetryPolicy, run_programs
from harness.model import Program, Status
from harness.run import guests
from harness.settings import ROOT, Settings
from harness.system import proc

S = Status
ONCE = RetryPolicy(boots=4, retried=frozenset())
TESTS = ("a", "b", "c")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    def build(what):
        target = tmp_path_factory.mktemp("hostile") / "init"
        proc.run(["gcc", "-static", "-O1", f'-DHOSTILE="{what}"', "-I", str(ROOT / "harness/guest"),
                  "-o", str(target), str(Path(__file__).with_name("hostile.c"))])
        return target
    return build


@pytest.fixture
def guest(box, tmp_path, hostile):
    """``guest(what)``: how to boot it; deadlines are short."""
    return lambda what: boot.Guest(
        qemu.Machine(EMULATOR, "tcg", 256, 2), box, tmp_path / "guest", boot_timeout=6.0,
        test_timeout=2.0, run_timeout=40.0, say=lambda _: None, init=hostile(what), silence=4.0)


@pytest.fixture
def run(guest, kernel):
    def go(what, retry=ONCE):
        done = run_programs(guest(what), kernel,
                            boot.Load((Program("p", Path("/bin/true"), TESTS),)), retry)
        return {t.name: t for p in done.outcomes for t in p.children}, done
    return go


@pytest.fixture
def once(guest, kernel):
    """One boot, and the seconds it took."""
    def go(what):
        started = time.monotonic()
        done = boot.boot_once(guest(what), kernel,
                              boot.Load((Program("p", Path("/bin/true"), TESTS),)),
                              {"p": list(TESTS)}, 1)
        return done, time.monotonic() - started
    return go


def test_a_panic_in_boot_is_seen_and_named(run):
    with pytest.raises(InfrastructureError, match="does not boot: the kernel panicked"):
        run("panic-in-boot")


def test_a_panic_in_a_test_costs_that_test(run):
    tests, done = run("panic-in-test", RetryPolicy(boots=1, retried=frozenset()))
    assert tests["a"].status is S.PASS
    assert tests["b"].status is S.CRASHED
    assert "Attempted to kill init" in tests["b"].reason
    assert "Call Trace" in tests["b"].log
    assert tests["c"].status is S.NOT_RUN
    assert done.splats[0].during == "p.b"


def test_a_panic_ends_the_guest_within_two_seconds(once, tmp_path):
    done, _ = once("panic-in-test")
    console = (tmp_path / "guest/boot1/console").stat().st_mtime
    assert done.why == "the kernel panicked"
    assert time.time() - console < 2.5


def test_a_panic_after_the_last_test_is_no_success(run):
    tests, _ = run("panic-after-the-last")
    assert (tests["a"].status, tests["b"].status, tests["c"].status) == (S.PASS, S.PASS, S.CRASHED)


@pytest.mark.parametrize("what", ["hang", "spin"])
def test_a_guest_that_hangs_says_where(run, what):
    tests, _ = run(what, RetryPolicy(boots=1, retried=frozenset()))
    assert tests["a"].status is S.PASS
    assert tests["b"].status is S.TIMEOUT
    assert tests["b"].reason == "the guest hung"
    assert "NMI" in tests["b"].log, "what every CPU was at"
    if what == "spin":
        assert "RIP: 0033:" in tests["b"].log, "in userspace"


def test_a_guest_that_never_says_anything_is_given_up(once):
    done, seconds = once("silent-in-boot")
    assert "no life sign within 6 s" in done.why
    assert "NMI" in done.tail
    assert seconds < 6 + 10


def test_a_flood_on_the_console_is_cut(once, monkeypatch, tmp_path):
    monkeypatch.setattr(boot, "CONSOLE_CAP", 1 << 18)
    done, _ = once("flood")
    assert done.why == "console flood"
    assert (tmp_path / "guest/boot1/console").stat().st_size < 1 << 20


def test_a_flood_of_results_is_cut(once, monkeypatch):
    monkeypatch.setattr(boot, "CONSOLE_CAP", 1 << 18)
    assert once("flood-of-results")[0].why == "flood of results"


def test_lies_on_the_console_are_no_results(run):
    tests, _ = run("lies-on-the-console")
    assert tests["a"].status is S.PASS
    assert tests["b"].status is tests["c"].status is S.MISSING


def test_strange_bytes_do_not_reach_the_terminal(run):
    tests, _ = run("strange-bytes")
    assert tests["b"].status is S.FAIL
    assert "\x1b" not in clean(tests["b"].log)
    assert "owned" in tests["b"].log


def test_a_guest_that_reboots_all_the_time_is_not_followed(run):
    tests, done = run("reboot", RetryPolicy(boots=2, retried=frozenset()))
    assert tests["a"].status is S.PASS
    assert tests["b"].status is S.CRASHED
    assert done.boots == 2


def killer(times):
    """Kills QEMU as often, whenever one is there."""
    def work():
        for _ in range(times):
            until = time.monotonic() + 20
            while time.monotonic() < until:
                found = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit()
                         and qemu_of_ours(p)]
                if found:
                    time.sleep(1.5)  # it boots
                    for pid in found:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
                    break
                time.sleep(0.05)
            time.sleep(0.3)
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def qemu_of_ours(process):
    with contextlib.suppress(OSError):
        line = (process / "cmdline").read_bytes().split(b"\0")
        return line[0] == b"qemu-system-x86_64" and b"256" in line
    return False


def test_qemu_killed_once_blames_nobody(run):
    thread = killer(1)
    tests, done = run("slow")
    thread.join()
    assert tests["a"].status is S.PASS
    assert done.boots == 2


def test_qemu_killed_all_the_time_is_no_word_about_the_kernel(run):
    thread = killer(2)
    tests, _ = run("hang")
    thread.join()
    assert {tests["b"].status, tests["c"].status} == {S.MISSING}
    assert "no word about the kernel" in tests["b"].reason


@pytest.fixture
def dead_kvm(tmp_path, monkeypatch):
    """A device that opens; what it runs never prints, as TCG with an empty kernel."""
    device = tmp_path / "kvm"
    device.touch()
    device.chmod(0o666)
    monkeypatch.setattr(guests, "KVM", str(device))
    return device


def test_a_kvm_that_opens_and_is_dead_is_found_out(guest, dead_kvm, kernel, tmp_path, monkeypatch):
    monkeypatch.setattr(boot, "canary", lambda *_: "no life sign within 5 s")
    settings = Settings(cache=tmp_path / "cache")
    where, why = guests.accelerated(settings, guest("hang"), kernel, ())
    assert where.machine.accel == "tcg"
    assert "no life sign within 5 s" in why
    with pytest.raises(InfrastructureError, match="--accel kvm: no life sign"):
        guests.accelerated(replace(settings, accel="kvm"), guest("hang"), kernel, ())
    dead_kvm.chmod(0o600)
    if os.geteuid() == 0:
        assert "for root alone" in guests.accelerated(settings, guest("hang"), kernel, ())[1]
    dead_kvm.unlink()
    where, why = guests.accelerated(settings, guest("hang"), kernel, ())
    assert (where.machine.accel, why) == ("tcg", "")


def test_a_canary_needs_ten_seconds_at_most_to_be_called_dead(guest, tmp_path):
    empty = tmp_path / "empty"
    empty.write_bytes(b"\0" * 4096)
    started = time.monotonic()
    assert boot.canary(guest("hang"), empty, ())
    assert time.monotonic() - started < 10


def test_a_canary_says_what_a_guest_lacks(box, tmp_path, kernel):
    init = boot.compile_init(tmp_path / "init", box, tmp_path / "log")
    where = boot.Guest(qemu.Machine(EMULATOR, "tcg", 256, 1), box, tmp_path / "guest", 6.0, 2.0,
                       40.0, lambda _: None, init)
    assert boot.canary(where, kernel, ("/dev/kvm",)) == ""
    assert boot.canary(where, kernel, ("/dev/kvm", "/dev/absent")) == "the guest has no /dev/absent"


def test_kill_9_of_the_tool_leaves_no_guest(kernel, cache, tmp_path):
    """QEMU ends with us, whatever became of us; the next run is fine."""
    argv = [sys.executable, "-m", "harness", "run", "--kernel", str(kernel), "-q", "--cache",
            str(cache), "--out"]

    def ours():
        rows = subprocess.run(["ps", "axww", "-o", "pid=,args="], check=True, text=True,
                              capture_output=True).stdout.splitlines()
        return [int(r.split()[0]) for r in rows if "qemu-system" in r and str(tmp_path) in r]

    with subprocess.Popen([*argv, str(tmp_path / "one")], cwd=ROOT) as child:
        until = time.monotonic() + 60
        while not ours() and time.monotonic() < until:
            time.sleep(0.1)
        assert ours()
        child.kill()
    time.sleep(2)
    assert not ours()
    done = subprocess.run([*argv, str(tmp_path / "two")], cwd=ROOT, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
