# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of a toy whose image is its C, with a make that only copies."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.build import kconfig, kernel
from harness.build.kbuild import BuildError, BuildFailedError
from harness.errors import CommandFailedError, InfrastructureError
from harness.model import Kconfig, Location, Sources
from harness.system import repo

CONFIG = Kconfig(("CONFIG_PVH=y\n",))


@pytest.mark.parametrize(("text", "image"), [
    ("CONFIG_PVH=y\n", kernel.VMLINUX), ("CONFIG_PVH=y\nCONFIG_KASAN=y\n", kernel.BZIMAGE),
    ("CONFIG_XEN_PVH=y\n", kernel.BZIMAGE), ("", kernel.BZIMAGE),
    ("# CONFIG_PVH is not set\n", kernel.BZIMAGE),
    ("CONFIG_PVH=y\n# CONFIG_KASAN is not set\n", kernel.VMLINUX),
])
def test_which_image_a_configuration_can_boot(text, image):
    assert kernel.image_of(text) == image


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
    assert image.path == image.build_dir / kernel.BZIMAGE
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
