# SPDX-License-Identifier: GPL-2.0-or-later
"""Which objects show what became of a file, and which of them make builds by itself."""

from dataclasses import replace

import pytest

from harness.build import listed, objects
from harness.run.single import touched
from harness.run.state import Configured
from tests.unit.run.single.conftest import OLD
from tests.unit.run.toys import counted, write

KVM = {"virt/x.c": "int x;\n", "arch/x86/kvm/Makefile": "obj-y += ../../../virt/x.o\n"}


@pytest.fixture
def names(series, out, tmp_path):
    """``names(*paths)``: what make calls the objects; ``files`` come to the tree."""
    def go(*paths, files=(), users=()):
        one = series(dict(files))
        one = replace(one, configured=Configured(users=tuple(dict(users).items())))
        sources = write(tmp_path / "src", {**OLD, **dict(files)})
        return touched.names(one, sources, out, paths)
    return go


def test_code_is_shown_by_its_object(names):
    assert names("fs/a.c", "fs/b.c") == {"fs/a.c": "fs/a.o", "fs/b.c": "fs/b.o"}


def test_what_no_makefile_lists_has_no_object(names):
    assert names("fs/stray.c", "fs/Makefile", "fs/Kconfig", "README") == {}
    assert names() == {}


def test_code_of_another_folder_has_the_name_that_make_gives_it(names):
    assert names("virt/x.c", files=KVM) == {
        "virt/x.c": "arch/x86/kvm/../../../virt/x.o"}


def test_a_header_is_shown_by_what_includes_it(names):
    assert names("fs/h.h", users={"fs/h.h": ("fs/a.c",)}) == {"fs/a.c": "fs/a.o"}
    assert names("fs/h.h") == {}, "nobody knows who includes it"


def test_a_header_is_shown_by_what_the_configuration_builds(names):
    files = {"net/Makefile": "obj-$(CONFIG_NET) += n.o\nobj-$(CONFIG_FS) += m.o\n"}
    users = {"fs/h.h": ("net/n.c", "net/m.c")}
    assert names("fs/h.h", files=files, users=users) == {"net/m.c": "net/m.o"}


def test_a_header_is_shown_by_a_few_of_many_the_nearest_first(names):
    many = tuple(f"fs/x{n}.c" for n in range(9))
    files = {"fs/Makefile": "obj-y += " + " ".join(f"x{n}.o" for n in range(9)) + "\n"}
    found = names("fs/h.h", files=files, users={"fs/h.h": many})
    assert tuple(found) == many[:touched.MOST_USERS]


def test_an_object_of_two_files_is_named_once(names):
    found = names("fs/h.h", "fs/a.c", "fs/a.c", users={"fs/h.h": ("fs/a.c",)})
    assert found == {"fs/a.c": "fs/a.o"}


@pytest.fixture
def built(series, out, monkeypatch, tmp_path):
    """``built(names, every)``: those of them that make lists; ``every`` is what it lists."""
    def go(names, *every):
        fake = counted({f"source of {n}": n for n in every})
        monkeypatch.setattr(listed, "listed", fake)
        sources = write(tmp_path / "src", OLD)
        found = touched.built(series(), sources, out, names)
        return found, list(fake.calls[0][0][4])
    return go


def test_only_what_make_lists_is_built(built):
    names = {"fs/a.c": "fs/a.o", "fs/b.c": "fs/b.o"}
    assert built(names, "fs/a.o", "fs/c.o")[0] == {"fs/a.c": "fs/a.o"}
    assert built(names)[0] == {}


def test_make_is_asked_for_the_folder_that_lists_an_object(built):
    names = {"fs/a.c": "fs/a.o", "fs/b.c": "fs/b.o", "top.c": "top.o",
             "virt/x.c": "arch/x86/kvm/../../../virt/x.o", "lib/y.c": "net/deep/../../lib/y.o"}
    found, folders = built(names, *names.values())
    assert found == names
    assert folders == ["fs", "", "arch/x86/kvm", "net/deep"]


def test_what_make_does_not_build_leaves_nothing(tmp_path):
    for name in ("fs/a.o", "fs/.a.o.cmd", "fs/b.o", "fs/.b.o.cmd", "virt/x.o", "virt/.x.o.cmd"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    objects.drop(tmp_path, ["fs/a.o", "fs/../virt/x.o", "fs/never.o"])
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()} == {
        "fs/b.o", "fs/.b.o.cmd"}


OLD_MAKE = "build-dir  = $(patsubst %/,%,$(dir $@))\n        target-dir = $(dir $@)\n"
NEW_MAKE = "build-dir\t:= .\n# target-dir is gone\n"


@pytest.mark.parametrize(("makefile", "found"), [
    (OLD_MAKE, {"fs/a.o": "fs", "fs/x/c.o": "fs", "arch/x86/kvm/../../../virt/x.o": "arch/x86/kvm",
                "fs/gone.o": ""}),
    (NEW_MAKE, {}), ("", {})])
def test_an_old_make_has_to_be_told_whose_makefile_lists_an_object(
        series, tmp_path, makefile, found):
    files = {**OLD, **KVM, "Makefile": makefile, "fs/Makefile": "obj-y += a.o x/c.o\n",
             "fs/x/c.c": "int c;\n", "fs/x/Makefile": "# included by fs/Makefile\n"}
    names = {"fs/a.c": "fs/a.o", "fs/x/c.c": "fs/x/c.o", "fs/gone.c": "fs/gone.o",
             "virt/x.c": "arch/x86/kvm/../../../virt/x.o"}
    sources = write(tmp_path / "src", files)
    assert touched.homes(series(files), sources, names) == found
