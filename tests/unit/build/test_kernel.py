# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of a toy whose image is its C, with a make that only copies."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.arch import EMULATOR
from harness.build import kconfig, kernel
from harness.build.kbuild import BuildError, BuildFailedError
from harness.errors import CommandFailedError, InfrastructureError
from harness.model import Kconfig, Location, Sources
from harness.system import repo
from tests.unit.build.conftest import CONFIG, TOY

VMLINUX, BZIMAGE = (image.path for image in EMULATOR.images)


@pytest.mark.parametrize(("text", "image"), [
    ("CONFIG_PVH=y\n", VMLINUX), ("CONFIG_PVH=y\nCONFIG_KASAN=y\n", BZIMAGE),
    ("CONFIG_XEN_PVH=y\n", BZIMAGE), ("", BZIMAGE),
    ("# CONFIG_PVH is not set\n", BZIMAGE),
    ("CONFIG_PVH=y\n# CONFIG_KASAN is not set\n", VMLINUX),
])
def test_which_image_a_configuration_can_boot(text, image):
    assert kconfig.image_of(text) == image


def test_the_key_is_made_of_all_that_makes_a_kernel():
    key = kernel.key_of("tree", CONFIG, "gcc")
    others = {kernel.key_of("other", CONFIG, "gcc"), kernel.key_of("tree", CONFIG, "clang"),
              kernel.key_of("tree", Kconfig(("CONFIG_B=y\n",)), "gcc"),
              kernel.key_of("tree", Kconfig(CONFIG.fragments, "defconfig"), "gcc")}
    assert len(others | {key}) == 5
    assert key == kernel.key_of("tree", CONFIG, "gcc")


def test_fragments_that_say_the_same_are_the_same_kernel():
    assert kernel.key_of("t", CONFIG, "g") == kernel.key_of(
        "t", Kconfig(("CONFIG_PVH=n\n", "CONFIG_PVH=y # optional\n")), "g")


def test_a_base_is_its_sources_built(start, toy, tree, builder):
    assert (start.path.name, start.path.read_text()) == ("vmlinux", "other;toy;")
    assert start.build_dir == builder.cache / "kernels" / start.key / "out"
    assert start.sources == Sources(builder.cache / "kernels" / start.key / "src")
    assert (start.sources.root / "Documentation" / "x.rst").read_text() == "x"
    assert not start.cached
    assert start.seconds == 5
    done = json.loads((start.build_dir.parent / "done").read_text())
    assert done == {"commit": tree.commit, "tree": repo.tree_id(tree.repo, tree.commit),
                    "steps": 2, "image": "vmlinux",
                    "made": [kernel.toolchain(), "tinyconfig", kconfig.render(CONFIG)]}
    assert toy.builds == [("vmlinux",)]


def test_a_configuration_without_pvh_gets_the_compressed_image(toy, builder, tree):
    image = kernel.base(builder, tree, tree.commit, Kconfig(("CONFIG_A=y\n",)))
    assert image.path == image.build_dir / BZIMAGE
    assert toy.builds == [("bzImage",)]


def test_a_base_is_built_once(start, toy, builder, tree):
    again = kernel.base(builder, tree, tree.commit, CONFIG)
    assert (again.cached, again.seconds) == (True, 0)
    assert replace(again, cached=False, seconds=start.seconds) == start
    assert len(toy.builds) == 1


def test_a_build_that_was_cut_off_is_made_again(start, toy, builder, tree):
    (start.build_dir.parent / "done").unlink()
    rest = start.build_dir.parent.with_name(f"{start.key}.part")
    (rest / "src").mkdir(parents=True)
    (rest / "src" / "stale.c").write_text("stale;")
    assert not kernel.base(builder, tree, tree.commit, CONFIG).cached
    assert start.path.read_text() == "other;toy;"


def test_a_base_that_does_not_build_is_not_kept(toy, builder, git):
    tree = git.tree({"toy.c": "#error"})
    with pytest.raises(CommandFailedError):
        kernel.base(builder, tree, tree.commit, CONFIG)
    assert not list((builder.cache / "kernels").glob("*/done"))


