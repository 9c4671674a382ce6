# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects that the Makefile of another folder lists."""

import pytest

from harness.cover import elsewhere, gates
from harness.cover.elsewhere import object_of, ways

X86 = {"arch/x86/Kbuild": "obj-$(CONFIG_KVM) += kvm/",
       "arch/x86/kvm/Makefile": "obj-$(CONFIG_KVM) += kvm.o\n"
                                "kvm-$(CONFIG_PIO) += ../../../virt/kvm/x.o\n"}
SHARED = {"arch/x86/Kbuild": "obj-$(CONFIG_KVM) += kvm/",
          "arch/x86/kvm/Makefile": "include $(srctree)/virt/kvm/Makefile.kvm\n"
                                   "obj-$(CONFIG_KVM) += kvm.o\n",
          "virt/kvm/Makefile.kvm": "KVM ?= ../../../virt/kvm\nkvm-y := $(KVM)/x.o\n"}


def mentions_of(tree):
    """As the run has it: the Makefiles that have a word."""
    return lambda name: tuple(p for p, text in tree.items() if name in text)


def of(tree, path="virt/kvm/x.c", srcarch="x86"):
    """The ways as text, and what make calls the object."""
    found = ways(gates.Makefiles(tree.get), path, mentions_of(tree), srcarch)
    return ([" ".join(n if v else f"!{n}" for n, v in sorted(way)) for way in found],
            object_of(gates.Makefiles(tree.get), path, mentions_of(tree), srcarch)[0])


@pytest.mark.parametrize(("tree", "found"), [
    (X86, ["KVM PIO"]), (SHARED, ["KVM"]),
    ({"arch/x86/Makefile": "D = ../../virt\ncore-$(CONFIG_X) += $(D)/kvm/x.o"}, ["X"])])
def test_an_object_of_another_folder(tree, found):
    assert of(tree)[0] == found


def test_make_calls_an_object_as_the_makefile_does():
    assert of(X86)[1] == "arch/x86/kvm/../../../virt/kvm/x.o"
    assert of(SHARED)[1] == "arch/x86/kvm/../../../virt/kvm/x.o"
    assert of({"virt/kvm/Makefile": "obj-y += x.o"})[1] == "virt/kvm/x.o"
    assert of({"Makefile": "D = virt/kvm\ncore-y += $(D)/x.o"})[1] == "virt/kvm/x.o"


def test_its_own_folder_goes_before_any_other():
    tree = {**X86, "virt/kvm/Makefile": "obj-$(CONFIG_OWN) += x.o"}
    assert of(tree) == (["OWN"], "virt/kvm/x.o")


def test_one_that_is_in_no_makefile_waits_for_nothing_that_is_known():
    assert of({}) == ([], "")
    assert of({"arch/x86/kvm/Makefile": "# x.o\nCFLAGS_x.o := -O2\nobj-y += kvm.o"}) == ([], "")
    assert ways(gates.Makefiles({}.get), "virt/kvm/x.c",
                lambda _: ["gone/Makefile", "gone/Makefile.kvm"], "x86") == ()


@pytest.mark.parametrize("makefile", [
    "obj-y += ../../../virt/x.o", "obj-y += ../../../virt/kvm/xx.o", "obj-y += x.o",
    "obj-y += $(NOTHING)/x.o", "obj-y += $(A)/x.o\nA = ../../../virt/kvm ../kvm\nB =\n",
    "obj-y += $(A)/x.o\nA = $(B)/kvm\nB = ../../../virt"])
def test_other_objects_are_others(makefile):
    assert of({"arch/x86/kvm/Makefile": makefile})[0] == []


@pytest.mark.parametrize(("arch", "counts"), [
    ("x86", True), ("arm64", False), ("x86_64", False), ("x", False)])
def test_makefiles_of_other_architectures_do_not_count(arch, counts):
    tree = {p.replace("arch/x86/", f"arch/{arch}/"): text for p, text in X86.items()}
    found, name = of(tree)
    assert (bool(found), bool(name)) == (counts, counts)
    top = {f"arch/{arch}/Makefile": "core-$(CONFIG_X) += ../../virt/kvm/x.o"}
    assert bool(of(top)[0]) is counts


