# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a mutant, by what its build and its tests say."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.build import kernel
from harness.errors import CommandFailedError, InputRefusedError, NoBootError
from harness.evidence import Ran
from harness.model import Finding, Severity
from harness.prove import judge as room
from harness.prove import static, steps
from harness.prove.mutants import Mutant
from harness.prove.mutate import Edit
from harness.prove.ways import PROGRAMS, Way
from harness.run.line_evidence import Traced
from tests.make import guest_run
from tests.unit.prove.toys import right_of, start
from tests.unit.run.toys import applied, counted, raises, state

RIGHT = {"p.a": "PASS", "p.b": "PASS", "p.c": "FAIL"}
ERROR = Finding("uapi-source", Severity.ERROR, "m")
WARNING = Finding("uapi-padding", Severity.WARNING, "m")
EDIT = Edit("a.c:3 drop-1", "a.c", 3, "return 1;", ";", b"")
MINE = Mutant(EDIT.name, edit=EDIT)
GIVEN = Mutant("given/1 a", patch=Path("/m/1.patch"))
BROKEN = CommandFailedError("make", 2, "a.c:3: 'x' undeclared\nmake: Leaving directory")


@pytest.fixture
def right(tmp_path, git):
    made = applied(git, {"a.c": "old\n"}, {"a.c": "new\n"})
    one = state(tmp_path, applied=made)
    (tmp_path / "right").write_bytes(b"right")
    digest = steps.digest_of(tmp_path / "right")

    def run(out, path):
        return steps.run_wrong(out, path)
    return right_of(one, made.head, Way(PROGRAMS, start(made.head), digest, guest_run(RIGHT),
                                        (run,)))


@pytest.fixture
def judged(right, tmp_path, monkeypatch):
    """``judged(mutant, ...)``: its fate, when its image, findings and tests are these."""
    seen = {}

    def go(mutant=MINE, image=b"wrong", tests=RIGHT, found=(), commit="d" * 40, *, right=right):
        def variant(builder, tree, start, commit, bench):
            if isinstance(image, Exception):
                raise image
            bench.mkdir(parents=True, exist_ok=True)
            (bench / "vmlinux").write_bytes(image)
            return bench / "vmlinux"

        monkeypatch.setattr(room, "commit_of", commit if callable(commit) else counted(commit))
        monkeypatch.setattr(static, "findings", counted(tuple(found)))
        monkeypatch.setattr(kernel, "variant", counted(variant))
        monkeypatch.setattr(steps, "run_wrong", counted(guest_run(tests)))
        return room.judge(right, mutant, tmp_path / "bench", seen)
    return go


def fate(one):
    return one.status, one.by, one.differences


def test_a_test_that_the_right_version_passes_catches(judged):
    one = judged(tests={**RIGHT, "p.b": "FAIL", "p.a": "CRASHED"})
    assert fate(one) == ("caught", ("p.a", "p.b"), ())
    assert (one.name, one.line) == (EDIT.name, "return 1;  ->  ;")
    assert one.seconds >= 0


def test_what_fails_on_the_right_version_too_catches_nothing(judged):
    assert fate(judged(tests=RIGHT)) == ("survived", (), ())


def test_a_test_that_no_guest_came_to_says_nothing(judged):
    assert fate(judged(tests={**RIGHT, "p.a": "NOT_RUN"})) == ("survived", (), ())
    assert fate(judged(tests={**RIGHT, "p.a": "SKIP"}, image=b"2"))[0] == "caught"


def test_what_may_differ_is_listed_and_catches_nothing(judged):
    one = judged(tests={**RIGHT, "p.a": "XFAIL"}, found=(WARNING,))
    assert fate(one) == ("survived", (), (WARNING.id, "p.a"))


@pytest.mark.parametrize("image", [b"wrong", b"right"])
def test_a_finding_without_a_build_catches_whatever_the_machine_code(judged, image):
    one = judged(image=image, found=(ERROR, WARNING))
    assert fate(one) == ("caught", (ERROR.id,), (WARNING.id,))


@pytest.mark.parametrize(("mutant", "status"), [(MINE, "equivalent"), (GIVEN, "survived")])
def test_the_same_machine_code_cannot_be_seen_by_a_test(judged, mutant, status):
    one = judged(mutant, image=b"right")
    assert fate(one) == (status, (), ())
    assert one.why
    assert steps.run_wrong.calls == [], "nobody has to boot it"


def test_a_mutant_that_does_not_compile_is_no_success_of_the_tests(judged):
    one = judged(image=BROKEN)
    assert one.status == "not-compiled"
    assert "'x' undeclared" in one.why
    assert "\n" not in one.why
    caught = judged(image=BROKEN, found=(ERROR,))
    assert (caught.status, caught.by) == ("caught", (ERROR.id,))


def test_a_mutant_that_does_not_apply_is_not_built(judged):
    one = judged(GIVEN, commit=raises(InputRefusedError("a.c, hunk 1")))
    assert (one.status, one.why, one.name) == ("not-applied", "a.c, hunk 1", "given/1 a")
    assert kernel.variant.calls == []


def test_the_same_code_is_booted_once(judged):
    judged(tests={**RIGHT, "p.a": "FAIL", "p.b": "XFAIL"})
    twin = judged(GIVEN, tests=RIGHT)
    assert fate(twin) == ("caught", ("p.a",), ("p.b",))
    assert EDIT.name in twin.why
    assert steps.run_wrong.calls == []


def test_what_catches_a_twin_is_named_once(judged):
    judged(tests={**RIGHT, "p.a": "FAIL"}, found=(ERROR,))
    assert judged(GIVEN, found=(ERROR,)).by == (ERROR.id, "p.a")


