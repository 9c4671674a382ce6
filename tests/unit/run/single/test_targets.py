# SPDX-License-Identifier: GPL-2.0-or-later
"""The architectures that files of a series are compiled for."""

import shutil
from dataclasses import replace

import pytest

from harness.cover.wants import Want
from harness.errors import CommandFailedError
from harness.evidence import BuiltFile, Changed
from harness.run import configuring
from harness.run.single import targets
from harness.run.state import Configured
from tests.unit.run.toys import state


def changed(path, after="int b;\n"):
    return Changed(path, "int a;\n", after, (1,), (1,))


@pytest.fixture
def known(tmp_path):
    def go(*paths, arches=(), unmet=()):
        one = state(tmp_path, request={"arches": arches}, files=tuple(map(changed, paths)))
        return replace(one, configured=Configured((), tuple(
            Want(p, (), (), "A is defined nowhere") for p in unmet)))
    return go


def names(one):
    return {target.name: [f.path for f in files] for target, files in targets.chosen(one)}


def test_a_file_of_an_architecture_is_compiled_for_that_one(known):
    one = known("arch/arm64/a.c", "arch/riscv/b.c", "arch/x86/c.c", "fs/d.c", "arch/alpha/e.c")
    assert names(one) == {"arm64": ["arch/arm64/a.c"], "riscv64": ["arch/riscv/b.c"]}


def test_what_all_share_is_compiled_where_the_user_wants_it(known):
    one = known("fs/a.c", "arch/x86/b.c", arches=("s390x", "i386"))
    assert names(one) == {"s390x": ["fs/a.c"], "i386": ["fs/a.c", "arch/x86/b.c"]}
    assert len(names(known("fs/a.c", arches=("all",)))) == len(targets.TARGETS) - 1


def test_what_is_not_to_be_had_here_is_tried_for_others(known):
    one = known("drivers/a.c", "drivers/b.c", "Documentation/c.rst", unmet=("drivers/b.c",))
    assert names(one) == {"arm64": ["drivers/b.c"], "arm": ["drivers/b.c"]}


ELSE = "#ifdef CONFIG_64BIT\nint a;\n#else\nint b;\n#endif\n"


@pytest.mark.parametrize(("after", "line", "where"), [
    ("#ifdef CONFIG_X86_32\nint b;\n#endif\n", 2, ["i386"]),
    (ELSE, 4, ["i386"]),
    ("#if defined(CONFIG_PPC) || defined(CONFIG_ARM)\nint b;\n#endif\n", 2,
     ["powerpc64le", "arm"]),
    ("#ifdef CONFIG_A\nint b;\n#endif\n", 2, []),
    ("int a;\n#ifdef CONFIG_ARM64\nint b;\n#endif\n", 1, [])])
def test_lines_that_wait_for_an_architecture_are_tried_there(known, after, line, where):
    want = Want("drivers/a.c", (line,), (), "no setting gives it")
    one = replace(known(), files=(changed("drivers/a.c", after),),
                  configured=Configured((), (want,)))
    assert names(one) == {name: ["drivers/a.c"] for name in where}


def test_lines_that_go_are_tried_there_too(known):
    item = Changed("lib/a.c", "#ifdef CONFIG_S390\nint b;\n#endif\n", "int a;\n", (1,), (2,))
    one = replace(known(), files=(item,), configured=Configured((), (
        Want("lib/a.c", (-2,), (), "no setting gives it"),)))
    assert names(one) == {"s390x": ["lib/a.c"]}


def test_lines_of_another_architectures_file_stay_with_it(known):
    want = Want("arch/x86/a.c", (2,), (), "no setting gives it")
    item = changed("arch/x86/a.c", "#ifdef CONFIG_PPC\nint b;\n#endif\n")
    assert names(replace(known(), files=(item,), configured=Configured((), (want,)))) == {}


def test_a_file_with_lines_for_another_is_compiled_though_it_has_an_object(known, compiled):
    item = changed("lib/a.c", "#ifdef CONFIG_ARM64\nint b;\n#endif\n")
    one = replace(known(), files=(item,), compiled=(("x86_64", (BuiltFile("lib/a.c", 1),)),),
                  configured=Configured((), (Want("lib/a.c", (2,), (), "x"),)))
    compiled(one)
    assert compiled.asked == [("arm64", ["lib/a.c"], 0), ("arm64", ["lib/a.c"], 1)]


