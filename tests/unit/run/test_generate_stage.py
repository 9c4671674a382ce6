# SPDX-License-Identifier: GPL-2.0-or-later
"""Which programs are made for a series, and whose fault it is when they do not compile."""

from dataclasses import replace

import pytest

from harness.errors import CommandFailedError, InfrastructureError
from harness.evidence import Changed
from harness.generate import programs
from harness.model import Finding, Severity
from harness.run import generate_stage
from harness.run.state import NotRunError, SkippedStage
from tests.unit.run.toys import applied, counted, profile, program, reusing, state

HEADER = "include/uapi/linux/toy.h"
BROKEN = CommandFailedError("sh", 1, "old.c: In function f\nold.c:3: error: no member pad\n")


@pytest.fixture
def known(tmp_path, git, versions):
    made = applied(git, {HEADER: "struct a;\n"}, {HEADER: "struct b;\n"})
    (tmp_path / "kselftests" / "lib").mkdir(parents=True)
    return state(tmp_path, applied=made,
                 files=(Changed(HEADER, "struct a;\n", "struct b;\n", (1,), (1,)),),
                 profiles=(profile(tmp_path),))


@pytest.fixture
def compiles(monkeypatch):
    """``compiles(broken)``: programs compile, but for the texts of the header in ``broken``."""
    def go(*broken):
        def build(made, headers, target, box, log, *, compiler):
            text = (headers / "linux" / "toy.h").read_text()
            if text in broken or made.name in broken:
                raise BROKEN
            return (program(target, f"{made.name}-test", ("a", "b")),)

        fake = counted(build)
        monkeypatch.setattr(programs, "build_programs", fake)
        return fake
    return go


def test_programs_are_compiled_against_the_patched_headers(known, compiles, tmp_path):
    fake = compiles()
    after = generate_stage.generate(known)
    (made,) = after.load.programs
    assert made.path == tmp_path / "work" / "programs" / "toy" / "toy-test"
    assert made.tests == ("a", "b")
    ((_, headers, _, _, log), _) = fake.calls[0]
    assert (headers / "linux" / "toy.h").read_text() == "struct b;\n"
    assert log == known.log


def test_each_profile_has_its_programs(known, compiles, tmp_path):
    compiles()
    one = replace(known, profiles=(*known.profiles, profile(tmp_path, "other", model=True)))
    load = generate_stage.generate(one).load
    assert [p.name for p in load.programs] == ["toy-test", "other-test"]
    assert len(load.scripts) == 1


def test_the_user_says_how_many_random_operations(known, compiles, tmp_path):
    compiles()
    one = state(tmp_path, settings={"operations": 500}, applied=known.applied, tree=known.tree,
                base=known.base, profiles=(profile(tmp_path, model=True),))
    ((_, cases),) = generate_stage.generate(one).load.scripts
    assert sum(c.kind != "probe" for c in cases) == 5


def test_alone_the_base_is_tested_with_its_own_headers(known, compiles):
    fake = compiles()
    generate_stage.generate(replace(known, request=replace(known.request, base_only=True),
                                    applied=None, files=()))
    headers = fake.calls[0][0][1]
    assert (headers / "linux" / "toy.h").read_text() == "struct a;\n"


def test_what_nothing_knows_is_only_booted(known):
    with pytest.raises(SkippedStage) as caught:
        generate_stage.generate(replace(known, profiles=()))
    assert not caught.value.applies


def test_a_series_that_is_no_part_of_the_kernel_needs_no_program(known, compiles):
    fake = compiles()
    path = "Documentation/a.rst"
    one = replace(known, files=(Changed(path, "a\n", "b\n", (1,), (1,)),))
    with pytest.raises(SkippedStage):
        generate_stage.generate(one)
    alone = replace(one, request=replace(one.request, base_only=True))
    assert generate_stage.generate(alone).load
    assert len(fake.calls) == 1


def test_programs_of_an_earlier_run_serve_while_the_headers_are_the_same(known, compiles, git):
    fake = compiles()
    generate_stage.generate(reusing(known))
    code = applied(git, {HEADER: "struct a;\n"}, {HEADER: "struct b;\n", "a.c": "int a;\n"})
    after = generate_stage.generate(reusing(replace(known, applied=code)))
    assert len(fake.calls) == 1
    assert after.load.programs[0].path.read_bytes() == b"ELF"
    assert "generate" in after.cached
    other = applied(git, {HEADER: "struct a;\n"}, {HEADER: "struct c;\n"})
    generate_stage.generate(reusing(replace(known, applied=other)))
    assert len(fake.calls) == 2


def test_a_runs_folder_has_the_c_of_programs_of_an_earlier_run_too(
        known, compiles, tmp_path, monkeypatch):
    compiles()
    monkeypatch.setattr(programs, "write_sources", counted(()))
    generate_stage.generate(reusing(known))
    other = replace(known.request, out=tmp_path / "other")
    after = generate_stage.generate(reusing(replace(known, request=other)))
    assert "generate" in after.cached
    ((made, target), _) = programs.write_sources.calls[0]
    assert (made, target) == (known.profiles[0], tmp_path / "other/programs/toy")


def test_tests_that_only_compile_on_the_base_are_the_series_fault(known, compiles):
    compiles("struct b;\n")
    old = Finding("old", Severity.NOTE, "m")
    after = generate_stage.generate(replace(known, findings=(old,)))
    first, found = after.findings
    assert first is old
    assert (found.rule, found.severity) == ("tests-do-not-compile", Severity.ERROR)
    assert "error: no member pad" in found.message
    assert (found.evidence, found.subject) == (BROKEN.tail, "toy")
    assert not after.load


def test_tests_that_compile_on_neither_say_nothing_of_the_series(known, compiles):
    compiles("struct a;\n", "struct b;\n")
    with pytest.raises(NotRunError, match="no member pad") as caught:
        generate_stage.generate(known)
    assert "toy" in str(caught.value)
    assert caught.value.state.findings == ()


def test_a_machine_that_fails_is_no_finding(known, monkeypatch):
    def fails(*_, **__):
        raise InfrastructureError("no space")

    monkeypatch.setattr(programs, "build_programs", fails)
    with pytest.raises(InfrastructureError):
        generate_stage.generate(known)
