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


@pytest.mark.parametrize(("text", "size"), [
    (" 7 ", 7), ("1k", 1 << 10), ("1KB", 1 << 10), ("2MiB", 2 << 20), ("1T", 1 << 40), ("5 B", 5)])
def test_sizes_are_written_in_many_ways(text, size):
    assert housekeeping.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "G", "-1", "1.5G", "1X", "20G please", "1 1"])
def test_what_is_no_size_is_named(text):
    with pytest.raises(UsageError) as error:
        housekeeping.parse_size(text)
    assert repr(text) in error.value.message


def test_hard_links_take_their_room_once(tmp_path):
    whole = tmp_path / "a"
    whole.write_bytes(os.urandom(100_000))
    alone = housekeeping.size_of(whole)
    assert alone >= 100_000
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("x", "y"):
        os.link(whole, folder / name)
    assert housekeeping.size_of(folder) == alone
    assert housekeeping.size_of(tmp_path / "gone") == 0


def test_each_thing_has_its_kind_size_and_age(cache):
    (cache / "runs" / "r1").mkdir(parents=True)
    (cache / "work" / "run-1").mkdir(parents=True)
    os.utime(cache / "runs" / "r1", (50, 50))
    rows = {e.name: e for e in housekeeping.entries(cache) if not e.kind.startswith("cell")}
    assert {name: e.kind for name, e in rows.items()} == {
        "old": "kernel", "new": "kernel", "half.part": "unfinished", "r1": "run", "run-1": "work"}
    assert (rows["old"].used, rows["new"].used, rows["r1"].used) == (0, 100, 50)
    assert rows["old"].path == cache / "kernels" / "old"
    assert housekeeping.size_of(rows["old"].path) == rows["old"].size


def test_a_cell_is_found_where_it_lies(cache):
    (cell,) = [e for e in housekeeping.entries(cache) if e.kind == "cell boot"]
    assert cell.path.is_file()
    assert abs(cell.size - cell.path.stat().st_size) < 100


def test_an_empty_cache_has_nothing(tmp_path):
    assert list(housekeeping.entries(tmp_path)) == []
    assert housekeeping.gc(tmp_path, 0) == ([], 0)


def test_trees_are_never_removed(cache):
    (cache / "trees.git").mkdir()
    housekeeping.gc(cache, 0)
    assert (cache / "trees.git").is_dir()


def test_where_a_run_works_is_not_removed(cache):
    place = cache / "work" / "run-1"
    place.mkdir(parents=True)
    (place / "file").write_bytes(os.urandom(9000))
    with (place / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert "run-1" not in names(housekeeping.gc(cache, 0)[0])
    assert "run-1" in names(housekeeping.gc(cache, 0)[0])
    assert not place.exists()


def test_a_build_that_goes_on_is_not_removed(cache):
    with (cache / "kernel-half.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert names(housekeeping.gc(cache, 1 << 30)[0]) == []
    assert names(housekeeping.gc(cache, 1 << 30)[0]) == ["half.part"]


def test_configured_bases_are_thrown_away_as_kernels_are(cache):
    for name in ("base", "rest.part"):
        (cache / "prepared" / name).mkdir(parents=True)
        (cache / "prepared" / name / "object").write_bytes(os.urandom(100_000))
    rows = {e.name: (e.kind, e.size >= 100_000) for e in housekeeping.entries(cache)}
    assert (rows["base"], rows["rest.part"]) == (("prepared", True), ("unfinished", True))
    with (cache / "prepared-base.lock").open("w") as one, (
            cache / "prepared-rest.lock").open("w") as two, (
            cache / "kernel-old.lock").open("w") as three:
        for handle in (one, two, three):
            fcntl.flock(handle, fcntl.LOCK_EX)
        assert {"base", "rest.part", "old"}.isdisjoint(names(housekeeping.gc(cache, 0)[0]))
    assert {"base", "rest.part", "old"} == set(names(housekeeping.gc(cache, 0)[0]))
    assert list((cache / "prepared").iterdir()) == []


def test_what_fits_stays_and_what_is_left_is_told(cache):
    before = sum(e.size for e in housekeeping.entries(cache))
    gone, left = housekeeping.gc(cache, before)
    assert names(gone) == ["half.part"]
    assert left == before - gone[0].size == sum(e.size for e in housekeeping.entries(cache))
    assert housekeeping.gc(cache, left) == ([], left), "exactly as much as it may be"
    assert not (cache / "kernels" / "half.part").exists()


def test_nothing_else_goes_where_unfinished_builds_are_enough(cache):
    rows = {e.name: e.size for e in housekeeping.entries(cache)}
    gone, _ = housekeeping.gc(cache, sum(rows.values()) - rows["half.part"])
    assert [e.name for e in gone] == ["half.part"]


def test_cells_that_go_are_forgotten(cache):
    housekeeping.gc(cache, 0)
    assert store.Store(cache / "cells").rows() == []
    assert not [p for p in (cache / "cells").rglob("*") if len(p.name) == 64]


def test_what_a_killed_run_left_without_a_lock_is_swept(tmp_path):
    (tmp_path / "work" / "run-dead").mkdir(parents=True)
    with housekeeping.scratch(tmp_path) as place:
        assert [p.name for p in (tmp_path / "work").iterdir()] == [Path(place).name]
        assert Path(place).name.startswith("run-")
        with (Path(place) / ".lock").open() as handle, pytest.raises(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_place_of_a_run_goes_with_it_whatever_happens(tmp_path):
    def work():
        with housekeeping.scratch(tmp_path) as place:
            (Path(place) / "file").touch()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert list((tmp_path / "work").iterdir()) == []


def test_a_dry_run_says_what_would_go_and_keeps_it(cache):
    before = names(housekeeping.entries(cache))
    dry, left = housekeeping.gc(cache, 0, dry=True)
    assert names(housekeeping.entries(cache)) == before
    gone, really = housekeeping.gc(cache, 0)
    assert (names(dry), left) == (names(gone), really)