def test_a_twin_of_a_survivor_survives_unless_something_else_catches_it(judged):
    judged(tests=RIGHT)
    assert judged(GIVEN).status == "survived"
    assert judged(GIVEN, found=(ERROR,)).status == "caught"


def test_a_mutant_is_built_from_the_right_version_and_has_a_folder(judged, right, tmp_path):
    judged(GIVEN, commit="e" * 40)
    out = tmp_path / "out" / "mutants" / "given_1_a"
    assert out.is_dir()
    ((builder, tree, start, commit, bench), _) = kernel.variant.calls[0]
    assert builder.log == out / "log"
    assert (tree, start, commit, bench) == (right.state.tree, right.ways[0].start, "e" * 40,
                                            tmp_path / "bench" / PROGRAMS)
    assert steps.run_wrong.calls == [((out, bench / "vmlinux"), {})]
    assert static.findings.calls == [((right, GIVEN, "e" * 40), {})]


def test_tests_of_the_mutant_are_compared_with_those_of_the_right_version(judged):
    assert judged(tests={"p.a": "PASS", "p.b": "PASS", "p.c": "PASS"}).status == "survived"


def test_a_twin_inherits_what_running_found_and_keeps_its_own_findings(judged):
    first = judged(found=(ERROR,), tests={**RIGHT, "p.a": "FAIL"})
    assert first.by == (ERROR.id, "p.a")
    twin = judged(replace(MINE, name="b"), found=(WARNING,))
    assert fate(twin) == ("caught", ("p.a",), (WARNING.id,))
    assert first.name in twin.why


def test_a_twin_of_what_only_a_finding_caught_has_survived(judged):
    assert judged(found=(ERROR,)).status == "caught"
    assert judged(replace(MINE, name="b")).status == "survived"


def shown(ran):
    """What the guests have shown of the line of MINE."""
    here = {("a.c", 3)}
    return {Ran.NOT: Traced(here, asked=True), Ran.BOOT: Traced(here, here, asked=True),
            Ran.TESTS: Traced(here, by={("a.c", 3): ("p.a",)}, asked=True),
            Ran.UNKNOWN: Traced(asked=True)}[ran]


def test_a_line_that_no_test_executes_is_undefended_without_a_build(judged, right):
    idle = replace(right, shown=shown(Ran.NOT))
    one = judged(right=idle)
    assert (one.status, one.why) == ("not-executed", "no test executes this line")
    assert kernel.variant.calls == []
    assert judged(right=idle, found=(ERROR,)).status == "caught"
    assert judged(GIVEN, right=idle).status == "survived"


def test_what_the_boot_executes_already_may_be_executed_by_any_test(judged, right):
    way = replace(right.ways[0], executed=frozenset())
    one = replace(right, ways=(way,), shown=shown(Ran.BOOT))
    assert judged(tests={**RIGHT, "p.a": "FAIL"}, right=one).status == "caught"


def test_the_ways_that_reach_a_line_try_it_one_after_another(judged, right):
    here, there = frozenset({("a.c", 3)}), frozenset({("a.c", 9)})
    way = right.ways[0]
    ran = []

    def runs(name, tests):
        return lambda out, path: ran.append(name) or guest_run(tests)
    bad = {**RIGHT, "p.a": "FAIL"}
    ways = (replace(way, name="far", executed=there, runs=(runs("far", bad),)),
            replace(way, name="near", executed=here, runs=(runs("some", RIGHT), runs("all", bad))),
            replace(way, name="late", executed=here, runs=(runs("late", bad),)))
    one = judged(right=replace(right, ways=ways, shown=shown(Ran.TESTS)))
    assert (one.status, one.by, ran) == ("caught", ("p.a",), ["some", "all"])
    ran.clear()
    judged(image=b"2", right=replace(right, ways=ways, shown=shown(Ran.UNKNOWN)))
    assert ran == ["far"], "what is not known to reach it may all the same"


def test_a_suite_that_a_run_leaves_out_is_no_lost_test(judged, right):
    way = replace(right.ways[0], before=guest_run({**RIGHT, "q.a": "PASS"}))
    assert judged(right=replace(right, ways=(way,))).status == "survived"


def test_a_kernel_that_does_not_boot_is_caught_and_ends_nothing(judged, right):
    def dies(out, path):
        raise NoBootError("the guest does not boot: it panicked", "")
    way = replace(right.ways[0], runs=(dies,))
    one = judged(right=replace(right, ways=(way,)))
    assert (one.status, one.by) == ("caught", ("kernel.boot",))


@pytest.mark.parametrize(("ran", "status"), [
    ({3: Ran.NOT, 4: Ran.NOT}, "not-executed"), ({3: Ran.NOT, 4: Ran.TESTS}, "survived"),
    ({3: Ran.NOT}, "not-executed"), ({4: Ran.BOOT}, "survived"), ({}, "survived")])
def test_a_hunk_is_idle_where_all_its_lines_are(judged, right, ran, status):
    hunk = replace(MINE, edit=replace(EDIT, lines=3))
    known = frozenset(("a.c", n) for n in ran)
    shown_ = Traced(known, frozenset(p for p in known if ran[p[1]] is Ran.BOOT), {
        p: ("p.a",) for p in known if ran[p[1]] is Ran.TESTS}, asked=True)
    way = replace(right.ways[0], executed=frozenset(shown_.by))
    assert judged(hunk, right=replace(right, shown=shown_, ways=(way,))).status == status
