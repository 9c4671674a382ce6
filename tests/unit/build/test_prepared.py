# SPDX-License-Identifier: GPL-2.0-or-later
"""Bases that are configured only: where their sources and their build directory come from."""

import fcntl
import json
import os
import shutil
from pathlib import Path

import pytest

from harness.build import kernel, prepared
from harness.errors import CommandFailedError, InfrastructureError
from harness.model import Kconfig, Sources
from tests.unit.build.conftest import CONFIG, TOY

MORE = Kconfig((*CONFIG.fragments, "CONFIG_B=y\nCONFIG_A=y\n"))
LESS = Kconfig(("CONFIG_A=y\n",))


@pytest.fixture
def prepare(toy, builder, tree, monkeypatch):
    """``prepare(config, commit)``: a base; ``toy.asked`` has what make was asked for it."""
    monkeypatch.setattr(prepared, "toolchain", kernel.toolchain)

    def go(config=CONFIG, commit=tree.commit):
        toy.asked.clear()
        return prepared.prepare(builder, tree, commit, config)
    return go


def dot_config(base):
    return (base.out / ".config").read_text()


def test_a_base_is_its_sources_configured_and_nothing_is_built(prepare, toy, builder):
    base = prepare()
    home = builder.cache / "prepared" / base.key
    assert (base.sources, base.out) == (Sources(home / "src"), home / "out")
    assert (base.sources.root / "toy.c").read_text() == "toy;"
    assert dot_config(base) == "CONFIG_X_WERROR=y\nCONFIG_PVH=y\n"
    assert toy.asked == [("tinyconfig",), ("olddefconfig",)]


def test_a_base_is_prepared_once(prepare, toy):
    first = prepare()
    (first.out / "toy.o").write_text("object")
    assert prepare() == first
    assert toy.asked == []
    assert (first.out / "toy.o").exists(), "the objects of the one before serve the next"


def test_another_tree_or_configuration_is_another_base(prepare, git):
    keys = {prepare().key, prepare(LESS).key, prepare(
        CONFIG, git.commit({**TOY, "toy.c": "new;"})).key}
    assert len(keys) == 3
    assert prepare(CONFIG, git.commit(TOY, "the same again")).key in keys


def test_a_base_has_the_key_of_the_kernel_that_would_be_built(prepare, start):
    assert prepare().key == start.key


@pytest.mark.parametrize("text", [None, "", "{", "{}", "7", "[]", '"x"', '{"sources": "/gone"}'])
def test_what_was_cut_off_is_made_again(prepare, toy, text):
    base = prepare()
    (base.out / "stale").touch()
    mark = base.out.parent / "done"
    mark.unlink()
    if text is not None:
        mark.write_text(text)
    assert prepare() == base
    assert not (base.out / "stale").exists()
    assert toy.asked != []


def test_nothing_is_left_of_one_that_was_cut_off_before_its_end(prepare, builder, tree):
    rest = builder.cache / "prepared" / f"{prepare().key}.part"
    shutil.rmtree(rest.with_suffix(""))
    (rest / "src").mkdir(parents=True)
    (rest / "src" / "stale.c").write_text("stale;")
    assert not (prepare().sources.root / "stale.c").exists()
    assert not rest.exists()


def test_a_base_that_cannot_be_configured_is_not_kept(prepare, toy, commands, builder):
    commands.say("tinyconfig", code=2)
    builder.log.touch()
    with pytest.raises(CommandFailedError):
        prepare()
    assert not list((builder.cache / "prepared").glob("*/done"))
    assert not list((builder.cache / "prepared").glob("*[!t]"))


def test_the_kernel_of_the_same_tree_gives_sources_and_configuration(prepare, start, toy):
    (start.build_dir / "toy.o").write_text("object")
    (start.build_dir / "generated.h").write_text("header")
    base = prepare(MORE)
    assert base.sources == start.sources, "nothing is copied of what nobody writes"
    assert dot_config(base) == "CONFIG_X_WERROR=y\nCONFIG_PVH=y\nCONFIG_A=y\nCONFIG_B=y\n"
    assert toy.asked == [("olddefconfig",)]
    assert (base.out / "generated.h").exists()
    assert not (base.out / "toy.o").exists(), "objects of another configuration"
    assert not (base.out / "vmlinux").exists()
    assert (start.build_dir / ".config").read_text() == "CONFIG_X_WERROR=y\nCONFIG_PVH=y\n"


def test_where_the_kernel_has_more_it_is_configured_from_the_beginning(prepare, start, toy):
    base = prepare(LESS)
    assert dot_config(base) == "CONFIG_X_WERROR=y\nCONFIG_A=y\n"
    assert base.sources == start.sources
    assert toy.asked == [("tinyconfig",), ("olddefconfig",)]


def test_a_kernel_of_another_beginning_gives_its_sources_alone(prepare, start, toy):
    (start.build_dir / "generated.h").write_text("header")
    base = prepare(Kconfig((), "defconfig"))
    assert base.sources == start.sources
    assert toy.asked == [("defconfig",), ("olddefconfig",)]
    assert not (base.out / "generated.h").exists()


def test_a_near_kernel_of_another_tree_gives_nothing(prepare, start, git):
    base = prepare(MORE, git.commit({**TOY, "toy.c": "new;"}))
    assert base.sources == Sources(base.out.parent / "src")
    assert (base.sources.root / "toy.c").read_text() == "new;"


