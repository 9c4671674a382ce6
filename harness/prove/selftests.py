# SPDX-License-Identifier: GPL-2.0-or-later
"""The tree's selftests as what notices wrong versions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.guest import commands
from harness.guest.boot import Command
from harness.model import GuestRun, Status
from harness.prove import ways
from harness.prove.ways import Way
from harness.run import boot_stages
from harness.run.state import State, require
from harness.run.suites import judging, rooted, running
from harness.run.suites.targets import Target


def way(state: State, name: str) -> tuple[Way | None, State]:
    """A target on the right version; None: none of its programs passes there.

    Those programs that execute a changed line are tried first. Raises ``CommandFailedError`` and
    ``NoBootError`` as the selftests of a check do.
    """
    state.say(f"the right version with the selftests {name} ...")
    target, image = judging.ready(state, name)
    said, after = running.booted(state, target, image, "after")
    good = {p.name for p in said.outcomes if p.status is Status.PASS}
    # What fails here, for want of a machine that has it, is no judge.
    before = replace(said, outcomes=tuple(p for p in said.outcomes if p.name in good))
    todo = [c for c in running.commands_of(state, target) if c.name in good]
    if not todo:
        return None, after
    reaching = {group.removeprefix(f"{target.name}:").split(".")[0]
                for group, places in after.executed[len(state.executed):] if places}
    parts = ([c for c in todo if c.name in reaching], [c for c in todo if c.name not in reaching])

    def run_of(some: list[Command], folder: str) -> ways.Run:
        more = rooted.load(target.made, some)

        def run(out: Path, path: Path) -> GuestRun:
            where = replace(boot_stages.guest(state, "wrong"), out=out / folder, say=_silent)
            return _named(target, commands.run_commands(where, path, some, more, before.failing))
        return run
    return ways.of(f"selftests-{name.replace('/', '-')}", image, require(state.applied).head,
                   _named(target, before), *(run_of(some, folder) for some, folder in zip(
                       parts, ("reaching", "others"), strict=True) if some)), after


def _named(target: Target, run: GuestRun) -> GuestRun:
    """The results with the target's name before each program's."""
    return replace(run, outcomes=tuple(
        replace(p, name=f"{target.name}:{p.name}") for p in run.outcomes))


def _silent(_: str) -> None:
    """Say nothing: several wrong versions are tried beside one another."""
