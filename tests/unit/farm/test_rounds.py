# SPDX-License-Identifier: GPL-2.0-or-later
"""What a watch does with what comes: each series once, the newest version, one verdict."""

import pytest

from harness.errors import InfrastructureError, UsageError
from harness.farm import assemble, jobs, outbox, rounds, taking, turns, watch
from harness.farm.jobs import Spec
from harness.farm.ledger import DONE, GIVEN_UP, QUEUED, RUNNING, SUPERSEDED
from harness.farm.routes import Route
from harness.farm.telling import Telling
from harness.model import Finding, Severity, Verdict
from tests import make
from tests.unit.farm.mails import cover, mail

WRONG = make.report(verdict=Verdict.FAIL, series=make.series(make.patch()), findings=(
    Finding("sign-off", Severity.ERROR, "no sign-off"),))
TROUBLE = jobs.Result(5, "infrastructure", "no disk", again=True)


def once(lists, policy="error"):
    """One round; what it says."""
    lists.said.clear()
    rounds.run(lists.ledger, lists.plan, lists.engine(), Telling(policy), lists.said.append,
               once=True, clock=rounds.Clock(lambda: lists.now))
    return lists.said


def settled(lists):
    """What has come is in the ledger, and no job has begun."""
    taking.collect(lists.ledger, lists.plan, lists.now, print)
    watch.settle(lists.ledger, lists.plan, lists.ledger.unsettled(), lists.now, print)


def states(lists):
    titles = {s.key: f"v{s.version} {s.title}" for s in lists.ledger.sendings()}
    return {titles[j.series]: j.state for j in lists.ledger.jobs()}


def drafts(lists):
    return list((lists.plan.state / "outbox" / "new").glob("*"))


def test_each_series_is_checked_once(lists):
    lists.come(mail("[PATCH] toy: One", 1), mail("Re: [PATCH] toy: One", 2, to=1),
               mail("[PATCH 1/2] toy: Two", 3), mail("[PATCH] toy: One", 1))
    once(lists)
    assert lists.done == ["v1 toy: One"]
    once(lists)
    lists.come(mail("[PATCH 2/2] toy: Three", 4, to=3))
    once(lists)
    once(lists)
    assert lists.done == ["v1 toy: One", "v1 toy: Two"]
    assert set(states(lists).values()) == {DONE}
    assert drafts(lists) == []


def test_the_mails_of_a_job_lie_in_its_folder(lists):
    lists.come(mail("[PATCH 2/2] toy: Two", 3, to=1), cover("[PATCH 0/2] Toys", 1),
               mail("[PATCH 1/2] toy: One", 2, to=1))
    once(lists)
    (job,) = lists.ledger.jobs()
    texts = [p.read_text() for p in sorted((lists.plan.folder(job.key) / "series").iterdir())]
    assert [t.split("Subject: ")[1].split("\n")[0] for t in texts] == [
        "[PATCH 0/2] Toys", "[PATCH 1/2] toy: One", "[PATCH 2/2] toy: Two"]


def test_only_the_newest_of_what_has_come_is_checked(lists):
    lists.come(mail("[PATCH] toy: One", 1), mail("[PATCH v3] toy: One", 3, body="Third.\n"),
               mail("[PATCH v2] toy: One", 2, body="Second.\n"))
    once(lists)
    assert lists.done == ["v3 toy: One"]


def test_a_newer_version_replaces_one_that_waits(lists):
    lists.answers["v1 toy: One"] = TROUBLE
    lists.come(mail("[PATCH] toy: One", 1))
    once(lists)
    assert states(lists) == {"v1 toy: One": QUEUED}
    lists.come(mail("[PATCH v2] toy: One", 2, body="Second.\n"))
    lists.now += 1e5
    once(lists)
    assert states(lists) == {"v1 toy: One": SUPERSEDED, "v2 toy: One": DONE}
    assert lists.ledger.jobs(SUPERSEDED)[0].words == "v2 has come"


def test_a_newer_version_that_is_coming_is_waited_for(lists):
    lists.come(mail("[PATCH] toy: One", 1),
               mail("[PATCH v2 1/2] toy: One", 2, body="Second.\n"))
    once(lists)
    assert lists.done == []
    lists.now += lists.plan.patience + 1
    once(lists)
    assert lists.done == ["v1 toy: One"]


def test_a_resend_is_not_checked_again(lists):
    lists.come(mail("[PATCH] toy: One", 1))
    once(lists)
    lists.come(mail("[PATCH RESEND] toy: One", 30))
    once(lists)
    assert lists.done == ["v1 toy: One"]