def test_a_base_whose_sources_were_thrown_away_with_a_kernel_is_made_again(prepare, start):
    assert prepare(MORE).sources == start.sources
    shutil.rmtree(start.build_dir.parent)
    again = prepare(MORE)
    assert again.sources == Sources(again.out.parent / "src")
    assert (again.sources.root / "toy.c").read_text() == "toy;"


def test_where_the_sources_are_is_written_down(prepare, start, git):
    other = git.commit({**TOY, "toy.c": "new;"})
    for config, commit in ((MORE, None), (CONFIG, other)):
        base = prepare(config, *([commit] if commit else []))
        row = json.loads((base.out.parent / "done").read_text())
        assert row["sources"] == ("" if commit else str(start.sources.root))


def test_a_base_that_is_prepared_serves_the_next_configuration(prepare, toy, builder):
    first = prepare()
    (first.out / "generated.h").write_text("header")
    (first.out / "toy.o").write_text("object")
    base = prepare(MORE)
    assert base.sources == first.sources, "written once for a tree"
    assert dot_config(base) == "CONFIG_X_WERROR=y\nCONFIG_PVH=y\nCONFIG_A=y\nCONFIG_B=y\n"
    assert toy.asked == [("olddefconfig",)]
    assert (base.out / "generated.h").exists()
    assert not (base.out / "toy.o").exists()


def test_the_next_begins_where_least_has_to_be_added(prepare, start, toy):
    prepare(MORE)
    (start.build_dir / "far").touch()
    base = prepare(Kconfig((*MORE.fragments, "CONFIG_C=y\n")))
    assert not (base.out / "far").exists()
    assert toy.asked == [("olddefconfig",)]


@pytest.mark.parametrize("row", [{}, {"tree": 7, "made": []}, {"tree": None, "made": 7}, None])
def test_a_base_of_an_earlier_form_or_another_tree_serves_nobody(prepare, toy, row):
    first = prepare()
    mark = first.out.parent / "done"
    said = json.loads(mark.read_text())
    mark.write_text(json.dumps({"sources": said["sources"], **row} if row is not None else []))
    base = prepare(MORE)
    assert base.sources == Sources(base.out.parent / "src")
    assert toy.asked == [("tinyconfig",), ("olddefconfig",)]


def test_what_a_configuration_adds_comes_with_what_it_needs(prepare, start, commands):
    """Appended lines that Kconfig drops would be a configuration that nobody asked for."""
    kconfig = start.sources.root / "Kconfig"
    kconfig.write_text("config A\n\tdepends on NET\nconfig NET\n\tbool\n")

    def olddefconfig(argv, _):
        dot = Path(next(w for w in argv if w.startswith("O="))[2:]) / ".config"
        if "CONFIG_NET=y" not in dot.read_text():
            dot.write_text(dot.read_text().replace("CONFIG_A=y\n", ""))

    commands.say("olddefconfig", does=olddefconfig)
    base = prepare(MORE)
    assert {"CONFIG_A=y", "CONFIG_NET=y"} <= set(dot_config(base).splitlines())
    kconfig.write_text("config A\n")
    shutil.rmtree(base.out.parent)
    with pytest.raises(InfrastructureError, match="CONFIG_A=y"):
        prepare(MORE)


def test_a_base_is_held_by_one_at_a_time(prepare, builder):
    base = prepare()
    with prepared.lock_of(builder.cache, base.key).open("w") as other:
        with prepared.held(builder, base), pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_two_bases_do_not_hold_up_one_another(prepare, builder):
    one, two = prepare(), prepare(LESS)
    with prepared.held(builder, one), prepared.held(builder, two):
        assert prepared.lock_of(builder.cache, one.key) != prepared.lock_of(
            builder.cache, two.key)


LEFT = ("fs/a.o", "fs/.a.o.cmd", "lib/lib.a", "vmlinux", "vmlinux.o", ".tmp_vmlinux.kallsyms1",
        "arch/x86/boot/bzImage", "System.map", "fs/fat.ko", "built-in.a")
KEPT = (".config", "scripts/kconfig/conf.o", "scripts/.x.o.cmd", "tools/objtool/objtool-in.o",
        "include/generated/autoconf.h", "fs/.a.lds.cmd", "fs/a.c", "arch/x86/tools/relocs",
        "scripts/basic/fixdep")


def test_of_a_build_directory_all_is_copied_but_its_objects(disk, tmp_path):
    for name in (*LEFT, *KEPT, "arch/x86/entry/vdso/x.o"):
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).touch()
    prepared.light(tmp_path / "out", tmp_path / "copy")
    copied = {str(p.relative_to(tmp_path / "copy")) for p in (tmp_path / "copy").rglob("*")
              if p.is_file()}
    assert copied == set(KEPT)
    prepared.light(tmp_path / "out", tmp_path / "more", ("arch/x86/entry",))
    assert (tmp_path / "more" / "arch/x86/entry/vdso/x.o").exists()
    assert not (tmp_path / "more" / "fs/a.o").exists()
    assert (tmp_path / "out" / "fs/a.o").exists(), "the other stays as it is"


def test_when_a_base_was_used_is_noted_for_housekeeping(prepare):
    first = prepare()
    second = prepare(MORE)
    homes = [b.out.parent / "done" for b in (first, second)]
    for mark in homes:
        os.utime(mark, (1, 1))
    assert prepare(MORE) == second
    assert all(mark.stat().st_mtime > 1 for mark in homes), "its sources are the other's"
