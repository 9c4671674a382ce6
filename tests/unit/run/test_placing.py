# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tree a series goes on, which of its ports applies, which profiles know it."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness import apply, trees
from harness.apply.base import Base
from harness.errors import InputRefusedError
from harness.intake import Topic
from harness.model import Tree
from harness.run import incoming, placing
from harness.run.state import Candidate
from tests.make import patch, series
from tests.unit.run.toys import applied, counted, state

TOPIC = Topic("Toys", "v2", "pass", ())
ABOUT = """title = "{0}"
[applies]
paths = ["*.c"]
words = ["{0}_"]
[programs]
sources = []
library = []
handwritten = []
includes = []
locals = []
setup = []
teardown = []
needs = ""
"""


def tree(name):
    return Tree(name, Path("/trees.git"), "c" * 40, "a folder")


@pytest.mark.parametrize(("said", "cached", "here"), [
    ("", False, False), ("", True, True), ("~/linux", False, True), ("kvm-next", False, True),
])
def test_whether_a_tree_can_be_had_without_a_download(tmp_path, monkeypatch, said, cached, here):
    monkeypatch.setattr(trees, "cached", lambda cache, row: tree(row.name) if cached else None)
    assert placing.tree_is_here(state(tmp_path, settings={"tree": said})) is here


@pytest.fixture
def kernels(monkeypatch):
    obtain = counted(lambda name, cache, say: tree(name))
    monkeypatch.setattr(trees, "obtain", obtain)
    place = counted(lambda *_: Base(tree("chosen"), "its blob ids"))
    monkeypatch.setattr(incoming, "choose_base", place)
    return obtain


def test_a_tree_that_is_known_is_kept(tmp_path, kernels):
    one = state(tmp_path, tree=tree("mine"))
    assert placing.with_tree(one) is one


@pytest.mark.parametrize("fields", [{"topic": TOPIC}, {"series": None}])
def test_a_topic_goes_on_the_tree_that_the_user_named(tmp_path, kernels, fields):
    one = state(tmp_path, settings={"tree": "~/linux"}, **fields)
    after = placing.with_tree(one)
    assert after.tree.name == "~/linux"
    assert kernels.calls == [(("~/linux", one.settings.cache, one.say), {})]
    assert after.notices == ()


def test_mails_choose_their_base_and_it_is_said(tmp_path, kernels):
    one = state(tmp_path, own_tree="~/own@a", notices=("before",))
    after = placing.with_tree(one)
    assert after.tree.name == "chosen"
    assert after.notices[0] == "before"
    assert "its blob ids" in after.notices[1]
    assert incoming.choose_base.calls == [((one.series, one.settings, one.say, "~/own@a"), {})]


@pytest.fixture
def known(tmp_path, git, monkeypatch):
    """A run on a tree; a series whose title begins with "bad" does not apply to it."""
    made = applied(git, {"a.c": "old\n"}, {"a.c": "new\n"}, notices=("moved by 3",))

    def apply_series(mine, where, base):
        if mine.title.startswith("bad"):
            raise InputRefusedError(f"{mine.title} does not apply")
        commits = made.commits
        if mine.title == "needed":
            commits = (git.commit({"a.c": "old\n", "n.c": "x\n"}, "needed"),)
        return replace(made, base=base, commits=commits)

    monkeypatch.setattr(apply, "apply_series", counted(apply_series))
    monkeypatch.setattr(apply, "touched", lambda one: ("a.c",))
    monkeypatch.setattr(placing, "read_parts", lambda paths: series(title=paths[0].name))
    return state(tmp_path, tree=made.tree, series=None)


def port(name, *base):
    return Candidate(tuple(map(Path, base)), (Path(name),))


def test_a_series_becomes_commits_on_its_tree(known):
    mine = series(title="mine")
    after = placing.with_applied(replace(
        known, candidates=(Candidate((), (), mine),), notices=("before",)))
    assert after.series is mine
    assert after.base == after.applied.base == known.tree.commit
    assert [f.path for f in after.files] == ["a.c"]
    assert (after.files[0].before, after.files[0].after) == ("old\n", "new\n")
    assert after.notices == ("before", "moved by 3")
    assert placing.with_applied(after) is after


def test_what_a_port_needs_is_applied_first_and_is_part_of_the_base(known, git):
    after = placing.with_applied(replace(known, candidates=(port("good", "needed"),)))
    assert "n.c" in git.files(after.base)
    assert after.applied.base == after.base
    assert [args[2] for args, _ in apply.apply_series.calls] == [known.tree.commit, after.base]


def test_of_ports_the_first_that_applies_is_taken(known):
    rows = (port("bad1"), port("good", "bad2"), port("good1"), port("good2"))
    assert placing.with_applied(replace(known, candidates=rows)).series.title == "good1"


def test_a_series_that_does_not_apply_is_refused_with_its_own_reason(known):
    one = replace(known, candidates=(Candidate((), (), series(title="bad")),))
    with pytest.raises(InputRefusedError, match="bad does not apply"):
        placing.with_applied(one)


def test_a_topic_of_which_no_port_applies_says_how_many_and_why_the_first(known):
    one = replace(known, topic=TOPIC, candidates=(port("bad1"), port("bad2")))
    with pytest.raises(InputRefusedError, match="2 ports") as caught:
        placing.with_applied(one)
    assert "bad1" in caught.value.message
    assert "bad2" not in caught.value.message
    assert "--tree" in caught.value.hint


def test_a_topic_without_ports_is_refused(known):
    with pytest.raises(InputRefusedError):
        placing.with_applied(replace(known, topic=TOPIC))


def test_a_series_that_changes_nothing_is_refused(known, monkeypatch):
    monkeypatch.setattr(apply, "touched", lambda one: ())
    with pytest.raises(InputRefusedError, match="nothing"):
        placing.with_applied(replace(known, candidates=(port("good"), port("good1"))))


def test_profiles_are_those_whose_subject_the_series_touches(tmp_path):
    for name in ("toy", "box"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "about.toml").write_text(ABOUT.format(name))
    diff = b"diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-a\n+toy_a\n"
    one = state(tmp_path, request={"kselftests": tmp_path}, series=series(patch(diff=diff)))
    assert [p.name for p in placing.with_profiles(one).profiles] == ["toy"]
