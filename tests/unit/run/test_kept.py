# SPDX-License-Identifier: GPL-2.0-or-later
"""Results of a run as values, and as files again."""

import pytest

from harness.model import Program
from harness.run import kept
from tests.make import guest_run
from tests.unit.run.toys import program

RUN = guest_run({"p.a": "PASS"})


@pytest.mark.parametrize(("status", "keep"), [
    ("PASS", True), ("FAIL", True), ("SKIP", True), ("XFAIL", True), ("CRASHED", True),
    ("FLAKY", False), ("TIMEOUT", False), ("MISSING", False), ("NOT_RUN", False),
])
def test_what_may_have_been_the_weather_is_not_kept(status, keep):
    run = guest_run({"p.a": "PASS", "q.a": "PASS", "q.b": status})
    assert kept.steady(kept.Booted(run, ())) is keep


def test_logs_come_back_where_they_were(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "boot1").mkdir(parents=True)
    (old / "boot1" / "console").write_bytes(b"Linux\n" * 100)
    (old / "results").write_bytes(b"ok 1\n")
    booted = kept.booted(old, RUN)
    assert [name for name, _ in booted.files] == ["boot1/console", "results"]
    assert kept.replay_logs(booted, new) is RUN
    assert (new / "boot1" / "console").read_bytes() == b"Linux\n" * 100
    assert (new / "results").read_bytes() == b"ok 1\n"


def test_kept_logs_take_less_room(tmp_path):
    (tmp_path / "console").write_bytes(b"Linux\n" * 1000)
    ((_, data),) = kept.booted(tmp_path, RUN).files
    assert len(data) < 1000


def test_links_and_logs_without_end_are_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "MAX_LOG", 10)
    (tmp_path / "long").write_bytes(b"x" * 10)
    (tmp_path / "short").write_bytes(b"x" * 9)
    (tmp_path / "link").symlink_to("short")
    assert [name for name, _ in kept.booted(tmp_path, RUN).files] == ["short"]


def test_the_logs_of_this_run_are_not_overwritten(tmp_path):
    (tmp_path / "console").write_bytes(b"now")
    booted = kept.booted(tmp_path, RUN)
    (tmp_path / "console").write_bytes(b"later")
    kept.replay_logs(booted, tmp_path)
    assert (tmp_path / "console").read_bytes() == b"later"


def test_programs_come_back_and_can_be_executed(tmp_path):
    made = (program(tmp_path / "old", "one", ("a", "b"), content=b"1"),
            program(tmp_path / "old", "two", ("c",), parallel=True, content=b"2"))
    target = tmp_path / "new" / "deep"
    again = kept.unpack(kept.pack(made), target)
    assert again == (Program("one", target / "one", ("a", "b"), parallel=False),
                     Program("two", target / "two", ("c",), parallel=True))
    assert [p.path.read_bytes() for p in again] == [b"1", b"2"]
    assert (target / "one").stat().st_mode & 0o777 == 0o755


def test_a_program_that_is_there_already_is_left_alone(tmp_path):
    rows = kept.pack([program(tmp_path, "one")])
    (tmp_path / "one").write_bytes(b"just compiled")
    kept.unpack(rows, tmp_path)
    assert (tmp_path / "one").read_bytes() == b"just compiled"
