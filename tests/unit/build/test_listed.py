# SPDX-License-Identifier: GPL-2.0-or-later
"""Which objects make lists, as it answers for each folder from the top."""

import fnmatch
import shlex
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.build import listed
from harness.errors import CommandFailedError, InfrastructureError
from harness.model import Sources
from harness.system.sandbox import Sandbox

FS = "folder fs\nbuilt fs/open.o\nmodule\nenters fs/ext4\n"


@pytest.mark.parametrize(("text", "objects"), [
    ("", []), (FS, ["fs/open.o"]),
    (f"{FS}folder fs/ext4\nbuilt\nmodule fs/ext4/inode.o fs/ext4/dir.o\nenters\n",
     ["fs/ext4/dir.o", "fs/ext4/inode.o", "fs/open.o"]),
    (f"{FS}folder fs/xfs\nbuilt fs/xfs/a.o\n", ["fs/open.o"]),
    ("folder fs/ext4\nbuilt fs/ext4/a.o\n", []),
    (f"folder fs/ext4\nbuilt fs/ext4/a.o\n{FS}", ["fs/open.o"]),
    (("folder a\nenters a/b a/c\nfolder a/b\nenters a/b/c\nfolder a/b/c\nbuilt a/b/c/x.o\n"
      "folder a/c\nbuilt a/c/y.o"), ["a/b/c/x.o", "a/c/y.o"]),
    ("folder a/b\nenters a/b/c\nfolder a/b/c\nbuilt a/b/c/x.o\n", []),
    ("folder fs\nenters fs/ext4/\nfolder fs/ext4\nbuilt fs/ext4/a.o\n", ["fs/ext4/a.o"]),
    (("folder fs\nenters fs/./ext4 fs/x/../xfs\nfolder fs/ext4\nbuilt a.o\nfolder fs/xfs\n"
      "built b.o\n"), ["a.o", "b.o"]),
    ("folder arch/x86/lib\nbuilt a.o\n", ["a.o"]), ("folder arch/x86/math-emu\nbuilt a.o\n", []),
    (("folder .\nenters arch/x86/pci\nfolder arch/x86/lib\nbuilt a.o\n"
      "folder arch/x86/pci\nbuilt b.o\n"), ["b.o"]),
    ("folder .\nmake: *** error\nfolder arch/x86/lib\nbuilt a.o\n", ["a.o"]),
    ("built a.o\n", []), ("folder\nbuilt a.o\n", []), ("folder fs\n\n  \nbuilt fs/a.o\n", [
        "fs/a.o"]),
    ("folder fs\nmake: *** No rule to make target x.o. Stop.\n", []),
    ("folder fs\nrebuilt fs/a.o\nbuilt\n", []),
])
def test_what_make_says_of_folders(text, objects):
    assert sorted(listed.parse(text)) == objects


@pytest.mark.parametrize(("folder", "by_itself"), [
    ("fs", True), ("arch/x86", True), ("arch/x86/lib", True), ("arch/x86/pci", True),
    ("arch/x86/kvm", False), ("arch", True), ("arch/x86/lib/x", False), ("fs/lib", False),
    ("lib/arch/x86", False),
])
def test_which_folders_make_enters_without_a_list(folder, by_itself):
    assert bool(listed.parse(f"folder {folder}\nbuilt {folder}/a.o\n")) == by_itself


def test_an_object_of_another_folder_has_the_name_that_make_gives_it():
    text = ("folder arch/x86\nenters arch/x86/kvm\nfolder arch/x86/kvm\n"
            "built arch/x86/kvm/../../../virt/kvm/kvm_main.o arch/x86/kvm/x86.o\n")
    assert listed.parse(text) == {
        "virt/kvm/kvm_main.o": "arch/x86/kvm/../../../virt/kvm/kvm_main.o",
        "arch/x86/kvm/x86.o": "arch/x86/kvm/x86.o"}


@given(st.text(st.sampled_from("folder built enters module /.\n ab")))
def test_nothing_is_listed_before_a_folder_is_entered(text):
    assert listed.parse(f"folder a/b\n{text.replace('folder', '')}") == {}


@given(st.text())
def test_any_text_has_an_answer(text):
    assert all(name in text for name in listed.parse(f"folder fs\nbuilt {text}").values())


MAKES = {"fs": FS, "fs/ext4": "folder fs/ext4\nbuilt fs/ext4/inode.o\nenters\n",
         "arch/x86": "folder arch/x86\nenters arch/x86/kvm\n",
         "arch/x86/kvm": "folder arch/x86/kvm\nmodule arch/x86/kvm/x86.o\n"}


@pytest.fixture
def tree(tmp_path):
    """A tree whose folders have a Makefile, but for arch/x86 with a Kbuild and arch with none."""
    for name in ("fs/Makefile", "fs/ext4/Makefile", "arch/x86/Kbuild", "arch/x86/kvm/Makefile"):
        (tmp_path / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / name).touch()
    (tmp_path / "out").mkdir()
    return Sources(tmp_path / "src")


