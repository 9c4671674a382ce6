# SPDX-License-Identifier: GPL-2.0-or-later
import gzip
import io

import pytest

from harness.errors import InputRefusedError, UsageError
from harness.intake import inputs, lore

MAIL = b"From: A <a@x.org>\nSubject: one\n\nText.\n"
TWO = (b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + MAIL
       + b"\nFrom mboxrd@z Thu Jan  1 00:00:00 1970\n" + MAIL.replace(b"one", b"two"))


def received(text, tmp_path, data=b""):
    return inputs.receive(str(text), tmp_path, stdin=io.BytesIO(data))


def refused(text, tmp_path, data=b""):
    with pytest.raises(InputRefusedError) as error:
        received(text, tmp_path, data)
    return error.value.message


def test_a_file_is_one_mail_named_by_the_file(tmp_path):
    (tmp_path / "x.eml").write_bytes(MAIL)
    got = received(tmp_path / "x.eml", tmp_path)
    assert (got.kind, got.origin) == ("file", "x.eml")
    assert got.mails == (inputs.Raw("x.eml", MAIL),)


def test_the_mails_of_an_mbox_are_numbered(tmp_path):
    (tmp_path / "t").write_bytes(TWO)
    got = received(tmp_path / "t", tmp_path)
    assert (got.kind, got.origin) == ("mbox", "t")
    assert [m.source for m in got.mails] == ["t#1", "t#2"]
    assert [b"Subject: two" in m.data for m in got.mails] == [False, True]


def test_an_mbox_of_one_mail_is_a_mail(tmp_path):
    one = TWO[: TWO.index(b"\nFrom mboxrd") + 1].replace(b"\n", b"\r\n")
    (tmp_path / "t").write_bytes(one)
    got = received(tmp_path / "t", tmp_path)
    assert (got.kind, [m.source for m in got.mails]) == ("file", ["t"])
    assert b"\r" not in got.mails[0].data, "how it travelled"


def test_a_file_of_the_home_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x.eml").write_bytes(MAIL)
    assert received("~/x.eml", tmp_path).origin == "x.eml"


@pytest.mark.parametrize(("data", "kind", "count"), [
    (MAIL, "stdin", 1), (TWO, "mbox", 2), (gzip.compress(TWO), "mbox", 2)])
def test_standard_input_is_a_mail_or_an_mbox_or_either_packed(tmp_path, data, kind, count):
    got = received("-", tmp_path, data)
    assert (got.kind, got.origin, len(got.mails)) == (kind, "-", count)


def test_standard_input_is_that_of_the_process(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(MAIL)))
    assert inputs.receive("-", tmp_path).mails[0].data == MAIL


@pytest.mark.parametrize(("data", "why"), [
    (b"", "empty"), (b" \n\n", "empty"), (gzip.compress(b"\n"), "empty"),
    (b"\x1f\x8bnonsense", "gzip"), (gzip.compress(MAIL)[:-12], "gzip"),
    (gzip.compress(MAIL)[:12] + b"\xff" * 9, "gzip")])
def test_what_holds_nothing_is_refused(tmp_path, data, why):
    assert why in refused("-", tmp_path, data)


def test_what_is_too_large_is_refused_however_it_comes(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "MAX_MBOX", 2 * len(TWO))
    monkeypatch.setattr(inputs, "MAX_MAIL", len(MAIL))
    big = tmp_path / "big"
    fits = TWO + b"x" * len(TWO)
    big.write_bytes(fits)
    assert len(received("-", tmp_path, fits).mails) == 2
    assert received(big, tmp_path).mails[1].data.rstrip().endswith(b"x" * len(TWO))
    assert len(received("-", tmp_path, gzip.compress(fits)).mails) == 2
    big.write_bytes(fits + b"x")
    assert "too large" in refused(big, tmp_path)
    assert "too large" in refused("-", tmp_path, fits + b"x")
    assert "too large" in refused("-", tmp_path, gzip.compress(fits + b"x" * 999))
    assert received("-", tmp_path, MAIL).mails
    assert "too large" in refused("-", tmp_path, MAIL + b"x")


