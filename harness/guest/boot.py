# SPDX-License-Identifier: GPL-2.0-or-later
"""One guest: boots a kernel with programs in its initramfs and watches it to its end.

Results come over a serial port of their own, each line with a nonce; the
console is a log. A guest that panics, oopses or hangs is ended.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.guest import monitor, payload, qemu, splat, trace
from harness.model import Program, Say, Splat
from harness.system import proc
from harness.system.sandbox import Sandbox, plain

KERNEL_LOG = "log"  # what init passes on by the name of a program
CONSOLE_CAP = 16 << 20  # bytes
LINES_CAP = 400_000  # of a console: each costs more than it has bytes
OOPS_GRACE = 1.5  # seconds for the rest of an oops, and for the kernel's last words
SLACK = 5.0  # seconds beyond a test's deadline before the guest counts as hung
DEAD = 6.0  # seconds of silence after an oops that a patient guest was to survive
DUMP = 3.0  # seconds that a hung guest gets to say where it hangs, after an NMI
CANARY = 5.0  # seconds for a kernel to show that an accelerator works
TAIL, MAX_DUMP = 15, 150  # lines of a console that a report keeps


@dataclass(frozen=True, slots=True)
class Guest:
    """Boot parameters. Times are in seconds; ``out`` keeps console and results.

    A guest that says nothing for ``silence`` has hung; 0: a little more than a
    test may take. ``guests``: so many may share the programs of one kernel. ``patient``: while
    the console goes on, the kernel may take as long as it likes to come up, and complain.
    ``watched``: see ``trace``.
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
    gdb: bool = False  # wait for a debugger, and have patience
    patient: bool = False
    watched: tuple[tuple[int, int], ...] = ()  # code (address, length) that is logged when it runs
    blocks: bool = False  # and of it only where blocks begin


@dataclass(frozen=True, slots=True)
class Command:
    """Somebody else's program or script: what it is called, and how long it may take."""

    name: str
    content: bytes
    args: tuple[str, ...] = ()
    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """The payload of a guest: programs, and files below ``/data``.

    ``needs`` are paths that must be there; what is missing is noted. ``append``: more for the
    kernel's command line; ``log``: init passes on the kernel's log, as the program of that name.
    ``busybox``: a static one, for scripts; with ``shell`` the console has a shell of it in the
    place of the tests. ``archives``: more of the initramfs, below all that is ours.
    """

    programs: tuple[Program, ...]
    data: Mapping[str, bytes] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    busybox: bytes = b""
    archives: tuple[bytes, ...] = ()
    shell: bool = False
    append: str = ""
    log: bool = False


@dataclass(frozen=True, slots=True)
class Boot:
    """The outcome of one boot."""

    lines: dict[str, list[str]]  # program -> its output
    notes: dict[str, list[str]]  # program -> what init said of it
    order: tuple[str, ...]
    splats: tuple[Splat, ...]
    hello: bool
    bye: bool
    why: str
    tail: str
    killed: bool = False  # QEMU itself, by somebody else: no word about the kernel
    late: bool = False  # it ran out of time, though it had begun to answer
    missing: tuple[str, ...] = ()  # paths that should have been there
    console: tuple[str, ...] = ()  # its lines


