# SPDX-License-Identifier: GPL-2.0-or-later
"""One guest: boots a kernel with programs in its initramfs and watches it to its end.

Results come over a serial port of their own, each line with a nonce; the
console is a log. A guest that panics, oopses or hangs is ended.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness import proc
from harness.guest import initramfs, qemu, splat
from harness.model import Program, Splat
from harness.sandbox import Sandbox, plain

Say = Callable[[str], None]

CONSOLE_CAP = 16 << 20
OOPS_GRACE = 1.5  # seconds for the rest of an oops, and for the kernel's last words
SLACK = 5.0  # seconds beyond a test's deadline before the guest counts as hung


@dataclass(frozen=True, slots=True)
class Guest:
    """How to boot. Times in seconds; ``out`` keeps console and results.

    A guest that says nothing for ``silence`` has hung; 0: a little more than a
    test may take. ``guests``: so many may share the programs of one kernel.
    """

    machine: qemu.Machine
    sandbox: Sandbox
    out: Path
    boot_timeout: float
    test_timeout: float
    run_timeout: float
    say: Say
    init: Path
    silence: float = 0.0
    guests: int = 1


@dataclass(frozen=True, slots=True)
class Load:
    """What goes into the guest: programs, and files below ``/data``."""

    programs: tuple[Program, ...]
    data: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Boot:
    """What one boot left behind."""

    lines: dict[str, list[str]]  # program -> its output
    notes: dict[str, list[str]]  # program -> what init said of it
    order: tuple[str, ...]
    splats: tuple[Splat, ...]
    hello: bool
    bye: bool
    why: str
    tail: str


def compile_init(target: Path, sandbox: Sandbox, log: Path) -> Path:
    """Compile the guest's init; raises ``CommandFailedError``."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name("init.c"), target)
    work = sandbox.path(target, "/out")
    line = sandbox.wrap(["gcc", "-static", "-O2", "-Wall", "-o", "init", "init.c"],
                        rw={target: "/out"}, chdir=work)
    proc.run(line, log=log, merge=True, cwd=None if sandbox.enabled else target)
    return target / "init"


class _Watch:
    """Decides when a guest has said enough. Asked ten times a second."""

    def __init__(self, guest: Guest, results: Path) -> None:
        self._guest = guest
        self._results = results
        self._started = time.monotonic()
        self._size = 0
        self._moved = self._started
        self._fatal = 0.0
        self._panic = False
        self._console = 0
        self._bye = 0.0

    def console_line(self, line: str) -> None:
        self._console += len(line) + 1
        if not self._fatal and splat.is_fatal(line):
            self._fatal = time.monotonic()
        self._panic = self._panic or splat.is_panic(line)

    def __call__(self) -> str:
        now = time.monotonic()
        size = self._results.stat().st_size if self._results.exists() else 0
        if size != self._size:
            self._size, self._moved = size, now
        if self._fatal and (self._panic or now - self._fatal > OOPS_GRACE):
            return "the kernel oopsed" if not self._panic else "the kernel panicked"
        if self._console > CONSOLE_CAP:
            return "console flood"
        if not self._size:
            if now - self._started > self._guest.boot_timeout:
                return f"no life sign within {self._guest.boot_timeout:.0f} s"
        elif now - self._moved > (self._guest.silence or self._guest.test_timeout + SLACK):
            return "the guest hung"
        return ""


def _initramfs(guest: Guest, load: Load, todo: dict[str, list[str]], nonce: str) -> bytes:
    total = guest.run_timeout
    rows = {p.name: f"{total:.0f} {p.name} -t {guest.test_timeout:.0f} "
                    f"{' '.join(todo[p.name])}\n"
            for p in load.programs if p.name in todo}
    late = {p.name for p in load.programs if p.parallel}
    runs = "".join(row for name, row in rows.items() if name not in late)
    runs += "".join(["cpus\n", *(row for name, row in rows.items() if name in late)])
    files = {
        "init": (0o755, guest.init.read_bytes()),
        "nonce": (0o600, f"{nonce} /dev/{guest.machine.arch.results}\n".encode()),
        "run": (0o644, runs.encode()),
        **{f"data/{name}": (0o644, data) for name, data in load.data.items()},
    }
    for program in load.programs:
        if program.name in todo:
            files[f"tests/{program.name}"] = (0o755, program.path.read_bytes())
    return initramfs.pack(files)


def boot_once(guest: Guest, kernel: Path, load: Load, todo: dict[str, list[str]],
              number: int) -> Boot:
    """Boot once with the tests in ``todo``; consoles and results are kept by ``number``."""
    nonce = secrets.token_hex(8)
    work = guest.out / f"boot{number}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "initrd").write_bytes(_initramfs(guest, load, todo, nonce))
    box = guest.sandbox
    console: list[str] = []
    results = work / "results"
    watch = _Watch(guest, results)

    def on_line(line: str) -> None:
        console.append(line)
        watch.console_line(line)

    argv = qemu.argv(
        guest.machine, box.path(kernel, "/kernel"), box.path(work / "initrd", "/out/initrd"),
        box.path(results, "/out/results"), qemu.command_line(guest.machine.arch))
    devices = ("/dev/kvm",) if guest.machine.accel == "kvm" else ()
    line = box.wrap(argv, ro={kernel: "/kernel"}, rw={work: "/out"}, chdir=box.path(work, "/out"),
                    devices=devices)
    done = proc.run(line, ok=None, timeout=guest.run_timeout, merge=True, log=work / "console",
                    on_line=on_line, stop_when=watch)
    (work / "initrd").unlink()
    why = done.why or ("" if done.returncode == 0 else f"QEMU ended with {done.returncode}")
    text = ""
    if os.path.lexists(results):
        with plain(work, "results").open("rb") as handle:
            text = handle.read(CONSOLE_CAP).decode("utf-8", "replace")
    return _digest(text, nonce, console, why)


def _digest(text: str, nonce: str, console: list[str], why: str) -> Boot:
    lines: dict[str, list[str]] = {}
    notes: dict[str, list[str]] = {}
    order: list[str] = []
    for raw in text.splitlines():
        head, _, rest = raw.partition(" ")
        program, _, body = rest.partition(" ")
        if head != nonce:
            continue
        if body.startswith("@"):
            notes.setdefault(program, []).append(body)
            if body == "@start":
                order.append(program)
        else:
            lines.setdefault(program, []).append(body)
    said = notes.get("-", [])
    return Boot(lines, notes, tuple(order), splat.find(console), "@hello" in said,
                 "@bye" in said, why, "\n".join(console[-15:]))
