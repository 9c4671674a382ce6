# SPDX-License-Identifier: GPL-2.0-or-later
from harness.arch import X86_64
from harness.guest.qemu import Machine, Paths, argv, command_line

PATHS = Paths("/kernel", "/initrd", "/out/results", "/out/monitor")


def test_the_guest_gets_nothing_of_ours():
    line = argv(Machine(X86_64, "tcg", 512, 2), PATHS, "x")
    text = " ".join(line)
    assert "-nodefaults -no-user-config" in text
    assert "-nic none" in text
    assert "-sandbox on" in text
    assert "-drive" not in text
    assert "-cpu max" in text


def test_freed_objects_are_poisoned_and_a_panic_ends_it():
    assert {"slub_debug=FZP", "panic=-1"} <= set(command_line(X86_64).split())


def test_a_debugger_is_waited_for_at_a_socket_and_not_in_a_network():
    line = argv(Machine(X86_64, "tcg", 512, 2), PATHS, "x", gdb="/out/gdb")
    assert line[line.index("-gdb") + 1] == "unix:/out/gdb,server=on,wait=off"
    assert "-S" in line
