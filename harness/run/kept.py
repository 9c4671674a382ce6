# SPDX-License-Identifier: GPL-2.0-or-later
"""Keep results of builds and guests in the cache, and restore them as files."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.model import (
    Finding,
    GuestRun,
    Program,
    Status,
)

MAX_LOG = 16 << 20  # bytes of one log that are kept
_CHANCE = frozenset({Status.FLAKY, Status.TIMEOUT, Status.MISSING, Status.NOT_RUN})


@dataclass(frozen=True, slots=True)
class Built:
    """A patched kernel: its image, where it lies below the build directory, what was found."""

    name: str
    image: bytes
    found: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Booted:
    """Results of guests, and their raw logs by name, compressed."""

    run: GuestRun
    files: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A program as it came out of the compiler."""

    name: str
    content: bytes
    tests: tuple[str, ...]
    parallel: bool


def image_of(built: Built, out: Path) -> Path:
    """The image of a kernel in its build directory, put back where it is not there."""
    path = out / built.name
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(built.image)
    return path


def steady(booted: Booted) -> bool:
    """Whether a guest's results may be cached: none of them may be flaky."""
    return not any(t.status in _CHANCE for p in booted.run.outcomes for t in p.children)


def booted(folder: Path, run: GuestRun) -> Booted:
    """The results of guests together with their raw logs below ``folder``."""
    files = [p for p in sorted(folder.rglob("*"))
             if p.is_file() and not p.is_symlink() and p.stat().st_size < MAX_LOG]
    return Booted(run, tuple((str(p.relative_to(folder)), zlib.compress(p.read_bytes(), 1))
                             for p in files))


def replay_logs(kept: Booted, folder: Path) -> GuestRun:
    """The results; the raw logs of the run that got them are put where they would be."""
    for name, data in kept.files:
        path = folder / name
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(zlib.decompress(data))
    return kept.run


def pack(made: Iterable[Program]) -> tuple[Compiled, ...]:
    """Programs as values."""
    return tuple(Compiled(p.name, p.path.read_bytes(), p.tests, p.parallel) for p in made)


def unpack(rows: Iterable[Compiled], target: Path) -> tuple[Program, ...]:
    """Programs as files again."""
    made = []
    for row in rows:
        path = target / row.name
        if not path.is_file():
            target.mkdir(parents=True, exist_ok=True)
            path.write_bytes(row.content)
            path.chmod(0o755)
        made.append(Program(row.name, path, row.tests, row.parallel))
    return tuple(made)
