# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines of a file that an object was made of."""

from types import SimpleNamespace

import pytest

from harness.build import lines
from harness.build.codecheck import BuildSide
from harness.model import Sources

CMD = ("gcc -Wp,-MD,fs/.a.o.d -nostdinc -I/src/include -DX -c -o fs/a.o /src/fs/a.c "
       "; ./objtool fs/a.o")
OUTPUT = (b'# 0 "/src/fs/a.c"\n# 1 "/src/fs/a.c"\n/* c */\n\nint a;\n'
          b'# 1 "./include/generated/g.h" 1\nint g;\n# 1 "/src/fs/../fs/h.h" 1\nint h;\n')


@pytest.fixture
def box(monkeypatch):
    """A sandbox whose commands print ``box.output``."""
    def run(argv, **_):
        fake.lines.append(argv[-1])
        return SimpleNamespace(returncode=fake.code, why="", stdout=fake.output)
    fake = SimpleNamespace(enabled=True, run=run, path=lambda _host, inside: inside, lines=[],
                           output=OUTPUT, code=0)
    return fake


@pytest.fixture
def side(tmp_path):
    for folder in ("src/fs", "out/fs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "src/fs/a.c").write_text("/* c */\n#include <g.h>\nint a;\n")
    (tmp_path / "src/fs/h.h").write_text("int h;\n")
    (tmp_path / "out/fs/.a.o.cmd").write_text(f"savedcmd_fs/a.o := {CMD}\n")
    return BuildSide(Sources(tmp_path / "src"), tmp_path / "out")


def test_the_preprocessor_is_asked_with_the_command_of_make(box, side):
    lines.seen(box, side, "fs/a.o", ("fs/a.c",))
    (line,) = box.lines
    words = line.split()
    assert words[0] == "gcc"
    assert {"-E", "-fdirectives-only", "-DX", "/src/fs/a.c"} <= set(words)
    assert not {"-c", "-o", ";", "./objtool"} & set(words)
    assert not [w for w in words if w.startswith("-Wp,")], "nothing can be written there"


def test_the_lines_of_each_file_that_it_read(box, side):
    found = lines.seen(box, side, "fs/a.o", ("fs/a.c", "fs/h.h", "fs/none.h"))
    assert found == {"fs/a.c": {1, 2, 3}, "fs/h.h": {1}}


def test_what_make_has_not_made_has_no_lines(box, side):
    assert lines.seen(box, side, "fs/b.o", ("fs/a.c",)) == {}
    (side.out / "fs/.a.o.cmd").write_text("savedcmd_fs/a.o := as -o fs/a.o fs/a.s\n")
    assert lines.seen(box, side, "fs/a.o", ("fs/a.c",)) == {}
    assert box.lines == []


def test_a_preprocessor_that_fails_says_nothing(box, side):
    box.code = 1
    assert lines.seen(box, side, "fs/a.o", ("fs/a.c",)) == {}