@pytest.fixture
def ask(builder, tree, tmp_path, commands):
    """``ask(*folders)``: what is listed there; ``ask.asked``: the folders that make was asked."""
    def answers(argv, more):
        ask.asked, ask.argv, ask.more = argv[argv.index("-c") + 3:], argv, more
        return "".join(MAKES[f] for f in ask.asked).encode()

    def ask(*folders, env=(), sources=tree, maker=builder):
        return listed.listed(maker, sources, tmp_path / "out", dict(env), folders)
    commands.say("sh", "-c", does=answers)
    return ask


def test_each_folder_is_asked_after_those_above_it_and_once(ask):
    found = ask("arch/x86/kvm", "fs/ext4", "fs", "arch/x86/kvm")
    assert ask.asked == ["arch/x86", "arch/x86/kvm", "fs", "fs/ext4"]
    assert sorted(found) == ["arch/x86/kvm/x86.o", "fs/ext4/inode.o", "fs/open.o"]


def test_a_folder_without_a_makefile_is_not_asked(ask):
    assert ask("nowhere/at/all", "") == {}
    assert ask.asked == []


def test_a_makefile_that_the_series_brings_is_one(ask, tree, tmp_path):
    (tmp_path / "new").touch()
    MAKES["net"] = "folder net\nbuilt net/a.o\n"
    assert ask("net", sources=replace(tree, over=(("net/Makefile", tmp_path / "new"),))) == {
        "net/a.o": "net/a.o"}


def test_make_gets_what_it_gives_to_others_but_not_the_place_of_another(ask):
    ask("fs", env={"SRCARCH": "x86", "CC": "gcc -m64", "PATH": "/theirs", "HOME": "/root",
                   "PWD": "/old", "OLDPWD": "/", "SHLVL": "3", "_": "env"})
    given = ask.argv[len(ask.argv) - ask.argv[::-1].index("env"):ask.argv.index("-c")]
    assert given == ["SRCARCH=x86", "CC=gcc -m64", "KBUILD_BUILTIN=1", "KBUILD_MODULES=1", "sh"]


@pytest.mark.parametrize(("config", "bits"), [("CONFIG_64BIT=y\n", "64"), ("", "32")])
def test_the_width_is_that_of_the_configuration(ask, tmp_path, config, bits):
    (tmp_path / "out" / ".config").write_text(config)
    ask("fs", env={"BITS": "64"})
    assert f"BITS={bits}" in ask.argv


def test_make_is_asked_about_the_tree_at_hand_and_not_the_one_that_told_the_environment(
        ask, tree, tmp_path):
    old = {"srctree": "/gone/src", "abs_srctree": "/gone/src", "VPATH": "/gone/src", "CC": "gcc"}
    ask("fs", env=old)
    for name in ("srctree", "abs_srctree", "VPATH"):
        assert f"{name}={tree.root}" in ask.argv
    assert "CC=gcc" in ask.argv


def test_the_question_is_mounted_beside_the_tree_in_the_sandbox(ask, builder, tmp_path):
    ask("fs", maker=replace(builder, sandbox=Sandbox(step_down=False)))
    text = shlex.join(ask.argv)
    assert f"--ro-bind {tmp_path}/src /src" in text
    assert f"--ro-bind {listed.PROBE} /ask/listed.mk" in text
    assert f"--bind {tmp_path}/out /out" in text
    assert "--chdir /out" in text
    script = ask.argv[ask.argv.index("-c") + 1]
    assert "-I /src -f /ask/listed.mk" in script
    assert ask.more["cwd"] is None


def test_without_a_sandbox_make_is_asked_in_the_build_directory(ask, tree, tmp_path):
    ask("fs")
    script = ask.argv[ask.argv.index("-c") + 1]
    assert f"-I {tree.root} -f {listed.PROBE}" in script
    assert ask.more["cwd"] == tmp_path / "out"
    assert (ask.more["timeout"], ask.more["keep"]) == (listed.TIMEOUT, listed.MOST)


def test_a_makefile_that_fails_lists_what_the_others_do(ask, commands):
    commands.say("sh", "-c", out=FS.encode() + b"folder fs/ext4\n", err=b"make: *** x", code=2)
    assert list(ask("fs", "fs/ext4")) == ["fs/open.o"]


def test_an_answer_that_was_cut_off_is_none(ask, commands):
    commands.say("sh", "-c", out=FS.encode(), code=-15, why="no end after 60 s", timed_out=True)
    with pytest.raises(InfrastructureError, match="no end after 60 s") as error:
        ask("fs", "fs/ext4")
    assert not isinstance(error.value, CommandFailedError)
    assert error.value.hint


def test_the_question_is_there_and_builds_nothing():
    text = listed.PROBE.read_text()
    assert ".PHONY: listed" in text
    assert {"built", "module", "enters"} == {line.split()[1] for line in text.splitlines()
                                             if line.startswith("$(info ")}


def test_the_question_is_part_of_what_is_installed():
    table = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    patterns = table["tool"]["setuptools"]["package-data"]["harness.build"]
    assert any(fnmatch.fnmatch(listed.PROBE.name, p) for p in patterns)
