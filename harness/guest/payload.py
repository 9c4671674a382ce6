# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest finds in its initramfs: init, the nonce, the list of what to run, programs, data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.guest import initramfs

if TYPE_CHECKING:
    from harness.guest.boot import Guest, Load


def pack(guest: Guest, load: Load, todo: dict[str, list[str]], nonce: str) -> bytes:
    """The initramfs with which a guest runs the tests in ``todo``, the commands, or a shell."""
    total = guest.run_timeout
    rows = {p.name: f"{total:.0f} {p.name} -t {guest.test_timeout:.0f} "
                    f"{' '.join(todo[p.name])}\n"
            for p in load.programs if p.name in todo}
    late = {p.name for p in load.programs if p.parallel}
    runs = "".join(["kmsg\n" * load.log, "marks\n" * bool(guest.watched),
                    *(f"need {path}\n" for path in load.needs)])
    runs += "".join(row for name, row in rows.items() if name not in late)
    runs += "".join(["cpus\n", *(row for name, row in rows.items() if name in late)])
    runs += "".join(f"command {c.seconds:.0f} {c.name} {' '.join(c.args)}\n"
                    for c in load.commands)
    if load.shell:
        runs = "cpus\nshell\n"
    files = {
        "init": (0o755, guest.init.read_bytes()),
        "nonce": (0o600, f"{nonce} /dev/{guest.machine.emulator.results}\n".encode()),
        "run": (0o644, runs.encode()),
        **{f"data/{name}": (0o644, data) for name, data in load.data.items()},
    }
    for program in load.programs:
        if program.name in todo or load.shell:
            files[f"tests/{program.name}"] = (0o755, program.path.read_bytes())
    for one in load.commands:
        files[f"tests/{one.name}"] = (0o755, one.content)
    if load.busybox:
        files["bin/busybox"] = (0o755, load.busybox)
    return b"".join((*load.archives, initramfs.pack(files)))
