# SPDX-License-Identifier: GPL-2.0-or-later
"""Our export of headers against the tree's own make, byte for byte; other trees: tests/zoo.py."""

import pytest

from harness import trees
from harness.system import repo
from tests.zoo import ARCHES, Place, differing


@pytest.fixture(scope="module")
def place(check, cache, tmp_path_factory):
    check("v3")  # so that the tree is there
    tree = trees.obtain("debian-6.1", cache, lambda _: None)
    top = tmp_path_factory.mktemp("tree")
    (top / "src").mkdir()
    repo.export(tree.repo, tree.commit, top / "src", top / "index")
    return Place(tree, "debian-6.1", top / "src")


@pytest.mark.parametrize("srcarch", ARCHES)
def test_the_export_is_what_make_exports(place, srcarch):
    total, names = differing(place, srcarch)
    assert total > 900
    assert names == []
