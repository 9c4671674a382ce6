# SPDX-License-Identifier: GPL-2.0-or-later
"""Each way in, and what is too much of it."""

import gzip
import http.server
import io
import shutil
import subprocess
import threading
import time

import pytest

from harness import settings
from harness.cli import main
from harness.errors import InfrastructureError, InputRefusedError, UsageError
from harness.intake import ReadOptions, inputs, read_thread
from harness.intake.mime import MAX_MAIL
from harness.system import confine
from tests import make
from tests.integration.test_mails import MAILS

SERIES = (MAILS / "series.mbox").read_bytes()


def git(folder, *line):
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    return subprocess.run(["git", "-C", str(folder), *who, *line], check=True,
                          capture_output=True, text=True).stdout.strip()


def subjects(text, cache, **how):
    return [p.subject for p in read_thread(str(text), cache, ReadOptions(**how)).series.patches]


BOTH = ["toy: Count the stops", "toy: Count the starts"]


def test_a_maildir(tmp_path):
    for sub in ("cur", "new", "tmp"):
        (tmp_path / sub).mkdir()
    for n, part in enumerate(inputs.lore.split(SERIES)):
        name = ("cur/1.eml:2,S", "new/2.host", "cur/3")[n]
        (tmp_path / name).write_bytes(part)
    (tmp_path / "tmp" / "x").write_text("half written")
    thread = read_thread(str(tmp_path), tmp_path)
    assert thread.kind == "maildir"
    assert [p.subject for p in thread.series.patches] == BOTH


def test_standard_input(tmp_path):
    for data in (SERIES, gzip.compress(SERIES)):
        delivery = inputs.receive("-", tmp_path, stdin=io.BytesIO(data))
        assert len(delivery.mails) == 3
    with pytest.raises(InputRefusedError, match="too large"):
        inputs.receive("-", tmp_path, stdin=io.BytesIO(b"x" * (inputs.MAX_MBOX + 1)))


@pytest.fixture
def tree(tmp_path):
    """A git tree with a base, two commits on top, and a merge."""
    folder = tmp_path / "tree"
    shutil.copytree(MAILS / "tree", folder)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "base")
    git(folder, "tag", "v1")
    for n in ("stops", "starts"):
        (folder / f"{n}.c").write_text(f"int {n};\n")
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", f"toy: Count the {n}\n\nSigned-off-by: T <t@example.org>")
    return folder


def test_a_git_range(tree, tmp_path, monkeypatch):
    thread = read_thread(f"{tree}@v1..main", tmp_path / "cache")
    assert thread.kind == "git-range"
    assert [p.subject for p in thread.series.patches] == BOTH
    assert thread.series.base_commit == git(tree, "rev-parse", "v1")
    monkeypatch.chdir(tree)
    assert subjects("v1..", tmp_path / "cache") == BOTH
    assert subjects("HEAD~1..HEAD", tmp_path / "cache") == BOTH[1:]
    for span, why in (("main..v1", "no commit in that range"), ("HEAD..HEAD", "no commit")):
        with pytest.raises(InputRefusedError, match=why):
            read_thread(f"{tree}@{span}", tmp_path / "cache")
    with pytest.raises(UsageError, match="no commit 'nothing'"):
        read_thread(f"{tree}@nothing..main", tmp_path / "cache")


def test_a_git_range_goes_on_its_own_base(tree, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    git(tree, "checkout", "-qb", "side", "v1")
    (tree / "side.c").write_text("int side;\n")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "side")
    git(tree, "merge", "-q", "--no-edit", "main")
    before = git(tree, "rev-parse", "HEAD")
    assert main.run(["intake", f"{tree}@v1..side"]) == 0
    said = capsys.readouterr().out
    assert "left out of the range: 1 merge" in said
    assert "where the range begins" in said
    assert "3 commits" in said
    assert git(tree, "rev-parse", "HEAD") == before
    assert not git(tree, "status", "--porcelain")


TRACKING = """toy: Count things

# a note to myself
Both are counted.
From here on too.

Signed-off-by: T <t@example.org>

--- b4-{kind}-tracking ---
# This section is used internally by b4 prep for tracking purposes.
{{"series": {{"revision": 2, "change-id": "20261129-toy-0123", "prefixes": ["RFC"]}}}}
"""


