# SPDX-License-Identifier: GPL-2.0-or-later
"""When a configuration is searched for, from where, and what of the answer is kept."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.build import kernel
from harness.cover import search
from harness.cover.search import Answer, Configuration
from harness.cover.wants import Want
from harness.evidence import Changed
from harness.model import Sources
from harness.run import configs, configuring, plain, wanted
from harness.run.state import Configured, SkippedStage
from tests.unit.run.toys import applied, counted, profile, reusing, state

A, B = frozenset({("A", True)}), frozenset({("B", True), ("C", False)})
FILE = Want("a.c", (), (A,))
LINES = Want("a.c", (3, 4), (A | B,))
HEADER = Want("a.h", (), (B,), "", ("b.c", "c.c"))
LOST = Want("lost.c", (), (), "no Makefile mentions it")


@pytest.fixture
def known(tmp_path, git, versions):
    made = applied(git, {"a.c": "old\n"}, {"a.c": "new\n"})
    return state(tmp_path, applied=made, profiles=(profile(tmp_path),),
                 files=(Changed("a.c", "old\n", "new\n", (1,), (1,)),))


@pytest.fixture
def asks(known, tmp_path, monkeypatch):
    """``asks(rows, answer, config)``: the wants of the series, and what the solver says."""
    def go(rows, answer=None, config="CONFIG_A=y\n"):
        (tmp_path / "out").mkdir(exist_ok=True)
        (tmp_path / "out" / ".config").write_text(config)
        base = plain.Plain(Sources(tmp_path / "base"), tmp_path / "out", built=False, srcarch="x86")
        fakes = SimpleNamespace(
            plain=counted(base), wanted=counted(tuple(rows)), search=counted(answer),
            move=counted(Sources(tmp_path / "patched")))
        monkeypatch.setattr(plain, "plain", fakes.plain)
        monkeypatch.setattr(wanted, "wanted", fakes.wanted)
        monkeypatch.setattr(search, "search", fakes.search)
        monkeypatch.setattr(kernel.Workspace, "move", fakes.move)
        monkeypatch.setattr(configs, "kconfig_environment", lambda *_: {"SRCARCH": "x86"})
        return fakes
    return go


def test_what_is_no_part_of_the_kernel_needs_no_configuration(known, asks):
    fakes = asks([FILE])
    with pytest.raises(SkippedStage):
        configuring.configure(replace(known, files=(Changed("README", "a", "b", (1,), (1,)),)))
    assert fakes.plain.calls == []


def test_where_the_plain_configuration_has_it_all_nothing_is_searched(known, asks):
    fakes = asks([FILE, HEADER], config="CONFIG_A=y\nCONFIG_B=m\n")
    after = configuring.configure(known)
    assert after.configured == Configured((), (), (("a.h", ("b.c", "c.c")),))
    assert fakes.search.calls == []


def test_a_series_that_waits_for_nothing_needs_nothing(known, asks):
    fakes = asks([])
    assert configuring.configure(known).configured == Configured()
    assert fakes.search.calls == []


def test_what_the_solver_sets_is_what_is_built_in(known, asks):
    one, two = (("B", "y"), ("C", "n")), (("D", "m"),)
    asks([FILE, HEADER], Answer((Configuration(one, (0, 1)), Configuration(two, (1,))), {}))
    assert configuring.configure(known).configured == Configured(
        (one, two), (), (("a.h", ("b.c", "c.c")),))


def test_what_nobody_knows_a_way_for_is_unmet_and_not_asked_for(known, asks):
    fakes = asks([LOST, FILE, HEADER], Answer((), {}))
    assert configuring.configure(known).configured.unmet == (LOST,)
    assert fakes.search.calls[0][0][2] == (FILE, HEADER)
    fakes = asks([LOST])
    assert configuring.configure(known).configured.unmet == (LOST,)
    assert fakes.search.calls == []


def test_what_the_solver_cannot_have_is_unmet_with_its_reason(known, asks):
    asks([LOST, FILE, LINES, HEADER], Answer((Configuration((("Z", "y"),), (0,)),),
                                             {1: "C is always on", 2: "B needs ARM"}))
    assert configuring.configure(known).configured.unmet == (
        LOST, replace(LINES, ways=(), reason="C is always on"),
        replace(HEADER, ways=(), reason="B needs ARM"))


def test_the_search_begins_at_the_patched_tree_and_keeps_what_the_guest_needs(
        known, asks, tmp_path):
    fakes = asks([HEADER], Answer((), {}))
    configuring.configure(known)
    ((box, start, rows, log), _) = fakes.search.calls[0]
    assert start.sources == Sources(tmp_path / "patched")
    assert start.dot_config == tmp_path / "out" / ".config"
    assert start.env == {"SRCARCH": "x86"}
    assert start.keep["TOY"] is True
    assert (box.enabled, rows, log) == (False, (HEADER,), known.log)
    ((_, from_, old, new), _) = fakes.move.calls[0]
    assert (from_, old, new) == (Sources(tmp_path / "base"), known.base, known.applied.head)
    assert fakes.wanted.calls[0][0][2] == Sources(tmp_path / "patched")


def test_nothing_of_another_search_is_left_where_the_tree_is_laid_out(known, asks):
    asks([])
    stale = known.work / "configure" / "head" / "over" / "stale"
    stale.mkdir(parents=True)
    configuring.configure(known)
    assert not stale.exists()


def test_a_configuration_is_searched_once(known, asks):
    fakes = asks([HEADER], Answer((), {0: "no"}))
    first = configuring.configure(reusing(known))
    again = configuring.configure(reusing(known))
    assert len(fakes.search.calls) == len(fakes.plain.calls) == 1
    assert first.configured == again.configured
    assert (first.cached, again.cached) == (frozenset(), {"configure"})


def test_another_series_that_waits_for_the_same_is_not_searched_again(known, asks, git):
    fakes = asks([HEADER], Answer((Configuration((("B", "y"),), (0,)),), {}))
    configuring.configure(reusing(known))
    other = applied(git, {"a.c": "old\n"}, {"a.c": "other\n"})
    after = configuring.configure(reusing(replace(known, applied=other)))
    assert len(fakes.plain.calls) == 2
    assert len(fakes.search.calls) == 1
    assert after.configured.settings == ((("B", "y"),),)
    third = replace(known, applied=applied(git, {"a.c": "old\n"}, {"a.c": "third\n"}), files=(
        Changed("a.c", "a\n", "b\n", (1,), (1,)),
        Changed("fs/Kconfig", "a\n", "b\n", (1,), (1,))))
    configuring.configure(reusing(third))
    assert len(fakes.search.calls) == 2, "it changes what the solver reads"


def test_a_search_that_came_to_no_end_is_made_again(known, asks):
    asks([HEADER], Answer((), {0: "no end after 120 s"}, sound=False))
    first = configuring.configure(reusing(known))
    assert first.configured.unmet[0].reason == "no end after 120 s"
    fakes = asks([HEADER], Answer((Configuration((("B", "y"),), (0,)),), {}))
    again = configuring.configure(reusing(known))
    assert len(fakes.search.calls) == 1
    assert again.configured == Configured(((("B", "y"),),), (), (("a.h", ("b.c", "c.c")),))


def test_the_user_hears_of_a_search_and_of_nothing_else(known, asks):
    said = known.say.__self__
    asks([FILE])
    configuring.configure(known)
    assert said == []
    asks([HEADER], Answer((), {}))
    configuring.configure(known)
    assert len(said) == 1