def compile_init(target: Path, sandbox: Sandbox, log: Path,
                 compiler: tuple[str, ...] = ("gcc",)) -> Path:
    """Compile the guest's init; raises ``CommandFailedError``."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name("init.c"), target)
    work = sandbox.path(target, "/out")
    sandbox.run([*compiler, "-static", "-O2", "-Wall", "-o", "init", "init.c"],
                rw={target: "/out"}, inside={"chdir": work}, log=log, merge=True,
                cwd=None if sandbox.enabled else target)
    return target / "init"


class _Watch:
    """Decides when a guest has said enough. Asked ten times a second.

    One that hangs is asked by an NMI where it is, before it is ended.
    """

    def __init__(self, guest: Guest, results: Path) -> None:
        self.dump: Callable[[], object] = lambda: None
        self.panic = False
        self.hung = ""  # and why it seems so
        self.late = False
        self.dumped: int | None = None  # the number of the first console line after it
        self._guest = guest
        self._results = results
        self._started = time.monotonic()
        self._size = 0
        self._moved = self._heard = self._started
        self._fatal = 0.0
        self._oopsed = False  # and a patient guest goes on
        self._console = 0
        self._lines = 0
        self._asked = 0.0

    def console_line(self, line: str) -> None:
        self._lines += 1
        self._heard = time.monotonic()
        self._console += len(line) + 1
        self._oopsed = self._oopsed or (self._guest.patient and splat.is_fatal(line))
        if not self._fatal and splat.is_fatal(line) and (
                not self._guest.patient or splat.is_panic(line)):
            self._fatal = time.monotonic()
        self.panic = self.panic or splat.is_panic(line)

    def __call__(self) -> str:
        now = time.monotonic()
        if self._console > CONSOLE_CAP or self._lines > LINES_CAP:
            return "console flood"
        if self._size > CONSOLE_CAP:
            return "flood of results"
        if self.hung:
            ended = self.panic and now - self._fatal > OOPS_GRACE
            return self.hung if ended or now - self._asked > DUMP else ""
        size = self._results.lstat().st_size if os.path.lexists(self._results) else 0
        if size != self._size:
            self._size, self._moved = size, now
        if self._fatal and now - self._fatal > OOPS_GRACE:
            return "the kernel oopsed" if not self.panic else "the kernel panicked"
        self.hung = self._why_hung(now)
        if self.hung:
            self.dumped, self._asked = self._lines, now
            with contextlib.suppress(OSError):
                self.dump()
        return ""

    def _why_hung(self, now: float) -> str:
        if self._guest.gdb:
            return ""
        if now - self._started > self._guest.run_timeout:
            self.late = True
            return f"no end after {self._guest.run_timeout:.0f} s"
        if not self._size:
            since = self._heard if self._guest.patient else self._started
            # What a dead thread leaves behind waits for it for minutes.
            most = DEAD if self._oopsed else self._guest.boot_timeout
            silent = now - since > most
            self.late = silent and self._guest.patient  # its console was an answer
            return f"no life sign within {most:.0f} s" if silent else ""
        self.late = now - self._moved > (
            self._guest.silence or self._guest.test_timeout + SLACK)
        return "the guest hung" if self.late else ""


def canary(guest: Guest, kernel: Path, needs: tuple[str, ...]) -> str:
    """Why ``kernel`` cannot do its work on this accelerator; "" when it can.

    A device that opens may still be dead: only a kernel that boots and finds what it
    ``needs`` has shown anything.
    """
    boot = boot_once(replace(guest, boot_timeout=CANARY, run_timeout=2 * CANARY), kernel,
                     Load((), needs=needs), {}, 0)
    if boot.missing:
        return f"the guest has no {boot.missing[0]}"
    return "" if boot.bye else boot.why or "it ended early"


def prepare(guest: Guest, load: Load, todo: dict[str, list[str]], number: int,
            ) -> tuple[Path, str]:
    """Make the folder of one boot with its initramfs; returns it, and the nonce."""
    nonce = secrets.token_hex(8)
    work = guest.out / f"boot{number}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "initrd").write_bytes(payload.pack(guest, load, todo, nonce))
    monitor.make(work)
    return work, nonce


def boot_once(guest: Guest, kernel: Path, load: Load, todo: dict[str, list[str]],
              number: int) -> Boot:
    """Boot once with the tests in ``todo``; consoles and results are kept by ``number``."""
    work, nonce = prepare(guest, load, todo, number)
    console: list[str] = []
    results = work / "results"
    watch = _Watch(guest, results)

    def on_line(line: str) -> None:
        console.append(line)
        watch.console_line(line)

    line = command(guest, kernel, work, append=load.append)
    guest.sandbox.grant((kernel,), (work,))
    with monitor.monitor(work) as tell, trace.traced(
            work, guest.watched, blocks=guest.blocks) as ran:
        watch.dump = functools.partial(tell, b"nmi\n")
        done = proc.run(line, ok=None, timeout=1e9 if guest.gdb else guest.run_timeout + DUMP,
                        merge=True, log=work / "console", on_line=on_line, stop_when=watch)
    (work / "initrd").unlink()
    # A panic ends QEMU by itself: also the one that an NMI has brought about.
    why = done.why or watch.hung or ("the kernel panicked" if watch.panic else "") or (
        "" if done.returncode == 0 else f"QEMU ended with {done.returncode}")
    text = ""
    if os.path.lexists(results):
        with plain(work, "results").open("rb") as handle:
            text = handle.read(CONSOLE_CAP).decode("utf-8", "replace")
    said = _digest(text, nonce, console, watch.dumped)
    if guest.watched:
        trace.keep(work / trace.RAN, ran, [p for p in said.order if p != KERNEL_LOG], said.lines)
    return replace(said, why=why, console=tuple(console),
                   late=done.timed_out or (watch.late and why == watch.hung),
                   killed=not done.why and not 0 <= done.returncode < 128)


def command(guest: Guest, kernel: Path, work: Path, *, terminal: bool = False,
            append: str = "") -> list[str]:
    """The exact line that boots ``kernel``; ``work`` holds the initramfs and gets the results."""
    box = guest.sandbox

    def inside(name: str) -> str:
        return box.path(work / name, f"/out/{name}")

    paths = qemu.Paths(box.path(kernel, "/kernel"), inside("initrd"), inside("results"),
                       inside(monitor.NAME))
    words = (qemu.command_line(guest.machine.emulator), append,
             "nokaslr" * (guest.gdb or bool(guest.watched)))
    argv = qemu.argv(guest.machine, paths, " ".join(filter(None, words)), terminal=terminal,
                     gdb=inside("gdb") if guest.gdb else "")
    argv += trace.words(guest.watched, inside(trace.NAME))
    return box.wrap(argv, ro={kernel: "/kernel"}, rw={work: "/out"}, chdir=box.path(work, "/out"),
                    devices=("/dev/kvm",) if guest.machine.accel == "kvm" else ())


def _digest(text: str, nonce: str, console: list[str], dumped: int | None) -> Boot:
    """Parse the results port and the console; lines from ``dumped`` on come from an NMI."""
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
    tail = console[-TAIL:] if dumped is None else console[max(0, dumped - 5): dumped + MAX_DUMP]
    return Boot(lines, notes, tuple(order), splat.find(console[:dumped]), "@hello" in said,
                "@bye" in said, "", "\n".join(tail), missing=tuple(
                    note.split()[-1] for note in said if note.startswith("@missing ")))
