# SPDX-License-Identifier: GPL-2.0-or-later
"""The suites of a tree, and the configuration that builds them."""

import pytest

from harness.cover import search
from harness.cover.search import Answer, Configuration
from harness.run import configs, plain
from harness.run.plain import Plain
from harness.run.suites import configured, registered
from tests.unit.run.toys import applied, counted, reusing, state, write

SUITE = 'static struct kunit_suite s = {\n\t.name = "NAME",\n};\nkunit_test_suite(s);\n'
TREE = {"lib/a_kunit.c": SUITE.replace("NAME", "a"), "lib/b_kunit.c": SUITE.replace("NAME", "b"),
        "lib/Makefile": "obj-$(CONFIG_A_KUNIT) += a_kunit.o\nobj-$(CONFIG_B_KUNIT) += b_kunit.o\n",
        "lib/other.c": "int kunit_test_suites_nr;\n", "Documentation/x.c": SUITE,
        "include/kunit/test.h": SUITE, "Makefile": "VERSION = 6\n"}


@pytest.fixture
def known(tmp_path, git, versions):
    made = applied(git, TREE, {**TREE, "fs/x.c": "new\n"})
    return reusing(state(tmp_path, applied=made))


@pytest.fixture
def solver(monkeypatch, tmp_path):
    """``solver(met, unmet)``: what the search for the suites comes to."""
    sources = write(tmp_path / "src", TREE)
    (tmp_path / "out").mkdir(exist_ok=True)
    (tmp_path / "out" / ".config").write_text("CONFIG_64BIT=y\n")
    monkeypatch.setattr(plain, "plain", lambda *_: Plain(
        sources, tmp_path / "out", built=False, srcarch="x86"))
    monkeypatch.setattr(configs, "kconfig_environment", lambda *_: {})

    def go(met=(0, 1), unmet=(), *, sound=True):
        first = Configuration((("A_KUNIT", "y"),), tuple(met))
        monkeypatch.setattr(search, "search", counted(Answer((first,), dict(unmet), sound)))
        return sources
    return go


def test_the_configuration_has_what_the_suites_wait_for(known, solver):
    sources = solver()
    have = configured.configured(known, registered.suites(known), sources)
    text = "\n".join(have.config.fragments)
    assert "CONFIG_KUNIT=y" in text
    assert "CONFIG_A_KUNIT=y # optional" in text
    assert have.unmet == ()
    ((_, start, wants, _), _) = search.search.calls[0]
    assert [w.path for w in wants if not w.lines] == ["lib/a_kunit.c", "lib/b_kunit.c"]
    assert not any(start.keep[n] for n in configured.KEPT_OFF)


def test_what_cannot_be_built_with_the_others_has_its_reason(known, solver):
    sources = solver(met=(0,), unmet={1: "B stays off"})
    asked = registered.suites(known)
    have = configured.configured(known, asked, sources)
    assert dict(have.unmet).keys() == {"lib/a_kunit.c", "lib/b_kunit.c"} - {
        w.path for w in search.search.calls[0][0][2][:1]}


def test_a_file_that_no_makefile_lists_has_its_reason(known, solver, tmp_path):
    sources = solver()
    write(tmp_path / "src", {"lib/Makefile": "obj-$(CONFIG_A_KUNIT) += a_kunit.o\n"})
    have = configured.configured(known, registered.suites(known), sources)
    assert dict(have.unmet)["lib/b_kunit.c"]


def test_a_search_that_came_to_an_end_is_kept(known, solver):
    sources = solver()
    rows = registered.suites(known)
    first = configured.configured(known, rows, sources)
    assert configured.configured(known, rows, sources) == first
    assert len(search.search.calls) == 1


def test_a_search_without_an_end_is_not_kept(known, solver):
    sources = solver(sound=False)
    rows = registered.suites(known)
    configured.configured(known, rows, sources)
    configured.configured(known, rows, sources)
    assert len(search.search.calls) == 2


def test_what_does_not_build_stays_off_and_is_the_reason_of_what_waits_for_it(known, solver):
    sources = solver(met=(), unmet={0: "A depends on DRIVER: n", 1: "B stays off"})
    have = configured.configured(known, registered.suites(known), sources,
                                 (("DRIVER", "drivers/x.o"),))
    assert "# CONFIG_DRIVER is not set # optional" in "\n".join(have.config.fragments)
    assert search.search.calls[0][0][1].keep["DRIVER"] is False
    assert sorted(why for _, why in have.unmet) == [
        "A depends on DRIVER: n; DRIVER is off: drivers/x.o does not build on the base",
        "B stays off"]


def test_suites_of_the_series_come_on_top_of_the_bases_own(known, solver, monkeypatch, tmp_path):
    sources = solver()
    rows = registered.suites(known)
    have = configured.configured(known, rows[:1], sources)
    monkeypatch.setattr(registered, "sources", lambda _: sources)
    more = configured.added(known, rows[1:], have, tmp_path / "base.config")
    assert more.config.fragments[:-1] == have.config.fragments
    ((_, start, wants, _), _) = search.search.calls[-1]
    assert start.dot_config == tmp_path / "base.config"
    assert {w.path for w in wants} == {"lib/b_kunit.c"}
