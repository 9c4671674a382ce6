# SPDX-License-Identifier: GPL-2.0-or-later
"""The contents of the cache, and which of them may be removed."""

from __future__ import annotations

import contextlib
import fcntl
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.cache import store
from harness.errors import UsageError

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be removed by itself; ``used`` is seconds since 1970."""

    kind: str
    name: str
    size: int
    used: float
    path: Path


def parse_size(text: str) -> int:
    """``20G`` in bytes; raises ``UsageError`` for what is no size."""
    match = re.fullmatch(r"(\d+)\s*([KMGT]?)i?B?", text.strip(), re.IGNORECASE)
    if match is None:
        raise UsageError(f"{text!r} is no size", hint="--max-size 20G")
    return int(match.group(1)) * _UNITS[match.group(2).upper()]


def size_of(path: Path) -> int:
    """Bytes on disk of a file or folder; hard links count where they are met first."""
    if not path.is_dir():
        return path.lstat().st_blocks * 512 if path.exists() else 0
    return _new_bytes(path, set())


def _new_bytes(path: Path, seen: set[int]) -> int:
    """Bytes of what was not seen before, by inode: kernels of one tree share their sources."""
    total = 0
    for part in path.rglob("*"):
        stat = part.lstat()
        if stat.st_ino not in seen:
            seen.add(stat.st_ino)
            total += stat.st_blocks * 512
    return total


def entries(cache: Path) -> Iterator[Entry]:
    """Kernels, configured bases, unfinished builds, runs and cells; trees are never removed.

    What several share counts where it is met first.
    """
    seen: set[int] = set()
    for folder, kind in (("kernels", "kernel"), ("prepared", "prepared"), ("runs", "run"),
                         ("work", "work")):
        root = cache / folder
        for path in sorted(root.iterdir()) if root.is_dir() else ():
            mark = path / "done"
            here = mark if mark.is_file() else path
            what = "unfinished" if path.suffix == ".part" else kind
            size = _new_bytes(path, seen) if path.is_dir() else size_of(path)
            yield Entry(what, path.name, size, here.stat().st_mtime, path)
    kept = store.Store(cache / "cells")
    for key, kind, done, _, size in kept.rows():
        yield Entry(f"cell {kind}", key, size, done, kept.root / key[:2] / key)


@contextlib.contextmanager
def scratch(cache: Path) -> Iterator[str]:
    """A place for a patched tree, on the cache's own device so that links work.

    It is locked for as long as the run lives. What runs left behind that were killed is
    removed first.
    """
    root = cache / "work"
    root.mkdir(parents=True, exist_ok=True)
    for left in root.glob("run-*"):
        if not _locked(left / ".lock"):
            shutil.rmtree(left, ignore_errors=True)
    new = Path(tempfile.mkdtemp(dir=root, prefix="new-"))
    place = root / new.name.replace("new-", "run-", 1)
    with (new / ".lock").open("w") as handle:
        # Under its final name only once it is locked: nobody may sweep it away in between.
        fcntl.flock(handle, fcntl.LOCK_EX)
        new.rename(place)
        try:
            yield str(place)
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _locked(lock: Path) -> bool:
    """Whether somebody holds a lock file; one that is not there is held by nobody."""
    if not lock.is_file():
        return False
    with lock.open("r+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _busy(cache: Path, entry: Entry) -> bool:
    """Whether a run holds the lock of a kernel or base, or works in a folder of its own."""
    if entry.kind == "work":
        return _locked(entry.path / ".lock")
    if entry.kind not in {"kernel", "prepared", "unfinished"}:
        return False
    kind = "kernel" if entry.path.parent.name == "kernels" else "prepared"
    return _locked(cache / f"{kind}-{entry.name.removesuffix('.part')}.lock")


def gc(cache: Path, most: int, *, dry: bool = False) -> tuple[list[Entry], int]:
    """Remove what was not used for longest until the rest is no more than ``most`` bytes.

    Unfinished builds go first. Returns what went, and the bytes that are left; with ``dry`` what
    would go, and nothing does.
    """
    every = list(entries(cache))
    left = sum(e.size for e in every)
    gone: list[Entry] = []
    for entry in sorted(every, key=lambda e: (e.kind != "unfinished", e.used)):
        if (left <= most and entry.kind != "unfinished") or _busy(cache, entry):
            continue
        if dry:
            pass
        elif entry.kind.startswith("cell"):
            store.Store(cache / "cells").forget([entry.name])
        else:
            # The mark first: what is half removed must not look whole.
            (entry.path / "done").unlink(missing_ok=True)
            shutil.rmtree(entry.path, ignore_errors=True)
        gone.append(entry)
        left -= entry.size
    return gone, left
