# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that is a table of what it says when."""

import contextlib
import os
from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.arch import EMULATOR
from harness.guest import boot, initramfs
from harness.guest.boot import Guest, Load, boot_once
from harness.guest.qemu import Machine
from harness.model import Program
from harness.system import proc
from harness.system.sandbox import Sandbox

NONCE = "5ec7e7"


class Qemu:
    """Stands in the place of ``proc.run``.

    ``plays`` are rows (second, console lines, words of the results port); it ends by itself
    after them, with ``code``. What it was given stands in the fields behind.
    """

    def __init__(self, clock):
        self.plays, self.code, self.timed_out = [(0, "", "")], 0, False
        self.argv, self.given, self.told, self.files = [], {}, b"", {}
        self.before = lambda work: None
        self._clock = clock

    def __call__(self, argv, *, log, on_line, stop_when, **given):
        self.argv, self.given = argv, given
        start, work, why = self._clock.now, log.parent, ""
        self.before(work)
        for second, console, results in self.plays:
            self._clock.now = start + second
            for line in console.splitlines():
                on_line(line)
            if results:
                with (work / "results").open("a") as port:
                    port.write("".join(f"{NONCE} {row}\n" for row in results.splitlines()))
            why = stop_when()
            self._hear(work)
            if why:
                break
        return proc.Done(tuple(argv), self.code, b"", b"", 1.0, why, timed_out=self.timed_out)

    def _hear(self, work):
        handle = os.open(work / "monitor.in", os.O_RDONLY | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            self.told += os.read(handle, 100)
        os.close(handle)


@pytest.fixture
def qemu(monkeypatch):
    """The guest that the next boots meet; see ``Qemu``."""
    clock = SimpleNamespace(now=1000.0)
    fake = Qemu(clock)
    monkeypatch.setattr(boot, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(boot, "secrets", SimpleNamespace(token_hex=lambda _: NONCE))
    monkeypatch.setattr(proc, "run", fake)
    pack = initramfs.pack
    monkeypatch.setattr(initramfs, "pack", lambda files: fake.files.update(files) or pack(files))
    return fake


@pytest.fixture
def guest(tmp_path):
    init = tmp_path / "init"
    init.write_bytes(b"INIT")
    return Guest(Machine(EMULATOR, "tcg", 256, 2), Sandbox(enabled=False), tmp_path / "guest",
                 boot_timeout=60.0, test_timeout=10.0, run_timeout=600.0, say=lambda _: None,
                 init=init)


@pytest.fixture
def programs(tmp_path):
    """Two programs; the second needs several CPUs."""
    rows = []
    for name, parallel in (("race", True), ("p", False)):
        (tmp_path / name).write_bytes(f"ELF {name}".encode())
        rows.append(Program(name, tmp_path / name, ("a", "b"), parallel=parallel))
    return tuple(rows)


@pytest.fixture
def once(qemu, guest, programs, tmp_path):
    """``once(*plays)``: one boot; keywords change the guest."""
    def go(*plays, todo=None, number=1, load=None, **changes):
        qemu.plays = plays or qemu.plays
        return boot_once(replace(guest, **changes), tmp_path / "bzImage",
                         load or Load(programs), {"p": ["a", "b"]} if todo is None else todo,
                         number)
    return go
