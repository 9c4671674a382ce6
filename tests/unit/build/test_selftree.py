# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder of a target as its scripts see it."""

import io
import tarfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.build import selftree
from harness.build.selftree import Folder, scripts
from harness.model import Sources


def archive(*rows):
    """A tar of (name, mode, content); content of a str is a link's."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, mode, content in rows:
            row = tarfile.TarInfo(name)
            row.mode = mode
            if isinstance(content, str):
                row.type, row.linkname = tarfile.SYMTYPE, content
                tar.addfile(row)
            else:
                row.size = len(content)
                tar.addfile(row, io.BytesIO(content))
    return out.getvalue()


def test_sources_and_what_was_built_are_one_folder(builder, commands, tmp_path):
    answers = iter([archive(("kvm/run.sh", 0o755, b"#!/bin/sh\n"), ("lib.sh", 0o644, b"x"),
                            ("kvm/link", 0o777, "../lib.sh")),
                    archive(("./prog", 0o755, b"ELF"))])
    commands.say("sh", does=lambda *_: next(answers))
    made = selftree.read(builder, Sources(tmp_path), tmp_path / "out", "kvm")
    assert {n: (m, zlib.decompress(c)) for n, (m, c) in made.files.items()} == {
        "kvm/run.sh": (0o755, b"#!/bin/sh\n"), "lib.sh": (0o644, b"x"),
        "kvm/prog": (0o755, b"ELF")}
    assert made.links == {"kvm/link": "../lib.sh"}


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "\udcff", "a b", "a\nb", "ä"])
def test_what_leads_out_is_left_out(name):
    assert selftree._taken(archive((name, 0o755, b"x")), "") == Folder({}, {})


def test_a_link_that_nobody_can_write_down_is_left_out():
    assert selftree._taken(archive(("a", 0o777, "\udcff")), "") == Folder({}, {})


def test_one_that_was_cut_off_has_what_is_whole():
    whole = archive(("a", 0o644, b"1" * 600), ("b", 0o644, b"2" * 600))
    assert list(selftree._taken(whole[:1300], "t").files) == ["t/a"]


@given(st.binary(max_size=600))
def test_any_bytes_can_be_read(data):
    selftree._taken(data, "")


def test_there_is_an_end(monkeypatch):
    monkeypatch.setattr(selftree, "MOST_FILES", 2)
    rows = [(str(n), 0o644, b"") for n in range(5)]
    assert len(selftree._taken(archive(*rows), "").files) == 2


@pytest.mark.parametrize(("head", "able", "why"), [
    (b"#!/bin/bash\n", "bash", ""), (b"#!/bin/sh\n", "sh", ""), (b"#! /bin/bash -e\n", "bash", ""),
    (b"#!/usr/bin/env bash\n", "bash", ""), (b"echo\n", "sh", ""),
    (b"#!/usr/bin/python3\n", "", "python3, which the guest has not"),
    (b"#!/usr/bin/env perl\n", "", "perl, which the guest has not"), (b"", "", "no script")])
def test_each_script_has_its_shell_or_a_reason(head, able, why):
    folder = Folder({"t/x.sh": (0o755, head and zlib.compress(head))}, {})
    found, left = scripts(folder, "t", ["x.sh"])
    assert [shell for _, shell in found] == [able] * bool(able)
    assert [why in said for _, said in left] == [True] * bool(why)


def test_a_name_that_a_shell_would_read_is_no_script():
    name = "x';reboot;'.sh"
    folder = Folder({f"t/{name}": (0o755, zlib.compress(b"#!/bin/sh\n"))}, {})
    found, left = scripts(folder, "t", [name])
    assert (found, left) == ((), ((name, "it is no script of that folder"),))
