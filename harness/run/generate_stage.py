# SPDX-License-Identifier: GPL-2.0-or-later
"""The stage that compiles the tests of the profiles."""

from __future__ import annotations

import functools
from dataclasses import replace

from harness.errors import CommandFailedError
from harness.generate import programs as generated
from harness.model import (
    Finding,
    Severity,
)
from harness.profiles import Profile
from harness.run import cache_keys, compiling, configs, kept, workload
from harness.run.state import NotRunError, SkippedStage, State, require
from harness.run.workload import NOTHING


def generate(state: State) -> State:
    """Turn the profiles' specs into programs, compiled against the patched headers."""
    if not state.request.base_only:
        configs.of_the_kernel(state)
    if not state.profiles:
        raise SkippedStage("no profile in kselftests/ knows what this series touches: both kernels "
                           "are only booted")
    commit = state.base if state.request.base_only else require(state.applied).head
    ready = NOTHING
    headers, state = compiling.digest(state, commit)
    for profile in state.profiles:
        target = state.request.out / "programs" / profile.name
        make = functools.partial(compiling.compiled, state, profile, commit, target)
        try:
            rows, state = cache_keys.memo(state, "generate", cache_keys.programs(profile, headers),
                                          make)
            if not target.is_dir():  # what is cached was compiled in another run's folder
                generated.write_sources(profile, target)
            # The cache has the binaries: a run's folder keeps the programs' C alone.
            ready += workload.with_scripts(profile, kept.unpack(
                rows, state.work / "programs" / profile.name), state.settings.operations)
        except CommandFailedError as error:
            if why := _fails_on_base(state, profile):
                raise NotRunError(f"the tests of {profile.name} do not compile against the "
                                  f"headers of the base: {why}", state) from None
            finding = Finding(
                "tests-do-not-compile", Severity.ERROR,
                f"the tests of {profile.name} do not compile against the patched headers: "
                f"{generated.why(error)}", evidence=error.tail, subject=profile.name)
            return replace(state, findings=(*state.findings, finding))
    return replace(state, load=ready)


def _fails_on_base(state: State, profile: Profile) -> str:
    """Why the programs of a profile do not compile without the series either; "" if they do."""
    try:
        compiling.compiled(state, profile, state.base, state.work / "base-programs" / profile.name)
    except CommandFailedError as error:
        return generated.why(error)
    return ""
