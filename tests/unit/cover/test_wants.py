# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed files, and changed lines of them, wait for."""

import pytest

from harness.cover import wants as module
from harness.cover.gates import Makefiles
from harness.cover.wants import Trees, Users, Want, wants
from harness.evidence import Changed

MAKEFILES = {"fs/Makefile": "obj-$(CONFIG_X) += x/\n",
             "fs/x/Makefile": "obj-$(CONFIG_A) += a.o\nobj-y += b.o\nobj-$(CONFIG_S) += s.o\n"}


def text_of(want):
    """``path lines: ways`` or the reason."""
    ways = " | ".join(" ".join(n if on else f"!{n}" for n, on in sorted(way)) or "-"
                      for way in want.ways)
    return f"{want.path} {','.join(map(str, want.lines))}: {ways or want.reason}"


def of(*files, config=None, users=None, tree=None, old=None, mentions=()):
    """The wants of changed files as text; each is a path, its lines, and more of ``Changed``."""
    new = {**MAKEFILES, **(tree or {})}
    trees = Trees(Makefiles((old or new).get), Makefiles(new.get),
                  lambda path: (users or {}).get(path, Users()), lambda name: mentions, "x86")
    return [text_of(w) for w in wants(files, trees, config or {})]


def changed(path, after="", come=(), before="", gone=()):
    return Changed(path, before, after, tuple(gone), tuple(come))


@pytest.mark.parametrize(("path", "want"), [
    ("fs/x/a.c", "fs/x/a.c : A X"), ("fs/x/s.S", "fs/x/s.S : S X"), ("fs/x/b.rs", "fs/x/b.rs : X"),
    ("fs/x/none.c", "fs/x/none.c : no Makefile mentions it"),
    ("mm/a.c", "mm/a.c : no Makefile mentions it"),
    ("include/linux/x.h", "include/linux/x.h : no file that this architecture builds includes it"),
    ("include/uapi/linux/x.h",
     "include/uapi/linux/x.h : no file that this architecture builds includes it"),
])
def test_a_file_waits_for_what_builds_it(path, want):
    assert of(changed(path)) == [want]


@pytest.mark.parametrize("path", [
    "Documentation/x.rst", "fs/Kconfig", "MAINTAINERS", "fs/x/table.txt", "fs/x/vmlinux.lds"])
def test_what_no_compiler_sees_waits_for_nothing(path):
    assert of(changed(path, "#ifdef CONFIG_A\na\n#endif\n", (2,))) == []


def test_a_file_of_another_folders_makefile():
    tree = {"arch/x86/kvm/Makefile": "obj-$(CONFIG_KVM) += ../../../virt/kvm/v.o\n"}
    assert of(changed("virt/kvm/v.c"), tree=tree, mentions=["arch/x86/kvm/Makefile"]) == [
        "virt/kvm/v.c : KVM"]


def test_a_file_that_goes_is_built_as_the_old_makefiles_say():
    old = {"fs/Makefile": "obj-$(CONFIG_OLD) += gone.o\n"}
    gone = Changed("fs/gone.c", "#ifdef CONFIG_A\na\n#endif\n", None, (1, 2, 3), ())
    assert of(gone, old=old) == ["fs/gone.c : OLD", "fs/gone.c -1,-2: A OLD"]
    assert of(changed("fs/gone.c"), old=old) == ["fs/gone.c : no Makefile mentions it"]


REGION = "#ifdef CONFIG_R\na\n#else\nb\n#endif\n"


def test_lines_wait_for_their_file_and_their_region():
    assert of(changed("fs/x/a.c", REGION, (2, 4, 5))) == [
        "fs/x/a.c : A X", "fs/x/a.c 2: A R X", "fs/x/a.c 4: A !R X"]
    assert of(changed("fs/x/a.c", REGION, (5, 99))) == ["fs/x/a.c : A X"]