def test_trouble_of_ours_is_tried_again_with_growing_pauses_and_given_up(lists):
    lists.answers["v1 toy: One"] = TROUBLE
    lists.come(mail("[PATCH] toy: One", 1))
    pauses = []
    for _ in range(turns.MOST_TRIES):
        once(lists)
        once(lists)
        (job,) = lists.ledger.jobs()
        pauses.append(job.after - lists.now)
        lists.now = job.after
    assert len(lists.done) == turns.MOST_TRIES
    assert pauses[:4] == [60, 240, 960, 3840]
    assert states(lists) == {"v1 toy: One": GIVEN_UP}


def test_a_series_that_kills_its_process_is_given_up_sooner(lists):
    lists.answers["v1 toy: One"] = jobs.Result(-9, "killed", "", again=True)
    lists.come(mail("[PATCH] toy: One", 1))
    for _ in range(9):
        once(lists)
        lists.now += 1e6
    assert len(lists.done) == turns.MOST_DEATHS


def test_a_clock_that_jumped_back_stops_nothing(lists):
    lists.answers["v1 toy: One"] = TROUBLE
    lists.come(mail("[PATCH] toy: One", 1))
    once(lists)
    lists.now -= 1e8
    once(lists)
    assert len(lists.done) == 2


def test_what_was_running_when_it_was_killed_begins_again(lists):
    lists.come(mail("[PATCH] toy: One", 1))
    settled(lists)
    (job,) = lists.ledger.jobs()
    lists.ledger.set(job.key, state=RUNNING, tries=1)
    assert "1 job of the last time begins again" in once(lists)
    assert states(lists) == {"v1 toy: One": DONE}


def test_what_came_in_before_a_kill_is_looked_at_the_next_time(lists):
    lists.come(mail("[PATCH] toy: One", 1))
    taking.collect(lists.ledger, lists.plan, lists.now, print)
    lists.now += 1e7
    once(lists)
    assert lists.done == ["v1 toy: One"]


def test_a_job_that_raises_is_trouble_of_ours(lists, monkeypatch):
    def broken(*_):
        raise ValueError("no")
    monkeypatch.setattr(jobs, "perform", broken)
    lists.come(mail("[PATCH] toy: One", 1))
    assert any("please report it: ValueError: no" in line for line in once(lists))
    assert states(lists) == {"v1 toy: One": QUEUED}


def test_one_that_is_stopped_with_us_has_lost_no_try(lists):
    lists.answers["v1 toy: One"] = jobs.Result(130, "interrupted", "", stopped=True)
    lists.come(mail("[PATCH] toy: One", 1))
    settled(lists)
    crew = lists.engine()
    assert turns.begin(lists.ledger, lists.plan.folder, crew, lists.now) == 1
    ((key, result),) = crew.done(5)
    crew.close()
    job = turns.finish(lists.ledger, key, result, lists.now)
    assert (job.state, job.tries) == (QUEUED, 0)


def test_a_draft_is_written_once_and_for_new_findings(lists):
    lists.answers = {"v1 toy: One": WRONG, "v2 toy: One": WRONG}
    lists.come(mail("[PATCH] toy: One", 1))
    once(lists)
    assert len(drafts(lists)) == 1
    drafts(lists)[0].unlink()  # it was sent
    once(lists)
    lists.come(mail("[PATCH v2] toy: One", 2, body="Second.\n"))
    once(lists)
    assert lists.done == ["v1 toy: One", "v2 toy: One"]
    assert drafts(lists) == [], "v2 has nothing that v1 was not told"


def test_what_was_found_and_not_told_is_told_the_next_time(lists):
    lists.answers["v1 toy: One"] = WRONG
    lists.come(mail("[PATCH] toy: One", 1))
    once(lists)
    drafts(lists)[0].unlink()
    (job,) = lists.ledger.jobs()
    lists.ledger.set(job.key, told="")
    once(lists)
    assert len(drafts(lists)) == 1


@pytest.mark.parametrize(("policy", "severity", "wanted"), [
    ("error", Severity.ERROR, True), ("error", Severity.WARNING, False),
    ("warning", Severity.WARNING, True), ("warning", Severity.NOTE, False),
    ("never", Severity.ERROR, False)])
def test_for_what_a_draft_is_written(policy, severity, wanted):
    report = make.report(findings=(Finding("sign-off", severity, "no sign-off"),))
    assert outbox.wanted(report, policy, frozenset()) == wanted
    assert not outbox.wanted(report, policy, outbox.ids(report))


