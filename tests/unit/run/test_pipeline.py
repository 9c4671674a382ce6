# SPDX-License-Identifier: GPL-2.0-or-later
"""Which stages a command has, and in which order."""

import pytest

from harness.run import pipeline


def test_slices_are_slices():
    names = [s.name for s in pipeline.STAGES]
    for command, wanted in pipeline.SLICES.items():
        assert [s.name for s in pipeline.stages_of(command, extra=True)] == list(wanted)
        assert set(wanted) <= set(names)


def names(*args, **how):
    return [s.name for s in pipeline.stages_of(*args, **how)]


def test_a_check_is_all_of_it_but_other_configurations_only_when_asked_for():
    every = [s.name for s in pipeline.STAGES]
    assert names("check", extra=True) == every
    assert names("check") == [n for n in every if n != "build-extra"]
    assert "build-extra" not in names("build")
    assert "build-extra" in names("build", extra=True)


def test_the_base_alone_is_booted_and_nothing_of_a_series_is_judged():
    base = names("check", base_only=True)
    assert base[-2:] == ["boot-base", "base-failures"]
    assert not {"lint", "uapi", "build-patched", "compare"} & set(base)
    assert names("lint", base_only=True) == names("lint")


def test_a_dry_run_ends_before_anything_is_built():
    assert names("check", dry_run=True) == ["intake", "tree", "apply", "profiles"]


@pytest.mark.parametrize("row", [pipeline.STAGES, pipeline.BASE_STAGES])
def test_each_stage_comes_after_what_makes_what_it_needs(row):
    made = {"series"}
    before = set()
    for stage in row:
        assert set(stage.needs) <= made, stage.name
        known = {s.name for s in row}
        assert {n for n in stage.after or () if n in known} <= before, stage.name
        made |= {stage.makes}
        before |= {stage.name}
