# SPDX-License-Identifier: GPL-2.0-or-later
"""What guests said of a kernel, from an earlier run where it was steady."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from harness.model import GuestRun
from harness.run import cache_keys, kept
from harness.run.state import State


def remembered(state: State, kind: str, image: Path, place: str, *, parts: Iterable[str],
               run: Callable[[Path], GuestRun]) -> GuestRun:
    """Run guests of a kernel, or take what they said; logs are below ``place`` of the run's folder.

    ``parts``: what the results depend on besides the kernel and the machine. ``run`` is given
    that folder; what it raises is raised.
    """
    folder, settings = state.request.out / place, state.settings
    key = (*cache_keys.kernel(image), settings.accel, str(settings.memory), str(settings.cpus),
           str(settings.timeout_factor), *parts)
    result, _ = cache_keys.memo(state, kind, key, lambda: kept.booted(folder, run(folder)),
                                keep=kept.steady)
    return kept.replay_logs(result, folder)
