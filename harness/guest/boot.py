# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots a kernel, runs the programs, and survives what the kernel does.

Results come over a serial port of their own, each line with a nonce; the
console is a log. A guest that panics, oopses or hangs is ended, the test that
was running is named, and a fresh guest runs what is left.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness import proc
from harness.errors import InfrastructureError, ToolMissingError
from harness.guest import initramfs, ktap, qemu, splat
from harness.model import GuestRun, Measurement, Outcome, Program, Splat, Status
from harness.sandbox import Sandbox

Say = Callable[[str], None]

MAX_BOOTS = 24  # a series that crashes more tests than this is bad enough
CONSOLE_CAP = 16 << 20
OOPS_GRACE = 1.5  # seconds for the rest of an oops, and for the kernel's last words
SLACK = 10.0  # seconds beyond a test's deadline before the guest counts as hung


@dataclass(frozen=True, slots=True)
class Guest:
    """How to boot. Times in seconds; ``out`` keeps console and results."""

    machine: qemu.Machine
    sandbox: Sandbox
    out: Path
    boot_timeout: float
    test_timeout: float
    run_timeout: float
    say: Say
    init: Path


@dataclass(frozen=True, slots=True)
class _Boot:
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
        elif now - self._moved > self._guest.test_timeout + SLACK:
            return "the guest hung"
        return ""


def _initramfs(guest: Guest, programs: tuple[Program, ...], todo: dict[str, list[str]],
               nonce: str) -> bytes:
    total = guest.run_timeout
    runs = "".join(f"{total:.0f} {name} -t {guest.test_timeout:.0f} {' '.join(tests)}\n"
                   for name, tests in todo.items())
    files = {
        "init": (0o755, guest.init.read_bytes()),
        "nonce": (0o600, f"{nonce} /dev/{guest.machine.arch.results}\n".encode()),
        "run": (0o644, runs.encode()),
    }
    for program in programs:
        if program.name in todo:
            files[f"tests/{program.name}"] = (0o755, program.path.read_bytes())
    return initramfs.pack(files)


def _boot(guest: Guest, kernel: Path, programs: tuple[Program, ...], todo: dict[str, list[str]],
          number: int) -> _Boot:
    nonce = secrets.token_hex(8)
    work = guest.out / f"boot{number}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "initrd").write_bytes(_initramfs(guest, programs, todo, nonce))
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
    return _digest(results, nonce, console, why)


def _digest(results: Path, nonce: str, console: list[str], why: str) -> _Boot:
    text = results.read_bytes()[:CONSOLE_CAP].decode("utf-8", "replace") if results.exists() else ""
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
    return _Boot(lines, notes, tuple(order), splat.find(console), "@hello" in said,
                 "@bye" in said, why, "\n".join(console[-15:]))


def _culprit(boot: _Boot, todo: dict[str, list[str]]) -> tuple[str, str] | None:
    """The test that was running when the guest ended."""
    during = next((s.during for s in boot.splats if s.during), "")
    program, _, test = during.partition(".")
    if test in todo.get(program, []):
        return program, test
    program = boot.order[-1] if boot.order else ""
    return (program, todo[program][0]) if todo.get(program) else None


def _blame(boot: _Boot) -> tuple[Status, str, str]:
    """Status, reason and log of the test that a guest died of."""
    if boot.splats:
        first = boot.splats[0]
        return Status.CRASHED, f"kernel: {first.title}", first.text
    if "hung" in boot.why or "no end" in boot.why:
        return Status.TIMEOUT, boot.why, boot.tail
    return Status.CRASHED, boot.why or "the guest ended early", boot.tail


def _with_splat(outcome: Outcome, program: str, splats: tuple[Splat, ...]) -> Outcome:
    """A test during which the kernel complained has not passed."""
    mine = next((s for s in splats if s.during == f"{program}.{outcome.name}"), None)
    if mine is None:
        return outcome
    bad = splat.is_fatal(mine.text.splitlines()[0])
    status = Status.CRASHED if bad else Status.FAIL
    return replace(outcome, status=status, reason=f"kernel: {mine.title}",
                   log=f"{outcome.log}\n{mine.text}".strip())


