# SPDX-License-Identifier: GPL-2.0-or-later
"""Many mutants beside one another, and what is not judged again."""

import json
import threading
from dataclasses import replace

import pytest

from harness.errors import InfrastructureError, InterruptedRunError
from harness.prove import trials
from harness.prove.baseline import ProofPlan
from harness.prove.mutants import Mutant
from harness.prove.mutate import Edit
from harness.prove.proof import Judged
from harness.run.workload import Workload
from tests.unit.prove.toys import right_of
from tests.unit.run.toys import counted, program, state


def edit(name, content=b"wrong"):
    return Mutant(name, edit=Edit(name, "a.c", 3, "x", "y", content))


@pytest.fixture
def right(tmp_path):
    one = state(tmp_path, load=Workload((program(tmp_path / "p"),)))
    return right_of(one)


@pytest.fixture
def judges(monkeypatch):
    """Every mutant is caught by a test of its own; ``calls`` has those that were judged."""
    fake = counted(lambda right, mutant, bench, seen: Judged(
        mutant.name, "caught", (f"p.{mutant.name}",), ("p.d",), 2.0, "why", mutant.line))
    monkeypatch.setattr(trials, "judge", fake)
    return fake


def prove(right, *mutants, workers=1):
    said = []
    got = trials.prove(right, list(mutants), ProofPlan(workers=workers), said.append)
    return got, said


def judged(judges):
    return [args[1].name for args, _ in judges.calls]


def test_results_have_the_order_of_the_mutants(right, judges):
    got, _ = prove(right, edit("b"), edit("a"), edit("c"), workers=2)
    assert [j.name for j in got] == ["b", "a", "c"]


def test_each_is_said_as_it_comes_in_with_what_caught_it(right, monkeypatch):
    first, said = threading.Event(), []

    def judge(_right, mutant, bench, seen):
        assert mutant.name == "a" or first.wait(10)
        return Judged(mutant.name, "caught", (f"p.{mutant.name}", "p.d"))

    def say(text):
        said.append(text)
        first.set()

    monkeypatch.setattr(trials, "judge", judge)
    trials.prove(right, [edit("a"), edit("b")], ProofPlan(workers=1), say)
    assert [text.split()[0] for text in said] == ["1/2", "2/2"]
    assert ["p.a" in said[0], "p.b" in said[1]] == [True, True]
    assert ["left" in text for text in said] == [True, False]


def test_what_nothing_caught_is_said_without_a_test(right, monkeypatch):
    monkeypatch.setattr(trials, "judge", lambda *_: Judged("a", "survived"))
    assert prove(right, edit("a"))[1] == ["1/1 a: survived"]


def test_no_two_that_run_at_the_same_time_share_a_bench(right, monkeypatch, tmp_path):
    meet = threading.Barrier(2, timeout=10)
    benches = []

    def judge(_right, mutant, bench, seen):
        meet.wait()
        benches.append(bench)
        return Judged(mutant.name, "survived")

    monkeypatch.setattr(trials, "judge", judge)
    prove(right, edit("a"), edit("b"), workers=2)
    assert sorted(benches) == [tmp_path / "work" / "bench0", tmp_path / "work" / "bench1"]


def test_a_bench_is_used_again_and_all_know_what_was_seen(right, judges):
    prove(right, edit("a"), edit("b"), edit("c"))
    assert len({args[2] for args, _ in judges.calls}) == 1
    assert len({id(args[3]) for args, _ in judges.calls}) == 1


def test_a_run_goes_on_where_an_earlier_one_ended(right, judges):
    (first,), _ = prove(right, edit("a"))
    (again, _), _ = prove(right, edit("a"), edit("b"))
    assert judged(judges) == ["a", "b"]
    assert again == first


def patched(right, tmp_path, content):
    (tmp_path / "1.patch").write_bytes(content)
    return right, Mutant("a", patch=tmp_path / "1.patch")