def with_cover(tree, kind):
    """A branch as b4 prep or b4 review keeps it: the cover letter is an empty commit."""
    git(tree, "checkout", "-qb", f"b4/{kind}", "v1")
    cover = ("commit", "-q", "--allow-empty", "-m", TRACKING.format(kind=kind))
    if kind == "submit":
        git(tree, *cover)
    git(tree, "cherry-pick", "v1..main")
    if kind == "review":
        git(tree, *cover)


@pytest.mark.parametrize("kind", ["submit", "review"])
def test_the_cover_letter_of_a_branch_of_b4s_is_that_of_the_series(
        tree, tmp_path, monkeypatch, kind):
    with_cover(tree, kind)
    monkeypatch.chdir(tree)
    series = read_thread("v1..HEAD", tmp_path / "cache").series
    assert [p.subject for p in series.patches] == BOTH
    assert [p.raw_subject for p in series.patches] == [
        f"[RFC PATCH v2 {n}/2] {title}" for n, title in enumerate(BOTH, 1)]
    assert (series.title, series.version) == ("toy: Count things", 2)
    assert "Both are counted.\nFrom here on too." in series.cover
    assert "note to myself" not in series.cover
    assert "revision" not in series.cover
    assert series.base_commit == git(tree, "rev-parse", "v1")


def test_a_branch_of_b4s_says_where_it_begins(tree, tmp_path, monkeypatch):
    with_cover(tree, "submit")
    monkeypatch.chdir(tree)
    for text in ("@{upstream}..HEAD", "@{u}..", "b4/submit", f"{tree}@@{{upstream}}..HEAD"):
        assert subjects(text, tmp_path / "cache") == BOTH


def test_a_single_patch_of_a_branch_of_b4s_has_no_cover(tree, tmp_path, monkeypatch):
    with_cover(tree, "submit")
    git(tree, "reset", "-q", "--hard", "HEAD~1")
    monkeypatch.chdir(tree)
    series = read_thread("v1..HEAD", tmp_path / "cache").series
    assert ([p.subject for p in series.patches], series.cover) == (BOTH[:1], "")


@pytest.mark.parametrize("folder", [".", "drivers"])
def test_what_git_users_type(tree, tmp_path, monkeypatch, folder):
    (tree / folder).mkdir(exist_ok=True)
    monkeypatch.chdir(tree / folder)
    cache = tmp_path / "cache"
    for text in ("HEAD", git(tree, "rev-parse", "HEAD"), git(tree, "rev-parse", "--short", "HEAD"),
                 "HEAD~0", "@"):
        thread = read_thread(text, cache)
        assert [p.subject for p in thread.series.patches] == BOTH[1:]
        assert thread.series.base_commit == git(tree, "rev-parse", "HEAD~1")
    assert subjects("HEAD~1", cache) == BOTH[:1]
    assert subjects("v1...main", cache) == BOTH
    with pytest.raises(UsageError, match="main is a branch without upstream"):
        read_thread("main", cache)
    with pytest.raises(UsageError, match="no upstream"):
        read_thread("@{u}..HEAD", cache)
    with pytest.raises(InputRefusedError, match="no parent"):
        read_thread("HEAD~2", cache)
    with pytest.raises(UsageError, match="no such file, directory or commit"):
        read_thread("nothing", cache)


def test_a_branch_is_what_it_has_on_top_of_its_upstream(tree, tmp_path, monkeypatch):
    git(tree, "branch", "stable", "v1")
    git(tree, "checkout", "-q", "--track", "-b", "topic", "stable")
    git(tree, "cherry-pick", "main~1")
    git(tree, "checkout", "-q", "main")
    monkeypatch.chdir(tree)
    assert subjects("topic", tmp_path / "cache") == BOTH[:1]


def test_a_merge_is_no_patch(tree, tmp_path, monkeypatch):
    git(tree, "checkout", "-qb", "side", "v1")
    git(tree, "commit", "-q", "--allow-empty", "-m", "side")
    git(tree, "merge", "-q", "--no-edit", "main")
    monkeypatch.chdir(tree)
    with pytest.raises(InputRefusedError, match="a merge"):
        read_thread("HEAD", tmp_path / "cache")


