# SPDX-License-Identifier: GPL-2.0-or-later
"""The right version: what is built of it, and what runs on it."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import CommandFailedError, InputRefusedError, UsageError
from harness.prove import right, selftests, steps, suites
from harness.prove.baseline import ProofPlan
from harness.prove.ways import PROGRAMS, Way
from harness.run import executed, pipeline
from harness.run.schedule import Stage
from harness.run.state import SkippedStage
from harness.run.suites import judging
from tests.make import guest_run, patch, series
from tests.unit.prove.toys import start
from tests.unit.run.toys import applied, counted, image, raises, state

RUN = guest_run({"p.a": "PASS"})
HERE = ("a.c", 1)


@pytest.fixture
def machine(tmp_path, git, monkeypatch):
    """Stages that leave what they are named for; ``order`` has those that ran."""
    made = applied(git, {"a.c": "old\n"}, {"a.c": "new\n"})
    patched = image(tmp_path / "patched", b"patched", "arch/bzImage")
    order, rows = [], {}
    leaves = {
        "intake": {"series": series(title="mine")}, "tree": {"tree": made.tree},
        "apply": {"applied": made, "base": made.base}, "profiles": {"profiles": ("toy",)},
        "configure": {}, "build-base": {"image_base": image(tmp_path / "base")},
        "build-patched": {"image_patched": patched}, "accelerator": {}, "generate": {},
        "boot-patched": {"executed": (("p.a", frozenset({HERE})), (executed.BOOT, frozenset({
            ("a.c", 2)}))), "with_code": frozenset({HERE, ("a.c", 2), ("a.c", 3)})},
        "lint": {}, "boot-base": {}}

    def stage(name):
        def run(one):
            order.append(name)
            return replace(one, **leaves[name])
        return Stage(name, run)

    rows = tuple(stage(name) for name in leaves)
    monkeypatch.setattr(pipeline, "STAGES", rows)
    monkeypatch.setattr(steps, "run_right", counted((Path("/init"), RUN)))
    monkeypatch.setattr(suites, "way", lambda one: (None, one))
    monkeypatch.setattr(judging, "wanted", lambda _: ())
    monkeypatch.setattr(judging, "unknown", lambda _: ())
    return SimpleNamespace(order=order, applied=made, patched=patched, leaves=leaves)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with three mutants, one of which cannot be read."""
    made = tmp_path / "mutants"
    made.mkdir()
    for name in ("3.mbox", "1.patch", "2.patch", "notes.txt"):
        (made / name).touch()

    def read(path):
        if path.name == "1.patch":
            raise InputRefusedError("no patch")
        return series(patch(subject=path.name))

    monkeypatch.setattr(right, "read_series", read)
    return made


@pytest.fixture
def alone(tmp_path):
    """A run without a series."""
    return state(tmp_path, request={"series": None}, series=None)


def test_the_series_is_built_run_and_watched_once(tmp_path, machine):
    built = right.build_baseline(state(tmp_path, series=None), ProofPlan())
    assert machine.order == [*right.WANTED, "accelerator", "generate", "boot-patched"]
    (way,) = built.ways
    assert (way.name, way.before, way.executed) == (PROGRAMS, RUN, {HERE})
    assert way.digest == steps.digest_of(machine.patched.path)
    assert (way.start.commit, way.start.image) == (machine.applied.head, "arch/bzImage")
    assert built.shown.by == {HERE: ("p.a",)}
    assert built.shown.boot == {("a.c", 2)}
    assert built.state.series.title == "mine"
    assert len(steps.run_right.calls) == 1


def test_the_user_hears_of_each_stage(tmp_path, machine):
    one = state(tmp_path)
    right.build_baseline(one, ProofPlan())
    assert [text.split()[0] for text in one.say.__self__] == machine.order


