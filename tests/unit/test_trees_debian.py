# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel of Debian's, from its package to a commit."""

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from harness import trees
from harness.errors import InfrastructureError, ToolMissingError
from harness.system import repo

COMMIT = "c" * 40
MEMBERS = (("linux-source-6.1/", b"", 0o755), ("linux-source-6.1/fs/", b"", 0o755),
           ("linux-source-6.1/a.c", b"int a;\n", 0o644),
           ("./linux-source-6.1/scripts/run", b"#!/bin/sh\n", 0o755),
           ('linux-source-6.1/odd "name"\\x', b"", 0o644))


def tarball(path):
    with tarfile.open(path, "w") as tar:
        for name, data, mode in MEMBERS:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), mode
            member.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            tar.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("linux-source-6.1/link")
        link.type, link.linkname = tarfile.SYMTYPE, "a.c"
        tar.addfile(link)


@pytest.fixture
def debian(commands, monkeypatch):
    """apt-get, dpkg-deb, xz and git do as they do; ``streams`` has what git fast-import read."""
    commands.streams = []

    def unpack(argv, kwargs):
        source = Path(argv[-1]) / "usr" / "src"
        source.mkdir(parents=True)
        (source / "linux-source-6.1.tar.xz").touch()

    def fetch(argv, kwargs):
        (kwargs["cwd"] / "linux-source-6.1_6.1.1-1_all.deb").touch()

    monkeypatch.setattr(shutil, "which", lambda tool: f"/usr/bin/{tool}")
    commands.say("init", does=lambda argv, kwargs: (Path(argv[-1]) / "HEAD").touch())
    commands.say("rev-parse", out=COMMIT.encode())
    commands.say("log", out=b"linux-source-6.1 6.1.1-1")
    commands.say("apt-get", does=fetch)
    commands.say("dpkg-deb", "-f", out=b"6.1.1-1\n")
    commands.say("dpkg-deb", "-x", does=unpack)
    commands.say("xz", does=lambda argv, kwargs: tarball(argv[-1].removesuffix(".xz")))
    commands.say("fast-import", does=lambda argv, kwargs: commands.streams.append(kwargs["stdin"]))
    return commands


def test_a_package_becomes_a_commit(debian, tmp_path):
    said = []
    tree = trees.obtain("debian-6.1", tmp_path, said.append)
    assert (tree.commit, tree.origin) == (COMMIT, "linux-source-6.1 6.1.1-1")
    assert ["apt-get", "-q", "download", "linux-source-6.1"] in debian.calls
    assert any("6.1.1-1" in line for line in said)
    (stream,) = debian.streams
    assert stream.startswith(b"commit refs/trees/debian-6.1\n")
    assert b"data 24\nlinux-source-6.1 6.1.1-1\n" in stream
    assert b'M 100644 inline "a.c"\ndata 7\nint a;\n\n' in stream
    assert b'M 100755 inline "scripts/run"\n' in stream
    assert b'M 120000 inline "link"\ndata 3\na.c\n' in stream
    assert b'M 100644 inline "odd \\042name\\042\\134x"\ndata 0\n\n' in stream
    assert stream.count(b"\nM ") == 4, "folders are none"
    assert stream.endswith(b"\ndone\n")
    assert not list(tmp_path.glob("import-*")), "nothing of it stays"


def test_git_takes_all_of_a_stream_or_nothing(debian, tmp_path):
    trees.fast_import(tmp_path / "r.git", "refs/trees/t", "t", iter(()))
    (argv,) = debian.calls
    assert "--done" in argv[argv.index("fast-import"):]
    assert f"--git-dir={tmp_path}/r.git" in argv


def test_the_environment_of_an_import_is_gits_own(debian, tmp_path):
    asked = []
    debian.say("fast-import", does=lambda argv, kwargs: asked.append(kwargs["env"]))
    trees.fast_import(tmp_path, "refs/trees/t", "t", iter(()))
    assert asked == [repo.env()]


@pytest.mark.parametrize("tool", ["apt-get", "dpkg-deb", "xz"])
def test_a_tool_that_is_not_there_is_named(debian, tmp_path, monkeypatch, tool):
    monkeypatch.setattr(shutil, "which", lambda name: None if name == tool else name)
    with pytest.raises(ToolMissingError) as error:
        trees.obtain("debian-6.12", tmp_path, print)
    assert error.value.tool == tool
    assert "debian-6.12" in error.value.message


def test_a_package_that_cannot_be_had(debian, tmp_path):
    debian.say("apt-get", err=b"Reading lists\nE: Unable to locate it\n", code=100)
    with pytest.raises(InfrastructureError, match="Unable to locate it") as error:
        trees.obtain("debian-6.12", tmp_path, print)
    assert "debian-6.12" in error.value.message
    assert "Reading" not in error.value.message
    assert "apt-get update" in error.value.hint
    assert not list(tmp_path.glob("import-*"))
