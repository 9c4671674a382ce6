# SPDX-License-Identifier: GPL-2.0-or-later
"""Room on the disk: the cache is kept within its size, and old jobs keep their report alone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from harness.cache import housekeeping
from harness.clean import one_line
from harness.farm import jobs
from harness.model import Say
from harness.report import json_

_EVERY = 3600.0  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes the cache, and the folders of jobs together, may have."""

    cache: Path
    most_cache: int = 20 << 30
    most_jobs: int = 10 << 30


def keep(limits: Limits, state: Path, working: frozenset[str], now: float, say: Say) -> None:
    """Remove what is too much, where nobody has looked for an hour; no trouble stops anything."""
    stamp = state / "room"
    try:
        if stamp.exists() and abs(now - stamp.stat().st_mtime) < _EVERY:
            return
        stamp.touch()
        os.utime(stamp, (now, now))
        gone, _ = housekeeping.gc(limits.cache, limits.most_cache)
        thin = thinned(state / "jobs", limits.most_jobs, working)
    except OSError as error:
        say(f"no room was made: {one_line(str(error), 200)}")
        return
    if gone or thin:
        say(f"room: {len(gone)} things of the cache and the logs of {thin} old jobs were removed")


def thinned(folder: Path, most: int, working: frozenset[str]) -> int:
    """Leave the oldest jobs their report alone until all have room; returns how many lost logs."""
    rows = sorted((p for p in folder.glob("*") if p.is_dir() and p.name not in working),
                  key=lambda p: p.stat().st_mtime)
    sizes = {p: housekeeping.size_of(p) for p in rows}
    left, count = sum(sizes.values()), 0
    for place in rows:
        if left <= most:
            break
        kept = place / jobs.RUN / json_.NAME
        for part in sorted(place.rglob("*"), reverse=True):
            if part == kept or (part.is_dir() and not part.is_symlink()):
                continue
            part.unlink(missing_ok=True)
        for part in sorted((p for p in place.rglob("*") if p.is_dir()), reverse=True):
            if not any(part.iterdir()):
                part.rmdir()
        now = housekeeping.size_of(place)
        if now < sizes[place]:
            left -= sizes[place] - now
            count += 1
    return count
