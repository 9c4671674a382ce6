# SPDX-License-Identifier: GPL-2.0-or-later
from pathlib import Path

import pytest

from harness.model import Sources

LAID = Sources(Path("/base"), (("drivers/toy", Path("/one")), ("a.c", Path("/two/a.c")),
                               ("drivers/toy/sub", Path("/three"))))


@pytest.mark.parametrize(("name", "place"), [
    ("Makefile", "/base/Makefile"),
    ("drivers/toy", "/one"),
    ("drivers/toy/toy.c", "/one/toy.c"),
    ("drivers/toys/x.c", "/base/drivers/toys/x.c"),
    ("drivers/toy/sub/x.c", "/three/x.c"),
    ("a.c", "/two/a.c"),
])
def test_a_file_lies_where_the_last_row_over_it_says(name, place):
    assert LAID.find(name) == Path(place)


def test_the_tree_is_mounted_first_and_what_lies_over_it_in_its_order():
    assert list(LAID.binds("/src").items()) == [
        (Path("/base"), "/src"), (Path("/one"), "/src/drivers/toy"), (Path("/two/a.c"), "/src/a.c"),
        (Path("/three"), "/src/drivers/toy/sub")]
