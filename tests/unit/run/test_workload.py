# SPDX-License-Identifier: GPL-2.0-or-later
"""Which programs go into which guest, and what comes of several guests."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.arch import EMULATOR, MACHINES, NATIVE_TARGET
from harness.errors import UsageError
from harness.generate import replay
from harness.guest.boot import Guest
from harness.guest.qemu import Machine
from harness.guest.run import USUAL, RetryPolicy
from harness.model import GuestRun, Measurement, Outcome, Program, Splat, Status
from harness.run import workload
from harness.run.workload import NOTHING, Workload
from harness.system import sandbox
from harness.system.sandbox import Sandbox
from tests.make import guest_run
from tests.unit.run.toys import counted, profile
from tests.unit.run.toys import program as compiled

KERNEL = Path("/vmlinux")
WHERE = Guest(Machine(EMULATOR, "tcg", 512, 2), Sandbox(enabled=False), Path("/out"), 1, 1, 1,
              lambda _: None, Path("/init"))


def program(name, tests=1, *, parallel=False):
    return Program(name, Path("/p"), tuple(f"t{n}" for n in range(tests)), parallel)


def answers(where, kernel, load, retry):
    """Every test passes; the driver answers each operation by its own line."""
    replayed = []
    for text in load.data.values():
        number, at = "", 0
        for line in text.decode().splitlines():
            if line.startswith("case "):
                number, at = line.split()[1], 0
            else:
                replayed.append(f"{number} {at} {line}")
                at += 1
    rows = tuple(Outcome(p.name, Status.PASS, children=tuple(
        Outcome(t, Status.PASS) for t in p.tests)) for p in load.programs)
    return GuestRun((*rows, Outcome("kernel", Status.PASS)), (), (), 1, 2.0, "tcg",
                    tuple(replayed))


@pytest.fixture
def guests(monkeypatch):
    """Guests in which every test passes; ``calls`` has what each was given."""
    fake = counted(answers)
    monkeypatch.setattr(workload, "run_programs", fake)
    return fake


def given(guests):
    return {str(where.out): [p.name for p in load.programs]
            for (where, _, load, _), _ in guests.calls}


def modelled(folder):
    made = profile(folder, model=True)
    return workload.with_scripts(made, (program("driver"),), 300)


def test_nothing_to_run_is_false():
    assert not NOTHING
    assert Workload((program("a"),))


def test_two_workloads_are_one(tmp_path):
    both = Workload((program("a"),)) + modelled(tmp_path)
    assert [p.name for p in both.programs] == ["a", "driver"]
    assert len(both.scripts) == 1


def test_a_part_has_the_scripts_of_its_programs(tmp_path):
    both = Workload((program("a"),)) + modelled(tmp_path)
    assert both.only("a") == Workload((program("a"),))
    assert [p.name for p in both.only("driver").programs] == ["driver"]
    assert both.only("driver").scripts == both.scripts
    assert both.only("nobody") == NOTHING


def test_the_script_goes_into_the_guest_by_its_drivers_name(tmp_path):
    load = modelled(tmp_path).load()
    assert [p.name for p in load.programs] == ["driver"]
    assert list(load.data) == ["driver"]
    assert load.data["driver"].startswith(b"case 0 ")


def test_a_profile_without_a_model_has_no_scripts(tmp_path):
    made = workload.with_scripts(profile(tmp_path), (program("a"),), 100)
    assert made == Workload((program("a"),))


def test_scripts_are_probes_and_then_random_ones_with_numbers_of_their_own(tmp_path):
    ((_, cases),) = modelled(tmp_path).scripts
    assert [c.number for c in cases] == list(range(len(cases)))
    assert [c.kind for c in cases] == [replay.PROBE, "rule", "rule", "rule"]
    assert sum(len(c.script) for c in cases[1:]) == 300


def test_every_check_replays_the_same_scripts(tmp_path):
    ((_, first),), ((_, second),) = modelled(tmp_path).scripts, modelled(tmp_path).scripts
    assert first == second


def test_programs_are_compiled_against_the_headers(tmp_path, monkeypatch):
    build = counted((compiled(tmp_path, "driver"),))
    monkeypatch.setattr(workload, "build_programs", build)
    made = profile(tmp_path, model=True)
    work = workload.prepare(made, Path("/headers"), tmp_path / "to", WHERE.sandbox,
                            log=tmp_path / "log", operations=200)
    assert build.calls == [((made, Path("/headers"), tmp_path / "to", WHERE.sandbox,
                             tmp_path / "log"), {})]
    ((_, cases),) = work.scripts
    assert len(cases) == 3
    assert [p.name for p in work.programs] == ["driver"]


def test_programs_for_another_machine_have_the_tests_that_these_say_they_have(tmp_path,
                                                                              monkeypatch):
    (other, *_) = (m for m in MACHINES if m.target != NATIVE_TARGET)
    build = counted((compiled(tmp_path, "driver"),))
    monkeypatch.setattr(workload, "build_programs", build)
    workload.prepare(profile(tmp_path), None, tmp_path / "to", WHERE.sandbox,
                     log=tmp_path / "log", operations=200, machine=other)
    (_, own), ((_, _, where, *_), how) = build.calls
    assert own == {}
    assert where == tmp_path / "to" / other.name
    assert how["compiler"].line == other.compiler
    assert how["compiler"].tests == {"driver": compiled(tmp_path, "driver").tests}


def test_the_drivers_answers_are_held_against_the_model(tmp_path, guests, monkeypatch):
    work = replace(modelled(tmp_path), programs=(Program("driver", Path("/p"), ("rule",)),))
    assert workload.run(WHERE, KERNEL, work).outcomes[0].status is Status.PASS

    def lies(*args):
        run = answers(*args)
        return replace(run, replayed=(*run.replayed[:-1], run.replayed[-1] + "x"))

    monkeypatch.setattr(workload, "run_programs", lies)
    (test,) = workload.run(WHERE, KERNEL, work).outcomes[0].children
    assert test.status is Status.FAIL


def test_one_guest_runs_all(guests):
    workload.run(WHERE, KERNEL, Workload((program("a"), program("b"))))
    assert given(guests) == {"/out": ["a", "b"]}
    ((_, kernel, _, retry), _) = guests.calls[0]
    assert (kernel, retry) == (KERNEL, USUAL)


def test_two_guests_share_the_programs_and_have_folders_of_their_own(guests):
    retry = RetryPolicy(boots=3)
    work = Workload((program("a"), program("b"), program("c")))
    run = workload.run(replace(WHERE, guests=2), KERNEL, work, retry)
    assert given(guests) == {"/out/guest1": ["a", "c"], "/out/guest2": ["b"]}
    assert sorted(o.name for o in run.outcomes) == ["a", "b", "c", "kernel"]
    assert run.boots == 2
    assert all(args[3] is retry for args, _ in guests.calls)


@pytest.mark.parametrize("quiet", [False, True])
def test_with_nothing_to_run_a_kernel_is_booted_all_the_same(guests, quiet):
    workload.run(replace(WHERE, guests=2), KERNEL, NOTHING, quiet=quiet)
    assert given(guests) == {"/out": []}


def test_quiet_keeps_those_that_need_cpus_apart(guests):
    work = Workload((program("a"), program("smp", parallel=True), program("b")))
    run = workload.run(replace(WHERE, guests=2), KERNEL, work, quiet=True)
    assert given(guests) == {"/out": ["a", "b"], "/out/smp": ["smp"]}
    usual, smp = (args[0] for args, _ in guests.calls)
    assert (usual.machine.cpus, usual.sandbox.nice) == (1, sandbox.GIVE_WAY)
    assert (smp.machine.cpus, smp.sandbox.nice) == (2, 0)
    assert run.boots == 2


@pytest.mark.parametrize(("parallel", "out"), [(True, "/out/smp"), (False, "/out")])
def test_quiet_boots_no_guest_for_nothing(guests, parallel, out):
    workload.run(WHERE, KERNEL, Workload((program("a", parallel=parallel),)), quiet=True)
    assert given(guests) == {out: ["a"]}


@pytest.mark.parametrize(("programs", "number", "rows"), [
    ([("a", 5), ("b", 3), ("c", 1)], 1, (("a", "b", "c"),)),
    ([("a", 1), ("b", 5), ("c", 3)], 2, (("b",), ("c", "a"))),
    ([("a", 5), ("b", 3), ("c", 3)], 2, (("a",), ("b", "c"))),
    ([("a", 5)], 3, (("a",),)),
    ([], 2, ()),
    ([("a", 1), ("p", 1, True), ("q", 1, True)], 2, (("a",), ("p", "q"))),
    # what needs CPUs counts for more than it has tests
    ([("p", 1, True), ("a", 2), ("b", 2), ("c", 2)], 2, (("a", "b", "c"), ("p",))),
    ([("p", 1, True), ("a", 3), ("b", 3), ("c", 3)], 2, (("a", "b"), ("p", "c"))),
])
def test_guests_get_about_as_many_tests_each(programs, number, rows):
    made = tuple(program(row[0], row[1], parallel=len(row) > 2) for row in programs)
    assert workload.shares(made, number) == rows


def test_two_guests_as_if_one_had_run_all():
    one = guest_run({"p.a": "PASS"}, (("x", 1.0, "ns"),), (Splat("Oops", "text"),))
    two = replace(guest_run({"q.a": "FAIL"}, (("y", 2.0, "ns"),), (Splat("WARN", "text"),)),
                  boots=3, seconds=2.5, replayed=("1 0 a",))
    whole = workload.both(replace(one, replayed=("0 0 b",)), two)
    assert [o.name for o in whole.outcomes] == ["p", "q"]
    assert whole.measurements == (Measurement("x", 1.0, "ns"), Measurement("y", 2.0, "ns"))
    assert [s.title for s in whole.splats] == ["Oops", "WARN"]
    assert (whole.boots, whole.seconds, whole.replayed) == (4, 3.5, ("0 0 b", "1 0 a"))


@pytest.mark.parametrize(("first", "second", "counts"), [
    ("PASS", "PASS", "PASS"), ("PASS", "FAIL", "FAIL"), ("FAIL", "PASS", "FAIL"),
    ("PASS", "CRASHED", "CRASHED"), ("PASS", "SKIP", "PASS"),
])
def test_of_what_every_guest_says_of_the_kernel_the_worse_counts(first, second, counts):
    one, two = (GuestRun((Outcome("kernel", Status(s)),), (), (), 1, 1.0, "tcg")
                for s in (first, second))
    (row,) = workload.both(one, two).outcomes
    assert row.status == counts


def test_programs_of_the_same_name_would_overwrite_one_another():
    one = Workload((program("p"),))
    with pytest.raises(UsageError, match="called p"):
        one + one
    assert len((one + Workload((program("q"),))).programs) == 2
