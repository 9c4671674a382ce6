# SPDX-License-Identifier: GPL-2.0-or-later
"""A target's programs, by the target's own Makefile."""

import zlib

import pytest

from harness.build import selftests, selftree
from harness.build.selftree import Folder
from harness.errors import InfrastructureError
from harness.model import Sources

STATIC = b"\x7fELF static"


@pytest.fixture
def make(builder, commands, tmp_path, monkeypatch):
    """``make(listed, said, **programs)``: what a target whose make says so comes to."""
    out = tmp_path / "made"

    def go(listed, said="", **programs):
        def run(argv, _):
            go.asked.append(argv)
            if selftests.LIST in argv:
                return
            for name, content in programs.items():
                (out / name).write_bytes(content)
        go.asked = []
        commands.say("env", out=said.encode(), does=run)
        monkeypatch.setattr(selftree, "read", lambda *_: Folder(
            {"kvm/run.sh": (0o755, zlib.compress(b"#!/bin/bash\n"))}, {}))
        rows = listed.replace("/out", str(out)).encode()
        commands.say("env", selftests.LIST, out=rows, does=run)
        found = selftests.build(builder, Sources(tmp_path / "src"), tmp_path / "headers", out,
                                "kvm")
        return ({n: zlib.decompress(c) for n, c in found.programs}, found.scripts,
                dict(found.failed))
    return go


def test_what_was_built_is_taken(make):
    assert make("programs /out/a /out/b\nscripts run.sh\n", a=STATIC, b=STATIC) == (
        {"a": STATIC, "b": STATIC}, (("run.sh", "bash"),), {})


def test_one_that_does_not_build_has_the_compilers_words(make):
    said = ("make: *** [lib.mk:1: /out/b] Error 1\nb.c:3: error: no such thing\n"
            "c.c:1: error: other\n")
    assert make("programs /out/a /out/b /out/d\n", said, a=STATIC)[2] == {
        "b": "it does not build: b.c:3: error: no such thing", "d": "it does not build"}


def test_one_with_libraries_is_said(make):
    assert "libraries" in make("programs /out/a\n", a=b"\x7fELF /lib64/ld-linux.so")[2]["a"]


def test_what_leads_out_of_the_folder_is_no_program(make, tmp_path):
    (tmp_path / "secret").write_bytes(STATIC)
    assert make("programs /out/../secret\n") == ({}, (), {})


def test_a_link_is_no_program(make, tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "secret").write_bytes(STATIC)
    (tmp_path / "made" / "a").symlink_to(tmp_path / "secret")
    assert make("programs /out/a\n")[0] == {}


def test_a_target_that_says_nothing_has_nothing(make):
    assert make("make: *** No rule\n") == ({}, (), {})


def test_so_many_programs_and_no_more(make, monkeypatch):
    monkeypatch.setattr(selftests, "MOST_PROGRAMS", 1)
    assert list(make("programs /out/a /out/b\n", a=STATIC, b=STATIC)[0]) == ["a"]


def test_its_programs_are_static_and_the_headers_those_of_the_tree(make, tmp_path):
    make("programs\n")
    for argv in make.asked:
        assert "LDFLAGS=-static -s" in argv
        assert "ARCH=x86_64" in argv
        assert argv[argv.index("-C") + 1].endswith("/tools/testing/selftests/kvm")
    assert "-k" in make.asked[1]


def test_a_make_without_an_end_is_no_answer(make, commands, builder, tmp_path):
    commands.say("env", why="no end after 600 s")
    with pytest.raises(InfrastructureError, match="no end after"):
        selftests.build(builder, Sources(tmp_path / "src"), tmp_path / "headers",
                        tmp_path / "made", "kvm")
