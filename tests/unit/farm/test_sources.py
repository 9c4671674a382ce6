# SPDX-License-Identifier: GPL-2.0-or-later
"""Where mails come from, and that each is read once."""

import os
import time

import pytest

from harness.errors import UsageError
from harness.farm import sources
from harness.system import files
from tests.unit.farm.mails import mail

ONE, TWO = mail("[PATCH] toy: One", 1), mail("[PATCH] toy: Two", 2)
OLD = 1.0


def write(box, data, mode="wb", when=OLD):
    """Write an mbox to which nobody has written for a while."""
    with box.open(mode) as file:
        file.write(data)
    os.utime(box, (when, when))


FROM = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"


@pytest.fixture
def maildir(tmp_path):
    for sub in ("new", "cur", "tmp"):
        (tmp_path / sub).mkdir()
    return tmp_path


def read(place, cursor=None):
    """Everything that is there, as a watch asks: names, contents, and the last cursor."""
    mails, notices = [], []
    while True:
        batch = sources.read(place, cursor)
        mails += batch.mails
        notices += batch.notices
        cursor = batch.cursor
        if not batch.more:
            return [data for _, data in mails], cursor, notices


def test_a_mail_of_a_maildir_is_read_once_wherever_it_is_moved(maildir):
    (maildir / "new" / "1.host").write_bytes(ONE)
    (maildir / "tmp" / "2.host").write_bytes(TWO)
    got, cursor, _ = read(maildir)
    assert got == [ONE]
    (maildir / "new" / "1.host").rename(maildir / "cur" / "1.host:2,S")
    (maildir / "tmp" / "2.host").rename(maildir / "new" / "2.host")
    assert read(maildir, cursor)[0] == [TWO]


def test_a_maildir_is_read_in_parts_and_forgets_what_is_gone(maildir, monkeypatch):
    monkeypatch.setattr(sources, "MOST", 2)
    for n in range(5):
        (maildir / "new" / f"{n}").write_bytes(ONE)
    got, cursor, _ = read(maildir)
    assert len(got) == len(cursor) == 5
    (maildir / "new" / "0").unlink()
    assert len(read(maildir, cursor)[1]) == 4


def test_what_is_no_plain_file_in_a_maildir_is_left_out(maildir, tmp_path):
    (maildir / "new" / "1").symlink_to("/etc/passwd")
    os.mkfifo(maildir / "new" / "2")
    (maildir / "new" / "3").write_bytes(ONE)
    got, _, notices = read(maildir)
    assert (got, len(notices)) == ([ONE], 2)


def test_a_mail_that_moves_while_it_is_read_is_read_the_next_time(maildir, monkeypatch):
    (maildir / "new" / "1").write_bytes(ONE)
    real = files.read

    def moves(path, most):
        path.rename(maildir / "cur" / "1:2,S")
        return real(path, most)
    monkeypatch.setattr(files, "read", moves)
    got, cursor, _ = read(maildir)
    assert got == []
    monkeypatch.undo()
    assert read(maildir, cursor)[0] == [ONE]


def test_an_mbox_that_grows_is_read_from_where_it_ended(tmp_path):
    box = tmp_path / "box"
    write(box, FROM + ONE + b"\n")
    got, cursor, _ = read(box)
    assert [g.strip() for g in got] == [ONE.strip()]
    assert read(box, cursor)[0] == []
    write(box, FROM + TWO + b"\n" + FROM + b"Subject: half\n", "ab", time.time())
    got, cursor, _ = read(box, cursor)
    assert [g.strip() for g in got] == [TWO.strip()], "somebody is writing the last one"
    write(box, b" of it\n\ntext", "ab")
    assert read(box, cursor)[0][0].endswith(b"text\n"), "also without a last line's end"


def test_an_mbox_that_was_replaced_is_read_from_its_beginning(tmp_path):
    box = tmp_path / "box"
    write(box, FROM + ONE + b"\n" + FROM + ONE + b"\n")
    _, cursor, _ = read(box)
    names = {name for name, _ in sources.read(box, None).mails}
    for text in (FROM + TWO + b"\n", FROM + TWO * 30 + b"\n",
                 (FROM + ONE + b"\n" + FROM + ONE + b"\n").replace(b"One", b"Owe")):
        write(box, text)
        got, _, notices = read(box, cursor)
        assert got
        assert "rewritten" in notices[0]
        assert not names & {name for name, _ in sources.read(box, cursor).mails}


def test_a_public_inbox_is_read_by_commit(tmp_path, commands):
    epoch = tmp_path / "git" / "0.git"
    (epoch / "objects").mkdir(parents=True)
    commands.say("rev-parse", out=b"c2\n")
    commands.say("rev-list", out=b"5 c1\n6 c2\n")
    commands.say("c1:m", out=ONE)
    commands.say("c2:m", code=1)
    got, cursor, _ = read(tmp_path)
    assert got == [ONE], "the second commit took a mail away"
    assert cursor == {"0.git": "c2"}
    commands.calls.clear()
    assert read(tmp_path, cursor)[0] == []


def test_the_past_of_a_public_inbox_is_left_alone(tmp_path, commands):
    (tmp_path / "objects").mkdir()
    commands.say("rev-parse", out=b"c9\n")
    commands.say("rev-list", out=b"1001 c7\n15 c8\n999 c9\n")
    commands.say("c7:m", out=ONE)
    batch = sources.read(tmp_path, None, 1000.0)
    assert [data for _, data in batch.mails] == [ONE], "an old date hides nothing before it"
    assert batch.cursor == {tmp_path.name: "c9"}


def test_a_history_that_was_rewritten_is_said(tmp_path, commands):
    (tmp_path / "objects").mkdir()
    commands.say("rev-parse", out=b"c9\n")
    commands.say("rev-list", out=b"5 c9\n")
    commands.say("merge-base", code=1)
    commands.say("c9:m", out=ONE)
    got, _, notices = read(tmp_path, {tmp_path.name: "c2"})
    assert (got, len(notices)) == ([ONE], 1)
    assert "rewritten" in notices[0]


def test_what_is_no_source_is_wrong_use(tmp_path):
    for place in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(UsageError, match="no source of mails"):
            sources.kind_of(place)


def test_a_source_that_cannot_be_read_is_no_bug(tmp_path, monkeypatch):
    def denied(*_, **__):  # root may read everything
        raise PermissionError(13, "Permission denied")
    box = tmp_path / "box"
    box.write_bytes(FROM)
    monkeypatch.setattr(type(box), "open", denied)
    with pytest.raises(OSError, match="denied"):
        sources.read(box, None)