def test_what_is_older_than_the_watch_is_known_and_not_checked(lists):
    lists.come(mail("[PATCH] toy: One", 1))
    sent = 1767607260.0  # Mon, 5 Jan 2026 10:01:00 +0000
    lists.plan = watch.Plan(lists.plan.state, lists.plan.places, since=sent + 30, began=lists.now)
    lists.come(mail("[PATCH v2] toy: Two", 2))
    once(lists)
    assert lists.done == ["v2 toy: Two"]
    assert len(lists.ledger.sendings()) == 2
    assert lists.ledger.beginning(5.0, 6.0) == lists.ledger.beginning(8.0, 9.0) == (5.0, 6.0)
    lists.now += 1e4
    lists.come(mail("[PATCH] toy: Three", 0))
    once(lists)
    assert lists.done[1:] == ["v1 toy: Three"], "it came now, whatever its date says"


def test_nobody_replaces_what_another_has_sent(lists):
    evil = "Mallory <mallory@example.org>"
    lists.come(mail("[PATCH] toy: One", 1),
               mail("[PATCH v99] toy: One", 2, to=1, sender=evil, body="Mine.\n"),
               mail("[PATCH v98] toy: One", 3, sender=evil, body=(
                   "Because of toy: One.\n\nSigned-off-by: A Developer <dev@example.org>\n")))
    once(lists)
    assert sorted(lists.done) == ["v1 toy: One", "v99 toy: One"]
    assert len({s.work for s in lists.ledger.sendings()}) == 2


def test_another_patch_in_the_thread_replaces_nothing(lists):
    lists.come(cover("[PATCH net 0/2] Toys", 1), mail("[PATCH net 1/2] toy: One", 2, to=1),
               mail("[PATCH net 2/2] toy: Two", 3, to=1), mail("[PATCH tools] ip: Toys", 4, to=1),
               mail("[PATCH] toy: typo", 10, body="Here.\n"),
               mail("[PATCH] toy: typo", 11, body="There.\n"))
    once(lists)
    assert sorted(lists.done) == ["v1 Toys", "v1 ip: Toys", "v1 toy: typo", "v1 toy: typo"]


ATTACHED = (b"From: A <a@example.org>\nSubject: please apply\nMessage-Id: <9@x>\n"
            b"MIME-Version: 1.0\n"
            b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHello\n"
            b"--b\nContent-Type: text/x-patch\n"
            b"Content-Disposition: attachment; filename=a.patch\n\n"
            + mail("[PATCH] toy: One", 1) + b"--b--\n")


@pytest.mark.parametrize("odd", [
    ATTACHED, mail("[PATCH v99999999999999999999] toy: One", 1),
    mail("[PATCH 1/99999999999999999999] toy: One", 1)])
def test_no_mail_stops_the_watch(lists, odd):
    lists.come(odd, mail("[PATCH] toy: Two", 2))
    (lists.place / "new" / "\udcff").write_bytes(mail("[PATCH] toy: Four", 4))
    once(lists)
    once(lists)
    assert {"v1 toy: Two", "v1 toy: Four"} <= set(lists.done)


def test_a_bug_of_ours_stops_no_other_thread(lists, monkeypatch):
    real = assemble.sendings
    monkeypatch.setattr(assemble, "sendings", lambda mails: 1 // 0 if any(
        "One" in m.subject for m in mails) else real(mails))
    lists.come(mail("[PATCH] toy: One", 1), mail("[PATCH] toy: Two", 2))
    assert any("a bug in harness" in line for line in once(lists))
    assert lists.done == ["v1 toy: Two"]


def test_a_damaged_row_is_given_up_and_said(lists):
    lists.come(mail("[PATCH] toy: One", 1), mail("[PATCH] toy: Two", 2))
    settled(lists)
    lists.ledger._file.execute("update mail set data = x'0011' where name like '%0001'")
    once(lists)
    assert states(lists) == {"v1 toy: One": GIVEN_UP, "v1 toy: Two": DONE}


def test_pages_that_cannot_be_written_stop_nothing(lists):
    def full(*_):
        raise OSError(28, "No space left on device")
    lists.come(mail("[PATCH] toy: One", 1), mail("[PATCH] toy: Two", 2))
    rounds.run(lists.ledger, lists.plan, lists.engine(), Telling(publish=full),
               lists.said.append,
               once=True, clock=rounds.Clock(lambda: lists.now))
    assert len(lists.done) == 2
    assert any("No space left" in line for line in lists.said)