def test_all_folders_that_list_it_are_alternatives():
    tree = {**X86, "Makefile": "obj-y += z/", "z/Makefile": "obj-$(CONFIG_Z) += ../virt/kvm/x.o"}
    assert of(tree)[0] == ["Z", "KVM PIO"]


def test_few_folders_are_looked_into(monkeypatch):
    tree = {f"d{n:02}/Makefile": f"obj-$(CONFIG_X{n}) += ../virt/kvm/x.o" for n in range(20)}
    assert len(of(tree)[0]) == elsewhere.MOST
    monkeypatch.setattr(elsewhere, "MOST", 1)
    assert of(tree)[0] == ["X0"]


def test_makefiles_that_include_one_another_end(monkeypatch):
    monkeypatch.setattr(gates, "MOST_WORDS", 5000)
    tree = {"arch/x86/kvm/Makefile": "include $(srctree)/virt/kvm/Makefile.kvm\n",
            "virt/kvm/Makefile.kvm": "include $(srctree)/virt/kvm/Makefile.kvm\n"
                                     "include $(srctree)/arch/x86/kvm/Makefile\n"
                                     "kvm-y := $(kvm-y) ../../../virt/kvm/x.o\n"}
    assert of(tree)[0] == []


AMD = {"drivers/gpu/drm/amd/amdgpu/Makefile":
       "P := $(srctree)/$(src)/..\nQ = ../display\ninclude $(P)/display/Makefile\n"
       "amdgpu-y := $(FILES)\nobj-$(CONFIG_AMD) += amdgpu.o",
       "drivers/gpu/drm/amd/display/Makefile":
       "LIBS := dc\ninclude $(addsuffix /Makefile,$(addprefix $(P)/display/,$(LIBS)))",
       "drivers/gpu/drm/amd/display/dc/Makefile":
       "DC := x.o\nFILES += $(addprefix $(Q)/dc/,$(DC))"}


def test_a_folder_of_the_subsystem_may_build_it_by_way_of_makefiles_that_it_includes():
    assert of(AMD, "drivers/gpu/drm/amd/display/dc/x.c") == (
        ["AMD"], "drivers/gpu/drm/amd/amdgpu/../display/dc/x.o")


def test_folders_of_another_subsystem_are_not_looked_into():
    text = "include $(srctree)/a/Makefile\nobj-y += $(addsuffix .o,../../b/c/x)"
    assert of({"drivers/net/a/Makefile": text},
              "drivers/b/c/x.c") == ([], "")


def test_the_nearest_folders_come_first(monkeypatch):
    monkeypatch.setattr(elsewhere, "MOST", 1)
    far = {"a/b/Makefile": "obj-$(CONFIG_FAR) += ../../drivers/gpu/drm/amd/display/dc/x.o"}
    assert of({**far, **AMD}, "drivers/gpu/drm/amd/display/dc/x.c")[0] == []  # its own, first
    monkeypatch.setattr(elsewhere, "MOST", 3)
    assert of({**far, **AMD}, "drivers/gpu/drm/amd/display/dc/x.c")[0] == ["AMD"]


def test_make_calls_it_as_the_folder_does_that_builds_it():
    tree = {**X86, "virt/Makefile": "X := kvm/x.o\nY := ../virt/kvm/x.o"}
    assert of(tree)[1] == "arch/x86/kvm/../../../virt/kvm/x.o"


def test_the_folder_is_the_one_whose_makefile_lists_it():
    tree = {**X86, "fs/Makefile": "obj-y += x/a.o b.o\n"}
    known = gates.Makefiles(tree.get)
    assert object_of(known, "fs/x/a.c", mentions_of(tree), "x86") == ("fs/x/a.o", "fs")
    assert object_of(known, "fs/b.c", mentions_of(tree), "x86") == ("fs/b.o", "fs")
    assert object_of(known, "virt/kvm/x.c", mentions_of(tree), "x86")[1] == "arch/x86/kvm"
    assert object_of(known, "fs/c.c", mentions_of(tree), "x86") == ("", "")
