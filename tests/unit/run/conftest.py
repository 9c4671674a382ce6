# SPDX-License-Identifier: GPL-2.0-or-later
import sqlite3
from types import SimpleNamespace

import pytest

from harness.build import kbuild, lines, prepared
from harness.cache import store
from harness.run import cache_keys, reading


@pytest.fixture
def versions(monkeypatch):
    """What ``tool --version`` says, by tool; all say "1" until a test says otherwise."""
    known = {}

    def version(tool):
        return f"{tool} {known.get(tool, '1')}"

    monkeypatch.setattr(store, "version", version)
    monkeypatch.setattr(cache_keys, "version", version)
    for module in (kbuild, prepared):
        monkeypatch.setattr(module, "toolchain", lambda *_: f"{version('gcc')} / {version('ld')}")
    return known


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch):
    """Results of a test need not outlive a power cut, and nobody asks when they were made."""
    ledger = SimpleNamespace(connect=lambda *_, **__: sqlite3.connect(":memory:"))
    monkeypatch.setattr(store, "sqlite3", ledger)
    monkeypatch.setattr(store.os, "fsync", lambda _: None)


@pytest.fixture(autouse=True)
def no_preprocessor(monkeypatch):
    """Which lines an object has is not known: no compiler runs in a unit test."""
    monkeypatch.setattr(lines, "seen", lambda *_: {})


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Toy trees have the same names: what git said of another test's is no answer."""
    reading._mentions.cache_clear()
