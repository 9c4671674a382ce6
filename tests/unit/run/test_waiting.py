# SPDX-License-Identifier: GPL-2.0-or-later
"""Which symbols keep a file out of a build."""

import pytest

from harness.build.codecheck import BuildSide
from harness.build.compiled import BuiltFile
from harness.model import Sources
from harness.run import waiting


@pytest.fixture
def side(tmp_path):
    """A tree and its build: ``side({"fs/Makefile": ...}, "CONFIG_X=y")``."""
    def make(files, config="", name="after"):
        top = tmp_path / name
        for path, text in files.items():
            place = top / "src" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        (top / "out").mkdir(parents=True)
        (top / "out" / ".config").write_text(config)
        return BuildSide(Sources(top / "src"), top / "out")
    return make


@pytest.mark.parametrize(("config", "needs"), [
    ("", ("CONFIG_X=y", "CONFIG_Y=y")), ("CONFIG_X=m\n", ("CONFIG_Y=y",)),
    ("CONFIG_X=y\nCONFIG_Y=y\n", ()), ("CONFIG_X=y\n# CONFIG_Y is not set\n", ("CONFIG_Y=y",))])
def test_only_what_is_off_is_named(side, config, needs):
    one = side({"fs/Makefile": "obj-$(CONFIG_X) += x/", "fs/x/Makefile": "obj-$(CONFIG_Y) += a.o"},
               config)
    assert waiting.asked(one)("fs/x/a.c") == needs


def test_what_must_be_off_and_the_way_that_asks_least(side):
    one = side({"fs/Makefile": "ifndef CONFIG_Z\nobj-$(CONFIG_X) += a.o\nendif\n"
                "obj-$(CONFIG_Y) += a.o\n"}, "CONFIG_Z=y\n")
    assert waiting.asked(one)("fs/a.c") == ("CONFIG_Y=y",)
    two = side({"fs/Makefile": "ifndef CONFIG_Z\nobj-y += a.o\nendif\n"}, "CONFIG_Z=y\n", "two")
    assert waiting.asked(two)("fs/a.c") == ("CONFIG_Z=n",)


def test_a_file_that_goes_is_looked_up_on_the_base(side):
    before = side({"fs/Makefile": "obj-$(CONFIG_X) += a.o", "fs/a.c": ""}, name="before")
    after = side({"fs/Makefile": "\n", "fs/new.c": ""})
    gone, new, done, head = waiting.filled((
        BuiltFile("fs/a.c", 0), BuiltFile("fs/new.c", 0), BuiltFile("fs/b.c", 2),
        BuiltFile("fs/a.h", 0)), before, after)
    assert (gone.needs, new.needs, done.needs, head.needs) == (("CONFIG_X=y",), (), (), ())


def test_a_makefile_that_is_a_link_or_lies_elsewhere_is_not_read(side, tmp_path):
    one = side({"fs/a.c": "", "fs/Kbuild": "include ../../../outside\n"})
    (tmp_path / "outside").write_text("obj-$(CONFIG_X) += a.o\n")
    assert waiting.asked(one)("fs/a.c") == ()
    (one.sources.root / "fs" / "Kbuild").unlink()
    (one.sources.root / "fs" / "Makefile").symlink_to(tmp_path / "outside")
    assert waiting.asked(one)("fs/a.c") == ()


def test_a_folder_that_is_a_link_is_not_entered(side, tmp_path):
    one = side({"a.c": ""})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "Makefile").write_text("obj-$(CONFIG_X) += a.o\n")
    (one.sources.root / "fs").symlink_to(tmp_path / "elsewhere")
    assert waiting.asked(one)("fs/a.c") == ()
