# SPDX-License-Identifier: GPL-2.0-or-later
from harness.arch import X86_64
from harness.guest.qemu import Machine, argv, command_line


def test_the_guest_gets_nothing_of_ours():
    line = argv(Machine(X86_64, "tcg", 512, 2), "/kernel", "/initrd", "/out/results", "x")
    text = " ".join(line)
    assert "-nodefaults -no-user-config" in text
    assert "-nic none" in text
    assert "-sandbox on" in text
    assert "-drive" not in text
    assert "-cpu max" in text


def test_freed_objects_are_poisoned_and_a_panic_ends_it():
    assert {"slub_debug=FZP", "panic=-1"} <= set(command_line(X86_64).split())
