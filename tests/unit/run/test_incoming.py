# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a series comes from, and what it goes on."""

from pathlib import Path

import pytest

from harness import trees
from harness.apply import base
from harness.intake import ReadOptions
from harness.model import Tree
from harness.run import incoming
from harness.settings import DEFAULT_TREE, Settings
from tests.make import series
from tests.unit.run.toys import counted

COMMIT = "0123456789abcdef" * 2 + "01234567"


def tree(name="toy"):
    return Tree(name, Path("/trees.git"), COMMIT, "a folder")


@pytest.fixture
def kernels(monkeypatch):
    """Every tree can be had; of the table one is here. ``obtain.calls``: what was asked for."""
    obtain = counted(lambda name, cache, say: tree(name))
    monkeypatch.setattr(trees, "obtain", obtain)
    monkeypatch.setattr(trees, "cached", lambda cache, row: (
        tree(row.name) if row.name == trees.TREES[1].name else None))
    return obtain


@pytest.fixture
def chosen(monkeypatch):
    """What the choice of the base is asked; it takes the tree that was got."""
    fake = counted(lambda series, got, others, said, mine: base.Base(got, "its blob ids"))
    monkeypatch.setattr(base, "choose", fake)
    return fake


def place(**how):
    own = how.pop("own", "")
    return incoming.choose_base(series(), Settings(cache=Path("/c"), **how), print, own)


@pytest.mark.parametrize(("how", "name"), [
    ({}, DEFAULT_TREE), ({"tree": "~/linux@v6.12"}, "~/linux@v6.12"),
    ({"own": "~/own@a"}, "~/own@a"), ({"tree": "kvm-next", "own": "~/own@a"}, "kvm-next"),
])
def test_what_the_user_says_comes_before_where_the_series_is_from(kernels, chosen, how, name):
    assert place(**how).tree.name == name
    assert kernels.calls[0][0] == (name, Path("/c"), print)


def test_the_base_of_a_range_is_where_it_begins(kernels, chosen):
    assert "range" in place(own="~/own@a").why
    assert chosen.calls == []


@pytest.mark.parametrize("how", [{}, {"tree": "debian-6.1"}, {"tree": "x", "own": "~/own@a"}])
def test_the_mails_say_which_commit_and_trees_that_are_here_are_tried(kernels, chosen, how):
    assert place(**how).why == "its blob ids"
    ((_, got, others), named) = chosen.calls[0]
    assert got.name == how.get("tree", DEFAULT_TREE)
    assert [t.name for t in others] == [trees.TREES[1].name]
    assert named == {"said": how.get("tree", ""), "mine": False}


@pytest.mark.parametrize(("how", "taken"), [
    ({}, True), ({"tree": "debian-6.1"}, False), ({"own": "~/own@a"}, False)])
@pytest.mark.usefixtures("chosen")
def test_the_kernel_tree_that_the_user_is_in_is_the_usual_one(
        kernels, tmp_path, monkeypatch, how, taken):
    for name in ("Kconfig", "Makefile", "MAINTAINERS"):
        (tmp_path / name).touch()
    (tmp_path / ".git").mkdir()
    (tmp_path / "mm").mkdir()
    monkeypatch.chdir(tmp_path / "mm")
    place(**how)
    assert (kernels.calls[0][0][0] == str(tmp_path)) is taken
    assert all(more["mine"] is taken for _, more in base.choose.calls)


def test_the_base_is_said_in_a_line():
    text = incoming.described(base.Base(tree(), "--tree toy"))
    assert "toy 0123456789ab," in text
    assert COMMIT not in text
    assert text.endswith("--tree toy")


def test_mails_of_strangers_are_read_in_a_child(monkeypatch):
    read = counted("a thread")
    monkeypatch.setattr(incoming, "read_thread", read)
    confined = counted(lambda function, what: function())
    monkeypatch.setattr(incoming, "confined", confined)
    reading = ReadOptions(version=3)
    assert incoming.read("a\nb.mbox", Path("/c"), reading) == "a thread"
    assert read.calls == [(("a\nb.mbox", Path("/c"), reading), {})]
    assert "\n" not in confined.calls[0][0][1]