def test_too_many_mails_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "MAX_MAILS", 2)
    assert len(received("-", tmp_path, TWO).mails) == 2
    assert "3 mails" in refused("-", tmp_path, TWO + b"\n" + TWO[: len(TWO) // 2 + 1])
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_bytes(MAIL)
    assert len(received(tmp_path, tmp_path).mails) == 2
    (tmp_path / "c.eml").write_bytes(MAIL)
    assert "3 files" in refused(tmp_path, tmp_path)


def test_a_directory_is_its_patch_files_by_name(tmp_path):
    for name in ("b.patch", "a.eml", "c.mbox", "README", "x.c"):
        (tmp_path / name).write_bytes(TWO if name == "c.mbox" else MAIL)
    (tmp_path / "d.patch").mkdir()
    got = received(tmp_path, tmp_path)
    assert (got.kind, got.origin) == ("directory", str(tmp_path))
    assert [m.source for m in got.mails] == ["a.eml", "b.patch", "c.mbox#1", "c.mbox#2"]


def test_a_maildir_is_what_is_new_and_current(tmp_path):
    for sub in ("cur", "new", "tmp"):
        (tmp_path / sub).mkdir()
        (tmp_path / sub / f"{sub}:2,S").write_bytes(MAIL)
    (tmp_path / "x.patch").write_bytes(MAIL)
    got = received(tmp_path, tmp_path)
    assert got.kind == "maildir"
    assert [m.source for m in got.mails] == ["cur:2,S", "new:2,S"]


def test_a_folder_that_happens_to_be_called_cur_makes_no_maildir(tmp_path):
    (tmp_path / "cur").mkdir()
    (tmp_path / "x.patch").write_bytes(MAIL)
    assert received(tmp_path, tmp_path).kind == "directory"


def test_a_directory_without_patches_or_too_large_is_refused(tmp_path, monkeypatch):
    (tmp_path / "README").write_bytes(MAIL)
    assert "no patch" in refused(tmp_path, tmp_path)
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_bytes(MAIL)
    monkeypatch.setattr(inputs, "MAX_MBOX", 2 * len(MAIL))
    assert len(received(tmp_path, tmp_path).mails) == 2
    monkeypatch.setattr(inputs, "MAX_MBOX", 2 * len(MAIL) - 1)
    assert "too large" in refused(tmp_path, tmp_path)


@pytest.mark.parametrize("text", ["s0@x.org", "<s0@x.org>", "https://lore.kernel.org/kvm/s0@x.org/"])
def test_a_message_id_is_fetched_from_the_archive(tmp_path, monkeypatch, text):
    asked = []
    monkeypatch.setattr(lore, "fetch", lambda *row: asked.append(row) or TWO)
    got = inputs.receive(text, tmp_path, "https://mine/all")
    assert asked == [("s0@x.org", "https://mine/all")]
    assert (got.kind, got.origin) == ("message-id", "s0@x.org")
    assert [m.source for m in got.mails] == ["s0@x.org#1", "s0@x.org#2"]


@pytest.mark.parametrize("text", ["nothing.mbox", "../nothing", "what is this", "a@b@c", "..x"])
def test_what_is_no_door_is_wrong_use(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=text):
        received(text, tmp_path)


def test_several_files_are_one_series(tmp_path):
    (tmp_path / "a.patch").write_bytes(MAIL)
    (tmp_path / "b.mbox").write_bytes(TWO)
    got = inputs.receive(str(tmp_path / "a.patch"), tmp_path, more=(str(tmp_path / "b.mbox"),))
    assert (got.kind, got.origin) == ("files", "a.patch and 1 more")
    assert [m.source for m in got.mails] == ["a.patch", "b.mbox#1", "b.mbox#2"]


def test_several_words_are_files_and_not_too_many(tmp_path, monkeypatch):
    (tmp_path / "a.patch").write_bytes(MAIL)
    for other in ("HEAD~2..HEAD", "nothing.patch", "a@b.org", "-"):
        with pytest.raises(UsageError, match="no such file"):
            inputs.receive(str(tmp_path / "a.patch"), tmp_path, more=(other,))
    monkeypatch.setattr(inputs, "MAX_MBOX", 2 * len(MAIL) - 1)
    with pytest.raises(InputRefusedError, match="too large"):
        inputs.receive(str(tmp_path / "a.patch"), tmp_path, more=(str(tmp_path / "a.patch"),))
