# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of the tree as text, and the Makefiles that mention one."""

import pytest

from harness.model import Sources
from harness.run import reading
from harness.system import repo
from tests.unit.run.toys import applied, counted, state


def test_a_file_is_read_as_the_series_has_it(tmp_path):
    (tmp_path / "src" / "fs").mkdir(parents=True)
    (tmp_path / "src" / "fs" / "Makefile").write_text("old\n")
    (tmp_path / "new").write_text("new\n")
    assert reading.reader(Sources(tmp_path / "src"))("fs/Makefile") == "old\n"
    read = reading.reader(Sources(tmp_path / "src", (("fs/Makefile", tmp_path / "new"),)))
    assert read("fs/Makefile") == "new\n"
    assert read("fs/Kbuild") is None
    assert read("fs") is None


def test_a_link_is_not_read(tmp_path):
    (tmp_path / "secret").write_text("secret\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "Makefile").symlink_to(tmp_path / "secret")
    (tmp_path / "src" / "fs").symlink_to(tmp_path)
    read = reading.reader(Sources(tmp_path / "src"))
    assert read("Makefile") is None
    assert read("fs/secret") is None


def test_of_a_file_without_end_the_beginning_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_TEXT", 5)
    (tmp_path / "Makefile").write_bytes(b"obj-\xff += a.o\n")
    assert reading.reader(Sources(tmp_path))("Makefile") == "obj-\ufffd"


@pytest.fixture
def known(tmp_path, git):
    old = {"fs/Makefile": "obj-y += a.o\n", "fs/a.c": "a.o\n"}
    new = {"fs/Makefile": "obj-y += a.o b.o\n", "fs/Kbuild.inc": "b.o\n", "fs/b.c": "b.o\n",
           "fs/Makefile.lib": "x/b.o\n", "fs/Kconfig": "b.o\n", "fs/xMakefile": "bb.o b.oo\n"}
    return state(tmp_path, applied=applied(git, old, new))


def test_the_makefiles_of_the_patched_tree_that_have_a_name(known):
    find = reading.mentions(known)
    assert find("b.o") == ("fs/Kbuild.inc", "fs/Makefile", "fs/Makefile.lib")
    assert find("a.o") == ("fs/Makefile",)
    assert find("c.o") == ()


def test_git_is_asked_once_for_each_name(known, monkeypatch):
    asked = counted(repo.users)
    monkeypatch.setattr(repo, "users", asked)
    find = reading.mentions(known)
    assert asked.calls == []
    assert find("b.o") == find("b.o")
    find("a.o")
    assert len(asked.calls) == 2
