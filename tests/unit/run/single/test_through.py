# SPDX-License-Identifier: GPL-2.0-or-later
"""Single objects through a series: what breaks, what is mended, and what nobody can blame."""

from types import SimpleNamespace

import pytest

from harness.build import objects
from harness.build.kbuild import BuildError, BuildFailedError
from harness.build.objects import Made
from harness.model import Kconfig, Location, Sources
from harness.run.single import through, touched
from harness.run.single.patches import Step

TINY = Kconfig(("CONFIG_FS=y\n",))
NAMES = {"fs/a.c": "fs/a.o", "fs/b.c": "fs/b.o"}


def error(path, text="no"):
    return BuildFailedError(2, BuildError(text, Location(path, 3)))


@pytest.fixture
def toy(monkeypatch):
    """Compilers that find those objects ``bad`` that a test says; ``lists``: what make lists."""
    fake = SimpleNamespace(bad={}, asked=[], dropped=[], configured=[], names=dict(NAMES),
                           lists=set(NAMES.values()))

    def compile_(how):
        def go(_builder, sources, _out, names, _folders=None):
            wanted = list(names)
            fake.asked.append((how, sources, wanted))
            return Made(frozenset(wanted) - fake.bad.keys(),
                        tuple((n, fake.bad[n]) for n in wanted if n in fake.bad))
        return go

    monkeypatch.setattr(objects, "repeat", compile_("repeat"))
    monkeypatch.setattr(objects, "compile_objects", compile_("make"))
    monkeypatch.setattr(touched, "names", lambda _state, _sources, _out, paths: {
        p: fake.names[p] for p in paths if p in fake.names})
    monkeypatch.setattr(touched, "homes", lambda *_: {})
    monkeypatch.setattr(touched, "built", lambda _state, _sources, _out, names: {
        p: n for p, n in names.items() if n in fake.lists})
    monkeypatch.setattr(objects, "drop", lambda _out, names: fake.dropped.append(set(names)))
    monkeypatch.setattr(through, "configure", lambda _builder, sources, _out, config, *, fresh:
                        fake.configured.append((sources, config, fresh)))
    return fake


@pytest.fixture
def way(series, toy, out):
    """``way(broken, quick)``: the objects of the base, before the first patch."""
    one = series({"fs/a.c": "1\n"}, {"fs/b.c": "2\n"}, {"fs/a.c": "3\n"})

    def go(*, broken=(), quick=True, names=NAMES):
        return through.Series(one, TINY, out, set(broken), quick=quick, names=dict(names))
    return go


def step(number, *paths):
    return Step(number, Sources(f"/tree{number}"), paths)


def rows(found):
    return [(f.rule, f.patch, f.where.path) for f in found.findings()]


def test_a_series_that_compiles_has_no_finding(way, toy):
    found = way()
    for number, path in enumerate(("fs/a.c", "fs/b.c"), 1):
        found.take(step(number, path))
    assert rows(found) == []
    assert found.bad == {}
    assert toy.asked == [("repeat", Sources("/tree1"), ["fs/a.o"]),
                         ("repeat", Sources("/tree2"), ["fs/b.o"])]


def test_what_does_not_compile_in_the_end_is_of_the_first_patch_that_broke_it(way, toy):
    found = way()
    toy.bad["fs/a.o"] = error("fs/a.c", "first")
    found.take(step(1, "fs/a.c"))
    toy.bad["fs/a.o"] = error("fs/a.c", "second")
    found.take(step(3, "fs/a.c"))
    assert rows(found) == [("build-error", 1, "fs/a.c")]
    assert "first" in next(found.findings()).message


def test_what_a_later_patch_mends_only_ends_a_bisection(way, toy):
    found = way()
    toy.bad["fs/a.o"] = error("fs/a.c")
    found.take(step(1, "fs/a.c"))
    toy.bad.clear()
    found.take(step(2, "fs/b.c"))
    assert rows(found) == [("build-error", 1, "fs/a.c")], "nobody has mended it yet"
    found.take(step(3, "fs/a.c"))
    assert rows(found) == [("not-bisectable", 1, "fs/a.c")]
    assert "patch 1 of 3" in next(found.findings()).message


