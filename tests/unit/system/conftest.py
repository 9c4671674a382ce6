# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes that are none, for what starts them."""

import os
import signal
import subprocess
import threading
from io import BytesIO

import pytest

from harness.system import proc

START = proc.start  # tests/conftest.py puts a refusal in its place


class World:
    """What the next child does, and what was done to each."""

    out, err, code = b"", b"", 0
    running = False  # it does not end by itself
    open = False  # somebody keeps its pipe open
    stubborn = False  # it ignores SIGTERM
    deaf = False  # it reads nothing

    def __init__(self):
        self.children, self.signals, self.waits = [], [], []

    def start(self, argv, **how):
        self.children.append(Child(self, argv, how))
        return self.children[-1]

    def kill(self, group, sig):
        if not any(child.pid == group for child in self.children):
            raise ProcessLookupError
        self.signals.append(sig)
        if sig == signal.SIGKILL or not self.stubborn:
            self.running = False


class Stdin(BytesIO):
    def __init__(self, world):
        super().__init__()
        self.world, self.got = world, b""

    def write(self, data):
        if self.world.deaf:
            raise BrokenPipeError
        self.got += data


class Child:
    pid = 4711

    def __init__(self, world, argv, how):
        self.world, self.argv, self.how = world, argv, how
        self.said = how["stdin"].read() if hasattr(how["stdin"], "read") else None
        self.stdin = Stdin(world) if how["stdin"] == subprocess.PIPE else None
        self.keeps = []
        merged = how["stderr"] == subprocess.STDOUT
        self.stdout = self.pipe(world.out + (world.err if merged else b""))
        self.stderr = None if merged else self.pipe(world.err)

    def pipe(self, data):
        reader, writer = os.pipe()
        os.write(writer, data)
        if self.world.open:
            self.keeps.append(writer)
        else:
            os.close(writer)
        return os.fdopen(reader, "rb")

    @property
    def returncode(self):
        return None if self.world.running else self.world.code

    def poll(self):
        return self.returncode

    def wait(self, timeout=None):
        self.world.waits.append(timeout)
        if self.world.running:
            raise subprocess.TimeoutExpired(self.argv, timeout)
        return self.world.code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def world(monkeypatch):
    made = World()
    monkeypatch.setattr(proc, "start", START)
    monkeypatch.setattr(proc, "_closed", threading.Event())
    monkeypatch.setattr(subprocess, "Popen", made.start)
    monkeypatch.setattr(os, "killpg", made.kill)
    yield made
    for child in made.children:
        for fd in child.keeps:
            os.close(fd)
