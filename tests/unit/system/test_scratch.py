# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders in memory: where they are, and what becomes of those of others."""

import fcntl
import os
import time
from pathlib import Path

import pytest

from harness.system import scratch


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(scratch, "MEMORY", tmp_path)
    monkeypatch.setattr(scratch, "ROOM", 0)
    scratch._home.cache_clear()
    yield
    scratch._home.cache_clear()


def test_folders_lie_together_and_are_gone_afterwards(tmp_path):
    with scratch.folder() as one, scratch.folder() as two:
        home = Path(one).parent
        assert Path(two).parent == home
        assert home.parent == tmp_path
    assert not Path(one).exists()


def test_where_there_is_no_room_or_tmpdir_is_set_they_are_where_they_always_are(
        tmp_path, monkeypatch):
    monkeypatch.setattr(scratch, "ROOM", 1 << 62)
    with scratch.folder() as name:
        assert not name.startswith(f"{tmp_path}/")
    scratch._home.cache_clear()
    monkeypatch.setattr(scratch, "ROOM", 0)
    monkeypatch.setenv("TMPDIR", "/anywhere")  # ``tempfile`` has read it already
    with scratch.folder() as name:
        assert not name.startswith(f"{tmp_path}/harness-")


def test_where_there_is_no_such_place_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch, "MEMORY", tmp_path / "none")
    with scratch.folder() as name:
        assert Path(name).is_dir()


@pytest.mark.parametrize(("held", "age", "stays"), [
    (False, 120, False), (True, 120, True), (False, 1, True)])
def test_what_the_dead_left_is_removed_and_nothing_else(tmp_path, held, age, stays):
    left = tmp_path / "harness-x"
    (left / "inner").mkdir(parents=True)
    (tmp_path / "others").mkdir()
    os.utime(left, (time.time() - age,) * 2)
    handle = os.open(left, os.O_RDONLY)
    if held:
        fcntl.flock(handle, fcntl.LOCK_EX)
    scratch.tidy(tmp_path)
    os.close(handle)
    assert left.exists() == stays
    assert (tmp_path / "others").exists()


def test_a_link_of_that_name_is_not_followed(tmp_path):
    (tmp_path / "target").mkdir()
    (tmp_path / "harness-x").symlink_to(tmp_path / "target")
    os.utime(tmp_path / "harness-x", (0, 0), follow_symlinks=False)
    scratch.tidy(tmp_path)
    assert (tmp_path / "target").is_dir()