def test_a_patch_that_is_a_commit_already_goes_on_its_parent(tree, tmp_path, monkeypatch, capsys):
    for name in ("Kconfig", "MAINTAINERS"):
        (tree / name).touch()
    git(tree, "format-patch", "-q", "v1..main", "-o", str(tmp_path / "out"))
    first, second = sorted((tmp_path / "out").iterdir())
    monkeypatch.chdir(tree)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for names, rev in (([second], "main~1"), ([first, second], "v1"), ([first], "v1")):
        assert main.run(["lint", *map(str, names), "-q", "--no-checkpatch"]) in {0, 1}
        base = git(tree, "rev-parse", "--short=12", rev)
        assert f"{base}, by patch" in " ".join(capsys.readouterr().out.split())


def test_a_hostile_tree_runs_nothing(tree, tmp_path):
    """A fsmonitor command, hooks, aliases and filters of the tree's configuration."""
    canary = tmp_path / "canary"
    for key in ("core.fsmonitor", "core.pager", "diff.external", "alias.format-patch",
                "filter.x.clean", "core.sshCommand", "gpg.program"):
        git(tree, "config", key, f"touch {canary}")
    (tree / ".git" / "info" / "attributes").write_text("* filter=x diff=x\n")
    for hook in ("post-checkout", "applypatch-msg", "reference-transaction", "post-index-change"):
        path = tree / ".git" / "hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch {canary}\n")
        path.chmod(0o755)
    canary.unlink(missing_ok=True)
    assert subjects(f"{tree}@v1..main", tmp_path / "cache") == BOTH
    assert not canary.exists()


