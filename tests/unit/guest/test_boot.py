# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes into a guest, the line that boots it, and what is read out of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import InputRefusedError
from harness.guest import boot
from harness.guest.boot import Load
from harness.system.sandbox import Sandbox

ALL = "- @hello\np @start\np 1..1\np ok 1 a\np @end 0\n- @bye"


def after(argv, word):
    return argv[argv.index(word) + 1]


def test_lines_and_notes_are_kept_by_program(once):
    done = once((1, "", ALL))
    assert done.lines == {"p": ["1..1", "ok 1 a"]}
    assert done.notes["p"] == ["@start", "@end 0"]
    assert (done.hello, done.bye, done.why) == (True, True, "")
    assert not done.killed
    assert not done.late


def test_programs_are_in_the_order_of_their_starts(once):
    assert once((1, "", "q @start\nq ok 1 a\np @start\np @end 0\nq @end 0")).order == ("q", "p")


def test_a_line_without_the_nonce_is_no_result(once, qemu):
    lies = "0ther - @hello\nwrong p ok 1 a\n- @hello\n"
    qemu.before = lambda work: (work / "results").write_text(lies)
    done = once((1, "5ec7e7 p ok 1 b", "p ok 1 c"))
    assert done.lines == {"p": ["ok 1 c"]}
    assert not done.hello


@pytest.mark.parametrize(("said", "hello", "bye"), [
    ("- @hello", True, False), ("p @hello\np @bye", False, False), ("- @bye", False, True),
    ("", False, False),
])
def test_only_init_says_hello_and_bye(once, said, hello, bye):
    done = once((1, "", said))
    assert (done.hello, done.bye) == (hello, bye)


def test_what_the_guest_lacks_is_named(once):
    assert once((1, "", "- @missing /dev/kvm\n- @hello\n- @missing /x")).missing == (
        "/dev/kvm", "/x")


def test_complaints_on_the_console_know_their_test(once):
    done = once((1, "ktap: p.b\nWARNING: at f\nmore", ALL))
    assert [(s.title, s.during) for s in done.splats] == [("WARNING: at f", "p.b")]


def test_the_end_of_the_console_is_kept(once):
    done = once((1, "\n".join(f"line {n}" for n in range(100)), ALL))
    assert done.tail.splitlines() == [f"line {n}" for n in range(85, 100)]


@pytest.mark.parametrize(("code", "why", "killed"), [
    (0, "", False), (1, "1", False), (127, "127", False), (128, "128", True),
    (137, "137", True), (-9, "-9", True),
])
def test_how_qemu_ended(once, qemu, code, why, killed):
    qemu.code = code
    done = once((1, "", "- @hello"))
    assert done.why.endswith(why)
    assert bool(done.why) == bool(why)
    assert done.killed == killed


def test_a_guest_that_ends_in_a_panic_has_panicked(once, qemu):
    qemu.code = 1
    done = once((1, "Kernel panic - not syncing: x", "- @hello"))
    assert "panicked" in done.why


def test_a_guest_that_never_opens_the_results_has_none(once):
    done = once((1, "x", ""))
    assert done.lines == {}
    assert not done.hello


def test_a_link_in_the_place_of_the_results_is_not_followed(once, qemu, tmp_path):
    (tmp_path / "secret").write_text("5ec7e7 p ok 1 a\n")
    qemu.before = lambda work: (work / "results").symlink_to(tmp_path / "secret")
    with pytest.raises(InputRefusedError, match="results"):
        once((1, "", ""))


def test_results_and_console_stay_and_nothing_else(once, guest):
    once((1, "", ALL), number=7)
    assert [p.name for p in guest.out.iterdir()] == ["boot7"]
    assert [p.name for p in (guest.out / "boot7").iterdir()] == ["results"]


def test_the_output_of_qemu_is_one_stream_that_ends_a_little_after_the_guest(once, qemu):
    once((1, "", ALL), run_timeout=20.0)
    assert (qemu.given["merge"], qemu.given["ok"]) == (True, None)
    assert qemu.given["timeout"] == 20.0 + boot.DUMP
    once((1, "", ALL), run_timeout=20.0, gdb=True)
    assert qemu.given["timeout"] > 1e6, "a person is not hurried"


def test_when_the_time_is_up_it_was_late(once, qemu):
    qemu.timed_out = True
    assert once((1, "", "- @hello")).late


def test_the_programs_that_are_asked_for_go_in(once, qemu):
    once(todo={"p": ["b"]}, load=None, run_timeout=90.0, test_timeout=3.0)
    assert qemu.files["init"] == (0o755, b"INIT")
    assert qemu.files["nonce"] == (0o600, b"5ec7e7 /dev/ttyS1\n")
    assert qemu.files["tests/p"] == (0o755, b"ELF p")
    assert "tests/race" not in qemu.files
    assert qemu.files["run"][1].splitlines() == [b"90 p -t 3 b", b"cpus"]


def test_programs_that_need_cpus_wait_for_them(once, qemu, programs):
    load = Load(programs, data={"script": b"case 0\n"}, needs=("/dev/kvm", "/x"))
    once(todo={"race": ["a"], "p": ["a", "b"]}, load=load)
    assert qemu.files["run"][1].decode().splitlines() == [
        "need /dev/kvm", "need /x", "600 p -t 10 a b", "cpus", "600 race -t 10 a"]
    assert qemu.files["data/script"] == (0o644, b"case 0\n")
    assert "bin/busybox" not in qemu.files


