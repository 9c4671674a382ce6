# SPDX-License-Identifier: GPL-2.0-or-later
"""Out of what stages left behind: what was looked at of each file, and why not."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.compare import changes
from harness.cover.wants import Want
from harness.evidence import BuiltFile, Changed, Look
from harness.model import Finding, Location, PatchFile, Severity, StageResult, Status, Suite
from harness.profiles import Profile
from harness.run import file_evidence
from harness.run.state import Configured, Request, State
from harness.settings import Settings
from harness.uapi.result import Comparison, ToolLook, UapiResult
from tests.make import guest_run, patch, series

ALL = frozenset(Look)
HEADER = "include/uapi/linux/toy.h"
GONE = ()


def profile(*paths):
    return Profile("toy", "T", Path("/p"), (), (), Path("/c"), (), (), (Path("/p/p.c"),),
                   *([()] * 4), needs="", own=paths)


def state(path, rows=GONE, *, stages=(), tests=None, **more):
    """A run that was through with a series of one file; ``rows`` is what its build said."""
    request = Request(None, Settings(cache=Path("/c")), Path("/o"), "./run check")
    one = State(request, lambda _: None, Path("/w"), series=series(),
                files=(Changed(path, "int a;\n", "int b;\n", (1,), (1,)),),
                stages=(StageResult("lint", Status.PASS, 0), *stages))
    if rows is not GONE:
        run = guest_run({"kernel.boot": "PASS", **(tests or {})})
        # Its one line of code is in each object, unless the row is about lines.
        rows = tuple(replace(r, lines=(1,)) if r.objects and not r.off else r for r in rows)
        one = replace(one, compiled=(("x86_64", rows),), before=run, after=run,
                      changes=changes(run, run))
    return replace(one, **more)


def gaps(one, looks=ALL):
    (file,) = file_evidence.evidence(one, looks)
    return {g.look.value: g.reason for g in file.gaps}


def seen(one):
    (file,) = file_evidence.evidence(one, ALL)
    return {s.look.value: s.where for s in file.seen}


def test_a_file_that_was_compiled_booted_and_tested_has_no_gap():
    one = state("a.c", [BuiltFile("a.c", 1)], tests={"p.a": "PASS"}, profiles=(profile("a.c"),))
    assert gaps(one) == {}
    assert seen(one) == {"linted": "", "compiled": "x86_64", "booted": "x86_64", "tested": "toy"}


@pytest.mark.parametrize(("tests", "paths"), [
    ({"p.a": "PASS"}, "b.c"), ({"q.a": "PASS"}, "a.c"), ({"p.a": "SKIP"}, "a.c"),
    ({"p.a": "NOT_RUN"}, "a.c"),
    ({"kernel.boot": "PASS"}, "a.c"),
])
def test_a_test_of_another_file_or_one_that_did_not_run_is_none(tests, paths):
    one = state("a.c", [BuiltFile("a.c", 1)], tests=tests, profiles=(profile(paths),))
    assert set(gaps(one)) == {"tested"}


@pytest.mark.parametrize(("before", "after"), [("PASS", "FAIL"), ("FAIL", "PASS")])
def test_a_test_that_ends_otherwise_has_reached_the_one_file_that_changes(before, after):
    rows = changes(guest_run({"s.a": before}), guest_run({"s.a": after}))
    one = state("a.c", [BuiltFile("a.c", 1)])
    one = replace(one, changes=one.changes + rows)
    assert seen(one)["tested"] == "s.a ends otherwise"
    more = Changed("b.c", "int a;\n", "int b;\n", (1,), (1,))
    found = file_evidence.evidence(replace(one, files=(*one.files, more)), ALL)
    assert "tested" in {g.look.value for g in found[0].gaps}, "it may have reached the other"


@pytest.mark.parametrize(("paths", "number", "reached"), [
    (["a.c"], 2, True), (["a.c", "Documentation/x.rst"], 2, True), (["a.c", "b.c"], 2, False),
    (["b.c"], 2, False), (["a.c"], 9, False)])
def test_so_it_has_the_one_file_of_the_patch_since_which_it_does(paths, number, reached):
    rows = changes(guest_run({"s.a": "PASS"}), guest_run({"s.a": "FAIL"}))
    one = state("a.c", [BuiltFile("a.c", 1)])
    second = patch(number=2, files=tuple(PatchFile(p, p, 1, 1) for p in paths))
    failed = Finding("runtime-regression", Severity.ERROR, "m", Location(test="s.a"), patch=number)
    more = Changed("b.c", "int a;\n", "int b;\n", (1,), (1,))
    found = file_evidence.evidence(replace(
        one, changes=one.changes + rows, findings=(failed,), files=(*one.files, more),
        series=series(patch(number=1, files=(PatchFile("b.c", "b.c", 1, 1),)), second)), ALL)
    words = [s.where for s in found[0].seen if s.look.value == "tested"]
    assert words == (["s.a ends otherwise since patch 2"] if reached else [])


@pytest.mark.parametrize(("name", "before", "after"), [
    ("s.a", "FLAKY", "PASS"), ("s.a", "MISSING", "PASS"), ("kernel.boot", "FAIL", "PASS")])
def test_what_may_be_chance_has_reached_nothing(name, before, after):
    rows = changes(guest_run({name: before}), guest_run({name: after}))
    one = state("a.c", [BuiltFile("a.c", 1)])
    assert "tested" not in seen(replace(one, changes=one.changes + rows))


def test_a_makefile_of_the_series_may_be_the_cause_too():
    rows = changes(guest_run({"s.a": "PASS"}), guest_run({"s.a": "FAIL"}))
    one = state("a.c", [BuiltFile("a.c", 1)])
    more = Changed("Makefile", "a\n", "b\n", (1,), (1,))
    found = file_evidence.evidence(replace(one, changes=one.changes + rows, files=(
        *one.files, more)), ALL)
    assert "tested" not in {s.look.value for s in found[0].seen}


def test_a_suite_that_is_called_after_a_file_is_no_evidence_and_is_named():
    one = state("a.c", [BuiltFile("a.c", 1)], suites=(
        Suite("kunit", "other", "o.c", ran=True, why="its kernel is built with all of them"),
        Suite("kunit", "a", "a_kunit.c", ran=True, why="it is called after a.c")))
    assert gaps(one) == {"tested": "the suite a ran (it is called after a.c), and nothing shows "
                                   "that it reaches the change"}


def test_the_same_object_code_needs_no_test():
    assert gaps(state("a.c", [BuiltFile("a.c", 2, same=True)])) == {}


def test_comments_alone_need_no_build():
    one = state("a.c")
    one = replace(one, files=(Changed("a.c", "int a;\n", "int a; /* b */\n", (1,), (1,)),))
    assert gaps(one) == {}
    assert seen(one)["unchanged"] == "only comments and blanks differ"


def test_a_file_that_no_configuration_was_found_for_has_the_reason():
    unmet = (Want("fs/a.c", (), (), "A_FS is defined nowhere"), Want("fs/b.c", (), (), "B"))
    one = state("fs/a.c", [BuiltFile("fs/a.c", 0)], configured=Configured((), unmet))
    assert gaps(one) == {
        "compiled": "this configuration does not compile it: A_FS is defined nowhere"}


def test_a_file_that_fails_on_the_base_has_the_compilers_words():
    one = state("fs/a.c", [BuiltFile("fs/a.c", 0)])
    one = replace(one, unbuilt=(("fs/a.c", "it does not compile on the base: no", ""),))
    assert gaps(one) == {"compiled": "it does not compile on the base: no"}


def test_lines_that_no_configuration_was_found_for_have_the_reason():
    unmet = (Want("a.c", (3, 4), (), "B stays off"), Want("a.c", (), (), "another"))
    off = ((4, "#ifdef CONFIG_B"),)
    one = state("a.c", [BuiltFile("a.c", 1, off=off)], configured=Configured((), unmet))
    (file,) = file_evidence.evidence(one, frozenset({Look.COMPILED}))
    (gap,) = file.gaps
    assert (gap.reason, gap.hint) == ("line 4 left out by #ifdef CONFIG_B: B stays off", "")


def test_lines_that_are_left_out_are_a_gap():
    off = ((3, "#ifdef CONFIG_B"), (4, "#ifdef CONFIG_B"))
    assert gaps(state("a.c", [BuiltFile("a.c", 1, off=off)]))["compiled"] == (
        "line 3 and 1 more left out by #ifdef CONFIG_B")


@pytest.mark.parametrize(("lines", "words"), [
    ((3, -3), "line 3 and 1 more"), ((-3, 3), "line 3 and 1 more"), ((-2, 3), "line 2, which goes"),
])
def test_of_lines_left_out_the_first_is_named_and_rather_one_that_comes(lines, words):
    off = tuple((line, "#ifdef CONFIG_B") for line in lines)
    assert gaps(state("a.c", [BuiltFile("a.c", 1, off=off)]))["compiled"].startswith(words)


@pytest.mark.parametrize(("look", "stage"), [("compiled", "compiled"), ("booted", "boot-patched")])
def test_a_slice_without_a_stage_names_it(look, stage):
    assert stage in gaps(state("a.c"))[look]


def test_what_one_build_leaves_out_another_may_have():
    one = state("a.c", [BuiltFile("a.c", 1, off=((3, "#ifdef CONFIG_B"),))])
    more = (*one.compiled, ("x86_64, b.config", (BuiltFile("a.c", 1, lines=(1,)),)))
    assert gaps(replace(one, compiled=more))["booted"].endswith("in the kernel that boots")
    assert "compiled" not in gaps(replace(one, compiled=more))
    only = (("x86_64", (BuiltFile("a.c", 0),)),
            ("x86_64, b.config", (BuiltFile("a.c", 1, lines=(1,)),)))
    assert gaps(replace(one, compiled=only)) == {"booted": "it is not in the kernel that boots"}
    none = (*one.compiled, ("x86_64, c.config", (BuiltFile("a.c", 0),)))
    assert "compiled" in gaps(replace(one, compiled=none))


@pytest.mark.parametrize(("path", "words"), [
    ("arch/arm64/kvm/mmio.c", "nothing was compiled for arm64"),
    ("fs/Kconfig", "the configuration does not read it"),
    ("fs/Makefile", "make does not enter its folder in this configuration"),
    ("include/linux/a.h", "no file that this configuration compiles includes it"),
    ("rust/a.rs", "nothing here builds or runs files of this kind"),
])
def test_why_a_file_is_in_no_build(path, words):
    assert gaps(state(path, [BuiltFile(path, 0)]))["compiled"] == words


def test_nothing_was_built_because_of_what_came_before():
    stages = (StageResult("build-base", Status.NOT_RUN, 0, "no disk"),)
    assert gaps(state("a.c", stages=stages)) == {"compiled": "no disk", "booted": "no disk"}


def test_a_kernel_that_did_not_boot_is_a_gap():
    stages = (StageResult("boot-patched", Status.FAIL, 0),)
    one = replace(state("a.c", [BuiltFile("a.c", 1)], stages=stages), after=None)
    assert gaps(one) == {"booted": "boot-patched found errors"}


@pytest.mark.parametrize("status", ["MISSING", "NOT_RUN"])
def test_a_guest_that_was_killed_all_the_time_has_not_booted(status):
    one = state("a.c", [BuiltFile("a.c", 1)], tests={"kernel.boot": status})
    assert set(gaps(one)) == {"booted"}
    up = guest_run({"kernel.boot": "PASS"})
    assert set(gaps(replace(one, before=up))) == set(gaps(replace(one, after=up))) == {"booted"}


def test_headers_of_userspace_need_each_abi():
    rows = (Comparison("linux/toy.h", HEADER, "x86-64"),
            Comparison("linux/toy.h", HEADER, "i386", "no stubs", "apt-get install gcc-multilib"))
    one = state(HEADER, [BuiltFile(HEADER, 0)], uapi=UapiResult(comparisons=rows))
    assert gaps(one) == {"compared": "i386: no stubs"}
    assert seen(one)["compared"] == "x86-64"


def test_a_header_that_nobody_compared():
    stages = (StageResult("uapi", Status.NOT_RUN, 0, "no gcc"),)
    assert gaps(state(HEADER, [BuiltFile(HEADER, 1)], stages=stages))["compared"] == "no gcc"
    empty = state(HEADER, [BuiltFile(HEADER, 1)], uapi=UapiResult())
    assert gaps(empty)["compared"] == "it is not exported to userspace"


def test_a_header_that_nobody_compared_and_nothing_includes_was_not_compiled():
    missed = Comparison("linux/toy.h", HEADER, "x86-64", "no gcc")
    one = state(HEADER, [BuiltFile(HEADER, 0)], uapi=UapiResult(comparisons=(missed,)))
    assert set(gaps(one)) == {"compared", "compiled"}


def test_programs_below_tools():
    path = "tools/perf/a.c"
    problem = ToolLook(path, "not run", "apt-get install x")
    assert gaps(state(path, [], tools=(problem,))) == {"compiled": "not run"}
    assert gaps(state(path, [], tools=(ToolLook(path),))) == {}
    assert "compiled" in gaps(state(path, []))


def test_documents_are_read_and_no_more():
    assert seen(state("Documentation/a.rst")) == {"linted": ""}
    assert gaps(state("Documentation/a.rst")) == {}


def test_a_slice_counts_only_what_it_is_for():
    one = state("a.c")
    assert gaps(one, file_evidence.LOOKS["lint"]) == {}
    assert set(gaps(one, file_evidence.LOOKS["build"])) == {"compiled"}
    assert set(file_evidence.LOOKS) == {
        "check", "compile", "lint", "static", "uapi", "b4-check", "build"}


def test_why_a_file_of_another_architecture_is_in_no_object():
    path = "arch/arm64/kvm/mmio.c"
    one = state(path, [BuiltFile(path, 0)])
    tried = replace(one, compiled=(*one.compiled, ("arm64", ())))
    assert gaps(tried)["compiled"].startswith("make does not build it for arm64 in defconfig")
    wrong = Finding("build-error", Severity.ERROR, "no", where=Location(path, 3))
    assert gaps(replace(tried, findings=(wrong,)))["compiled"] == (
        "it does not compile for arm64")


def test_a_lint_that_did_not_run_is_a_gap():
    lint = StageResult("lint", Status.NOT_RUN, 0, "a bug in harness")
    one = replace(state("a.c"), stages=(lint,))
    assert gaps(one, file_evidence.LOOKS["lint"]) == {"linted": "a bug in harness"}


def test_a_header_of_another_architecture_was_compared_and_is_in_no_kernel():
    path = "arch/arm64/include/uapi/asm/kvm.h"
    one = state(path, [BuiltFile(path, 0)])
    one = replace(one, uapi=UapiResult(comparisons=(Comparison("asm/kvm.h", path, "arm64"),)))
    assert gaps(one) == {"compiled": "nothing was compiled for arm64"}
    assert seen(one)["compared"] == "arm64"
