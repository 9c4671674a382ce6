# SPDX-License-Identifier: GPL-2.0-or-later
"""The QEMU command line. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from harness.arch import Emulator


@dataclass(frozen=True, slots=True)
class Machine:
    """A virtual machine; ``memory`` is in MiB."""

    emulator: Emulator
    accel: str
    memory: int
    cpus: int


def command_line(emulator: Emulator) -> str:
    """The kernel's command line.

    slub_debug poisons freed objects, so that a use after free is seen (not U: a
    stack for each allocation costs a tenth of the run); grace periods are short;
    panic=-1 with -no-reboot ends QEMU at once. One CPU until init starts the others:
    CPUs that have no work still wait for one another, and on a busy host long.
    A panic shows the stacks of all CPUs.
    """
    return (f"console={emulator.console},115200 panic=-1 oops=continue slub_debug=FZP "
            f"page_poison=1 rcupdate.rcu_expedited=1 printk.time=1 maxcpus=1 "
            f"panic_print=0x40 {emulator.append}").rstrip()


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths as QEMU sees them; ``monitor`` is a pair of FIFOs."""

    kernel: str
    initrd: str
    results: str
    monitor: str


def argv(machine: Machine, paths: Paths, append: str, *, gdb: str = "",
         terminal: bool = False) -> list[str]:
    """The argv: no network, no disk, no display, nothing of the user's configuration.

    The console is on standard output; the results port is a file. The monitor reads
    from a FIFO: we only ever tell it something, and nothing that it says is parsed.
    ``gdb`` is a socket at which QEMU waits for a debugger; ``terminal`` gives the console
    to the user (Ctrl-A x ends QEMU).
    """
    emulator = machine.emulator
    cpu = emulator.cpu if machine.accel == "tcg" else "host"
    stdio = "stdio,id=console,mux=on,signal=off" if terminal else "stdio,id=console,signal=off"
    monitor = "none" if terminal else "chardev:monitor"
    return [
        emulator.program, "-nodefaults", "-no-user-config", "-display", "none",
        "-no-reboot", "-nic", "none",
        "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        "-accel", machine.accel, "-machine", emulator.machine, "-cpu", cpu,
        "-smp", str(machine.cpus), "-m", str(machine.memory),
        "-kernel", paths.kernel, "-initrd", paths.initrd, "-append", append,
        "-chardev", stdio, "-serial", "chardev:console",
        "-chardev", f"file,id=results,path={paths.results}", *emulator.port,
        *(() if terminal else ("-chardev", f"pipe,id=monitor,path={paths.monitor}")),
        "-monitor", monitor,
        *(("-S", "-gdb", f"unix:{gdb},server=on,wait=off") if gdb else ()),
    ]
