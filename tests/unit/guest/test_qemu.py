# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import replace

import pytest

from harness.arch import EMULATOR
from harness.guest.qemu import Machine, Paths, argv, command_line

PATHS = Paths("/kernel", "/initrd", "/out/results", "/out/monitor")


def test_the_guest_gets_nothing_of_ours():
    line = argv(Machine(EMULATOR, "tcg", 512, 2), PATHS, "x")
    text = " ".join(line)
    assert "-nodefaults -no-user-config" in text
    assert "-nic none" in text
    assert "-sandbox on" in text
    assert "-drive" not in text
    assert "-cpu max" in text


def test_freed_objects_are_poisoned_and_a_panic_ends_it():
    assert {"slub_debug=FZP", "panic=-1"} <= set(command_line(EMULATOR).split())


def test_a_debugger_is_waited_for_at_a_socket_and_not_in_a_network():
    line = argv(Machine(EMULATOR, "tcg", 512, 2), PATHS, "x", gdb="/out/gdb")
    assert line[line.index("-gdb") + 1] == "unix:/out/gdb,server=on,wait=off"
    assert "-S" in line


def after(line, word, nth=0):
    return [line[n + 1] for n, part in enumerate(line) if part == word][nth]


def test_the_guest_gets_what_the_machine_says():
    line = argv(Machine(EMULATOR, "tcg", 512, 2), PATHS, "a b")
    assert line[0] == "qemu-system-x86_64"
    assert [after(line, w) for w in ("-accel", "-m", "-smp", "-kernel", "-initrd", "-append")] == [
        "tcg", "512", "2", "/kernel", "/initrd", "a b"]
    assert after(line, "-machine") == EMULATOR.machine
    assert "-S" not in line
    assert "-gdb" not in line


@pytest.mark.parametrize(("accel", "cpu"), [("tcg", EMULATOR.cpu), ("kvm", "host")])
def test_the_cpu_is_the_hosts_only_where_it_can_be(accel, cpu):
    assert after(argv(Machine(EMULATOR, accel, 512, 2), PATHS, ""), "-cpu") == cpu


def test_results_have_a_port_of_their_own_and_the_monitor_hears():
    line = argv(Machine(EMULATOR, "tcg", 512, 2), PATHS, "")
    assert [after(line, "-serial", n) for n in (0, 1)] == ["chardev:console", "chardev:results"]
    assert after(line, "-chardev", 0).startswith("stdio,id=console")
    assert "mux=on" not in after(line, "-chardev", 0)
    assert after(line, "-chardev", 1) == "file,id=results,path=/out/results"
    assert after(line, "-chardev", 2) == "pipe,id=monitor,path=/out/monitor"
    assert after(line, "-monitor") == "chardev:monitor"


def test_a_terminal_has_the_console_and_nobody_needs_the_monitor():
    line = argv(Machine(EMULATOR, "tcg", 512, 2), PATHS, "", terminal=True)
    assert "mux=on" in after(line, "-chardev", 0)
    assert after(line, "-monitor") == "none"
    assert not [part for part in line if "pipe," in part]


def test_the_kernel_is_told_where_to_speak_and_what_the_architecture_wants():
    words = command_line(replace(EMULATOR, console="ttyX7", append="toy.x=1")).split()
    assert "console=ttyX7,115200" in words
    assert {"toy.x=1", "panic_print=0x40", "maxcpus=1"} <= set(words)
