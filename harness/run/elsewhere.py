# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a file of another architecture was in a kernel that booted, and was tested. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from harness.arch import MACHINES, NATIVE_TARGET
from harness.evidence import BUILT, Changed, Gap, Look, Sight, arch_of, kind_of
from harness.model import BOOT_TEST, Status
from harness.profiles import covered
from harness.run.state import State

_SUFFIXES = (".c", ".S")
_NOTHING = {Status.SKIP, Status.NOT_RUN, Status.MISSING}  # with which a test says nothing


def ran(state: State, item: Changed) -> Iterator[Sight | Gap]:
    """What is to be said of a file of an architecture whose kernels boot here besides our own."""
    row = next((m for m in MACHINES if m.target.srcarch == arch_of(item.path)
                and m.target.srcarch != NATIVE_TARGET.srcarch), None)
    if row is None or kind_of(item.path) not in BUILT or not item.path.endswith(_SUFFIXES):
        return
    name = row.target.name
    files = next((paths for known, paths in state.inside if known == name), None)
    names = {c.name for c in state.changes if c.name.startswith(f"{name}:")
             and not {c.before, c.after} & _NOTHING}
    if files is None or f"{name}:{BOOT_TEST}" not in names:
        yield Gap(Look.BOOTED, _why(state, name))
    elif item.path not in files:
        yield Gap(Look.BOOTED, f"it is not in the kernel of {name} that boots")
    else:
        yield Sight(Look.BOOTED, name)
        programs = {n.removeprefix(f"{name}:").partition(".")[0] for n in names}
        tests = of_profiles(state, item.path, programs)
        yield Sight(Look.TESTED, tests) if tests else Gap(
            Look.TESTED, f"no test that ran on both kernels of {name} is about it",
            "docs/specs.md says how to write one")


def of_profiles(state: State, path: str, ran: set[str]) -> str:
    """The profiles that a file is a subject of and of which some program is among these."""
    return ", ".join(p.name for p in state.profiles if ran & p.programs
                     and state.series is not None and path in covered(p, state.series))


def _why(state: State, name: str) -> str:
    """Why no kernel of an architecture was booted on both sides."""
    said = next((text for text in state.not_run if text.startswith(f"{name}: ")), "")
    stage = next((s for s in state.stages if s.name == "machines" and s.reason), None)
    return said or (f"no kernel of {name} was booted on both sides"
                    + (f": {stage.reason}" if stage else ""))