def test_lines_that_go_are_negative_and_come_last():
    assert of(changed("fs/x/a.c", REGION, (4,), f"int x;\n{REGION}", (3,))) == [
        "fs/x/a.c : A X", "fs/x/a.c 4: A !R X", "fs/x/a.c -3: A R X"]


def test_a_region_of_two_symbols_wants_both():
    text = "#if defined(CONFIG_R) && defined(CONFIG_Q)\na\n#endif\n"
    assert of(changed("fs/x/b.c", text, (2,)))[1] == "fs/x/b.c 2: Q R X"


def test_alternatives_of_a_region_are_told_and_those_that_contradict_the_file_left_out():
    text = "#if defined(CONFIG_R) || !defined(CONFIG_A)\na\n#endif\n"
    assert of(changed("fs/x/a.c", text, (2,)), config={"CONFIG_A": "y"}) == [
        "fs/x/a.c : A X", "fs/x/a.c 2: A R X"]
    assert of(changed("fs/x/b.c", text.replace("!", ""), (2,)))[1] in {
        "fs/x/b.c 2: A X | R X", "fs/x/b.c 2: R X | A X"}


@pytest.mark.parametrize(("text", "reason"), [
    ("#if 0 /* CONFIG_R */\na\n#endif\n", "no setting gives #if 0 /* CONFIG_R */"),
    ("#ifndef CONFIG_A\na\n#endif\n", "no setting gives #ifndef CONFIG_A"),
    ("#ifdef CONFIG_R\n#ifndef CONFIG_R\na\n#endif\n#endif\n",
     "no setting gives #ifdef CONFIG_R and #ifndef CONFIG_R")])
def test_a_region_that_nothing_gives_says_so(text, reason):
    lines = [text.split("\n").index("a") + 1]
    assert of(changed("fs/x/a.c", text, lines))[1:] == [f"fs/x/a.c {lines[0]}: {reason}"]


def test_a_reason_is_a_short_line_without_anything_hidden_in_it():
    text = f"#if 0 && CONFIG_R > 9 /* \x1b[1m{'x' * 9999}\n */\na\n#endif\n"
    (_, want) = of(changed("fs/x/a.c", text, (3,)))
    assert "\\x1b[1mxxx" in want
    assert len(want) < 330


def test_assembler_has_branches_of_its_own():
    text = "#ifdef __ASSEMBLY__\n#ifdef CONFIG_R\na\n#endif\n#endif\n"
    assert of(changed("fs/x/s.S", text, (3,)))[1] == "fs/x/s.S 3: R S X"
    assert "no setting" in of(changed("fs/x/a.c", text, (3,)))[1]


def test_what_is_in_no_makefile_has_no_regions():
    assert len(of(changed("mm/a.c", REGION, (2,)))) == 1


def test_a_header_waits_for_any_of_those_that_include_it():
    users = {"fs/x/h.h": Users(("fs/x/a.c", "fs/x/b.c", "fs/x/k.h", "mm/none.c"))}
    assert of(changed("fs/x/h.h", REGION, (2,)), users=users) == [
        "fs/x/h.h : X | A X", "fs/x/h.h 2: R X | A R X"]
    (want, _) = wants([changed("fs/x/h.h", REGION, (2,))], Trees(
        Makefiles(MAKEFILES.get), Makefiles(MAKEFILES.get), users.get, lambda _: (), "x86"), {})
    assert want.sources == users["fs/x/h.h"].sources


def test_a_header_that_is_compiled_waits_for_its_regions_alone():
    users = {"fs/x/h.h": Users(("fs/x/a.c",), compiled=True)}
    assert of(changed("fs/x/h.h", REGION, (2,)), users=users) == [
        "fs/x/h.h : -", "fs/x/h.h 2: R"]


def test_a_source_that_others_include_waits_for_them():
    users = {"fs/x/part.c": Users(("fs/x/a.c",))}
    assert of(changed("fs/x/part.c", "int a;\n"), users=users) == ["fs/x/part.c : A X"]