def test_a_series_that_is_for_no_tree_is_said_and_not_green(lists):
    lists.plan = watch.Plan(lists.plan.state, lists.plan.places, "uapi",
                            (Route("net", words=("net",)),))
    lists.come(mail("[PATCH] toy: One", 1), mail("[PATCH net] toy: Two", 2))
    once(lists)
    assert lists.done == ["v1 toy: Two"]
    (job,) = [j for j in lists.ledger.jobs() if j.verdict == "not-tested"]
    assert (job.state, job.words, job.code) == (DONE, "no tree is for it", 4)
    assert [Spec.of(j.spec).trees for j in lists.ledger.jobs()] == [(), ("net",)]


def test_a_source_that_cannot_be_read_is_said_and_stops_nothing(lists):
    lists.come(mail("[PATCH] toy: One", 1))
    lists.plan = watch.Plan(lists.plan.state, (lists.place.parent / "gone", lists.place))
    assert any("gone: cannot be read now" in line for line in once(lists))
    assert lists.done == ["v1 toy: One"]


def test_a_mail_that_is_refused_is_none(lists):
    lists.come(b"\0" * 100, b"", b"Subject: [PATCH] toy: One\nContent-Type: multipart/mixed; "
               b"boundary=x\n\n" + b"--x\n\n" * 3000, mail("[PATCH] toy: Two", 2))
    once(lists)
    assert lists.done == ["v1 toy: Two"]


def test_a_series_of_far_too_many_patches_is_no_job(lists, monkeypatch):
    monkeypatch.setattr(assemble, "MOST_PATCHES", 1)
    lists.come(mail("[PATCH 1/2] toy: One", 1), mail("[PATCH 2/2] toy: Two", 2, to=1))
    once(lists)
    assert lists.done == []


def test_a_sender_has_only_so_many_series_in_a_day(lists):
    lists.plan = watch.Plan(lists.plan.state, lists.plan.places, per_sender=2)
    lists.come(*(mail(f"[PATCH] toy: {n}", n) for n in range(3)),
               mail("[PATCH] toy: other", 9, sender="B <b@x.org>"))
    once(lists)
    assert len(lists.done) == 3
    (late,) = [j for j in lists.ledger.jobs() if j.verdict == "not-tested"]
    assert (late.code, late.state) == (4, DONE)
    assert "of this sender within a day" in late.words
    lists.now += 90_000
    lists.come(mail("[PATCH] toy: next day", 20))
    once(lists)
    assert len(lists.done) == 4


def test_a_verdict_is_posted_once_and_a_server_that_is_away_stops_nothing(lists):
    posted = []

    def post(names, report):
        posted.append((names, report.verdict))
        raise InfrastructureError("503, 5 times")

    lists.come(mail("[PATCH] toy: One", 1))
    for _ in range(2):
        rounds.run(lists.ledger, lists.plan, lists.engine(), Telling(post=post),
                   lists.said.append, once=True, clock=rounds.Clock(lambda: lists.now))
    ((names, verdict),) = posted
    assert len(names) == 1
    assert verdict is Verdict.PASS
    assert any("503, 5 times" in s and "--to patchwork" in s for s in lists.said)


def test_a_draft_is_sent_once_where_the_user_wants_that(lists, monkeypatch):
    lists.answers["v1 toy: One"] = WRONG
    lists.come(mail("[PATCH] toy: One", 1))
    send, sent = outbox.sender("cat -u"), []
    monkeypatch.setattr(outbox.proc, "run", lambda argv, stdin, **_: sent.append((argv, stdin)))
    for _ in range(2):
        rounds.run(lists.ledger, lists.plan, lists.engine(), Telling("error", send),
                   lists.said.append, once=True, clock=rounds.Clock(lambda: lists.now))
    ((argv, data),) = sent
    assert argv == ["cat", "-u"]
    assert data.count(b"Subject: ") == 1
    assert drafts(lists) == []
    (there,) = (lists.plan.state / "outbox" / "cur").iterdir()
    assert there.name.endswith(":2,S")


def test_what_cannot_be_sent_stays_a_draft_and_is_said(lists, monkeypatch):
    def no(*_, **__):
        raise InfrastructureError("no route to host")
    monkeypatch.setattr(outbox.proc, "run", no)
    lists.answers["v1 toy: One"] = WRONG
    lists.come(mail("[PATCH] toy: One", 1))
    for _ in range(2):
        rounds.run(lists.ledger, lists.plan, lists.engine(), Telling("error", outbox.sender(
            "false")), lists.said.append, once=True, clock=rounds.Clock(lambda: lists.now))
    assert sum("not sent: " in text for text in lists.said) == 1
    assert len(drafts(lists)) == 1


@pytest.mark.parametrize("command", ["", "'", "no-such-program -t"])
def test_a_program_that_is_none_is_wrong_use(command):
    with pytest.raises(UsageError, match="--send"):
        outbox.sender(command)
