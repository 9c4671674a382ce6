# SPDX-License-Identifier: GPL-2.0-or-later
"""What the ledger keeps, and that it keeps it whole."""

import pytest

from harness.errors import InfrastructureError
from harness.farm.assemble import Sending
from harness.farm.ledger import DONE, HINT, NAME, QUEUED, RUNNING, STEPS, Ledger
from harness.system import database


@pytest.fixture
def ledger(tmp_path):
    with database.opened(tmp_path / NAME, STEPS, HINT) as file:
        yield Ledger(file)


def sending(key, version=1, work="w", missing=(), mails=("m",)):
    return Sending(key, work, version, 1, f"title {key}", "A <a@x>", f"{key}@x", 100.0 + version,
                   mails, missing)


def test_mails_are_kept_once_with_how_far_the_source_was_read(ledger):
    rows = [("a", ("id 1",), b"one"), ("b", ("id 2", "id 1"), b"two"), ("c", ("id 3",), b"")]
    ledger.add_mails("md", [7], rows, 5.0)
    assert ledger.unsettled() == {1, 2}
    for thread in (1, 2):
        ledger.settled(thread)
    ledger.add_mails("md", [8], rows, 6.0)
    assert ledger.unsettled() == frozenset()
    assert ledger.cursor("md") == [8]
    assert ledger.cursor("other") is None
    assert [list(ledger.mails(t)) for t in (1, 2)] == [[("a", b"one"), ("b", b"two")], []]
    assert ledger.mail("b") == b"two"


def test_threads_that_a_late_mail_ties_together_are_one(ledger):
    ledger.add_mails("md", 1, [("a", ("id 1",), b"1"), ("b", ("id 2",), b"2")], 1.0)
    ledger.put(2, [sending("k")], 1.0)
    ledger.settled(1)
    ledger.add_mails("md", 2, [("c", ("id 3", "id 1", "id 2"), b"3")], 2.0)
    (thread,) = ledger.unsettled()
    assert [n for n, _ in ledger.mails(thread)] == ["a", "b", "c"]
    assert [s.key for s in ledger.sendings(thread)] == ["k"]
    ledger.add_mails("md", 3, [("d", ("id 2",), b"4")], 3.0)
    assert ledger.unsettled() == {thread}


def test_what_fails_half_way_is_not_kept(ledger):
    def rows():
        yield "a", ("id 1",), b"1"
        raise OSError("the disk is full")
    with pytest.raises(OSError, match="full"):
        ledger.add_mails("md", 9, rows(), 1.0)
    assert ledger.cursor("md") is None
    assert list(ledger.mails(1)) == []


def test_a_sending_that_was_whole_stays_as_it_was(ledger):
    ledger.put(1, [sending("k", mails=("a", "b"))], 1.0)
    ledger.put(1, [sending("k", mails=("b",), version=2)], 2.0)
    (one,) = ledger.sendings()
    assert (one.mails, one.version) == (("a", "b"), 2)
    assert ledger.seen("k") == 1.0
    assert ledger.recent(0.5) == {1}
    assert ledger.recent(1.5) == frozenset()


def test_what_was_not_whole_makes_room_for_what_is(ledger):
    ledger.put(1, [sending("part", missing=(2,))], 1.0)
    ledger.put(1, [sending("whole")], 2.0)
    assert [s.key for s in ledger.sendings(1)] == ["whole"]


def test_a_job_is_queued_once_and_what_was_running_begins_again(ledger):
    ledger.put(1, [sending("k"), sending("l", 2)], 1.0)
    assert ledger.queue("j", "k", "{}", 1.0)
    assert not ledger.queue("j", "k", "{}", 2.0)
    ledger.queue("i", "l", "{}", 3.0)
    ledger.set("j", state=RUNNING, tries=1)
    ledger.set("i", state=DONE, told="[]")
    assert [j.key for j in ledger.jobs(RUNNING)] == ["j"]
    assert ledger.recover() == 1
    assert [(j.key, j.state) for j in ledger.jobs()] == [("j", QUEUED), ("i", DONE)]
    assert [j.key for j in ledger.jobs_of(1)] == ["j", "i"]
    assert [j.key for j in ledger.jobs_of_work("k")] == ["j", "i"]
    assert ledger.job("j").tries == 1


def test_a_file_of_a_newer_harness_and_one_that_is_none_are_refused(tmp_path):
    with database.opened(tmp_path / NAME, STEPS, HINT) as file:
        file.execute("pragma user_version = 99")
    with (pytest.raises(InfrastructureError, match="version 99"),
          database.opened(tmp_path / NAME, STEPS, HINT)):
        pass
    (tmp_path / "none").write_text("this is no database, and is long enough to be none\n" * 9)
    with (pytest.raises(InfrastructureError, match="none"),
          database.opened(tmp_path / "none", STEPS, HINT)):
        pass
