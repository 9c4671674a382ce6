# SPDX-License-Identifier: GPL-2.0-or-later
"""What a build left behind says of the files that a series touches."""

import os

import pytest

from harness.build import compiled
from harness.build.codecheck import BuildSide
from harness.build.compiled import changes, look
from harness.evidence import BuiltFile, Changed
from harness.model import Applied, Sources

CONFIG = "# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_B=y\n# CONFIG_A is not set\n"


@pytest.fixture
def builds(tmp_path):
    """Two builds of the same three objects; ``write(side, name, made_of, content)`` adds one."""
    for side in ("before", "after"):
        (tmp_path / side / "src").mkdir(parents=True)
        (tmp_path / side / "out").mkdir()
        (tmp_path / side / "out" / ".config").write_text(CONFIG)

    def write(name, *made_of, content=(b"x", b"x")):
        for side, data in zip(("before", "after"), content, strict=True):
            path = tmp_path / side / "out" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.with_name(f".{path.name}.cmd").write_text(
                f"cmd_{name} := gcc -c {made_of[0]}\n\ndeps_{name} := \\\n"
                + "".join(f"  {m} \\\n" for m in made_of))
    write.sides = tuple(BuildSide(Sources(tmp_path / s / "src"), tmp_path / s / "out")
                        for s in ("before", "after"))
    return write


def asked(builds, path, before="a\n", after="b\n", lines=((1,), (1,))):
    (row,) = look([Changed(path, before, after, *lines)], *builds.sides, ("/src/",))
    return row


def test_a_file_and_all_the_objects_that_it_is_in(builds):
    builds("kernel/a.o", "/src/kernel/a.c", "/src/include/linux/h.h")
    builds("kernel/b.o", "/src/kernel/b.c", "/src/include/linux/h.h")
    assert asked(builds, "kernel/a.c").objects == 1
    assert asked(builds, "include/linux/h.h").objects == 2
    assert asked(builds, "linux/h.h").objects == 0, "another file of that name"
    assert asked(builds, "kernel/c.c").objects == 0


def test_a_path_with_dots_is_the_same_file(builds):
    builds("virt/kvm/x.o", "/src/arch/x86/kvm/../../../virt/kvm/x.c")
    assert asked(builds, "virt/kvm/x.c").objects == 1


def test_the_same_objects_only_when_all_of_them_are(builds):
    builds("a.o", "/src/a.c", "/src/h.h")
    assert asked(builds, "a.c").same
    assert asked(builds, "h.h").same
    builds("b.o", "/src/b.c", "/src/h.h", content=(b"x", b"y"))
    assert not asked(builds, "h.h").same


def test_lines_that_are_left_out_are_no_same_object(builds):
    builds("a.o", "/src/a.c")
    text = "#ifdef CONFIG_A\nx\n#endif\ny\n"
    row = asked(builds, "a.c", "#ifdef CONFIG_A\n#endif\ny\n", text, ((), (2,)))
    assert (row.off, row.same) == (((2, "#ifdef CONFIG_A"),), False)
    gone = asked(builds, "a.c", text, "#ifdef CONFIG_A\n#endif\ny\n", ((2,), ()))
    assert gone.off == ((-2, "#ifdef CONFIG_A"),), "nor is what was taken out of there"
    on = text.replace("CONFIG_A", "CONFIG_B")
    assert asked(builds, "a.c", "", on, ((), (2,))).off == ()


def test_lines_that_nobody_can_judge_are_no_proof_either(builds):
    builds("a.o", "/src/a.c")
    row = asked(builds, "a.c", "", "#ifdef DEBUG\nx\n#endif\n", ((), (2,)))
    assert (row.off, row.same) == ((), False)


def test_a_file_that_goes_was_compiled_on_the_base(builds):
    builds("a.o", "/src/a.c")
    assert asked(builds, "a.c", after=None).objects == 1
    assert asked(builds, "b.c", after=None).objects == 0


def test_kconfig_and_makefiles(builds):
    out = builds.sides[1].out
    assert asked(builds, "fs/Kconfig").objects == 0
    (out / "include/config").mkdir(parents=True)
    (out / "include/config/auto.conf.cmd").write_text(
        "deps := \\\n\t/src/fs/Kconfig \\\n\tKconfig\n")
    assert asked(builds, "fs/Kconfig").objects == 1
    assert asked(builds, "s/Kconfig").objects == 0
    builds("fs/a.o", "/src/fs/a.c")
    assert asked(builds, "fs/Makefile").objects == 1
    assert asked(builds, "fs/x/Makefile").objects == 0


