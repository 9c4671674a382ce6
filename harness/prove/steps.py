# SPDX-License-Identifier: GPL-2.0-or-later
"""Build and boot the baseline and its mutants."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

from harness.build import kbuild
from harness.guest import boot
from harness.guest.run import USUAL, RetryPolicy
from harness.model import GuestRun, Status
from harness.run import (
    configs,
    guests,
    workload,
)
from harness.run.state import State
from harness.system import sandbox

TEST_TIMEOUT = 6.0  # seconds: tests take less than two
SILENCE = 8.0  # seconds
# A kernel that is wrong dies often, and one death is enough to know. One or two
# failing tests may be flaky; more are not.
PATIENCE = RetryPolicy(boots=3, retried=frozenset({Status.FAIL}), most=2)


def guest_for(state: State, init: Path, out: Path) -> boot.Guest:
    """The guest in which mutants and the right version are tried: not patient for long."""
    longer = state.settings.timeout_factor
    emulator, _ = guests.of_machine(state.machine)
    where = guests.guest(state.settings, state.box(), out, init, lambda _: None, emulator=emulator)
    return replace(where,
                   test_timeout=TEST_TIMEOUT * longer, silence=SILENCE * longer)


def digest_of(image: Path) -> str:
    """A hash of a kernel image."""
    return hashlib.sha256(image.read_bytes()).hexdigest()


def folder(name: str) -> str:
    """A mutant's name as that of a folder."""
    plain = re.sub(r"[^\w.-]", "_", name)[:80]
    return plain if plain == name.replace("/", "_").replace(" ", "_") else (
        f"{plain}-{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}")


def run_right(state: State, out: Path, image: Path) -> tuple[Path, GuestRun]:
    """The init of all guests, and what the right version says to every test."""
    _, line = guests.of_machine(state.machine)
    init = boot.compile_init(state.work / "init", state.box(), state.log, line)
    state.say("the right version ...")
    return init, workload.run(guest_for(state, init, out), image, state.load, USUAL, quiet=True)


def run_wrong(state: State, init: Path, out: Path, image: Path) -> GuestRun:
    """Run the tests on a mutant until one of them detects it."""
    return workload.run(guest_for(state, init, out), image, state.load, PATIENCE, quiet=True)


def quiet_builder(state: State, log: Path) -> kbuild.Builder:
    """A builder for one of several builds beside one another."""
    usual = configs.builder(state)
    return replace(usual, log=log, say=lambda _: None, jobs=2,
                   sandbox=replace(usual.sandbox, nice=sandbox.GIVE_WAY))