def test_without_a_profile_the_trees_suites_judge(tmp_path, machine, monkeypatch):
    machine.leaves["profiles"] = {}
    way = Way("KUnit", start(), "d", RUN, ())
    monkeypatch.setattr(suites, "way", lambda one: (way, replace(one, executed=(
        ("KUnit", frozenset({HERE})),))))
    built = right.build_baseline(state(tmp_path), ProofPlan())
    assert [(w.name, w.executed) for w in built.ways] == [("KUnit", {HERE})]
    assert "generate" not in machine.order


@pytest.mark.parametrize("name", ["profile", "no profile"])
def test_suites_that_cannot_run_are_said(tmp_path, machine, monkeypatch, name):
    monkeypatch.setattr(suites, "way", raises(CommandFailedError("make", 2, "x")))
    if name == "profile":
        built = right.build_baseline(state(tmp_path), ProofPlan())
        assert built.lost[0].startswith("KUnit: make")
        return
    machine.leaves["profiles"] = {}
    with pytest.raises(InputRefusedError, match="no test belongs") as caught:
        right.build_baseline(state(tmp_path), ProofPlan())
    assert "KUnit: make" in caught.value.hint


def test_selftests_judge_beside_the_suites(tmp_path, machine, monkeypatch):
    ran = {name: Way(name, start(), "d", RUN, ()) for name in ("futex", "kcmp")}
    monkeypatch.setattr(judging, "wanted", lambda _: ("futex", "broken", "empty", "kcmp"))
    monkeypatch.setattr(judging, "unknown", lambda _: ("--suite x: the tree has no suite",))

    def way(one, name):
        if name == "broken":
            raise CommandFailedError("make", 2, "x")
        return ran.get(name), replace(one, executed=(*one.executed, (name, frozenset({HERE}))))

    monkeypatch.setattr(selftests, "way", way)
    built = right.build_baseline(state(tmp_path), ProofPlan())
    assert [(w.name, w.executed) for w in built.ways[1:]] == [("futex", {HERE}), ("kcmp", {HERE})]
    assert [lost.split(":")[0] for lost in built.lost] == ["--suite x", "broken"]


def test_where_no_test_belongs_nothing_is_proved(tmp_path, machine):
    machine.leaves["profiles"] = {}
    with pytest.raises(InputRefusedError) as caught:
        right.build_baseline(state(tmp_path), ProofPlan())
    assert "--suite" in caught.value.hint


def test_without_a_series_the_base_is_the_right_version(alone, machine, folder):
    built = right.build_baseline(alone, ProofPlan(mutants=folder))
    assert machine.order == ["tree", "profiles", "build-base", "generate"]
    commit = machine.applied.tree.commit
    assert (built.head, built.state.base, built.state.applied.head) == (commit, commit, commit)
    (way,) = built.ways
    assert (way.start.image, way.executed) == ("vmlinux", None)
    assert [p.subject for p in built.state.series.patches] == ["2.patch", "3.mbox"]


def test_mutants_of_what_no_profile_knows_are_refused_by_name(alone, machine, folder, monkeypatch):
    def skipped(_state, *_names):
        raise SkippedStage("no profile knows it")
    monkeypatch.setattr(pipeline, "through", lambda one, *names: (
        replace(one, **machine.leaves["tree"]) if names == ("tree",) else skipped(one)))
    with pytest.raises(InputRefusedError, match="no profile knows it"):
        right.build_baseline(alone, ProofPlan(mutants=folder))


def test_without_a_series_and_mutants_there_is_nothing_to_do(alone, machine):
    with pytest.raises(UsageError) as caught:
        right.build_baseline(alone, ProofPlan())
    assert "--mutants" in caught.value.hint
    assert machine.order == []


def test_a_series_that_does_not_build_proves_nothing(tmp_path, machine):
    machine.leaves["build-patched"] = {}
    with pytest.raises(InputRefusedError):
        right.build_baseline(state(tmp_path), ProofPlan())
    assert steps.run_right.calls == []