def test_what_breaks_again_is_told_twice(way, toy):
    found = way()
    for number, bad in ((1, True), (2, False), (3, True)):
        toy.bad = {"fs/a.o": error("fs/a.c")} if bad else {}
        found.take(step(number, "fs/a.c"))
    assert rows(found) == [("build-error", 3, "fs/a.c"), ("not-bisectable", 1, "fs/a.c")]


def test_what_is_mended_together_is_told_in_the_order_in_which_it_broke(way, toy):
    names = {f"fs/x{n}.c": f"fs/x{n}.o" for n in range(30)}
    found = way(names=names)
    toy.bad = {n: error(p) for p, n in names.items()}
    found.take(step(1, *names))
    toy.bad = {}
    found.take(step(2, *reversed(names)))
    assert [path for _, _, path in rows(found)] == list(names)


@pytest.mark.parametrize("quick", [True, False])
def test_what_the_base_does_not_compile_is_not_the_series_fault(way, toy, quick):
    found = way(broken=["fs/a.o"], quick=quick)
    toy.bad["fs/a.o"] = error("fs/a.c")
    found.take(step(1, "fs/a.c", "fs/b.c"))
    assert rows(found) == []


def test_what_has_no_object_is_not_compiled(way, toy):
    way(names={"fs/a.c": "fs/a.o"}).take(step(1, "fs/b.c", "Documentation/x.rst", "fs/a.c"))
    assert toy.asked == [("repeat", Sources("/tree1"), ["fs/a.o"])]


def test_what_the_base_has_no_object_of_is_not_repeated(way, toy):
    way(broken=["fs/a.o"]).take(step(1, "fs/a.c", "fs/b.c"))
    assert toy.asked == [("repeat", Sources("/tree1"), ["fs/b.o"])]


def test_a_series_of_more_than_sources_is_left_to_make(way, toy):
    found = way(quick=False)
    toy.names["fs/h.h"] = "fs/a.o"
    found.take(step(1, "fs/a.c", "fs/h.h"))
    assert toy.asked == [("make", Sources("/tree1"), ["fs/a.o"])], "each object once"
    assert toy.configured == []
    assert toy.dropped == [], "nothing new: make need not be asked for its lists"


def test_a_kconfig_file_of_the_series_is_read_before_anything_is_compiled(way, toy):
    way(quick=False).take(step(1, "fs/Kconfig", "fs/a.c"))
    assert toy.configured == [(Sources("/tree1"), TINY, False)]


def test_a_file_that_comes_is_compiled_where_make_lists_it(way, toy):
    toy.names["fs/new.c"] = "fs/new.o"
    toy.lists.add("fs/new.o")
    found = way(quick=False)
    toy.bad["fs/new.o"] = error("fs/new.c")
    found.take(step(1, "fs/Makefile", "fs/new.c"))
    assert found.names["fs/new.c"] == "fs/new.o"
    assert rows(found) == [("build-error", 1, "fs/new.c")]
    assert toy.dropped == [set()]


def test_an_object_that_make_does_not_list_is_nobodys(way, toy):
    toy.names["fs/new.c"] = "fs/new.o"
    toy.bad["fs/new.o"] = error("fs/new.c")
    found = way(quick=False)
    found.take(step(1, "fs/new.c"))
    assert rows(found) == []
    assert toy.dropped == [{"fs/new.o"}]
    assert "fs/new.c" not in found.names


def test_a_file_that_make_lists_later_is_compiled_then(way, toy):
    toy.names["fs/new.c"] = "fs/new.o"
    found = way(quick=False)
    found.take(step(1, "fs/new.c"))
    toy.lists.add("fs/new.o")
    found.take(step(2, "fs/Makefile", "fs/new.c"))
    assert found.names["fs/new.c"] == "fs/new.o"


def test_a_broken_file_that_goes_again_only_ends_a_bisection(way, toy):
    found = way(quick=False)
    toy.bad["fs/a.o"] = error("fs/a.c")
    found.take(step(1, "fs/a.c"))
    del toy.names["fs/a.c"]
    toy.lists.discard("fs/a.o")
    found.take(step(2, "fs/Makefile", "fs/a.c"))
    assert rows(found) == [("not-bisectable", 1, "fs/a.c")]
    assert found.bad == {}