def test_few_of_those_that_include_a_header_are_tried():
    many = tuple(f"fs/u{n:02}.c" for n in range(30))
    tree = {"fs/Makefile": "".join(f"obj-$(CONFIG_U{n:02}) += u{n:02}.o\n" for n in range(30))}
    known = Makefiles(tree.get)
    trees = Trees(known, known, lambda _: Users(many), lambda _: (), "x86")
    (want,) = wants([changed("fs/h.h")], trees, {})
    assert len(want.sources) == len(want.ways) == module.MOST_USERS


@pytest.mark.parametrize(("after", "come", "found"), [
    ("obj-$(CONFIG_A) += a.o\nobj-y += b.o\n", (1,), ["A X"]),
    ("obj-$(CONFIG_A) += a.o\nobj-y += b.o\n", (1, 2), ["A X", "X"]),
    ("obj-$(CONFIG_A) += \\\n  a.o b.o\n", (2,), ["A X", "A X"]),
    ("obj-$(CONFIG_A) += a.o\nccflags-y += -O2\n", (2,), ["X"]),
    ("# obj-y += a.o\n", (1,), ["X"]), ("obj-y += a.o # b.o\n", (1,), ["X"]),
    ("obj-$(CONFIG_A) += a.o\n", (), ["X"]), ("obj-$(CONFIG_A) += a.o\n", (9,), ["X"]),
    ("obj-y += b.o\f\n#\u2028\nobj-$(CONFIG_A) += a.o\n", (3,), ["A X"]),
    ("CFLAGS_a.o := -O2\n", (1,), ["X"]), ("\n", (1,), ["X"]),
    ("obj-$(CONFIG_A) += a.o\nCFLAGS_REMOVE_a.o = -pg\n", (1, 2), ["A X"]),
])
def test_a_makefile_waits_for_the_objects_of_its_changed_lines(after, come, found):
    tree = {"fs/x/Makefile": after}
    assert of(changed("fs/x/Makefile", after, come), tree=tree) == [
        f"fs/x/Makefile : {way}" for way in found]


def test_a_makefile_that_goes_waits_for_its_folder():
    old = {**MAKEFILES, "fs/Makefile": "obj-$(CONFIG_OLD) += x/\n"}
    gone = Changed("fs/x/Makefile", "obj-y += a.o\n", None, (1,), ())
    assert of(gone, old=old) == ["fs/x/Makefile : OLD"]


def test_the_top_makefile_is_always_read():
    assert of(changed("Makefile", "VERSION = 6\n", (1,))) == ["Makefile : -"]


def test_a_series_has_so_many_wants_and_no_more(monkeypatch):
    monkeypatch.setattr(module, "MOST_WANTS", 3)
    text = "".join(f"#ifdef CONFIG_R{n}\na\n#endif\n" for n in range(9))
    assert len(of(changed("fs/x/a.c", text, range(1, 28)), changed("fs/x/b.c"))) == 3
    assert of() == []


def test_ways_are_few_too():
    tree = {"fs/x/Makefile": "".join(f"obj-$(CONFIG_A{n}) += a.o\n" for n in range(9))}
    text = "#if defined(CONFIG_Q) || defined(CONFIG_R) || defined(CONFIG_S)\na\n#endif\n"
    (_, want) = of(changed("fs/x/a.c", text, (2,)), tree=tree)
    assert want.count("|") == module.MOST_WAYS - 1


@pytest.mark.parametrize(("ways", "config", "is_met"), [
    ([{("A", True)}], {"CONFIG_A": "y"}, True), ([{("A", True)}], {"CONFIG_A": "m"}, True),
    ([{("A", True)}], {"CONFIG_A": "4"}, True), ([{("A", True)}], {}, False),
    ([{("A", True)}], {"CONFIG_A": "n"}, False), ([{("A", True)}], {"CONFIG_A": ""}, False),
    ([{("A", False)}], {}, True), ([{("A", False)}], {"CONFIG_A": "y"}, False),
    ([{("A", True), ("B", False)}], {"CONFIG_A": "y"}, True),
    ([{("A", True), ("B", True)}], {"CONFIG_A": "y"}, False),
    ([{("A", True)}, {("B", True)}], {"CONFIG_B": "y"}, True), ([set()], {}, True),
    ([], {"CONFIG_A": "y"}, False)])
