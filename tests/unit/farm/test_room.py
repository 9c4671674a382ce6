# SPDX-License-Identifier: GPL-2.0-or-later
"""What is removed by itself, and what stays whatever happens."""

import os

import pytest

from harness.cache import housekeeping
from harness.farm import room


@pytest.fixture
def state(tmp_path):
    """Three jobs of 100 kB each, the first the oldest."""
    for n, name in enumerate(("old", "middle", "new")):
        run = tmp_path / "jobs" / name / "run"
        (run / "guest").mkdir(parents=True)
        (run / "report.json").write_text("{}")
        (run / "guest" / "console").write_bytes(b"x" * 100_000)
        (tmp_path / "jobs" / name / "series").mkdir()
        (tmp_path / "jobs" / name / "series" / "0000.eml").write_bytes(b"x")
        os.utime(tmp_path / "jobs" / name, (n, n))
    return tmp_path


def left(state):
    return {str(p.relative_to(state / "jobs")) for p in (state / "jobs").rglob("*")
            if not p.is_dir()}


def test_the_oldest_jobs_keep_their_report_alone(state):
    assert room.thinned(state / "jobs", 300_000, frozenset()) == 1
    assert left(state) == {"old/run/report.json", *(f"{n}/{f}" for n in ("middle", "new") for f in (
        "run/report.json", "run/guest/console", "series/0000.eml"))}
    assert room.thinned(state / "jobs", 300_000, frozenset()) == 0


def test_what_is_at_work_stays(state):
    assert room.thinned(state / "jobs", 0, frozenset({"old"})) == 2
    assert "old/run/guest/console" in left(state)


def test_it_looks_once_in_an_hour_and_says_what_it_removed(state, monkeypatch):
    asked, said = [], []
    monkeypatch.setattr(housekeeping, "gc", lambda *a: (asked.append(a), ([1], 0))[1])
    limits = room.Limits(state / "cache", 7, 0)
    for now in (1e9, 1e9 + 60, 1e9 + 3601, 1e9 - 9999):  # a clock can jump back
        room.keep(limits, state, frozenset(), now, said.append)
    assert asked == [(state / "cache", 7)] * 3
    assert "the logs of 3 old jobs" in said[0]


def test_trouble_is_said_and_stops_nothing(state, monkeypatch):
    said = []

    def breaks(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(housekeeping, "gc", breaks)
    room.keep(room.Limits(state), state, frozenset(), 1e9, said.append)
    assert said == ["no room was made: [Errno 28] No space left on device"]