class _Archive(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(404)
        self.end_headers()

    def do_GET(self):
        found = self.path.startswith("/all/s0%40example.org/") or "/s0@example.org/" in self.path
        self.send_response(200 if found else 404)
        self.end_headers()
        if found:
            self.wfile.write(gzip.compress(SERIES))

    def log_message(self, *args):
        pass


@pytest.fixture
def archive():
    """A local server that answers as public-inbox does."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Archive)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/all"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_message_id(tmp_path, archive):
    for text in ("s0@example.org", "<s0@example.org>", f"{archive}/s0@example.org/",
                 f"{archive}/s0@example.org/T/#u"):
        thread = read_thread(text, tmp_path, ReadOptions(archive=archive))
        assert thread.kind == "message-id"
        assert [p.subject for p in thread.series.patches] == BOTH
    with pytest.raises(InputRefusedError, match=r"has no message none@example\.org"):
        read_thread("none@example.org", tmp_path, ReadOptions(archive=archive))
    assert read_thread(f"{archive}/s0@example.org/", tmp_path).kind == "message-id", (
        "a link to another archive is read there")


def test_a_message_id_without_a_network(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(InfrastructureError, match=r"cannot fetch <s0@example\.org>") as error:
        read_thread("s0@example.org", tmp_path, ReadOptions(archive="http://127.0.0.1:9/all"))
    assert "save the thread" in error.value.hint
    monkeypatch.setenv("HARNESS_ARCHIVE", "http://127.0.0.1:9/all")
    assert main.run(["intake", "s0@example.org"]) == 5
    assert "t.mbox.gz" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["nothing.mbox", "../nothing", "what is this", "a@b@c", "..x"])
def test_what_is_no_door(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        read_thread(text, tmp_path)


PLAIN = (MAILS / "plain.eml").read_bytes()
HEAD, BODY = PLAIN.split(b"\n\n", 1)


def refused(tmp_path, data, why):
    path = tmp_path / "mail"
    path.write_bytes(data)
    started = time.monotonic()
    with pytest.raises(InputRefusedError, match=why):
        confine.confined(lambda: read_thread(str(path), tmp_path), "mail")
    return time.monotonic() - started


def test_mails_that_are_too_much(tmp_path):
    """Refused for what they are, before a parser sees them."""
    refused(tmp_path, b"Subject: x\n\n" + b"x" * (MAX_MAIL + 1), "too large")
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n)
                    for n in range(5000))
    refused(tmp_path, b"Subject: x\n" + deep, "MIME depth")
    refused(tmp_path, b"Subject: x\n" + b"X-A: b\n" * 100_000 + b"\n" + BODY, "header of")
    bomb = (b"diff --git a/x b/x\nnew file mode 100644\nGIT binary patch\nliteral 600000000\n"
            + (b"z" + b"c" * 52 + b"\n") * 60_000)
    refused(tmp_path, HEAD + b"\n\n---\n" + bomb, "claims 600000000 bytes")
    hunks = b"".join(b"@@ -%d +%d @@\n-a\n+b\n" % (n, n) for n in range(1, 1_000_000))
    refused(tmp_path, HEAD + b"\n\n---\n--- a/x\n+++ b/x\n" + hunks, "hunks in one patch")


def test_mails_that_are_much_but_can_be_read(tmp_path):
    to = b"To: " + b",\n ".join(b"dev%d@example.org" % n for n in range(20_000))
    many = HEAD + b"\n" + b"X-A: b\n" * 10_000 + to
    for head in (many, HEAD.replace(b"Subject: ", b"Subject: " + b"(" * 5000)):
        path = tmp_path / "mail.eml"
        path.write_bytes(head + b"\n\n" + BODY)
        assert len(subjects(path, tmp_path)) == 1
    path.write_bytes(PLAIN.replace(b"From: ", b"From: =?utf-8?q?=28" + b"=28" * 5000 + b"?= "))
    assert len(subjects(path, tmp_path)) == 1


def test_a_reader_with_limits(tmp_path):
    with pytest.raises(InputRefusedError, match="too deep or too large"):
        confine.confined(lambda: bytearray(3 << 30), "x")

    def deep(n):
        return deep(n + 1) + 1

    with pytest.raises(InputRefusedError, match="too deep or too large"):
        confine.confined(lambda: deep(0), "x")

    def forever():
        while True:
            pass

    with pytest.raises(InputRefusedError, match="more time or memory"):
        confine.confined(forever, "x", cpu=1)
    with pytest.raises(UsageError, match="wrong") as error:
        confine.confined(lambda: (_ for _ in ()).throw(UsageError("wrong", hint="so")), "x")
    assert error.value.hint == "so"
    assert confine.confined(lambda: (1, "two"), "x") == (1, "two")


def test_the_archive_is_a_setting():
    assert settings.Settings(cache=settings.ROOT).archive == inputs.lore.ARCHIVE


def test_a_thread_of_some_hundred_mails(tmp_path):
    path = tmp_path / "t.mbox"
    path.write_bytes(make.thread(patches=20, replies=20, lines=40))
    thread = read_thread(str(path), tmp_path)
    series = thread.series
    assert (series.version, len(series.patches), series.title) == (2, 20, "toy: All")
    assert [p.number for p in series.patches] == list(range(1, 21))
    assert all(b"v2b" in p.diff and b"v1b" not in p.diff for p in series.patches)
    assert len(thread.replies) == 400
    assert [(v.version, len(v.parts)) for v in thread.versions] == [(1, 21), (2, 21)]
    mine = [r for r in thread.replies if r.on == 7]
    assert len(mine) == 10
    assert all(r.trailers for r in mine)
    assert read_thread(str(path), tmp_path, ReadOptions(version=1)).series.version == 1
    with pytest.raises(InputRefusedError, match="version 3 is not there, only v1, v2"):
        read_thread(str(path), tmp_path, ReadOptions(version=3))


def test_a_folder_of_a_tree_is_as_good_as_its_top(tree, tmp_path, monkeypatch):
    """In such a folder git apply --numstat leaves out what is not below it."""
    (tree / "below").mkdir()
    monkeypatch.chdir(tree / "below")
    for text in ("HEAD", str(MAILS / "plain.eml")):
        (patch,) = read_thread(text, tmp_path / "cache").series.patches
        assert patch.damage == ()


def test_a_commit_that_changes_nothing_leaves_no_hole(tree, tmp_path):
    git(tree, "commit", "-q", "--allow-empty", "-m", "ci: trigger")
    (tree / "more.c").write_text("int more;\n")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "toy: More\n\nSigned-off-by: T <t@example.org>")
    thread = read_thread(f"{tree}@v1..main", tmp_path / "cache")
    assert [p.subject for p in thread.series.patches] == [*BOTH, "toy: More"]
    assert "left out of the range: 1 empty commit" in thread.series.notices
