# SPDX-License-Identifier: GPL-2.0-or-later
"""What lies over a tree is the tree of the commit, whatever changed."""

import itertools
import os
from pathlib import Path

import pytest

from harness.build import overlay
from harness.errors import InfrastructureError
from harness.model import Sources
from harness.system import repo

BASE = {"README": "read\n", "toy/toy.c": "toy\n", "toy/other.c": "other\n", "toy/sub/s.h": "s\n",
        "lib/l.c": "l\n"}
EDITS = {
    "modified": {"toy/toy.c": "new\n"},
    "added": {"toy/new.c": "new\n"},
    "added-in-a-new-folder": {"lib/else/deep/new.c": "new\n"},
    "added-at-the-top": {"NEW": "new\n", "toy/toy.c": "changed\n"},
    "removed": {"toy/other.c": None},
    "removed-and-its-neighbour-modified": {"toy/other.c": None, "toy/toy.c": "new\n"},
    "in-a-folder-and-one-below-it": {"toy/x.c": "x\n", "toy/sub/y.h": "y\n"},
    "in-two-folders": {"toy/sub/y.h": "y\n", "lib/l.c": None, "README": "two\n"},
    "a-file-becomes-a-folder": {"README": None, "README/x": "x\n"},
    "a-folder-becomes-a-file": {"toy/sub/s.h": None, "toy/sub": "x\n"},
    "a-blank-in-its-name": {"toy/a b.c": "new\n"},
}


def edited(files, edits):
    return {p: t for p, t in {**files, **edits}.items() if t is not None}


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Sources(folder)


def read(folder):
    return {str(p.relative_to(folder)): f"-> {p.readlink()}" if p.is_symlink() else p.read_text()
            for p in folder.rglob("*") if p.is_symlink() or p.is_file()}


def seen(sources):
    """The tree as mounts show it: a row hides what lay there before."""
    found = read(sources.root)
    for name, place in sources.over:
        found = {p: t for p, t in found.items() if p != name and not p.startswith(f"{name}/")}
        found |= {f"{name}/{p}": t for p, t in read(place).items()} if place.is_dir() else {
            name: place.read_text()}
    return found


@pytest.fixture
def base(disk, git, tmp_path):
    """The sources of ``BASE``, and its tree."""
    return write(tmp_path / "base", BASE), git.tree(BASE)


@pytest.fixture
def lay(base, tmp_path, monkeypatch):
    """``lay(changes)``: what git says of the modes, and what then lies over the base."""
    sources, tree = base

    def go(changes, commit):
        monkeypatch.setattr(repo, "changes", lambda *_: changes)
        return overlay.laid_over(tree, sources, tree.commit, commit, tmp_path / "over")
    return go


@pytest.mark.parametrize("name", EDITS)
def test_one_change(base, git, tmp_path, name):
    sources, tree = base
    want = edited(BASE, EDITS[name])
    over = overlay.laid_over(tree, sources, tree.commit, git.commit(want), tmp_path / "over")
    assert seen(over) == want
    assert read(overlay.linked(over, tmp_path / "links")) == want
    assert read(sources.root) == BASE, "the base is as it was"


@pytest.mark.parametrize(("one", "two"), list(itertools.permutations(
    ["modified", "added", "removed", "added-at-the-top", "in-a-folder-and-one-below-it",
     "in-two-folders"], 2)))
def test_one_change_after_another_and_back(base, git, tmp_path, one, two):
    sources, tree = base
    first = edited(BASE, EDITS[one])
    second = edited(first, EDITS[two])
    at, over = tree.commit, sources
    for files in (first, second, BASE):
        new = git.commit(files)
        over = overlay.laid_over(tree, over, at, new, tmp_path / "over")
        at = new
        assert seen(over) == files
    assert read(sources.root) == BASE


def test_a_file_that_is_modified_is_laid_over_alone(base, git, disk, tmp_path):
    sources, tree = base
    over = overlay.laid_over(tree, sources, tree.commit,
                             git.commit({**BASE, "toy/toy.c": "new\n"}), tmp_path / "over")
    assert over == Sources(sources.root, (("toy/toy.c", tmp_path / "over" / "0"),))
    assert disk.calls == [], "nothing is copied"


def test_a_file_that_comes_replaces_the_folder_that_it_is_in(base, git, disk, tmp_path):
    sources, tree = base
    new = git.commit({**BASE, "toy/sub/new.h": "n\n", "lib/a/b": "b\n", "lib/l.c": "new\n"})
    over = overlay.laid_over(tree, sources, tree.commit, new, tmp_path / "over")
    assert [name for name, _ in over.over] == ["lib", "toy/sub"]
    assert all("--link" in call for call in disk.calls)


