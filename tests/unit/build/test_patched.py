# SPDX-License-Identifier: GPL-2.0-or-later
"""Series and variants on a base that is built already: what is built again, and from what."""

from dataclasses import replace

import pytest

from harness.build import kernel
from harness.errors import CommandFailedError
from harness.model import Applied, Kconfig, Sources
from harness.system.sandbox import Sandbox

CONFIG = Kconfig(("CONFIG_PVH=y\n",))
TOY = {"toy.c": "toy;", "other.c": "other;", "Documentation/x.rst": "x", "Kconfig": "config PVH\n"}


@pytest.fixture
def commit(git, tree):
    """``commit(files, edits)``: the id, and the files then."""
    def go(files, edits):
        files = {**files, **edits}
        return git.commit(files, title=str(len(git.commits))), files
    return go


@pytest.fixture
def patched(start, toy, builder, tree, commit):
    """``patched(edits, ...)``: a kernel of one patch for each, and those that do not build."""
    def go(*edits):
        files, commits = TOY, []
        for edit in edits:
            new, files = commit(files, edit)
            commits.append(new)
        toy.asked.clear()
        return kernel.patched(builder, Applied(tree, tree.commit, tuple(commits)), start, CONFIG,
                              builder.cache / "work")
    return go


def test_a_series_is_built_from_copies_of_the_bases_objects(patched, start, toy):
    (start.build_dir / "toy.o").write_text("object")
    image, broken = patched({"toy.c": "new;"})
    assert image.path.read_text() == "other;new;"
    assert (image.build_dir / "toy.o").read_text() == "object"
    assert image.build_dir != start.build_dir
    assert (image.cached, broken) == (False, ())
    assert image.key not in {"", start.key}
    assert image.seconds == 5
    assert toy.asked == [("vmlinux",)], "the configuration stands"
    assert start.path.read_text() == "other;toy;", "the base is as it was"
    assert (start.sources.root / "toy.c").read_text() == "toy;"


def test_each_patch_is_built_by_itself(patched, toy):
    image, broken = patched({"toy.c": "1;"}, {"toy.c": "2;"}, {"new.c": "3;"})
    assert (image.path.read_text(), broken) == ("3;other;2;", ())
    assert len(toy.builds) == 3
    assert (image.sources.find("new.c")).read_text() == "3;"


def test_a_patch_in_the_middle_that_does_not_build_is_numbered(patched):
    image, ((number, error),) = patched({"toy.c": "1;"}, {"toy.c": "#error"}, {"toy.c": "3;"})
    assert number == 2
    assert error.tail == "toy.c:1: broken"
    assert image.path.read_text() == "other;3;"


def test_a_series_that_does_not_build_is_an_error(patched):
    with pytest.raises(CommandFailedError):
        patched({"toy.c": "1;"}, {"toy.c": "#error"})


@pytest.mark.parametrize(("edits", "builds"), [
    (({"Documentation/x.rst": "1"}, {"toy.c": "2;"}), 1),
    (({"toy.c": "1;"}, {"Documentation/x.rst": "2"}), 1),
    (({"Documentation/x.rst": "1"},), 1),
    (({"toy.c": "1;"}, {"MAINTAINERS": "2"}, {"toy.c": "3;"}), 2),
])
def test_what_cannot_change_the_kernel_is_not_built_twice(patched, toy, edits, builds):
    image, _ = patched(*edits)
    want = {name: text for edit in edits for name, text in edit.items()}
    assert image.path.read_text() == "other;" + want.get("toy.c", "toy;")
    assert image.sources.find("Documentation/x.rst").read_text() == want.get(
        "Documentation/x.rst", "x")
    assert len(toy.builds) == builds


def test_a_series_that_changes_kconfig_is_configured_again(patched, toy):
    patched({"toy.c": "1;"}, {"Kconfig": "config A\n"})
    assert toy.asked == [("vmlinux",), ("olddefconfig",), ("vmlinux",)]


def test_nothing_of_an_earlier_series_is_left(patched, tmp_path):
    patched({"gone.c": "1;"})
    work = tmp_path / "cache" / "work"
    (work / "over" / "stale").touch()
    image, _ = patched({"toy.c": "2;"})
    assert image.path.read_text() == "other;2;"
    assert not (work / "over" / "stale").exists()


def test_in_the_sandbox_a_changed_file_is_mounted_and_nothing_is_linked(
        start, builder, tree, commit, tmp_path):
    boxed = replace(builder, sandbox=Sandbox(step_down=False))
    new, _ = commit(TOY, {"toy.c": "new;"})
    bench = kernel.Workspace(boxed, tree, tmp_path / "w")
    moved = bench.move(start.sources, tree.commit, new)
    assert moved == Sources(start.sources.root, (("toy.c", tmp_path / "w" / "over" / "0"),))
    bare = kernel.Workspace(builder, tree, tmp_path / "w").move(start.sources, tree.commit, new)
    assert bare == Sources(tmp_path / "w" / "src")


@pytest.fixture
def variant(start, toy, builder, tree, commit):
    def go(edits):
        finished = kernel.FinishedBuild(start.sources, start.build_dir, tree.commit, "vmlinux")
        toy.asked.clear()
        return kernel.variant(builder, tree, finished, commit(TOY, edits)[0],
                              builder.cache / "bench")
    return go


def test_a_variant_is_built_from_the_objects_of_its_start(variant, start, toy):
    assert variant({"new.c": "one;"}).read_text() == "one;other;toy;"
    assert variant({"toy.c": "two;"}).read_text() == "other;two;", "nothing of the first is left"
    assert toy.asked == [("vmlinux",)]
    assert start.path.read_text() == "other;toy;"


def test_a_variant_that_changes_kconfig_is_configured(variant, toy):
    variant({"Kconfig": "config A\n"})
    assert toy.asked == [("olddefconfig",), ("vmlinux",)]


def test_a_variant_that_only_warns_is_built(variant, toy):
    assert variant({"toy.c": "#warn"}).read_text() == "other;#warn"
    assert toy.asked == [("vmlinux",), ("vmlinux", "CONFIG_X_WERROR=n")]


def test_a_variant_that_does_not_compile_is_an_error(variant, toy):
    with pytest.raises(CommandFailedError):
        variant({"toy.c": "#error"})
    assert len(toy.builds) == 1
