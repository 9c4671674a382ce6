# SPDX-License-Identifier: GPL-2.0-or-later
import fcntl
import os
from pathlib import Path

import pytest

from harness.cache import housekeeping, store
from harness.errors import UsageError


@pytest.fixture
def cache(tmp_path):
    for n, name in enumerate(("old", "new", "half.part")):
        folder = tmp_path / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "image").write_bytes(os.urandom(100_000))
        if name != "half.part":
            (folder / "done").write_text("{}")
            os.utime(folder / "done", (n * 100, n * 100))
    store.Store(tmp_path / "cells").memo("boot", ("a",), lambda: os.urandom(50_000))
    return tmp_path


def names(rows):
    return [e.name for e in rows if not e.kind.startswith("cell")]


def test_everything_is_listed(cache):
    rows = list(housekeeping.entries(cache))
    assert {e.kind for e in rows} == {"kernel", "unfinished", "cell boot"}
    assert all(e.size >= 50_000 for e in rows)


def test_unfinished_builds_go_first_and_then_what_is_oldest(cache):
    gone, left = housekeeping.gc(cache, 1 << 30)
    assert names(gone) == ["half.part"]
    gone, left = housekeeping.gc(cache, left - 1)
    assert names(gone) == ["old"]
    gone, left = housekeeping.gc(cache, 0)
    assert left == 0
    assert list(housekeeping.entries(cache)) == []


def test_what_a_run_holds_stays(cache):
    with (cache / "kernel-old.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert "old" not in names(housekeeping.gc(cache, 0)[0])
    assert "old" in names(housekeeping.gc(cache, 0)[0])


def test_sizes():
    assert [housekeeping.parse_size(t) for t in ("0", "10K", "20G", "3 MiB")] == [
        0, 10 << 10, 20 << 30, 3 << 20]
    with pytest.raises(UsageError):
        housekeeping.parse_size("lots")


def test_a_run_sweeps_what_killed_runs_left_and_nothing_else(tmp_path):
    with housekeeping.scratch(tmp_path) as first:
        dead = tmp_path / "work" / "run-dead"
        dead.mkdir()
        (dead / ".lock").touch()
        (dead / "big").write_text("x")
        with housekeeping.scratch(tmp_path) as second:
            assert not dead.exists()
            assert first != second
            assert Path(first).is_dir()
        assert not Path(second).exists()
    assert list((tmp_path / "work").iterdir()) == []
