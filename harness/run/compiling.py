# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of a profile against the headers of a commit, for any architecture."""

from __future__ import annotations

from pathlib import Path

from harness.arch import NATIVE_TARGET
from harness.generate import programs as generated
from harness.profiles import Profile
from harness.run import cache_keys, kept
from harness.run.state import State, require
from harness.uapi.series import export_headers, export_to


def digest(state: State, commit: str, srcarch: str = NATIVE_TARGET.srcarch) -> tuple[str, State]:
    """A hash of an architecture's headers at a commit."""
    key = (srcarch, *cache_keys.headers(state, commit))
    return cache_keys.memo(state, "headers", key, lambda: cache_keys.digest_of(
        export_headers(require(state.tree), commit, srcarch)))


def compiled(state: State, profile: Profile, commit: str, target: Path, *,
             srcarch: str = NATIVE_TARGET.srcarch,
             compiler: generated.Compiler = generated.NATIVE_COMPILER,
             ) -> tuple[kept.Compiled, ...]:
    """A profile's programs against an architecture's headers; their C stays in ``target``.

    Raises ``CommandFailedError``.
    """
    place = state.work / f"headers-{srcarch}-{commit}"
    headers = export_to(require(state.tree), commit, place, srcarch)
    made = generated.build_programs(profile, headers, target, state.box(), state.log,
                                    compiler=compiler)
    rows = kept.pack(made)
    for program in made:
        program.path.unlink()
    return rows