@pytest.mark.parametrize(("free", "enough"), [(99, False), (100, True)])
def test_too_little_space_is_said_before_anything_is_written(tmp_path, monkeypatch, free, enough):
    monkeypatch.setattr(kernel.shutil, "disk_usage", lambda _: SimpleNamespace(free=free << 20))
    if enough:
        kernel.need_space(tmp_path / "deep" / "cache", 100 << 20)
        return
    with pytest.raises(InfrastructureError) as error:
        kernel.need_space(tmp_path / "cache", 100 << 20)
    assert {"99", "100"} <= set(error.value.message.split())


def test_a_base_needs_gibibytes(toy, builder, tree, monkeypatch):
    monkeypatch.setattr(kernel.shutil, "disk_usage", lambda _: SimpleNamespace(free=(4 << 30) - 1))
    with pytest.raises(InfrastructureError):
        kernel.base(builder, tree, tree.commit, CONFIG)
    assert toy.asked == []


@pytest.mark.parametrize(("paths", "may"), [
    (("kernel/fork.c",), True), (("Documentation/x.rst",), False), (("tools/x.c", "a.c"), True),
    (("samples/a.c", "LICENSES/x", "MAINTAINERS", "CREDITS", ".gitignore", ".mailmap"), False),
    (("Documentation.c",), True), (("net/MAINTAINERS",), True), ((), False),
])
def test_which_paths_can_change_a_kernel(paths, may):
    assert kernel.matters(paths) == may


def test_a_build_error_is_a_finding_with_its_place_and_a_lasting_id():
    one, two, other = (
        kernel.finding(BuildFailedError(2, BuildError("no", Location(path, line))))
        for path, line in (("a.c", 3), ("a.c", 9), ("b.c", 3)))
    assert (one.rule, one.severity, one.where) == ("build-error", "error", Location("a.c", 3))
    assert one.evidence == "a.c:3: no"
    assert one.message.endswith("no")
    assert one.id == two.id != other.id, "lines move"


def test_a_base_that_is_there_is_found_in_its_own_configuration(start, builder, tree, git):
    home = builder.cache / "kernels" / start.key
    assert kernel.cached(builder.cache, tree, tree.commit, CONFIG) == home
    assert kernel.cached(builder.cache, tree, git.commit(TOY, "the same"), CONFIG) == home
    assert kernel.cached(builder.cache, tree, tree.commit, Kconfig(())) is None
    assert kernel.cached(builder.cache, tree, git.commit({**TOY, "toy.c": "x"}), CONFIG) is None
    (home / "done").unlink()
    assert kernel.cached(builder.cache, tree, tree.commit, CONFIG) is None, "it is not finished"


@pytest.fixture
def sources(toy, builder, tree, tmp_path, commands):
    """``sources(commit, written)``: what is written, and whether git wrote it."""
    def go(commit=tree.commit, written=None):
        work = tmp_path / "new"
        work.mkdir()
        before = len(commands.calls)
        kernel.write_sources(builder, tree, commit, work, written)
        by_git = any("checkout-index" in call for call in commands.calls[before:])
        return {str(p.relative_to(work / "src")): p.read_text()
                for p in (work / "src").rglob("*") if p.is_file()}, by_git
    return go


def test_sources_that_nobody_has_are_written_by_git(sources):
    assert sources() == (TOY, True)


def test_sources_that_a_kernel_has_are_linked(sources, start, git, tmp_path):
    assert sources(git.commit(TOY, "the same")) == (TOY, False)
    assert (tmp_path / "new" / "src" / "toy.c").samefile(start.sources.root / "toy.c")


def test_sources_of_another_tree_are_not_taken(sources, start, git):
    files = {**TOY, "toy.c": "new;"}
    assert sources(git.commit(files)) == (files, True)


