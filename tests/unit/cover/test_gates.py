# SPDX-License-Identifier: GPL-2.0-or-later
"""What an object waits for, by Makefiles as the kernel has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cover import gates as module
from harness.cover.gates import Makefiles, shortest


def gates(read, path):
    return Makefiles(read).gates(path)


def entered(read, folder):
    return Makefiles(read).entered(folder)



def of(path, **files):
    """The ways as text; ``fs_x`` is the Makefile of fs/x."""
    tree = {f"{folder.replace('_', '/')}/Makefile".removeprefix("top/"): text
            for folder, text in files.items()}
    return [" ".join(n if v else f"!{n}" for n, v in sorted(way))
            for way in gates(tree.get, path)]


@pytest.mark.parametrize(("makefile", "ways"), [
    ("obj-$(CONFIG_X) += a.o", ["X"]), ("obj-y += a.o b.o", [""]), ("obj-m := a.o", [""]),
    ("obj-${CONFIG_X} += a.o", ["X"]), ("lib-$(CONFIG_X) += a.o", ["X"]),
    ("obj-$(CONFIG_X) += x.o\nx-y := b.o \\\n\ta.o", ["X"]),
    ("obj-$(CONFIG_X) += x.o\nx-objs := a.o", ["X"]),
    ("obj-$(CONFIG_X) += x.o\nx-$(CONFIG_Y) += a.o", ["X Y"]),
    ("obj-$(CONFIG_X) += x.o\nx-objs-$(CONFIG_Y) += a.o", ["X Y"]),
    ("obj-$(CONFIG_X) += x.o\nx-$(subst m,y,$(CONFIG_Y)) += a.o", ["X Y"]),
    ("obj-$(CONFIG_X) += x.o\nx-$(CONFIG_Y:m=y) += a.o", ["X Y"]),
    ("obj-$(subst m,y,$(CONFIG_X)) += a.o", ["X"]),
    ("obj-$(subst y,$(CONFIG_X),$(CONFIG_Y)) += a.o", ["X Y"]),
    ("obj-$(subst y,$(CONFIG_X),$(CONFIG_Y)) += x.o\nx-y := a.o", ["X Y"]),
    ("obj-$(CONFIG_X) += x.o\nx-y := $(parts)\nparts = a.o", ["X"]),
    ("obj-$(CONFIG_X) += x.o\nx-y := $(part-y)\npart-$(CONFIG_Y) := a.o", ["X Y"]),
    ("obj-$(CONFIG_X) += a.o\nobj-$(CONFIG_Y) += a.o", ["X", "Y"]),
    ("obj-y += a_$(BITS).o", []), ("# obj-y += a.o", []), ("CFLAGS_a.o := -O2", []),
    ("obj-$(CONFIG_X) += aa.o", []), ("", []),
    ("ifdef CONFIG_Y\nobj-$(CONFIG_X) += a.o\nendif", ["X Y"]),
    ("ifndef CONFIG_Y\nobj-y += a.o\nendif", ["!Y"]),
    ("ifeq ($(CONFIG_Y),y)\nobj-y += a.o\nelse\nobj-y += b.o\nendif", ["Y"]),
    ("ifeq ($(CONFIG_Y),y)\nobj-y += b.o\nelse\nobj-y += a.o\nendif", ["!Y"]),
    ("ifeq ($(CONFIG_Y),)\nobj-y += a.o\nendif", ["!Y"]),
    ("ifneq ($(CONFIG_Y),)\nobj-y += a.o\nendif", ["Y"]),
    ("ifneq ($(CONFIG_Y)$(CONFIG_Z),)\nobj-y += b.o\nelse\nobj-y += a.o\nendif", [""]),
    ("ifdef CONFIG_Y\nobj-y += b.o\nelse ifdef CONFIG_Z\nobj-y += a.o\nendif", ["!Y Z"]),
    ("ifdef CONFIG_Y\nendif\nobj-y += a.o", [""]), ("endif\nelse\nobj-y += a.o", [""]),
    ("ifdef CONFIG_Y\nobj-y += x.o\nendif\nifndef CONFIG_Y\nx-y := a.o\nendif", []),
])
def test_a_makefile(makefile, ways):
    assert of("fs/a.c", fs=makefile) == ways


def test_the_bits_of_a_name_are_those_of_the_kernel():
    assert of("fs/a_64.c", fs="obj-$(CONFIG_X) += a_$(BITS).o") == ["64BIT X"]
    assert of("fs/a_32.c", fs="obj-$(CONFIG_X) += a_$(BITS).o") == ["!64BIT X"]


def test_assembler_has_objects_too():
    assert of("fs/a.S", fs="obj-$(CONFIG_X) += a.o") == ["X"]


def test_every_folder_above_has_its_say():
    assert of("fs/x/y/a.c", fs="obj-$(CONFIG_X) += x/", fs_x="obj-$(CONFIG_Y) += y/",
              fs_x_y="obj-$(CONFIG_Z) += a.o") == ["X Y Z"]


def test_a_folder_may_be_named_from_further_up():
    assert of("drivers/net/x/a.c", drivers="obj-$(CONFIG_X) += net/x/",
              drivers_net_x="obj-y += a.o") == ["X"]
    assert of("drivers/x/a.c", drivers="obj-$(CONFIG_X) += x/a.o") == ["X"]


def test_what_contradicts_itself_is_no_way():
    assert of("fs/x/a.c", fs="ifndef CONFIG_Y\nobj-$(CONFIG_X) += x/\nendif",
              fs_x="obj-$(CONFIG_Y) += a.o") == []


def test_a_makefile_may_include_others_in_the_folder_that_make_is_in():
    tree = {"gpu/Kbuild": "include $(src)/core/Kbuild\nobj-$(CONFIG_X) += x.o\nx-y += $(core-y)",
            "gpu/core/Kbuild": "include $(src)/core/deep/Kbuild\n",
            "gpu/core/deep/Kbuild": "core-$(CONFIG_Y) += core/deep/a.o\n"}
    assert gates(tree.get, "gpu/core/deep/a.c") == (frozenset({("X", True), ("Y", True)}),)
    tree["gpu/Kbuild"] = tree["gpu/Kbuild"].replace("$(src)", "$(srctree)/gpu")
    tree["gpu/core/Kbuild"] = "include $(srctree)/gpu/core/deep/Kbuild\n"
    assert len(gates(tree.get, "gpu/core/deep/a.c")) == 1


def test_names_with_a_prefix():
    assert of("fs/x/lib/a.c", fs="obj-$(CONFIG_X) += x/",
              fs_x="obj-$(CONFIG_X) += x.o\nx-y += $(addprefix lib/, b.o \\\n a.o)") == ["X"]


def test_kbuild_goes_before_makefile():
    tree = {"fs/Kbuild": "obj-$(CONFIG_X) += a.o", "fs/Makefile": "obj-$(CONFIG_Y) += a.o"}
    assert gates(tree.get, "fs/a.c") == (frozenset({("X", True)}),)


@pytest.mark.parametrize("makefile", [
    "include fs/Makefile\nobj-$(CONFIG_X) += b.o", "x-y += y.o\ny-y += x.o a.o",
    "x-y := $(x-y) a.o", "obj-y += " + "b.o " * 100_000,
    "".join(f"obj-$(CONFIG_X{n}) += z{n}.o\nz{n}-y += a.o\n" for n in range(300)),
    "".join(f"z{n}-y += z{n + 1}.o\n" for n in range(300)) + "z300-y += a.o\nobj-y += z0.o",
    f"{'$(' * 100_000} += a.o", f"obj-y += $(addprefix{' ' * 200_000}", f"{'-' * 200_000} = a.o",
    f"{'a' * 200_000} a.o", f"ifeq {'(' * 200_000}", f"include {'$(src)/' * 100_000}",
    f"{'${' * 100_000} = a.o", f"{'$(subst m,y,' * 50_000} = a.o", " " * 500_000])
def test_what_goes_round_or_on_for_long_ends(makefile):
    assert len(of("fs/a.c", fs=makefile)) <= 16


@pytest.mark.parametrize("makefile", [
    "include fs/Makefile\n" * 9 + "obj-y += x.o\nx-y += $(x-y) a.o",
    "".join(f"z{n}-y += a.o {' '.join(f'z{m}.o' for m in range(20))}\n" for n in range(20))])
def test_what_branches_without_end_ends(makefile, monkeypatch):
    monkeypatch.setattr(module, "MOST_WORDS", 20_000)
    monkeypatch.setattr(module, "MOST_FILES", 40)
    assert set(of("fs/a.c", fs=makefile)) <= {""}


def test_the_words_of_a_kernels_makefiles_are_looked_through():
    lists = "".join(f"obj-$(CONFIG_X{n}) += x{n}.o\nx{n}-y += y{n}.o\ny{n}-y += z{n}.o\n"
                    for n in range(3000))
    assert of("fs/z2999.c", fs=lists) == ["X2999"]


WORDS = st.lists(st.sampled_from([
    "obj-y", "obj-$(CONFIG_X)", "+=", ":=", "a.o", "x.o", "x-y", "x/", "\n", "\\\n", "ifdef",
    "CONFIG_X", "endif", "else", "ifeq", "($(CONFIG_Y),", ")", "include", "$(src)/Makefile",
    "$(addprefix", "x,", "$(x-y)", "#", "${CONFIG_Z}"]), max_size=40).map(" ".join)


@given(WORDS, WORDS)
def test_any_text_is_read_and_no_way_contradicts_itself(one, two):
    tree = {"fs/Makefile": one, "fs/x/Makefile": two}
    for way in gates(tree.get, "fs/x/a.c"):
        assert not any((n, not v) in way for n, v in way)


def text_of(ways):
    return [" ".join(n if v else f"!{n}" for n, v in sorted(way)) for way in ways]


@pytest.mark.parametrize(("folder", "ways"), [
    ("", [""]), ("fs", [""]), ("arch/x86", [""]), ("fs/x", ["X"]), ("fs/x/y", ["X Y", "X Z"]),
    ("fs/far/off", ["F"]), ("arch/x86/kvm", ["K"]), ("arch/x86/net", ["!K"]),
    ("fs/never", []), ("nowhere", [""]), ("fs/unknown", [""]), ("fs/x/unknown", [""]),
])
def test_what_make_enters_a_folder_for(folder, ways):
    tree = {"fs/Makefile": "obj-$(CONFIG_X) += x/\nobj-$(CONFIG_F) += far/off/\n"
                           "ifndef CONFIG_N\nobj-$(CONFIG_N) += n/\nendif\n"
                           "ifdef CONFIG_N\nobj-y += bad/\nendif\n"
                           "ifndef CONFIG_A\nobj-y += never/\nendif\n",
            "fs/x/Makefile": "obj-$(CONFIG_Y) += y/\nobj-$(CONFIG_Z) += y/\n",
            "arch/x86/Kbuild": "obj-$(CONFIG_K) += kvm/\nifndef CONFIG_K\nobj-y += net/\nendif\n"}
    if folder == "fs/never":
        tree = {"fs/Makefile": "ifndef CONFIG_N\nobj-$(CONFIG_Y) += a/\nendif\n",
                "fs/a/Makefile": "obj-$(CONFIG_N) += never/\n"}
        folder = "fs/a/never"
    assert text_of(entered(tree.get, folder)) == ways


def test_subdirectories_are_entered_by_their_name_too():
    assert text_of(entered({"fs/Makefile": "subdir-$(CONFIG_X) += x"}.get, "fs/x")) == ["X"]


def test_a_whole_way_has_the_folders_above_in_it():
    tree = {"fs/Makefile": "obj-$(CONFIG_X) += x/\n",
            "fs/x/Makefile": "obj-$(CONFIG_Y) += ../../mm/a.o\nobj-$(CONFIG_Z) += $(D)/a.o\n"
                             "ifdef CONFIG_Y\nobj-$(CONFIG_Y) += b.o\nendif\n"}
    known = Makefiles(tree.get)
    assert text_of(known.whole("fs/x", "../../mm/a.o")) == ["X Y"]
    assert text_of(known.whole("fs/x", "$(D)/a.o")) == ["X Z"], "as the Makefile has it"
    assert text_of(known.whole("fs/x", "b.o")) == ["X Y"]
    assert known.whole("fs/x", "none.o") == set()
    assert known.whole("none", "a.o") == set()


def test_a_whole_way_that_contradicts_itself_is_none():
    tree = {"fs/Makefile": "ifndef CONFIG_Y\nobj-y += x/\nendif\n",
            "fs/x/Makefile": "obj-$(CONFIG_Y) += a.o\nobj-$(CONFIG_Z) += a.o\n"}
    assert text_of(Makefiles(tree.get).whole("fs/x", "a.o")) == ["!Y Z"]


def test_few_ways_are_whole():
    many = "".join(f"obj-$(CONFIG_{{}}{n}) += {{}}\n" for n in range(20))
    tree = {"fs/Makefile": many.replace("{}", "X", 1) and many.format(*["X", "x/"] * 20),
            "fs/x/Makefile": many.format(*["Y", "a.o"] * 20)}
    assert len(Makefiles(tree.get).whole("fs/x", "a.o")) == 16


def test_each_makefile_is_read_once():
    tree = {"fs/Makefile": "obj-$(CONFIG_X) += x/\n", "fs/x/Makefile": "obj-y += a.o b.o\n"}
    asked = []

    def read(path):
        asked.append(path)
        return tree.get(path)

    known = Makefiles(read)
    assert [known.whole("fs/x", name) for name in ("a.o", "b.o")] == [
        {frozenset({("X", True)})}] * 2
    before = len(asked)
    assert text_of(known.whole("fs/x", "b.o")) == ["X"]
    assert len(asked) == before


def test_so_many_makefiles_are_read_and_no_more(monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    tree = {"fs/Makefile": "obj-y += x/\n", "fs/x/Makefile": "obj-$(CONFIG_X) += a.o\n"}
    known = Makefiles(tree.get)
    assert len(known.whole("fs/x", "a.o")) == 1
    assert known.rows("mm") == ()
    assert set(known.known) == {"fs/x", "fs"}


def test_folders_as_deep_as_a_path_can_be():
    deep = [f"fs{'/x' * n}" for n in range(900)]
    tree = {f"{folder}/Makefile": "obj-y += x/ a.o\n" for folder in deep}
    assert entered(tree.get, deep[-1]) == (frozenset(),)
    assert gates(tree.get, f"{deep[-1]}/a.c") == (frozenset(),)


def test_the_shortest_way_comes_first_and_the_order_is_always_the_same():
    one, two = frozenset({("B", True)}), frozenset({("A", True), ("B", False)})
    three = frozenset({("A", True)})
    assert shortest({one, two, three}) == shortest([two, one, three]) == (three, one, two)
    assert shortest([]) == ()
    assert shortest([frozenset(), one]) == (frozenset(), one)


@pytest.mark.parametrize("path", ["/a.c", "//x/a.c", "/", "../a.c", "a", ""])
def test_what_is_no_path_of_the_tree_has_no_ways(path):
    assert gates({"Makefile": "obj-y += b.o"}.get, path) == ()


ARM = {"arch/arm/Makefile": "machine-$(CONFIG_ARCH_B) += b\nlibs-y += arch/arm/lib/\n"
                            "core-y += $(patsubst %,arch/arm/mach-%/,$(machine-y))\n"
                            "drivers-$(CONFIG_EMU) += arch/arm/emu/\n",
       "arch/arm/mach-b/Makefile": "obj-$(CONFIG_X) += a.o\n",
       "arch/arm/emu/Makefile": "obj-y := a.o",
       "arch/arm/lib/Makefile": "lib-$(CONFIG_X) += a.o\n"}


@pytest.mark.parametrize("kbuild", [{}, {"arch/arm/Kbuild": "obj-$(CONFIG_K) += kernel/\n"}])
@pytest.mark.parametrize(("path", "way"), [
    ("arch/arm/mach-b/a.c", {("ARCH_B", True), ("X", True)}),
    ("arch/arm/emu/a.c", {("EMU", True)}), ("arch/arm/lib/a.c", {("X", True)})])
def test_an_architectures_makefile_names_whole_paths(kbuild, path, way):
    assert gates({**ARM, **kbuild}.get, path) == (frozenset(way),)
