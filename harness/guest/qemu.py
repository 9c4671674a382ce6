# SPDX-License-Identifier: GPL-2.0-or-later
"""The QEMU command line. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from harness.arch import Architecture


@dataclass(frozen=True, slots=True)
class Machine:
    """What a guest gets; ``memory`` in MiB."""

    arch: Architecture
    accel: str
    memory: int
    cpus: int


def command_line(arch: Architecture) -> str:
    """The kernel's command line.

    slub_debug poisons freed objects, so that a use after free is seen (not U: a
    stack for each allocation costs a tenth of the run); grace periods are short;
    panic=-1 with -no-reboot ends QEMU at once. One CPU until init starts the others:
    CPUs that have no work still wait for one another, and on a busy host long.
    """
    return (f"console={arch.console},115200 panic=-1 oops=continue slub_debug=FZP "
            f"page_poison=1 maxcpus=1 rcupdate.rcu_expedited=1 printk.time=1 {arch.append}")


def argv(machine: Machine, kernel: str, initrd: str, results: str, append: str) -> list[str]:
    """The argv: no network, no disk, no display, nothing of the user's configuration.

    The console is on standard output; the results port is a file.
    """
    arch = machine.arch
    cpu = arch.cpu if machine.accel == "tcg" else "host"
    return [
        arch.qemu, "-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none",
        "-no-reboot", "-nic", "none",
        "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        "-accel", machine.accel, "-machine", arch.machine, "-cpu", cpu,
        "-smp", str(machine.cpus), "-m", str(machine.memory),
        "-kernel", kernel, "-initrd", initrd, "-append", append,
        "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
        "-chardev", f"file,id=results,path={results}", "-serial", "chardev:results",
    ]
