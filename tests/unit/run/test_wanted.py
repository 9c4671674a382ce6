# SPDX-License-Identifier: GPL-2.0-or-later
"""What the changed files of a series wait for, read from its trees and from a build."""

from dataclasses import replace

import pytest

from harness.cover.wants import NO_MAKEFILE, NOBODY
from harness.evidence import Changed
from harness.run import wanted
from harness.run.plain import Plain
from harness.system import repo
from tests.unit.run.toys import applied, counted, state, write

OLD = {"fs/Makefile": "obj-$(CONFIG_FS) += fs.o\nobj-$(CONFIG_GONE) += gone.o\n",
       "fs/fs.c": '#include "fs.h"\n', "fs/fs.h": "int a;\n",
       "fs/gone.c": "int a;\n", "fs/stray.c": "int a;\n",
       "include/linux/x.h": "int a;\n", "net/Makefile": "obj-$(CONFIG_NET) += n.o\n",
       "net/n.c": "#include <linux/x.h>\n"}
NEW = {**{p: t for p, t in OLD.items() if p != "fs/gone.c"}, "fs/fs.h": "int b;\n",
       "fs/stray.c": "int b;\n", "include/linux/x.h": "int b;\n",
       "fs/fs.c": '#include "fs.h"\n#ifdef CONFIG_DEEP\nint b;\n#endif\n',
       "fs/new.c": "int a;\n", "include/linux/new.h": "int a;\n",
       "fs/Makefile": "obj-$(CONFIG_FS) += fs.o\nobj-$(CONFIG_NEW) += new.o\n",
       "net/n.c": "#include <linux/x.h>\n#include <linux/new.h>\n"}


def compiles(base, source, *headers):
    """Leave what make leaves of a file that it compiled."""
    place = base.out / f"{source.removesuffix('.c')}.o"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("object")
    names = "".join(f"  {base.sources.root}/{n} \\\n" for n in (source, *headers))
    place.with_name(f".{place.name}.cmd").write_text(f"cmd := gcc\n\ndeps := \\\n{names}")


@pytest.fixture
def base(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".config").write_text("CONFIG_FS=y\n")
    return Plain(write(tmp_path / "base", OLD), tmp_path / "out", built=True, srcarch="x86")


@pytest.fixture
def ask(tmp_path, git, base):
    """``ask(path, ...)``: the wants of these files, the base being built or not."""
    patched = write(tmp_path / "patched", NEW)
    made = applied(git, OLD, NEW)

    def go(*paths, built=False, files=()):
        rows = [Changed(p, OLD.get(p), NEW.get(p), *repo.changed_lines("", *ids, p))
                for p in paths for ids in [(made.base, made.head)]]
        one = state(tmp_path, applied=made, files=(*rows, *files))
        return wanted.wanted(one, replace(base, built=built), patched)
    return go


def ways(row):
    return [" ".join(n if on else f"!{n}" for n, on in sorted(way)) for way in row.ways]


def test_a_file_and_its_lines_wait_for_what_makefiles_and_conditions_say(ask):
    whole, lines = ask("fs/fs.c")
    assert (whole.path, whole.lines, ways(whole)) == ("fs/fs.c", (), ["FS"])
    assert (3 in lines.lines, ways(lines)) == (True, ["DEEP FS"])


def test_a_file_that_comes_is_looked_for_in_the_patched_tree(ask):
    assert [ways(row) for row in ask("fs/new.c")] == [["NEW"]]


def test_a_file_that_no_makefile_has_waits_for_nobody_knows_what(ask):
    (row,) = ask("fs/stray.c")
    assert (row.ways, row.reason) == ((), NO_MAKEFILE)


def test_a_file_that_goes_is_looked_for_in_the_tree_that_had_it(ask):
    assert [ways(row) for row in ask("fs/gone.c")] == [["GONE"]]


def test_what_differs_in_comments_alone_waits_for_nothing(ask):
    same = Changed("fs/fs.c", "int a;\n", "int a; /* why */\n", (1,), (1,))
    header = Changed("fs/fs.h", "int a;\n", "int a; /* why */\n", (1,), (1,))
    assert ask(files=(same, header)) == ()


def test_a_header_waits_for_what_includes_it(ask):
    near, far = ask("fs/fs.h", "include/linux/x.h")
    assert (ways(near), near.sources) == (["FS"], ("fs/fs.c",))
    assert (ways(far), far.sources) == (["NET"], ("net/n.c",))


def test_a_header_that_nobody_includes_says_so(ask):
    lost = Changed("include/linux/lost.h", "int a;\n", "int b;\n", (1,), (1,))
    (row,) = ask(files=(lost,))
    assert (row.ways, row.reason, row.sources) == ((), NOBODY, ())


def test_a_build_knows_who_includes_a_header(ask, base):
    compiles(base, "fs/fs.c", "fs/fs.h")
    compiles(base, "fs/deep/other.c", "fs/fs.h")
    (row,) = ask("fs/fs.h", built=True)
    assert ways(row) == [""], "it is compiled as it is"
    assert row.sources == ("fs/fs.c", "fs/deep/other.c")


def test_a_header_that_the_build_did_not_read_is_looked_for_in_the_text(ask, base):
    compiles(base, "fs/fs.c", "fs/fs.h")
    near, far, new = ask("fs/fs.h", "include/linux/x.h", "include/linux/new.h", built=True)
    assert ways(near) == [""]
    assert (ways(far), far.sources) == (["NET"], ("net/n.c",))
    assert (ways(new), new.sources) == (["NET"], ("net/n.c",))


def test_a_base_that_is_only_configured_is_not_asked_for_objects(ask, base):
    compiles(base, "net/left.c", "fs/fs.h")
    assert ask("fs/fs.h")[0].sources == ("fs/fs.c",)


def test_git_is_not_asked_where_there_is_no_header_to_ask_for(ask, base, monkeypatch):
    asked = counted(repo.users)
    monkeypatch.setattr(repo, "users", asked)
    compiles(base, "fs/fs.c", "fs/fs.h")
    ask("fs/fs.c", "fs/fs.h", built=True)
    assert [args for args, _ in asked.calls if args[3] == wanted.GLOBS] == []