def test_links_that_a_build_made_are_not_followed(builds, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("/src/a.c")
    out = builds.sides[1].out
    (out / "a.o").write_bytes(b"x")
    (out / ".a.o.cmd").symlink_to(secret)
    assert asked(builds, "a.c").objects == 0


def test_an_object_that_make_did_not_make_anew_is_no_part_of_the_kernel(builds):
    """The base's objects are copied: one that no Makefile names any more stays where it was."""
    builds("a.o", "/src/a.c")
    old, new = (side.out / "a.o" for side in builds.sides)
    os.utime(new, ns=(0, old.stat().st_mtime_ns))
    assert asked(builds, "a.c").objects == 0


def test_code_that_asks_for_a_symbol_at_run_time_is_no_same_object(builds):
    builds("a.o", "/src/a.c")
    text = "if (IS_ENABLED(CONFIG_A))\n\tx();\n"
    assert not asked(builds, "a.c", "", text, ((), (2,))).same


def test_a_difference_without_lines_proves_nothing(builds):
    builds("a.o", "/src/a.c")
    assert not asked(builds, "a.c", lines=((), ())).same


def test_a_list_of_blank_lines_costs_nothing(builds):
    folder = builds.sides[1].sources.root / "x"
    folder.mkdir(parents=True)
    (folder / "Makefile").write_text("\n" * 150_000)


def test_linker_scripts_are_code(builds):
    builds("arch/x86/kernel/vmlinux.lds", "/src/arch/x86/kernel/vmlinux.lds.S",
           "/src/include/asm-generic/vmlinux.lds.h")
    assert asked(builds, "include/asm-generic/vmlinux.lds.h").objects == 1
    assert asked(builds, "arch/x86/kernel/vmlinux.lds.S").objects == 1


def test_each_file_that_differs_with_its_texts_and_lines(git):
    tree = git.tree({"a.c": "1\n2\n3\n", "gone.c": "x\n", "same.c": "y\n", "b.c": b"\xff\n"})
    head = git.commit({"a.c": "1\nnew\n3\n4\n", "new.c": "z\n", "same.c": "y\n", "b.c": "b\n"})
    found = {c.path: c for c in changes(Applied(tree, tree.commit, ("0" * 40, head)))}
    assert sorted(found) == ["a.c", "b.c", "gone.c", "new.c"]
    assert found["a.c"] == Changed("a.c", "1\n2\n3\n", "1\nnew\n3\n4\n", (2,), (2, 4))
    assert found["gone.c"] == Changed("gone.c", "x\n", None, (1,), ())
    assert found["new.c"] == Changed("new.c", None, "z\n", (), (1,))
    assert found["b.c"].before is not None, "bytes that are no text are a text all the same"


@pytest.mark.parametrize(("before", "after", "same"), [
    ("int a;\n", "int a; /* why */\n\n", True), ("int a;\n", "int b;\n", False),
    (None, "int a;\n", False),
])
def test_a_comment_is_no_change_of_the_code(before, after, same):
    assert Changed("a.c", before, after, (), ()).same == same


def test_nothing_is_asked_for_files_that_no_build_has(builds):
    (builds.sides[1].out / ".config").unlink()
    rows = [Changed(p, "a", "b", (1,), (1,)) for p in ("MAINTAINERS", "Documentation/x.rst")]
    assert look(rows, *builds.sides, ("/src/",)) == ()


def test_only_what_can_be_built_has_a_row(builds):
    builds("a.o", "/src/a.c")
    rows = [Changed(p, "a\n", "b\n", (1,), (1,)) for p in ("MAINTAINERS", "a.c")]
    assert look(rows, *builds.sides, ("/src/",)) == (
        BuiltFile("a.c", 1, same=True, lines=(1,)),)


def test_the_sources_may_have_another_name_on_each_side(builds):
    builds("a.o", "/cache/base/a.c")
    builds("b.o", "/work/new/b.c")
    rows = [Changed(p, "a\n", "b\n", (1,), (1,)) for p in ("a.c", "b.c")]
    found = look(rows, *builds.sides, iter(("/cache/base/", "/work/new/")))
    assert [r.objects for r in found] == [1, 1]


def test_an_object_that_only_the_series_has_is_new(builds):
    builds("a.o", "/src/a.c")
    (builds.sides[0].out / "a.o").unlink()
    row = asked(builds, "a.c")
    assert (row.objects, row.same) == (1, False)


@pytest.mark.parametrize("side", [0, 1])
def test_an_object_that_is_a_link_proves_nothing(builds, side):
    builds("a.o", "/src/a.c")
    place = builds.sides[side].out / "a.o"
    place.rename(place.with_name("else"))
    place.symlink_to("else")
    row = asked(builds, "a.c")
    assert not row.same
    assert row.objects == 1 - side, "a link that the patched build made is no object"


def test_a_command_without_its_object_is_none(builds):
    builds("a.o", "/src/a.c")
    builds.sides[1].out.joinpath("a.o").unlink()
    assert asked(builds, "a.c").objects == 0


def test_only_objects_count(builds):
    builds("a.s", "/src/a.c")
    assert asked(builds, "a.c").objects == 0


def test_of_a_command_file_without_end_the_beginning_is_read(builds, monkeypatch):
    monkeypatch.setattr(compiled, "MOST_CMD", 60)
    builds("a.o", "/src/a.c", "/src/" + "x" * 60 + ".h", "/src/late.h")
    assert asked(builds, "a.c").objects == 1
    assert asked(builds, "late.h").objects == 0


def test_a_list_of_kconfig_files_that_is_a_link_is_not_read(builds, tmp_path):
    (tmp_path / "outside").write_text(" /src/fs/Kconfig \\\n")
    place = builds.sides[1].out / "include/config"
    place.mkdir(parents=True)
    (place / "auto.conf.cmd").symlink_to(tmp_path / "outside")
    assert asked(builds, "fs/Kconfig").objects == 0


def test_lines_in_assembler_are_judged_as_such(builds):
    builds("a.o", "/src/a.S")
    text = "#ifdef __ASSEMBLY__\nx\n#endif\n"
    row = asked(builds, "a.S", "", text, ((), (2,)))
    assert (row.off, row.same) == ((), True)


@pytest.mark.parametrize(("path", "read"), [
    ("Makefile", 1), ("Kbuild", 1), ("scripts/Makefile.build", 1), ("scripts/Kbuild.include", 1),
    ("scripts/Makefile.kcsan", 0), ("arch/x86/Makefile", 1), ("arch/arm64/Makefile", 0),
    ("arch/x86/Makefile.um", 0), ("fs/Makefile", 0),
    ("scripts/package/Makefile", 0),
])
def test_which_makefiles_every_build_reads(builds, path, read):
    assert asked(builds, path).objects == read


def test_lines_are_what_an_object_has_of_them(builds):
    builds("a.o", "/src/a.c")
    text = "/* c */\nx\n#ifdef DEBUG\ny\n#endif\n"
    item = Changed("a.c", "", text, (), (1, 2, 3, 4, 5))
    (row,) = look([item], *builds.sides, ("/src/",), lambda _s, _o, _p: frozenset({1, 2}))
    assert (row.lines, row.off) == ((2,), ((4, "#ifdef DEBUG"),))
    assert not row.same


def test_lines_that_go_are_those_of_the_base(builds):
    builds("a.o", "/src/a.c")
    item = Changed("a.c", "x\ny\n", "y\n", (1,), ())
    (row,) = look([item], *builds.sides, ("/src/",), lambda side, _o, _p: (
        frozenset({1, 2}) if side is builds.sides[0] else frozenset({1})))
    assert (row.lines, row.off, row.same) == ((-1,), (), True)


def test_a_line_of_a_header_is_looked_for_in_several_objects(builds):
    for name in ("a.o", "b.o", "c.o", "d.o"):
        builds(name, "/src/a.c", "/src/h.h")
    item = Changed("h.h", "", "x\ny\n", (), (1, 2))
    asked_for = []

    def ask(_side, name, _path):
        asked_for.append(name)
        return frozenset({1})

    (row,) = look([item], *builds.sides, ("/src/",), ask)
    assert asked_for == ["a.o", "b.o", "c.o"]
    assert (row.lines, row.off) == ((1,), ((2, "the preprocessor"),))
