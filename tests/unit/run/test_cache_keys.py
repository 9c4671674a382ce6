# SPDX-License-Identifier: GPL-2.0-or-later
"""What is taken from an earlier run, and what has to change that it is not."""

from dataclasses import replace

import pytest

from harness import apply
from harness.arch import TARGETS
from harness.errors import InputRefusedError
from harness.model import Applied, Kconfig
from harness.run import cache_keys
from tests.make import patch, series
from tests.unit.run.toys import (
    applied,
    counted,
    raises,
    reusing,
    state,
)

pytestmark = pytest.mark.usefixtures("versions")
OLD, NEW = {"a.c": "old\n"}, {"a.c": "new\n"}
TINY = Kconfig(("CONFIG_A=y\n",))


@pytest.fixture
def known(tmp_path):
    return reusing(state(tmp_path))


@pytest.fixture
def placed(known, git):
    made = applied(git, OLD, NEW)
    return replace(known, applied=made, tree=made.tree, base=made.base)


def memo(one, compute, *inputs, kind="k", **how):
    return cache_keys.memo(one, kind, inputs, compute, **how)


def test_a_result_is_computed_once_and_said_to_be_of_an_earlier_run(known):
    work = counted(42)
    first, after = memo(known, work, "x")
    assert (first, after.cached) == (42, frozenset())
    second, after = memo(known, work, "x")
    assert (second, after.cached) == (42, {"k"})
    assert len(work.calls) == 1


def test_what_was_cached_before_stays_said(known):
    memo(known, counted(1))
    _, after = memo(replace(known, cached=frozenset({"other"})), counted(1))
    assert after.cached == {"k", "other"}


@pytest.mark.parametrize("other", [
    lambda one, work: memo(one, work, "y"),
    lambda one, work: memo(one, work, "x", "y"),
    lambda one, work: memo(one, work, "x", kind="other"),
    lambda one, work: memo(one, work, "x", again=True),
    lambda one, work: memo(replace(one, request=replace(one.request, settings=replace(
        one.settings, sandbox=True))), work, "x"),
    lambda one, work: memo(replace(one, request=replace(one.request, reuse=False)), work, "x"),
])
def test_what_asks_for_something_else_is_computed(known, other):
    work = counted(42)
    memo(known, work, "x")
    got, after = other(known, work)
    assert (got, after.cached) == (42, frozenset())
    assert len(work.calls) == 2


def test_what_may_be_the_weather_is_not_kept(known):
    work = counted("flaky")
    for _ in range(2):
        memo(known, work, keep=lambda value: value != "flaky")
    assert len(work.calls) == 2
    memo(known, counted("steady"), keep=lambda value: value != "flaky")
    assert memo(known, work)[0] == "steady"


def test_a_run_that_reuses_nothing_leaves_nothing(known):
    memo(replace(known, request=replace(known.request, reuse=False)), counted(1), "x")
    assert not cache_keys.has(known, "k", ("x",))


def test_whether_a_result_is_there(known):
    memo(known, counted(1), "x")
    assert cache_keys.has(known, "k", ("x",))
    assert not cache_keys.has(known, "k", ("y",))
    assert not cache_keys.has(known, "other", ("x",))


def test_results_lie_in_the_users_cache(known, tmp_path):
    assert cache_keys.results(known).root == tmp_path / "cache" / "cells"


def test_a_series_is_applied_once(known, git, monkeypatch):
    made = applied(git, OLD, NEW, notices=("moved",))
    asked = counted(made)
    monkeypatch.setattr(apply, "apply_series", asked)
    for _ in range(2):
        got = cache_keys.applied(known, series(), made.tree, made.base)
        assert got == Applied(made.tree, made.base, made.commits, ("moved",))
    assert len(asked.calls) == 1
    cache_keys.applied(known, series(patch(message="X\n")), made.tree, made.base)
    cache_keys.applied(known, series(), made.tree, made.commits[0])
    assert len(asked.calls) == 3


def test_commits_that_are_gone_are_made_again(known, git, monkeypatch):
    made = applied(git, OLD, NEW)
    monkeypatch.setattr(apply, "apply_series", counted(made))
    cache_keys.applied(known, series(), made.tree, made.base)
    git.commits.pop(made.commits[0])
    later = replace(made, commits=(git.commit({"a.c": "new\n"}, "again"),))
    monkeypatch.setattr(apply, "apply_series", counted(later))
    assert cache_keys.applied(known, series(), made.tree, made.base).commits == later.commits


def test_a_series_without_patches_makes_no_commit(known, git, monkeypatch):
    made = applied(git, OLD)
    monkeypatch.setattr(apply, "apply_series", counted(made))
    for _ in range(2):
        assert cache_keys.applied(known, series(), made.tree, made.base).head == made.base


def test_a_refusal_is_not_kept(known, git, monkeypatch):
    made = applied(git, OLD, NEW)
    monkeypatch.setattr(apply, "apply_series", raises(InputRefusedError("hunk 1")))
    with pytest.raises(InputRefusedError):
        cache_keys.applied(known, series(), made.tree, made.base)
    monkeypatch.setattr(apply, "apply_series", counted(made))
    assert cache_keys.applied(known, series(), made.tree, made.base).commits == made.commits


def test_the_warnings_of_the_base_serve_every_series_on_it(placed, versions, git):
    ask = counted(("w",))
    assert cache_keys.old_warnings(placed, TINY, "a.c", "gcc", ask) == ("w",)
    other = replace(placed, applied=applied(git, OLD, {"a.c": "other\n"}))
    cache_keys.old_warnings(other, TINY, "a.c", "gcc", ask)
    assert len(ask.calls) == 1
    cache_keys.old_warnings(placed, TINY, "b.c", "gcc", ask)
    cache_keys.old_warnings(placed, TINY, "a.c", "sparse", ask)
    cache_keys.old_warnings(placed, Kconfig(("CONFIG_B=y\n",)), "a.c", "gcc", ask)
    cache_keys.old_warnings(placed, replace(TINY, start="defconfig"), "a.c", "gcc", ask)
    elsewhere = replace(placed, target=TARGETS[1])  # whose defconfig has the same name
    cache_keys.old_warnings(elsewhere, TINY, "a.c", "gcc", ask)
    versions["gcc"] = "2"
    cache_keys.old_warnings(placed, TINY, "a.c", "gcc", ask)
    assert len(ask.calls) == 7
