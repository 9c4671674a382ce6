# SPDX-License-Identifier: GPL-2.0-or-later
"""``doctor``, ``trees`` and ``cache``."""

import json
import platform
import shutil

import pytest

from harness import arch, trees
from harness.cli import doctor
from harness.model import Tree
from harness.system import sandbox


@pytest.fixture
def machine(monkeypatch, commands, tmp_path):
    """A machine with all tools; ``lacks`` takes some away."""
    gone = set()
    commands.say(out=b"\n tool 1.0\nmore\n")
    monkeypatch.setattr(shutil, "which", lambda name: None if name in gone else f"/bin/{name}")
    monkeypatch.setattr(sandbox, "why_unusable", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    there = tmp_path / "there.h"
    there.touch()
    monkeypatch.setattr(doctor, "TOOLS", tuple(
        doctor.Tool(str(there), t.package, t.needed_for) if t.name.endswith("gelf.h") else t
        for t in doctor.TOOLS))
    monkeypatch.setattr(doctor, "STUBS_32", (str(tmp_path / "no.h"), str(there)))
    return gone


def test_a_machine_that_has_everything(cli, machine):
    said = cli("doctor")
    assert said.code == 0, said.out
    assert said.out.endswith("nothing is missing\n")
    assert said.out.count(" tool 1.0") == sum(not t.name.endswith(".h") for t in doctor.TOOLS)


def test_what_is_missing_is_named_with_one_command(cli, machine):
    machine |= {"gcc", "bwrap"}
    said = cli("doctor")
    assert said.code == 5
    assert said.out.splitlines()[-1].endswith("apt-get install bubblewrap gcc libc6-dev")
    data = json.loads(cli("doctor", "--json").out)
    assert data["install"] == "apt-get install bubblewrap gcc libc6-dev"
    assert {t["name"] for t in data["tools"] if t["problem"]} == {"gcc", "bwrap"}


def test_what_is_for_other_architectures_may_be_missing(cli, machine):
    (row,) = (m for m in arch.MACHINES if m.name == "arm64")
    machine |= {row.abi.program, row.emulator.program}
    said = cli("doctor")
    assert said.code == 0
    assert said.out.endswith("nothing is missing\n")
    lines = [line for line in said.out.splitlines() if line.startswith("optional")]
    assert len(lines) == 2
    for line, program, package in zip(lines, (row.abi.program, row.emulator.program),
                                      (row.abi.package, row.emulator.package), strict=True):
        assert program in line
        assert f"apt-get install {package}" in line
        assert line.endswith("--arch arm64")


def test_a_sandbox_that_does_not_work_is_a_problem_that_no_package_mends(cli, machine,
                                                                       monkeypatch):
    monkeypatch.setattr(sandbox, "why_unusable", lambda: "user namespaces are off")
    said = cli("doctor")
    assert said.code == 5
    assert "USER NAMESPACES ARE OFF" in said.out
    assert "nothing is missing" in said.out


@pytest.mark.parametrize(("name", "code"), [("x86_64", 5), ("aarch64", 0)])
def test_headers_of_32_bit_are_asked_for_where_they_exist(cli, machine, monkeypatch, name, code):
    monkeypatch.setattr(doctor, "STUBS_32", ("/nowhere/stubs-32.h",))
    monkeypatch.setattr(platform, "machine", lambda: name)
    said = cli("doctor")
    assert said.code == code
    assert ("libc6-dev-i386" in said.out) is bool(code)


def test_any_of_the_places_of_the_32_bit_headers_is_enough():
    assert len(arch.STUBS_32) > 1, "else the fixture above tests nothing"


def test_trees(cli, monkeypatch, tmp_path):
    first = trees.TREES[0]
    monkeypatch.setattr(trees, "cached", lambda cache, row: Tree(
        row.name, tmp_path, "c" * 40, "linux 6.1.1") if row is first else None)
    lines = cli("trees").out.splitlines()
    assert "cached: linux 6.1.1" in lines[0]
    assert "not fetched" in lines[1]
    data = json.loads(cli("trees", "--json").out)
    assert [r["name"] for r in data] == [r.name for r in trees.TREES]
    assert (data[0]["commit"], data[1]["commit"]) == ("c" * 40, None)


def test_the_cache_is_listed_and_shrunk(cli, tmp_path):
    kernel = tmp_path / "kernels" / ("a" * 16)
    kernel.mkdir(parents=True)
    (kernel / "vmlinux").write_bytes(b"x" * (2 << 20))
    said = cli("cache", "list", "--cache", tmp_path)
    assert said.code == 0
    assert "2.0 MiB" in said.out
    data = json.loads(cli("cache", "list", "--cache", tmp_path, "--json").out)
    assert data["left"] >= 2 << 20
    assert [e["name"] for e in data["entries"]] == ["a" * 16]
    assert cli("cache", "gc", "--max-size", "0", "--cache", tmp_path).code == 0
    assert not kernel.exists()
    assert cli("cache", "gc", "--max-size", "many", "--cache", tmp_path).code == 2