def _harvest(boot: _Boot, todo: dict[str, list[str]], done: dict[tuple[str, str], Outcome],
             ) -> list[Measurement]:
    """Take the results of one boot out of ``todo`` into ``done``."""
    figures: list[Measurement] = []
    for program, lines in boot.lines.items():
        outcomes, measured = ktap.parse(lines)
        figures += measured
        for outcome in outcomes:
            if outcome.name in todo.get(program, []) and outcome.status is not Status.MISSING:
                done[program, outcome.name] = _with_splat(outcome, program, boot.splats)
                todo[program].remove(outcome.name)
    return figures


def _give_up(todo: dict[str, list[str]], done: dict[tuple[str, str], Outcome], status: Status,
             reason: str) -> None:
    for program, tests in todo.items():
        for test in tests:
            done[program, test] = Outcome(test, status, reason)
    todo.clear()


def run_programs(guest: Guest, kernel: Path, programs: tuple[Program, ...]) -> GuestRun:
    """Run all tests of all programs on ``kernel``.

    Every test that a program lists has an outcome, whatever the guest did.
    Raises ``InfrastructureError`` when two guests in a row give no life sign.
    """
    tool = guest.machine.arch.qemu
    if shutil.which(tool) is None:
        raise ToolMissingError(tool, needed_for="booting kernels", package="qemu-system-x86")
    started = time.monotonic()
    todo = {p.name: list(p.tests) for p in programs}
    done: dict[tuple[str, str], Outcome] = {}
    figures: list[Measurement] = []
    splats: list[Splat] = []
    boots = silent = 0
    while any(todo.values()):
        todo = {name: tests for name, tests in todo.items() if tests}
        if boots == MAX_BOOTS:
            _give_up(todo, done, Status.NOT_RUN, f"{boots} guests have died already")
            break
        boots += 1
        guest.say(f"guest {boots}: {sum(map(len, todo.values()))} tests")
        boot = _boot(guest, kernel, programs, todo, boots)
        figures += _harvest(boot, todo, done)
        splats += boot.splats
        if not boot.hello:
            silent += 1
            if silent == 2:
                raise InfrastructureError(
                    f"the guest does not boot: {boot.why or 'it ended at once'}",
                    hint=f"see {guest.out}/boot{boots}/console")
            continue
        if boot.bye:
            _explain_missing(boot, todo, done)
            break
        culprit = _culprit(boot, todo)
        if culprit is not None:
            program, test = culprit
            status, reason, log = _blame(boot)
            done[program, test] = Outcome(test, status, reason, log=log)
            todo[program].remove(test)
    outcomes = tuple(
        Outcome(p.name, _sum(children), children=children)
        for p in programs
        for children in (tuple(done[p.name, t] for t in p.tests),))
    return GuestRun(outcomes, tuple(figures), tuple(splats), boots,
                    time.monotonic() - started, guest.machine.accel)


def _explain_missing(boot: _Boot, todo: dict[str, list[str]],
                     done: dict[tuple[str, str], Outcome]) -> None:
    """The guest ended in order, but some results never came."""
    for program, tests in todo.items():
        said = [n for n in boot.notes.get(program, []) if n != "@start"]
        reason = "the program ended without a result: " + (" ".join(said) or "it never started")
        for test in tests:
            done[program, test] = Outcome(test, Status.MISSING, reason)


def _sum(children: tuple[Outcome, ...]) -> Status:
    have = {c.status for c in children}
    for status in (Status.CRASHED, Status.TIMEOUT, Status.FAIL, Status.MISSING, Status.NOT_RUN):
        if status in have:
            return status
    return Status.SKIP if have == {Status.SKIP} else Status.PASS
