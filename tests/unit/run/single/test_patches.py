# SPDX-License-Identifier: GPL-2.0-or-later
"""A series patch by patch, and whether more than sources differs."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.evidence import Changed
from harness.model import Sources
from harness.run.single import patches
from harness.run.single.patches import Step
from harness.run.state import Configured


@pytest.fixture
def steps(tmp_path):
    """``steps(state)``: the steps, and from which tree to which each went."""
    def go(one):
        moved = []

        def move(sources, old, new):
            moved.append((sources.root.name, old, new))
            return Sources(tmp_path / f"tree{len(moved)}")
        bench = SimpleNamespace(move=move)
        return list(patches.steps(one, bench, Sources(tmp_path / "base"))), moved
    return go


def test_each_patch_is_a_step_from_the_tree_before_it(series, steps, tmp_path):
    one = series({"fs/a.c": "1\n"}, {"fs/b.c": "2\n", "fs/Makefile": "x\n"})
    found, moved = steps(one)
    first, last = one.applied.commits
    assert found == [Step(1, Sources(tmp_path / "tree1"), ("fs/a.c",)),
                     Step(2, Sources(tmp_path / "tree2"), ("fs/Makefile", "fs/b.c"))]
    assert moved == [("base", one.base, first), ("tree1", first, last)]


def test_a_patch_of_documents_alone_is_no_step_and_is_taken_along(series, steps):
    one = series({"fs/a.c": "1\n"}, {"Documentation/x.rst": "y\n"}, {"fs/b.c": "3\n"})
    found, moved = steps(one)
    assert [(s.number, s.paths) for s in found] == [
        (1, ("fs/a.c",)), (3, ("Documentation/x.rst", "fs/b.c"))]
    first, _, last = one.applied.commits
    assert moved[1] == ("tree1", first, last)


def test_a_series_that_changes_nothing_of_the_kernel_has_no_step(series, steps):
    assert steps(series({"Documentation/x.rst": "1\n"}, {"tools/a.c": "2\n"})) == ([], [])
    assert steps(series()) == ([], [])


def test_no_tree_is_laid_out_before_it_is_asked_for(series):
    row = patches.steps(series({"fs/a.c": "1\n"}), None, Sources("/nowhere"))
    with pytest.raises(AttributeError):
        next(row)


@pytest.mark.parametrize(("paths", "otherwise"), [
    (("fs/a.c", "fs/h.h"), False), (("fs/Kconfig",), True), (("fs/a.c", "fs/Makefile"), True),
    (("net/Kbuild",), True), (("arch/x86/Kconfig.debug",), True), ((), False),
    (("Documentation/Makefile",), False),
])
def test_only_makefiles_and_kconfig_change_what_make_builds(paths, otherwise):
    assert Step(1, Sources("/nowhere"), paths).builds_otherwise == otherwise


@pytest.mark.parametrize(("edits", "alone"), [
    ({"fs/a.c": "x\n"}, True), ({"fs/a.c": "x\n", "Documentation/x.rst": "y\n"}, True),
    ({"fs/h.h": "x\n"}, False), ({"fs/a.c": None}, False), ({"fs/new.c": "x\n"}, False),
    ({"fs/Makefile": "x\n"}, False), ({"fs/Kconfig": "x\n"}, False), ({"fs/x.lds": "x\n"}, False),
    ({}, True),
])
def test_whether_the_command_lines_are_those_of_the_base(series, edits, alone):
    assert patches.sources_alone(series(edits)) == alone


def test_programs_of_the_tree_are_not_compiled_with_it(series):
    tool = Changed("tools/a.c", "a\n", "b\n", (1,), (1,))
    assert patches.sources_alone(series({"fs/a.c": "x\n"}, files=(tool,)))
    script = Changed("scripts/x.sh", "a\n", "b\n", (1,), (1,))
    assert not patches.sources_alone(series({"fs/a.c": "x\n"}, files=(script,)))


def test_a_source_that_others_include_has_no_command_line_of_its_own(series):
    part = Configured(users=(("fs/a.c", ("fs/whole.c",)),))
    assert not patches.sources_alone(replace(series({"fs/a.c": "x\n"}), configured=part))