def test_sources_that_this_run_has_written_are_linked(sources, tmp_path):
    (tmp_path / "mine" / "src").mkdir(parents=True)
    (tmp_path / "mine" / "src" / "toy.c").write_text("mine;")
    assert sources(written=tmp_path / "mine") == ({"toy.c": "mine;"}, False)


def test_what_was_to_be_written_and_is_not_there_is_written(sources, tmp_path):
    assert sources(written=tmp_path / "nowhere") == (TOY, True)


def test_sources_that_went_while_they_were_linked_are_written(sources, start, commands):
    def half(argv, _):
        Path(argv[-1]).mkdir()
        (Path(argv[-1]) / "stale.c").write_text("half;")
        raise CommandFailedError("cp", 1, "cannot stat")
    commands.say("cp", "--link", does=half)
    assert sources() == (TOY, True)


WIDER = Kconfig((*CONFIG.fragments, "CONFIG_A=y\n"))


@pytest.fixture
def another(start, toy, builder, tree, git):
    """``another(config)``: a base that differs from ``start`` in one file."""
    return lambda config=CONFIG: kernel.base(
        builder, tree, git.commit({**TOY, "toy.c": "new;"}), config)


def test_a_base_begins_from_the_nearest_kernel(start, another, said):
    (start.build_dir / "toy.o").write_text("object")
    image = another(WIDER)
    assert image.path.read_text() == "other;new;"
    assert (image.build_dir / "toy.o").read_text() == "object"
    assert any(start.key in line for line in said)
    assert (image.build_dir / ".config").read_text() == (
        "CONFIG_X_WERROR=y\nCONFIG_PVH=y\nCONFIG_A=y\n"), "it is configured anew"
    assert not (image.build_dir.parent / "over").exists()
    assert (start.sources.root / "toy.c").read_text() == "toy;", "the other stays as it is"
    assert start.path.read_text() == "other;toy;"


def test_a_base_that_began_from_another_knows_the_steps_of_a_whole_build(start, another):
    (start.build_dir.parent / "done").write_text(
        (start.build_dir.parent / "done").read_text().replace('"steps": 2', '"steps": 99'))
    image = another()
    row = json.loads((image.build_dir.parent / "done").read_text())
    assert row["steps"] == 99
    assert row["made"] == [kernel.toolchain(), "tinyconfig", kconfig.render(CONFIG)]


def test_a_base_whose_symbols_are_fewer_begins_from_nothing(start, toy, builder, tree):
    (start.build_dir / "toy.o").write_text("object")
    image = kernel.base(builder, tree, tree.commit, Kconfig(("CONFIG_A=y\n",)))
    assert not (image.build_dir / "toy.o").exists()
    assert image.sources.find("toy.c").samefile(start.sources.find("toy.c"))


def test_one_that_nobody_asks_for_its_objects_may_begin_from_one_with_more(
        start, toy, builder, tree):
    (start.build_dir / "toy.o").write_text("object")
    image = kernel.base(builder, tree, tree.commit, Kconfig(("CONFIG_A=y\n",)), more=True)
    assert (image.build_dir / "toy.o").read_text() == "object"


def test_where_the_nearest_kernel_went_meanwhile_a_base_begins_from_nothing(another, commands):
    def gone(argv, _):
        Path(argv[-1]).mkdir()
        (Path(argv[-1]) / "stale").write_text("half")
        raise CommandFailedError("cp", 1, "cannot stat")
    commands.say("cp", "--reflink=auto", does=gone)
    image = another()
    assert image.path.read_text() == "other;new;"
    assert not (image.build_dir / "stale").exists()


def test_a_base_takes_the_sources_that_the_run_has_written(toy, builder, tree, tmp_path):
    (tmp_path / "mine" / "src").mkdir(parents=True)
    (tmp_path / "mine" / "src" / "toy.c").write_text("mine;")
    image = kernel.base(builder, tree, tree.commit, CONFIG, tmp_path / "mine")
    assert image.path.read_text() == "mine;"
