# SPDX-License-Identifier: GPL-2.0-or-later
"""Bases that machines share: whole or not at all, and nothing of what hostile ones may have."""

import io
import os
import tarfile
from types import SimpleNamespace

import pytest

from harness.build import shared

KEY = "0123456789abcdef"


@pytest.fixture
def home(tmp_path):
    """A base as the cache has it."""
    made = tmp_path / "home"
    (made / "out" / "kernel").mkdir(parents=True)
    (made / "out" / "empty").mkdir()
    (made / "src").mkdir()
    (made / "out" / ".config").write_text("CONFIG_X=y\n")
    (made / "out" / "kernel" / "a.o").write_bytes(b"object")
    (made / "out" / "tool").write_bytes(b"#!")
    (made / "out" / "tool").chmod(0o755)
    (made / "out" / "source").symlink_to("/src")
    (made / "done").write_text("{}")
    return made


def archive(place, *members):
    """An archive of (name, what): content, or a function that changes its row."""
    place.mkdir(parents=True, exist_ok=True)
    with tarfile.open(place / f"{KEY}.tar.gz", "w:gz") as file:
        for name, what in members:
            row = tarfile.TarInfo(name)
            if callable(what):
                what(row)
                file.addfile(row)
            else:
                row.size = len(what)
                file.addfile(row, io.BytesIO(what))


def builder(say):
    """Who compiles; ``owned`` are the paths that the sandbox's user was given."""
    owned = []
    return SimpleNamespace(say=say, sandbox=SimpleNamespace(own=owned.append), owned=owned)


GOOD = (("out/.config", b"CONFIG_X=y\n"), ("out/a.o", b"x"))


def test_what_one_gives_another_takes(home, tmp_path):
    said, written = [], []
    shared.give(tmp_path / "share", KEY, home, said.append)
    assert [p.name for p in (tmp_path / "share").iterdir()] == [f"{KEY}.tar.gz"]
    work = tmp_path / "work"
    assert shared.ready(tmp_path / "share", KEY, work, builder(said.append),
                        lambda: written.append(1))
    assert written == [1], "the sources are written before, so that the objects are newer"
    assert (work / "out" / "kernel" / "a.o").read_bytes() == b"object"
    assert (work / "out" / "empty").is_dir()
    assert os.access(work / "out" / "tool", os.X_OK)
    assert (work / "out" / "source").readlink().as_posix() == "/src"
    assert not (work / "src").exists()
    assert not (work / "done").exists(), "who takes it says of what it is"
    times = {p.stat().st_mtime for p in (work / "out" / "tool", work / "out" / "kernel" / "a.o")}
    assert len(times) == 1


def test_all_of_it_belongs_to_whoever_compiles(home, tmp_path):
    """Before, make could not write beside what root had unpacked."""
    shared.give(tmp_path / "share", KEY, home, print)
    who, work = builder(print), tmp_path / "work"
    assert shared.ready(tmp_path / "share", KEY, work, who, lambda: None)
    assert set(who.owned) == {work / "out", *(work / "out").rglob("*")}


def test_what_is_not_there_costs_nothing(tmp_path):
    assert not shared.ready(tmp_path / "share", KEY, tmp_path / "work", builder(print),
                            pytest.fail)
    assert not (tmp_path / "work").exists()


def test_what_is_there_is_left_alone_and_what_cannot_be_given_is_said(home, tmp_path):
    archive(tmp_path / "share", *GOOD)
    old = (tmp_path / "share" / f"{KEY}.tar.gz").read_bytes()
    shared.give(tmp_path / "share", KEY, home, print)
    assert (tmp_path / "share" / f"{KEY}.tar.gz").read_bytes() == old
    (tmp_path / "file").write_text("")
    said = []
    shared.give(tmp_path / "file", KEY, home, said.append)
    assert "was not put there" in said[0]


def kind(what, link=""):
    def change(row):
        row.type, row.linkname = what, link
    return change


@pytest.mark.parametrize("member", [
    ("done", b"{}"), ("src/a.c", b"x"), ("../evil", b"x"), ("/evil", b"x"),
    ("out/../../evil", b"x"),
    ("out/link", kind(tarfile.SYMTYPE, "/etc/passwd")),
    ("out/link", kind(tarfile.SYMTYPE, "../../x")), ("out/hard", kind(tarfile.LNKTYPE, "out/a.o")),
    ("out/pipe", kind(tarfile.FIFOTYPE)), ("out/dev", kind(tarfile.CHRTYPE)), ("out/a.o", b"y")],
    ids=lambda m: m[0])
def test_what_leads_elsewhere_or_is_no_file_is_not_used(tmp_path, member):
    archive(tmp_path / "share", *GOOD, member)
    said = []
    assert not shared.ready(tmp_path / "share", KEY, tmp_path / "work", builder(said.append),
                            lambda: None)
    assert "not used: " in said[-1]
    assert not (tmp_path / "work").exists()
    assert not (tmp_path / "evil").exists()


def test_nothing_is_written_through_a_link(tmp_path):
    archive(tmp_path / "share", ("out/l", kind(tarfile.SYMTYPE, "x")), ("out/l/evil", b"x"), *GOOD)
    assert not shared.ready(tmp_path / "share", KEY, tmp_path / "work", builder(print),
                            lambda: None)


@pytest.mark.parametrize("members", [(), (("out/a.o", b"x"),)])
def test_what_is_not_whole_is_not_used(tmp_path, members):
    archive(tmp_path / "share", *members)
    assert not shared.ready(tmp_path / "share", KEY, tmp_path / "work", builder(print),
                            lambda: None)


@pytest.mark.parametrize("data", [b"", b"x" * 100, b"\x1f\x8b\x08\x00broken"])
def test_what_is_damaged_is_not_used(tmp_path, data):
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / f"{KEY}.tar.gz").write_bytes(data)
    assert not shared.ready(tmp_path / "share", KEY, tmp_path / "work", builder(print),
                            lambda: None)


@pytest.mark.parametrize(("name", "most"), [("MOST_BYTES", 14), ("MOST_FILES", 1)])
def test_what_is_too_much_is_not_used(tmp_path, monkeypatch, name, most):
    monkeypatch.setattr(shared, name, most)
    archive(tmp_path / "share", *GOOD, ("out/b.o", b"12345"))
    said = []
    assert not shared.ready(tmp_path / "share", KEY, tmp_path / "work", builder(said.append),
                            lambda: None)
    assert "more than a kernel has" in said[-1]


def test_nothing_is_left_of_what_could_not_be_given(home, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError("no space left")
    monkeypatch.setattr(shared.tarfile.TarFile, "add", full)
    said = []
    shared.give(tmp_path / "share", KEY, home, said.append)
    assert "no space left" in said[0]
    assert list((tmp_path / "share").iterdir()) == []