def test_nothing_changed_nothing_is_laid_over(base, tmp_path):
    sources, tree = base
    assert overlay.laid_over(tree, sources, tree.commit, tree.commit, tmp_path / "o") is sources
    assert not (tmp_path / "o").exists()


def test_a_great_change_is_linked_and_not_mounted(base, git, tmp_path, monkeypatch):
    monkeypatch.setattr(overlay, "MANY", 2)
    sources, tree = base
    for edits, whole in (({"README": "1", "lib/l.c": "2"}, False),
                         ({"README": "1", "lib/l.c": "2", "toy/toy.c": "3"}, True)):
        want = edited(BASE, edits)
        over = overlay.laid_over(tree, sources, tree.commit, git.commit(want), tmp_path / "over")
        assert seen(over) == want
        assert (over.over == ()) == whole
        assert (over.root != sources.root) == whole


@pytest.mark.parametrize("mode", ["100644", "100755"])
def test_the_mode_is_the_commits(lay, git, mode):
    new = git.commit({**BASE, "toy/toy.c": "new\n"})
    over = lay({"toy/toy.c": ("100644", mode)}, new)
    assert over.find("toy/toy.c").stat().st_mode & 0o777 == int(mode[3:], 8)


def test_a_file_becomes_a_link_and_its_neighbours_stay(lay, git):
    over = lay({"toy/toy.c": ("100644", "120000")}, git.commit({**BASE, "toy/toy.c": "other.c"}))
    assert seen(over) == {**BASE, "toy/toy.c": "-> other.c"}


def test_a_folder_becomes_a_link(lay, git):
    over = lay({"toy/sub": ("000000", "120000"), "toy/sub/s.h": ("100644", "000000")},
               git.commit({"toy/sub": "/somewhere"}))
    assert (over.find("toy") / "sub").readlink() == Path("/somewhere")


def test_a_link_becomes_a_folder(lay, base, git):
    (base[0].root / "way").symlink_to("lib")
    over = lay({"way": ("120000", "000000"), "way/x": ("000000", "100644")},
               git.commit({"way/x": "x\n"}))
    assert seen(over) == {**BASE, "way/x": "x\n"}
    assert (base[0].root / "way").is_symlink()


def test_a_dangling_link_goes(lay, base, git):
    (base[0].root / "toy" / "way").symlink_to("nowhere")
    assert seen(lay({"toy/way": ("120000", "000000")}, git.commit(BASE))) == BASE


def test_nothing_is_written_through_a_link_of_the_tree(lay, base, git, tmp_path):
    (tmp_path / "outside").mkdir()
    (base[0].root / "way").symlink_to(tmp_path / "outside")
    with pytest.raises(InfrastructureError, match="way/deep/x"):
        lay({"way/deep/x": ("000000", "100644")}, git.commit({"way/deep/x": "x\n"}))
    assert not list((tmp_path / "outside").iterdir())


def test_the_folder_of_a_submodule_that_goes_stays(lay, base, git):
    (base[0].root / "toy" / "module").mkdir()
    (base[0].root / "toy" / "module" / "m").write_text("m\n")
    over = lay({"toy/module": ("160000", "000000")}, git.commit(BASE))
    assert seen(over) == {**BASE, "toy/module/m": "m\n"}


def test_a_submodule_that_comes_brings_no_files(lay, git):
    assert seen(lay({"toy/module": ("000000", "160000")},
                    git.commit({**BASE, "toy/module": "no blob"}))) == BASE


def test_a_name_that_is_no_text_is_a_link_all_the_same(lay, git):
    over = lay({"toy/way": ("000000", "120000")}, git.commit({"toy/way": b"\xff"}))
    assert os.fsencode((over.find("toy") / "way").readlink()) == b"\xff"


class Far(type(Path())):
    """A path on another disk."""

    def stat(self, **more):
        mode, inode, device, *rest = super().stat(**more)
        return os.stat_result((mode, inode, device + 1, *rest))


@pytest.mark.parametrize(("kind", "linked"), [(Path, True), (Far, False)])
def test_what_lies_on_another_disk_is_copied_and_not_linked(base, disk, tmp_path, kind, linked):
    made = overlay.linked(Sources(kind(base[0].root)), tmp_path / "links")
    assert read(made) == BASE
    assert ("--link" in disk.calls[0]) == linked
    assert (made / "README").samefile(base[0].root / "README") == linked