def test_whether_a_configuration_has_it_already(ways, config, is_met):
    assert Want("a.c", (), tuple(map(frozenset, ways))).met(config) is is_met


@pytest.mark.parametrize("line", ["targets := $(obj)/b.o", "obj-y += ../x/b.o", "x: $(obj)/b.o"])
def test_objects_of_a_makefile_may_have_a_folder(line):
    text = f"{line}\nobj-$(CONFIG_B) += b.o\n"
    assert of(changed("fs/x/Makefile", text, (1,)), tree={"fs/x/Makefile": text})[0].endswith(
        ("B X", "X"))


@pytest.mark.parametrize("line", ["x := /b.o", "obj-y += $(D)/b.o", "obj-y += $(obj)-b.o"])
def test_what_only_make_can_place_waits_for_its_folder(line):
    assert of(changed("fs/x/Makefile", f"{line}\n", (1,)), tree={"fs/x/Makefile": line}) == [
        "fs/x/Makefile : X"]


GATED = '#ifdef CONFIG_T\n# include "t.c"\n#endif\n'


@pytest.mark.parametrize(("text", "found"), [
    (GATED, "A T X"), ('#include "t.c"\n', "A X"), (GATED + '#include "t.c"\n', "A X"),
    ('#include "u.h"\n', "A X"), ("", "A X"),
    ('#ifdef CONFIG_T\n#else\n#include "t.c"\n#endif\n', "A !T X")])
def test_a_source_that_others_include_waits_for_their_directive(text, found):
    assert of(changed("fs/x/t.c"), tree={"fs/x/a.c": text},
              users={"fs/x/t.c": Users(("fs/x/a.c",))}) == [f"fs/x/t.c : {found}"]


def test_a_header_waits_for_the_directive_of_whoever_includes_it():
    text = "#ifdef CONFIG_T\n#include <linux/h.h>\n#endif\n"
    assert of(changed("include/linux/h.h"), tree={"fs/x/a.c": text}, users={
        "include/linux/h.h": Users(("fs/x/a.c",))}) == ["include/linux/h.h : A T X"]


@pytest.mark.parametrize(("carrier", "ways"), [
    ("#ifdef CONFIG_T\n#include <linux/h.h>\n#endif\n", "A T X"),
    ("#include <linux/h.h>\n", "A X"), ("int a;\n", "A X")])
def test_a_header_waits_for_the_directive_of_the_header_that_brings_it(carrier, ways):
    users = {"include/linux/h.h": Users(("fs/x/a.c",), carriers=("include/linux/c.h",))}
    tree = {"fs/x/a.c": "#include <linux/c.h>\n", "include/linux/c.h": carrier}
    assert of(changed("include/linux/h.h"), tree=tree, users=users) == [
        f"include/linux/h.h : {ways}"]
    tree["fs/x/a.c"] = "#include <linux/h.h>\n"
    assert of(changed("include/linux/h.h"), tree=tree, users=users) == ["include/linux/h.h : A X"]


def test_lines_wait_for_the_source_that_defines_what_they_ask_for():
    part = "#ifdef BUILD_B\nint a;\n#endif\nint c;\n"
    tree = {"fs/x/a.c": '#include "part.c"\n',
            "fs/x/b.c": '#define BUILD_B\n#include "part.c"\n'}
    users = {"fs/x/part.c": Users(("fs/x/a.c", "fs/x/b.c"))}
    assert of(changed("fs/x/part.c", part, (2,)), tree=tree, users=users)[1:] == [
        "fs/x/part.c 2: X"]
    assert of(changed("fs/x/part.c", part, (4,)), tree=tree, users=users)[1:] == []
