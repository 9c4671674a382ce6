# SPDX-License-Identifier: GPL-2.0-or-later
"""How wrong versions are tried: a kernel to begin from, what runs on it, and what it executes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness.arch import NATIVE_TARGET, Target
from harness.build import kernel
from harness.evidence import Place
from harness.model import GuestRun, KernelImage
from harness.prove import steps
from harness.run import executed
from harness.run.state import State

Run = Callable[[Path, Path], GuestRun]  # the folder of its logs, the kernel
PROGRAMS = "programs"


@dataclass(frozen=True, slots=True)
class Way:
    """One kernel of the right version, and what it said.

    ``runs`` are tried one after another until one notices a wrong version. ``executed``: the
    changed lines that this way is known to execute; None: nothing is known of that.
    """

    name: str
    start: kernel.FinishedBuild
    digest: str
    before: GuestRun
    runs: tuple[Run, ...]
    executed: frozenset[Place] | None = None
    target: Target = NATIVE_TARGET

    def reaches(self, place: Place) -> bool:
        """Whether it may execute a line, as far as is known."""
        return self.executed is None or place in self.executed


def of(name: str, image: KernelImage, commit: str, before: GuestRun, *runs: Run) -> Way:
    """A way of a commit's kernel, whose objects are there."""
    start = kernel.FinishedBuild(image.sources, image.build_dir, commit,
                                 str(image.path.relative_to(image.build_dir)))
    return Way(name, start, steps.digest_of(image.path), before, runs)


def programs(state: State, image: KernelImage, commit: str) -> Way:
    """The programs of the profiles, on the kernel that a check boots."""
    init, before = steps.run_right(state, state.request.out / "right", image.path)
    return of(PROGRAMS, image, commit, before,
              lambda out, path: steps.run_wrong(state, init, out, path))


def told(way: Way, old: State, new: State) -> Way:
    """A way with the lines that the guests which ran between two states have executed."""
    rows = new.executed[len(old.executed):]
    ran = frozenset(place for group, places in rows if group != executed.BOOT for place in places)
    return replace(way, executed=ran) if rows else way
