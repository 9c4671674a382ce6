# SPDX-License-Identifier: GPL-2.0-or-later
"""Single objects on their way through a series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.build import codecheck, kernel, objects
from harness.build.kbuild import configure
from harness.errors import CommandFailedError
from harness.model import Finding, Kconfig
from harness.run import configs
from harness.run.single import touched
from harness.run.single.patches import Step
from harness.run.state import State, require


@dataclass
class Series:
    """Objects, by source, and what became of them.

    ``quick``: nothing but sources that were there before differ. ``broken``: objects that the base
    has none of; ``bad``: those that fail by now, and since which patch; ``mended``: what failed
    for a while.
    """

    state: State
    config: Kconfig
    out: Path
    broken: set[str]
    quick: bool = False
    names: dict[str, str] = field(default_factory=dict)
    bad: dict[str, tuple[int, CommandFailedError]] = field(default_factory=dict)
    mended: list[tuple[int, CommandFailedError]] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Compile what a patch touches."""
        maker = configs.builder(self.state)
        if self.quick:
            made = objects.repeat(maker, step.sources, self.out, (
                self.names[p] for p in step.paths if self.names.get(p, "") not in {
                    "", *self.broken}))
        else:
            made = self._by_make(step)
        self._mend(made.built)
        for name, error in made.failed:
            if name not in self.broken and name in self.names.values():
                self.bad.setdefault(name, (step.number, error))

    def _by_make(self, step: Step) -> objects.Made:
        maker = configs.builder(self.state)
        if kernel.configures(step.paths):
            configure(maker, step.sources, self.out, self.config, fresh=False)
        fresh = touched.names(self.state, step.sources, self.out, step.paths)
        made = objects.compile_objects(maker, step.sources, self.out, dict.fromkeys(
            fresh.values()), touched.homes(self.state, step.sources, fresh))
        new = {p: n for p, n in fresh.items() if n not in self.names.values()}
        if new or step.builds_otherwise:
            new = touched.built(self.state, step.sources, self.out, {**self.names, **fresh})
            objects.drop(self.out, set(fresh.values()) - set(new.values()))
            # What make builds no more cannot fail any more.
            self._mend(set(self.names.values()) - set(new.values()))
        self.names |= new
        return made

    def _mend(self, names: set[str] | frozenset[str]) -> None:
        for name in [n for n in self.bad if n in names]:
            self.mended.append(self.bad.pop(name))

    def findings(self) -> Iterator[Finding]:
        """What does not compile after the last patch, and what did not on the way there."""
        for number, error in self.bad.values():
            yield replace(kernel.finding(error), patch=number)
        total = len(require(self.state.applied).commits)
        for number, error in self.mended:
            yield codecheck.not_bisectable(error, number, total)