@pytest.mark.parametrize("change", [
    lambda right, folder: (right, edit("a", b"another")),
    lambda right, folder: (replace(right, ways=(replace(right.ways[0], digest="another"),)),
                           edit("a")),
    lambda right, folder: (replace(right, state=replace(right.state, load=Workload((
        program(folder / "q", content=b"another"),)))), edit("a")),
    lambda right, folder: patched(right, folder, b"a patch"),
])
def test_what_is_not_the_same_is_judged_again(right, judges, tmp_path, change):
    prove(right, edit("a"))
    other, mutant = change(right, tmp_path)
    prove(other, mutant)
    prove(other, mutant)
    assert judged(judges) == ["a", "a"]


def test_a_patch_that_was_edited_is_judged_again(right, judges, tmp_path):
    for content in (b"one", b"one", b"two"):
        prove(*patched(right, tmp_path, content))
    assert judged(judges) == ["a", "a"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": "x"}', '{"name": 1}', "\xff"])
def test_a_result_that_cannot_be_read_is_none(right, judges, tmp_path, text):
    (first,), _ = prove(right, edit("a"))
    (place,) = (tmp_path / "out" / "judged").iterdir()
    place.write_bytes(text.encode("latin-1"))
    assert prove(right, edit("a"))[0] == [first]
    assert judged(judges) == ["a", "a"]


@pytest.mark.parametrize("spoil", [
    lambda row: row.pop("by"), lambda row: row.update(another=1), lambda row: row.update(by=1),
    lambda row: row.pop("status")])
def test_a_result_of_another_form_is_none(right, judges, tmp_path, spoil):
    prove(right, edit("a"))
    (place,) = (tmp_path / "out" / "judged").iterdir()
    row = json.loads(place.read_text())
    spoil(row)
    place.write_text(json.dumps(row))
    prove(right, edit("a"))
    assert judged(judges) == ["a", "a"]


def test_an_error_ends_all_and_what_is_done_stays_done(right, monkeypatch):
    shut = counted(None)
    monkeypatch.setattr(trials.proc, "interrupt_all", shut)

    def judge(_right, mutant, bench, seen):
        if mutant.name != "a":
            raise InfrastructureError("no space")
        return Judged("a", "caught")

    fake = counted(judge)
    monkeypatch.setattr(trials, "judge", fake)
    with pytest.raises(InfrastructureError, match="no space"):
        prove(right, edit("a"), edit("b"))
    assert len(shut.calls) == 1
    assert prove(right, edit("a"))[0] == [Judged("a", "caught")]
    assert judged(fake) == ["a", "b"]


def test_nothing_is_shut_when_all_went_well(right, judges, monkeypatch):
    shut = counted(None)
    monkeypatch.setattr(trials.proc, "interrupt_all", shut)
    assert prove(right) == ([], [])
    prove(right, edit("a"))
    assert shut.calls == []


@pytest.mark.parametrize("text", ["null", "5", '"x"', "[]", "{}", "no json"])
def test_what_is_no_result_is_judged_anew(right, judges, text, tmp_path):
    prove(right, edit("a"))
    for path in (right.state.request.out / "judged").iterdir():
        path.write_text(text)
    prove(right, edit("a"))
    assert judged(judges) == ["a", "a"]


def test_once_the_budget_is_spent_none_is_begun(right, judges, monkeypatch):
    times = iter([0.0, 0.0, 1.0, 61.0, *[61.0] * 99])
    monkeypatch.setattr(trials.time, "monotonic", lambda: next(times))
    got = trials.prove(right, [edit("a"), edit("b"), edit("c")],
                       ProofPlan(workers=1, budget=60), lambda _: None)
    assert [j.status for j in got].count("not-tried") >= 1
    assert {j.status for j in got} == {"caught", "not-tried"}


def test_what_an_interruption_ended_is_not_kept(right, judges, monkeypatch):
    monkeypatch.setattr(trials.proc, "interrupted", lambda: True)
    monkeypatch.setattr(trials.proc, "interrupt_all", lambda: None)
    with pytest.raises(InterruptedRunError):
        prove(right, edit("a"))
    assert list((right.state.request.out / "judged").iterdir()) == []


def test_any_name_of_a_file_is_one(right, judges):
    name = b"odd-\xff-\n".decode("utf-8", "surrogateescape")
    assert prove(right, edit(name))[0][0].name == name
