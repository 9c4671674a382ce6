# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run begins with: a series of mails, or the ports of a topic."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.model import Tree
from harness.run import incoming, intake_stages, placing, repair
from harness.run.state import Candidate
from tests.make import series
from tests.unit.run.toys import applied, counted, state

MAILED = series(title="mailed", notices=("2 replies left out",))
ABOUT = """title = "Toys"
default = "v2"
[series.v2]
expect = "pass"
[[series.v2.port]]
patches = "v2"
[[series.v2.port]]
patches = ["new/1.patch", "new/2.patch"]
base = "before"
"""


@pytest.fixture
def known(tmp_path, monkeypatch):
    """A run whose series is a file; what is read is ``MAILED``, out of a tree of its own."""
    thread = SimpleNamespace(series=MAILED, tree="~/linux@a")
    monkeypatch.setattr(incoming, "read", counted(thread))
    return state(tmp_path, series=None, request={"patches": tmp_path / "patches"},
                 notices=("old",))


@pytest.fixture
def topic(known, tmp_path, monkeypatch):
    """The same run for a topic with two ports; ``read_parts`` names the folder."""
    home = tmp_path / "patches" / "toys"
    (home / "v2").mkdir(parents=True)
    (home / "about.toml").write_text(ABOUT)
    monkeypatch.setattr(intake_stages, "read_parts", lambda paths: series(title=paths[0].name))
    return replace(known, request=replace(known.request, series=str(home)))


def test_a_series_of_mails_is_the_only_candidate(known, tmp_path):
    after = intake_stages.intake(known)
    assert after.series is MAILED
    assert after.candidates == (Candidate((), (), MAILED),)
    assert after.own_tree == "~/linux@a"
    assert after.notices == ("old", "2 replies left out")
    assert after.topic is None
    assert after.tree is None, "nothing that is not damaged needs the tree so early"
    ((text, cache, reading), _) = incoming.read.calls[0]
    assert (text, cache) == ("x.mbox", tmp_path / "cache")
    assert reading is known.request.reading


def test_a_damaged_series_is_mended_against_its_tree(known, monkeypatch):
    tree = Tree("toy", Path("/r"), "c" * 40, "a folder")
    monkeypatch.setattr(placing, "with_tree", lambda one: replace(
        one, tree=tree, notices=(*one.notices, "base: toy")))
    whole = replace(MAILED, title="mended", notices=(*MAILED.notices, "repaired: patch 1"))
    mended = counted(whole)
    monkeypatch.setattr(repair, "mended", mended)
    after = intake_stages.intake(replace(known, request=replace(known.request, repair=True)))
    assert mended.calls == [((MAILED, tree), {})]
    assert after.series is whole
    assert after.candidates[0].series is whole
    assert after.notices == ("old", "2 replies left out", "base: toy", "repaired: patch 1")


def test_a_topic_brings_its_ports(topic, tmp_path, monkeypatch):
    monkeypatch.setattr(placing, "tree_is_here", lambda _: False)
    after = intake_stages.intake(topic)
    home = tmp_path / "patches" / "toys"
    assert (after.topic.title, after.topic.name) == ("Toys", "v2")
    assert after.candidates == (
        Candidate((), (home / "v2",)),
        Candidate((home / "before",), (home / "new/1.patch", home / "new/2.patch")))
    assert after.series.title == "v2", "without a tree the first port is read"
    assert incoming.read.calls == []


def test_without_a_word_it_is_the_default_topic(topic, tmp_path, monkeypatch):
    monkeypatch.setattr(placing, "tree_is_here", lambda _: False)
    nothing = replace(topic, request=replace(topic.request, series=None))
    assert intake_stages.intake(nothing).topic.title == "Toys"


def test_where_the_tree_is_here_the_port_that_applies_is_read(topic, monkeypatch, git):
    made = applied(git, {"a.c": "old\n"}, {"a.c": "new\n"})
    monkeypatch.setattr(placing, "tree_is_here", lambda _: True)
    monkeypatch.setattr(placing, "with_tree", lambda one: replace(one, tree=made.tree))
    monkeypatch.setattr(placing, "with_applied", lambda one: replace(
        one, applied=made, series=series(title=f"on {one.tree.name}")))
    after = intake_stages.intake(topic)
    assert after.applied is made
    assert after.series.title == "on toy"
    assert len(after.candidates) == 2
