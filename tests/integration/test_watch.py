# SPDX-License-Identifier: GPL-2.0-or-later
"""A list is watched: real mails, real jobs, and what a kill leaves."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.unit.farm.mails import cover, mail


def bare(subject, number, **more):
    """A patch without a sign-off: an error."""
    return mail(subject, number, body=f"Because of {subject}.\n", **more)


SENT = [cover("[PATCH 0/2] Toys", 1), mail("[PATCH 1/2] toy: One", 2, to=1),
        mail("[PATCH 2/2] toy: Two", 3, to=1), mail("Re: [PATCH 2/2] toy: Two", 4, to=3),
        bare("[PATCH] toy: Bare", 5), mail("[PATCH] toy: Bare", 5, sender="bot@lkp.intel.com"),
        mail("[PATCH 1/3] toy: Half", 6), mail("hello", 7, diff=False)]


@pytest.fixture
def maildir(tmp_path):
    for sub in ("new", "cur", "tmp"):
        (tmp_path / "md" / sub).mkdir(parents=True)
    for number, data in enumerate(SENT):
        (tmp_path / "md" / "new" / str(number)).write_bytes(data)
    return tmp_path / "md"


@pytest.fixture
def start(tmp_path):
    """Start a watch, or another command, with its own state and cache."""
    started = []

    def run(command, *args):
        whole = ["--since", "9999"] if command == "watch" else []
        child = subprocess.Popen(
            [sys.executable, "-m", "harness", command, *map(str, args), "--state",
             str(tmp_path / "state"), *whole], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")})
        started.append(child)
        return child
    yield run
    for child in started:
        child.kill()
        child.communicate()


def ended(child):
    """How a command ended, and what it said."""
    out, err = child.communicate(timeout=250)
    return child.returncode, out, err


def jobs(start):
    code, out, err = ended(start("jobs", "--json"))
    assert code == 0, err
    return json.loads(out)["jobs"]


def drafts(tmp_path):
    return sorted(p.name for p in (tmp_path / "state" / "outbox" / "new").glob("*"))


def test_a_list_is_checked_once(start, maildir, tmp_path):
    code, out, err = ended(start("watch", maildir, "--once", "--site", tmp_path / "site"))
    assert code == 0, err
    assert out == "2 checked; 1 fail, 1 pass\n"
    assert {j["title"]: j["verdict"] for j in jobs(start)} == {
        "v1 Toys": "pass", "v1 toy: Bare": "fail"}
    (draft,) = drafts(tmp_path)
    text = (tmp_path / "state" / "outbox" / "new" / draft).read_text()
    assert "Subject: Re: [PATCH] toy: Bare" in text
    assert "In-Reply-To: <5@x>" in text
    assert "1 waiting" in (tmp_path / "site" / "index.html").read_text()
    assert ended(start("watch", maildir, "--once", "-q"))[1].startswith("0 checked")
    assert len(drafts(tmp_path)) == 1


def test_a_draft_goes_once_to_the_program_that_is_to_send_it(start, maildir, tmp_path):
    sent = tmp_path / "sent"
    for _ in range(2):
        code, _, err = ended(start("watch", maildir, "--once", "--send",
                                   f"sh -c 'cat >> {sent}'"))
        assert code == 0, err
    assert sent.read_text().count("Subject: Re: [PATCH] toy: Bare") == 1
    assert drafts(tmp_path) == []
    assert len(list((tmp_path / "state" / "outbox" / "cur").iterdir())) == 1


def git(where, *args, data=None):
    return subprocess.run(["git", f"--git-dir={where}", *args], input=data, check=True,
                          capture_output=True).stdout.decode().strip()


def archived(where, mails):
    """Append mails to an epoch of a public-inbox, version 2: a commit each, in the file m."""
    if not where.exists():
        subprocess.run(["git", "init", "-q", "--bare", "-b", "master", str(where)], check=True)
    parent = subprocess.run(["git", f"--git-dir={where}", "rev-parse", "-q", "--verify", "HEAD"],
                            check=False, capture_output=True).stdout.decode().strip()
    for data in mails:
        blob = git(where, "hash-object", "-w", "--stdin", data=data)
        tree = git(where, "mktree", data=f"100644 blob {blob}\tm\n".encode())
        parent = git(where, "-c", "user.name=a", "-c", "user.email=a@x", "commit-tree", tree, "-m",
                     "mail", *(["-p", parent] if parent else []))
    git(where, "update-ref", "HEAD", parent)


def test_a_public_inbox_is_read_on(start, tmp_path):
    epoch = tmp_path / "list" / "git" / "0.git"
    archived(epoch, SENT)
    assert ended(start("watch", tmp_path / "list", "--once", "-q"))[1] == (
        "2 checked; 1 fail, 1 pass\n")
    archived(tmp_path / "list" / "git" / "1.git", [bare("[PATCH v2] toy: Bare", 30, to=5)])
    assert ended(start("watch", tmp_path / "list", "--once", "-q"))[1] == (
        "1 checked; 2 fail, 1 pass\n")
    assert len(drafts(tmp_path)) == 1, "v2 has the finding that v1 was told"


@pytest.mark.skipif(shutil.which("public-inbox-mda") is None, reason="public-inbox is not there")
def test_what_public_inbox_itself_wrote(start, tmp_path):
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PI_CONFIG": str(tmp_path / "pi.cfg"),
           "ORIGINAL_RECIPIENT": "toys@example.org"}
    where = tmp_path / "pi"
    for argv in (["public-inbox-init", "-V2", "toys", str(where), "http://localhost/toys",
                  "toys@example.org"],
                 ["git", "config", "-f", env["PI_CONFIG"], "publicinboxmda.spamcheck", "none"]):
        subprocess.run(argv, env=env, check=True, capture_output=True)
    for data in SENT:
        subprocess.run(["public-inbox-mda", "--no-precheck"], input=data, env=env, check=False,
                       capture_output=True)
    assert ended(start("watch", where, "--once", "-q"))[1] == "2 checked; 1 fail, 1 pass\n"


def test_a_second_watch_of_one_ledger_is_refused(start, maildir, tmp_path):
    first = start("watch", maildir)
    while not (tmp_path / "state" / "ledger.sqlite").exists():
        time.sleep(0.05)
    code, _, err = ended(start("watch", maildir, "--once"))
    assert code == 2
    assert "another run is writing there" in err
    first.send_signal(signal.SIGTERM)
    assert ended(first)[0] == 130


def test_what_a_kill_interrupts_is_done_the_next_time_and_told_once(start, maildir, tmp_path):
    for number in range(10, 16):
        (maildir / "new" / str(number)).write_bytes(bare(f"[PATCH] toy: N{number}", number))
    for _ in range(3):
        child = start("watch", maildir, "--once", "-q", "-w", "2")
        time.sleep(2.2)
        child.kill()
        child.communicate()
    code, _, err = ended(start("watch", maildir, "--once", "-q", "-w", "2"))
    assert code == 0, err
    rows = jobs(start)
    assert {j["state"] for j in rows} == {"done"}
    assert len(rows) == 8
    assert len(drafts(tmp_path)) == 7


@pytest.mark.parametrize(("args", "why"), [
    (["/nonexistent"], "no source of mails"), ([".", "--level", "uapi"], "needs --tree")])
def test_what_cannot_be_watched_is_wrong_use(start, maildir, args, why):
    where = [str(maildir) if a == "." else a for a in args]
    code, _, err = ended(start("watch", *where, "--once"))
    assert code == 2
    assert why in err


def test_without_a_watch_there_are_no_jobs(start):
    code, _, err = ended(start("jobs"))
    assert code == 2
    assert "no watch has been here" in err
