# SPDX-License-Identifier: GPL-2.0-or-later
"""The base's objects: which of them are made, and what is left for the series."""

from types import SimpleNamespace

import pytest

from harness.build import listed, objects, prepared
from harness.build.codecheck import BuildSide
from harness.build.objects import Made
from harness.errors import CommandFailedError
from harness.model import Kconfig
from harness.run.single import base
from tests.unit.run.single.conftest import OLD
from tests.unit.run.toys import counted, write

TINY = Kconfig(("CONFIG_FS=y\n",))


@pytest.fixture
def start(out, tmp_path, copies, monkeypatch):
    """``start(state, lists)``: the base's objects; make ``lists`` some, and all compile."""
    sources = write(tmp_path / "base", OLD)
    fakes = SimpleNamespace(prepare=counted(prepared.Prepared("key", sources, out)), made=[],
                            bad=set())

    def compile_objects(_builder, _sources, place, names, folders):
        fakes.folders = dict(folders)
        wanted = list(names)
        fakes.made.append(wanted)
        for name in set(wanted) - fakes.bad:
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_text("object")
            (place / name).with_name(f".{(place / name).name}.cmd").write_text("cmd := gcc\n")
        return Made(frozenset(wanted) - fakes.bad, tuple(
            (n, CommandFailedError("make", 2, "no")) for n in wanted if n in fakes.bad))

    monkeypatch.setattr(prepared, "prepare", fakes.prepare)
    monkeypatch.setattr(objects, "compile_objects", compile_objects)

    def go(one, *lists):
        fakes.listed = counted({n: n for n in lists})
        monkeypatch.setattr(listed, "listed", fakes.listed)
        return base.base(one, TINY), fakes
    return go


def files(place):
    return {str(p.relative_to(place)) for p in place.rglob("*") if p.is_file()}


def test_the_objects_that_a_series_touches_are_made_on_the_base(series, start, out, tmp_path):
    one = series({"fs/a.c": "new\n"})
    found, fakes = start(one, "fs/a.o", "fs/b.o")
    assert found.side == BuildSide(found.side.sources, out)
    assert found.side.sources.root == tmp_path / "base"
    assert found.names == {"fs/a.c": "fs/a.o"}
    assert fakes.made == [["fs/a.o"]]
    assert fakes.folders == {}, "this make finds it by itself"
    ((_, tree, commit, config), _) = fakes.prepare.calls[0]
    assert (tree, commit, config) == (one.tree, one.base, TINY)


def test_the_series_has_a_copy_of_the_bases_objects(series, start, out):
    one = series({"fs/a.c": "new\n"})
    copy = one.work / "compile" / "out"
    copy.mkdir(parents=True)
    (copy / "stale.o").touch()
    found, _ = start(one, "fs/a.o")
    assert found.bench.work == one.work / "compile"
    assert files(copy) == files(out) == {".config", "fs/a.o", "fs/.a.o.cmd"}


def test_an_object_that_an_earlier_series_had_made_is_not_made_again(series, start, out):
    (out / "fs").mkdir()
    (out / "fs" / "a.o").write_text("of another time")
    _, fakes = start(series({"fs/a.c": "1\n", "fs/b.c": "2\n"}), "fs/a.o", "fs/b.o")
    assert fakes.made == [["fs/b.o"]]
    assert (out / "fs" / "a.o").read_text() == "of another time"


def test_what_make_would_not_build_by_itself_is_no_object_of_the_base(series, start, out):
    found, _ = start(series({"fs/a.c": "1\n", "fs/b.c": "2\n"}), "fs/b.o")
    assert found.names == {"fs/b.c": "fs/b.o"}
    assert files(out) == {".config", "fs/b.o", "fs/.b.o.cmd"}


def test_an_object_that_does_not_compile_on_the_base_keeps_its_name(series, start, out):
    one = series({"fs/a.c": "1\n"})
    _, fakes = start(one, "fs/a.o")
    (out / "fs" / "a.o").unlink()
    fakes.bad.add("fs/a.o")
    found, _ = start(one, "fs/a.o")
    assert found.names == {"fs/a.c": "fs/a.o"}
    assert found.failed == (("fs/a.c", "no"),)
    assert not (out / "fs" / "a.o").exists()


def test_files_that_come_and_those_with_the_same_code_have_no_object_on_the_base(series, start):
    one = series({"fs/new.c": "1\n", "fs/b.c": "int b; /* why */\n",
                  "fs/Makefile": "obj-y += a.o b.o new.o\n"})
    found, fakes = start(one, "fs/new.o", "fs/b.o")
    assert found.names == {}
    assert fakes.made == [[]]
    assert fakes.listed.calls == [], "make is not asked for nothing"


def test_the_base_is_held_while_it_is_written_and_copied(series, start, monkeypatch, copies):
    held = []

    class Lock:
        def __init__(self, path, _say):
            held.append(path.name)

        def __enter__(self):
            held.append("held")

        def __exit__(self, *_):
            held.append("free")
    monkeypatch.setattr(prepared, "locked", Lock)
    monkeypatch.setattr(base.touched, "built", lambda *a: held.append("asked") or {})
    copies.say("cp", "-a", does=lambda *_: held.append("copied"))
    start(series({"fs/a.c": "1\n"}))
    assert held == ["prepared-key.lock", "held", "asked", "copied", "free"]