@pytest.mark.parametrize(("reason", "where"), [
    ("P depends on CPU_IDLE && PPC_POWERNV && PPC: PPC_POWERNV is defined nowhere",
     ["powerpc64le"]),
    ("A depends on ARM64 && !UML", ["arm64"]), ("A depends on ARCH_X && !UML", ["arm64", "arm"]),
    ("A depends on ARM && X: ARM is defined nowhere", ["arm"])])
def test_a_reason_that_names_an_architecture_says_where_to_try(known, reason, where):
    one = replace(known("drivers/a.c"), configured=Configured((), (
        Want("drivers/a.c", (), (), reason),)))
    assert names(one) == {name: ["drivers/a.c"] for name in where}


def test_comments_and_documents_are_compiled_for_nobody(known):
    one = known("arch/arm64/a.rst")
    one = replace(one, files=(*one.files, changed("arch/arm64/b.c", "int a; /* c */\n")))
    assert names(one) == {}


@pytest.mark.parametrize(("path", "native"), [
    ("fs/a.c", True), ("arch/x86/a.c", True), ("arch/arm64/a.c", False),
    ("Documentation/a.rst", False), ("include/linux/a.h", True), ("tools/a.c", False)])
def test_whether_the_machines_own_architecture_has_anything_of_it(known, path, native):
    assert targets.native(known(path)) is native


@pytest.fixture
def compiled(known, monkeypatch):
    """``compiled(state, built=...)``: what comes of compiling its files for arm64."""
    def go(one, *, there=True, rows=(), unmet=()):
        (target, files), *_ = targets.chosen(one)
        monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/x" if there else None)
        monkeypatch.setattr(configuring, "configure", lambda s: replace(
            s, configured=Configured(((), ()), unmet)))

        def compile_one(now, number):
            go.asked.append((now.target.name, [f.path for f in now.files], number))
            return replace(now, broken=True, compiled=(*now.compiled, (now.target.name, rows)))
        go.asked = []
        return targets.compile_for(one, target, files, compile_one)
    return go


def test_each_configuration_is_compiled_and_the_run_goes_on_as_before(known, compiled):
    one = known("arch/arm64/a.c", "fs/b.c")
    after = compiled(one, rows=(BuiltFile("arch/arm64/a.c", 1),))
    assert compiled.asked == [("arm64", ["arch/arm64/a.c"], 0), ("arm64", ["arch/arm64/a.c"], 1)]
    assert [name for name, _ in after.compiled] == ["arm64", "arm64"]
    assert (after.target, after.files, after.configured) == (
        one.target, one.files, one.configured)
    assert not after.broken, "the machine's own kernel may be built all the same"


def test_a_compiler_that_lacks_is_said_with_the_next_step(known, compiled):
    after = compiled(known("arch/arm64/a.c"), there=False)
    assert compiled.asked == []
    assert after.unbuilt == (("arch/arm64/a.c", "aarch64-linux-gnu-gcc is not installed",
                              "apt-get install gcc-aarch64-linux-gnu"),)


def test_a_tree_that_cannot_be_configured_for_it_is_said_and_the_rest_goes_on(
        known, compiled, monkeypatch):
    def configure(_):
        raise CommandFailedError("make", 2, "defconfig: the tree lacks it")
    one = known("arch/arm64/a.c")
    (target, files), *_ = targets.chosen(one)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/x")
    monkeypatch.setattr(configuring, "configure", configure)
    why = "arm64: the base cannot be configured: make ended with 2: defconfig: the tree lacks it"
    assert targets.compile_for(one, target, files, compiled) == replace(
        one, unbuilt=(("arch/arm64/a.c", why, ""),))


def test_what_no_configuration_of_it_has_is_said(known, compiled):
    unmet = (Want("arch/arm64/a.c", (), (), "A stays off"),
             Want("arch/arm64/a.c", (3,), (), "B stays off"))
    after = compiled(known("arch/arm64/a.c"), unmet=unmet)
    assert after.unbuilt == (("arch/arm64/a.c", "arm64: A stays off", ""),)


def test_a_driver_that_another_has_compiled_is_not_tried_again(known, compiled):
    one = known("drivers/b.c", unmet=("drivers/b.c",))
    one = replace(one, compiled=(("arm64", (BuiltFile("drivers/b.c", 1),)),))
    assert compiled(one) is one
