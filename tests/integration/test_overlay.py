# SPDX-License-Identifier: GPL-2.0-or-later
"""What lies over a tree, seen from the sandbox, is the tree of the commit, whatever changed."""

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.build import overlay
from harness.model import Sources, Tree
from harness.system import repo

SHOW = ("cd /src && find . -printf '%y %m %l %P\\n' | sort && "
        "find . -type f -print0 | sort -z | xargs -0 sha256sum")


@pytest.fixture
def commit(fake):
    """``commit(base, {path: (mode, content) or None})``: another commit."""
    def make(base, edits):
        index = {"GIT_INDEX_FILE": str(fake.repo / "index-of-test")}
        repo.git(fake.repo, "read-tree", base, extra=index)
        for path, what in edits.items():
            if what is None:
                repo.git(fake.repo, "update-index", "--index-info", extra=index,
                         stdin=f"0 {'0' * 40}\t{path}\n".encode())
                continue
            mode, content = what
            blob = repo.git(fake.repo, "hash-object", "-w", "--stdin", stdin=content).text.strip()
            repo.git(fake.repo, "update-index", "--add", "--replace", "--cacheinfo",
                     f"{mode},{blob},{path}", extra=index)
        tree = repo.git(fake.repo, "write-tree", extra=index).text.strip()
        return repo.git(fake.repo, "-c", "user.name=t", "-c", "user.email=t", "commit-tree", tree,
                        "-p", base, "-m", "x").text.strip()
    return make


@dataclass(frozen=True)
class Place:
    fake: Tree
    commit: Callable
    written: Callable
    tmp_path: Path


@pytest.fixture
def place(fake, commit, written, tmp_path):
    return Place(fake, commit, written, tmp_path)


@pytest.fixture
def written(fake, tmp_path):
    numbers = itertools.count()

    def write(commit):
        target = tmp_path / f"export{next(numbers)}"
        target.mkdir()
        repo.export(fake.repo, commit, target, tmp_path / f"index{target.name}")
        return target
    return write


FILE = "100644"
EDITS = {
    "modified": {"drivers/toy/toy.c": (FILE, b"int x;\n")},
    "added": {"drivers/toy/new.c": (FILE, b"int n;\n")},
    "added-in-a-new-folder": {"drivers/else/deep/new.c": (FILE, b"int n;\n")},
    "added-at-the-top": {"NEW": (FILE, b"new\n"), "drivers/toy/toy.c": (FILE, b"int x;\n")},
    "removed": {"drivers/toy/other.c": None},
    "removed-and-its-neighbour-modified": {"drivers/toy/other.c": None,
                                           "drivers/toy/toy.c": (FILE, b"int x;\n")},
    "executable": {"drivers/toy/toy.c": ("100755", b"int x;\n")},
    "a-link": {"drivers/toy/toy.c": ("120000", b"other.c")},
    "a-file-becomes-a-folder": {"README": None, "README/x": (FILE, b"x\n")},
    "a-folder-becomes-a-file": {"drivers/toy/toy.c": None, "drivers/toy/other.c": None,
                                "drivers/toy": (FILE, b"x\n")},
    "a-folder-becomes-a-link": {"drivers/toy/toy.c": None, "drivers/toy/other.c": None,
                                "drivers/toy": ("120000", b"..")},
    "a-blank-in-its-name": {"drivers/toy/a b.c": (FILE, b"int n;\n")},
}


def unpack(place):
    return place.fake, place.commit, place.written, place.tmp_path


def seen(box, sources):
    return box.run(["sh", "-c", SHOW], ro=sources.binds("/src")).text


@pytest.mark.parametrize("name", EDITS)
def test_one_change(place, box, name):
    fake, commit, written, tmp_path = unpack(place)
    new = commit(fake.commit, EDITS[name])
    base = written(fake.commit)
    before = digest(base)
    sources = overlay.laid_over(fake, Sources(base), fake.commit, new, tmp_path / "over")
    assert seen(box, sources) == seen(box, Sources(written(new)))
    assert seen(box, Sources(overlay.linked(sources, tmp_path / "links"))) == seen(box, sources)
    assert digest(base) == before, "the base is as it was"


@pytest.mark.parametrize(("one", "two"), list(itertools.permutations(
    ["modified", "added", "removed", "added-at-the-top"], 2)))
def test_one_change_after_another(place, box, one, two):
    fake, commit, written, tmp_path = unpack(place)
    first = commit(fake.commit, EDITS[one])
    second = commit(first, EDITS[two])
    work = tmp_path / "over"
    sources = overlay.laid_over(fake, Sources(written(fake.commit)), fake.commit, first, work)
    sources = overlay.laid_over(fake, sources, first, second, work)
    assert seen(box, sources) == seen(box, Sources(written(second)))
    back = overlay.laid_over(fake, sources, second, fake.commit, work)
    assert seen(box, back) == seen(box, Sources(written(fake.commit)))


def test_a_cache_behind_a_link_serves(place, box):
    fake, commit, written, tmp_path = unpack(place)
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    new = commit(fake.commit, EDITS["modified"])
    sources = overlay.laid_over(fake, Sources(written(fake.commit)), fake.commit, new,
                                tmp_path / "link" / "over")
    assert seen(box, sources) == seen(box, Sources(written(new)))


def test_a_great_change_is_linked_and_not_mounted(fake, box, commit, written, tmp_path):
    new = commit(fake.commit, {f"drivers/many/{n}.c": (FILE, b"%d\n" % n)
                               for n in range(overlay.MANY + 1)})
    sources = overlay.laid_over(fake, Sources(written(fake.commit)), fake.commit, new,
                                tmp_path / "over")
    assert not sources.over
    assert seen(box, sources) == seen(box, Sources(written(new)))


def digest(folder):
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*")
            if p.is_file() and not p.is_symlink()}