def test_a_shell_stands_in_the_place_of_the_tests(once, qemu, programs):
    once(todo={}, load=Load(programs, shell=True, busybox=b"BUSYBOX"))  # noqa: S604  (a guest's)
    assert qemu.files["run"] == (0o644, b"cpus\nshell\n")
    assert qemu.files["bin/busybox"] == (0o755, b"BUSYBOX")
    assert qemu.files["tests/race"] == (0o755, b"ELF race"), "all of them: a person may ask"


def test_a_boot_of_the_same_number_begins_anew(guest, programs, qemu):
    for _ in range(2):
        work, nonce = boot.prepare(guest, Load(programs), {"p": ["a"]}, 3)
        assert (work, nonce) == (guest.out / "boot3", "5ec7e7")
        assert sorted(p.name for p in work.iterdir()) == ["initrd", "monitor.in", "monitor.out"]
        (work / "stale").touch()
    assert (work / "monitor.in").is_fifo()
    assert (work / "monitor.out").stat().st_mode & 0o777 == 0o666, "another user's QEMU opens it"
    assert b"5ec7e7" in (work / "initrd").read_bytes()


def test_the_line_without_a_sandbox_has_the_paths_of_the_host(guest, tmp_path):
    line = boot.command(guest, tmp_path / "bzImage", tmp_path / "w")
    assert after(line, "-kernel") == str(tmp_path / "bzImage")
    assert after(line, "-initrd") == str(tmp_path / "w" / "initrd")
    assert f"file,id=results,path={tmp_path}/w/results" in line
    assert f"pipe,id=monitor,path={tmp_path}/w/monitor" in line
    assert "-gdb" not in line
    assert "nokaslr" not in after(line, "-append")


@pytest.mark.parametrize(("accel", "kvm"), [("tcg", False), ("kvm", True)])
def test_the_line_in_the_sandbox_sees_the_kernel_and_one_folder(guest, tmp_path, accel, kvm):
    boxed = replace(guest, sandbox=Sandbox(step_down=False),
                    machine=replace(guest.machine, accel=accel))
    line = boot.command(boxed, tmp_path / "bzImage", tmp_path / "w")
    text = " ".join(line)
    assert f"--ro-bind {tmp_path}/bzImage /kernel" in text
    assert f"--bind {tmp_path}/w /out" in text
    assert "--chdir /out" in text
    assert (after(line, "-kernel"), after(line, "-initrd")) == ("/kernel", "/out/initrd")
    assert "path=/out/results" in text
    assert "path=/out/monitor" in text
    assert ("/dev/kvm" in line) == kvm


def test_a_debugger_gets_a_socket_and_addresses_that_stay(guest, tmp_path):
    line = boot.command(replace(guest, gdb=True), tmp_path / "k", tmp_path / "w")
    assert after(line, "-gdb").startswith(f"unix:{tmp_path}/w/gdb")
    assert after(line, "-append").split()[-1] == "nokaslr"


def test_a_terminal_is_the_users(guest, tmp_path):
    line = boot.command(guest, tmp_path / "k", tmp_path / "w", terminal=True)
    assert after(line, "-monitor") == "none"


@pytest.fixture
def canary(qemu, guest, tmp_path):
    def go(*plays):
        qemu.plays = plays
        return boot.canary(guest, tmp_path / "k", ("/dev/kvm",))
    return go


def test_a_canary_that_comes_home_has_nothing_to_say(canary, qemu, guest):
    assert canary((1, "", "- @hello\n- @bye")) == ""
    assert qemu.given["timeout"] == 2 * boot.CANARY + boot.DUMP
    assert qemu.files["run"][1] == b"need /dev/kvm\ncpus\n"
    assert (guest.out / "boot0").is_dir()


@pytest.mark.parametrize(("plays", "code", "word"), [
    (((1, "", "- @hello\n- @missing /dev/kvm\n- @bye"),), 0, "/dev/kvm"),
    (((1, "", "- @hello"),), 0, "early"), (((1, "", "- @hello"),), 1, "ended with 1"),
    (((boot.CANARY + 1, "", ""), (20, "", "")), 0, f"within {boot.CANARY:.0f} s"),
])
def test_a_canary_says_why_it_did_not(canary, qemu, plays, code, word):
    qemu.code = code
    assert word in canary(*plays)


@pytest.mark.parametrize("boxed", [False, True])
def test_init_is_compiled_in_a_folder_of_its_own(commands, tmp_path, boxed):
    cwd = []
    commands.say("gcc", out=b"warned\n", does=lambda argv, given: cwd.append(given["cwd"]))
    target = tmp_path / "deep" / "init"
    made = boot.compile_init(target, Sandbox(enabled=boxed, step_down=False), tmp_path / "log")
    (argv,) = commands.calls
    assert made == target / "init"
    assert {"gcc", "-static"} <= set(argv), "a guest has no libraries"
    assert argv[-3:] == ["-o", "init", "init.c"]
    assert (target / "init.c").read_text() == Path(boot.__file__).with_name("init.c").read_text()
    assert cwd == [None if boxed else target]
    assert ("/out" in argv) == boxed
    assert "warned" in (tmp_path / "log").read_text()
