# SPDX-License-Identifier: GPL-2.0-or-later
"""The right version: what is built of it, and what is said of it."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.build.kernel import FinishedBuild
from harness.errors import InputRefusedError, UsageError
from harness.prove import baseline, steps
from harness.prove.baseline import ProofPlan
from harness.run import build_stages, generate_stage, intake_stages, placing
from tests.make import guest_run, patch, series
from tests.unit.run.toys import applied, counted, image, state

RUN = guest_run({"p.a": "PASS", "p.b": "FAIL", "q.c": "CRASHED", "q.d": "SKIP"})
ALL = ["intake", "with_tree", "with_applied", "with_profiles", "build_base", "build_patched",
       "generate"]


@pytest.fixture
def machine(tmp_path, git, monkeypatch):
    """Stages that leave what they are named for; ``order`` has those that ran."""
    made = applied(git, {"a.c": "old\n"}, {"a.c": "new\n"})
    base = image(tmp_path / "base")
    patched = image(tmp_path / "patched", b"patched", "arch/bzImage")
    order = []

    def stage(room, name, **fields):
        def run(one):
            order.append(name)
            return replace(one, **fields)
        run.__name__ = name
        monkeypatch.setattr(room, name, run)

    stage(intake_stages, "intake", series=series(title="mine"))
    stage(placing, "with_tree", tree=made.tree)
    stage(placing, "with_applied", applied=made, base=made.base)
    stage(placing, "with_profiles")
    stage(build_stages, "build_base", image_base=base)
    stage(build_stages, "build_patched", image_patched=patched)
    stage(generate_stage, "generate")
    monkeypatch.setattr(steps, "run_right", counted((Path("/init"), RUN)))
    return SimpleNamespace(order=order, applied=made, base=base, patched=patched, stage=stage)


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

    monkeypatch.setattr(baseline, "read_series", read)
    return made


@pytest.fixture
def alone(tmp_path):
    """A run without a series."""
    return state(tmp_path, request={"series": None}, series=None)


def test_the_series_is_built_and_run_once(tmp_path, machine):
    right = baseline.build_baseline(state(tmp_path, series=None), ProofPlan())
    assert machine.order == ALL
    assert (right.init, right.before) == (Path("/init"), RUN)
    assert right.head == machine.applied.head
    assert right.digest == steps.digest_of(machine.patched.path)
    assert right.start == FinishedBuild(machine.patched.sources, machine.patched.build_dir,
                                        machine.applied.head, "arch/bzImage")
    assert right.state.series.title == "mine"
    assert steps.run_right.calls == [((right.state, tmp_path / "out" / "right",
                                       machine.patched.path), {})]


def test_the_user_hears_of_each_stage(tmp_path, machine):
    one = state(tmp_path)
    baseline.build_baseline(one, ProofPlan())
    said = one.say.__self__
    assert [text.split()[0] for text in said] == ALL


def test_without_a_series_the_base_is_the_right_version(alone, machine, folder):
    right = baseline.build_baseline(alone, ProofPlan(mutants=folder))
    assert machine.order == ["with_tree", "with_profiles", "build_base", "generate"]
    commit = machine.applied.tree.commit
    assert (right.head, right.state.base, right.state.applied.head) == (commit, commit, commit)
    assert right.digest == steps.digest_of(machine.base.path)
    assert right.start.image == "vmlinux"


def test_what_the_mutants_touch_chooses_the_profiles_then(alone, machine, folder):
    right = baseline.build_baseline(alone, ProofPlan(mutants=folder))
    assert [p.subject for p in right.state.series.patches] == ["2.patch", "3.mbox"]


def test_without_a_series_and_mutants_there_is_nothing_to_do(alone, machine):
    with pytest.raises(UsageError) as caught:
        baseline.build_baseline(alone, ProofPlan())
    assert "--mutants" in caught.value.hint
    assert machine.order == []


def test_a_series_that_does_not_build_proves_nothing(tmp_path, machine):
    machine.stage(build_stages, "build_patched")
    with pytest.raises(InputRefusedError):
        baseline.build_baseline(state(tmp_path), ProofPlan())
    assert steps.run_right.calls == []


@pytest.mark.parametrize("name", ["a.patch", "a.diff", "a.eml", "a.mbox"])
def test_mutants_are_patches_and_mails(tmp_path, name):
    (tmp_path / "README").touch()
    (tmp_path / name).touch()
    assert baseline.patches_in(tmp_path) == [tmp_path / name]


def test_mutants_have_the_order_of_their_names(folder):
    assert [p.name for p in baseline.patches_in(folder)] == ["1.patch", "2.patch", "3.mbox"]


@pytest.mark.parametrize("name", ["", "nowhere", "README"])
def test_a_folder_without_mutants_is_wrong_use(tmp_path, name):
    (tmp_path / "README").touch()
    with pytest.raises(UsageError, match="no mutants"):
        baseline.patches_in(tmp_path / name)


def test_what_fails_on_the_right_version_is_said(tmp_path, machine):
    right = baseline.build_baseline(state(tmp_path), ProofPlan())
    assert baseline.described(right) == {
        "title": "mine", "tree": "toy", "commit": machine.applied.head,
        "failing": ["p.b", "q.c"]}


def test_mutants_without_a_series_have_no_title(alone, machine, folder):
    right = baseline.build_baseline(alone, ProofPlan(mutants=folder))
    assert baseline.described(right)["title"] == ""
    bare = replace(right, state=replace(right.state, series=None, tree=None))
    assert (baseline.described(bare)["title"], baseline.described(bare)["tree"]) == ("", "")
