# SPDX-License-Identifier: GPL-2.0-or-later
"""From the last state of a run to its report."""

import datetime as dt
from dataclasses import replace

import pytest

from harness.errors import InfrastructureError, InterruptedRunError, UsageError
from harness.evidence import Changed
from harness.intake import Topic
from harness.intake.topic import Inferred
from harness.model import (
    Change,
    ChangeKind,
    Finding,
    Location,
    PatchFile,
    Severity,
    StructLayout,
    Verdict,
)
from harness.run import execute
from harness.run.pipeline import Stage
from harness.run.state import NotRunError, Request
from harness.settings import Settings
from harness.system import repo
from harness.uapi.result import UapiResult
from tests.make import patch, series
from tests.unit.run.toys import applied, raises

LINTED = Stage("lint", lambda state: replace(state, series=series()))
TOPIC = Topic("Toys", "v2", "pass", (), (Inferred("the number", "156"),))


def run(tmp_path, *stages, scope="lint", settings=None, **asked):
    chosen = Settings(cache=tmp_path / "cache", **(settings or {}))
    request = Request(**{"series": None, "settings": chosen, "out": tmp_path / "out",
                         "reproduce": "./run check", **asked})
    return execute.run(request, stages, lambda _: None, scope)


def leaves(name="lint", **fields):
    """A stage that leaves these fields."""
    return Stage(name, lambda state: replace(state, **fields))


def change(kind):
    return Change("p.a", "PASS", "PASS", kind)


@pytest.mark.parametrize(("kinds", "verdict"), [
    ((ChangeKind.UNTESTED, ChangeKind.UNTESTED), Verdict.NOT_TESTED),
    ((ChangeKind.UNTESTED, ChangeKind.SAME), Verdict.PASS), ((), Verdict.PASS),
])
def test_tests_that_all_could_not_run_have_tested_nothing(tmp_path, kinds, verdict):
    report, _ = run(tmp_path, LINTED, leaves("uapi", changes=tuple(map(change, kinds))))
    assert report.verdict is verdict


@pytest.mark.parametrize("name", ["lint", "lint-tree", "uapi", "tools", "build-patched", "compare"])
def test_one_check_that_passed_is_enough_to_have_tested(tmp_path, name):
    files = (Changed("a.c", "a\n", "b\n", (1,), (1,)),)
    read = Stage("intake", lambda state: replace(state, series=series(), files=files))
    assert run(tmp_path, read, leaves(name))[0].verdict is not Verdict.NOT_TESTED
    assert run(tmp_path, read, leaves("apply"))[0].verdict is Verdict.NOT_TESTED


def test_without_a_series_there_is_nothing_to_pass(tmp_path):
    assert run(tmp_path, leaves())[0].verdict is Verdict.INCOMPLETE


def test_the_base_alone_passes_without_any_file(tmp_path):
    report, _ = run(tmp_path, leaves("boot-base"), scope="check", base_only=True)
    assert (report.verdict, report.evidence) == (Verdict.PASS, ())


def test_a_stage_that_could_look_at_nothing_makes_it_incomplete(tmp_path):
    lost = Stage("extra", lambda state: raises(NotRunError("no gcc", state))())
    assert run(tmp_path, LINTED, lost)[0].verdict is Verdict.INCOMPLETE
    assert run(tmp_path, LINTED, lost)[0].stages[1].reason == "no gcc"


def test_a_wrong_fail_on_is_wrong_use_and_nothing_is_begun(tmp_path):
    with pytest.raises(UsageError, match="sometimes"):
        run(tmp_path, LINTED, settings={"fail_on": "sometimes"})
    assert not (tmp_path / "out").exists()


def test_the_base_alone_of_another_architecture_is_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="--base-only"):
        run(tmp_path, LINTED, base_only=True, arches=("arm64",))


def test_stages_can_write_into_the_folder_that_the_user_gets(tmp_path):
    seen = []
    run(tmp_path, Stage("lint", lambda state: seen.append(state.request.out.is_dir()) or state))
    run(tmp_path, LINTED)  # once more into the same folder
    assert seen == [True]


def test_wrong_use_in_a_stage_has_no_report(tmp_path):
    with pytest.raises(UsageError, match="row 3"):
        run(tmp_path, Stage("uapi", raises(UsageError("row 3"))))


def test_ctrl_c_is_an_interrupted_run(tmp_path):
    report, error = run(tmp_path, LINTED, Stage("uapi", raises(KeyboardInterrupt())))
    assert isinstance(error, InterruptedRunError)
    assert report.verdict is Verdict.INFRASTRUCTURE
    assert report.ended == error.message


def test_why_a_run_ended_and_what_next_is_in_the_notices(tmp_path):
    report, error = run(tmp_path, leaves(notices=("before",)), Stage("tree", raises(
        InfrastructureError("no disk", hint="free some"))))
    assert (report.ended, error.message) == ("no disk", "no disk")
    before, last = report.notices
    assert before == "before"
    assert "no disk" in last
    assert last.endswith("free some")
    plain, _ = run(tmp_path, Stage("tree", raises(InfrastructureError("no disk"))))
    assert plain.notices == ("no disk",)


@pytest.mark.parametrize(("fields", "title"), [
    ({}, "?"), ({"series": series(title="toy: Do it")}, "toy: Do it"),
    ({"series": series(title="toy: Do it"), "topic": TOPIC}, "Toys (v2)"),
])
def test_what_a_report_is_called(tmp_path, fields, title):
    assert run(tmp_path, leaves(**fields))[0].title == title


def test_a_report_has_what_the_stages_left(tmp_path, git):
    made = applied(git, {"a.c": "old\n"}, {"a.c": "new\n"})
    pair = (StructLayout("struct a", 8, 8, ()), StructLayout("struct a", 16, 8, ()))
    report, error = run(tmp_path, leaves(
        series=series(), tree=made.tree, base=made.base, applied=made, topic=TOPIC,
        notices=("before",), not_run=("sparse",), uapi=UapiResult(layouts=(pair,))),
        out_is_kept=False)
    assert error is None
    assert (report.tree, report.base, report.layouts) == (made.tree, made.base, (pair,))
    assert (report.notices, report.not_run, report.ended) == (("before",), ("sparse",), "")
    assert (report.reproduce, report.out, report.kept) == ("./run check", tmp_path / "out", False)
    assert (report.scope, report.inferred) == ("lint", ("the number",))
    assert [f.path for f in report.evidence] == ["a.c"]
    assert report.series == series(), "git moved nothing"
    assert dt.datetime.fromisoformat(report.began).tzinfo is not None
    assert 0 <= report.seconds < 600


def test_what_was_asked_for_and_cannot_be_had_is_in_the_report(tmp_path):
    assert run(tmp_path, LINTED, not_run=("--config: no gcc",))[0].not_run == ("--config: no gcc",)


def test_findings_belong_to_the_last_patch_that_touches_their_file(tmp_path):
    files = (PatchFile("b.c", "b.c", 1, 1),)
    mine = series(patch(number=1), patch(number=2), patch(number=3, files=files))
    rows = [("a.c", 0, 2), ("b.c", 0, 3), ("b.c", 1, 1), ("c.c", 0, 0)]
    found = tuple(Finding("r", Severity.NOTE, "m", Location(path, 1), patch=given)
                  for path, given, _ in rows)
    report, _ = run(tmp_path, leaves(series=mine, findings=found))
    assert [f.patch for f in report.findings] == [wanted for _, _, wanted in rows]
    assert execute.attributed(found[0], None) is found[0]


def test_findings_about_what_was_rebuilt_are_marked(tmp_path):
    found = tuple(Finding("r", Severity.NOTE, text) for text in ("number 156", "another"))
    report, _ = run(tmp_path, leaves(topic=TOPIC, findings=found))
    assert [f.inferred for f in report.findings] == ["the number", ""]


def test_a_patch_that_git_moved_has_the_lines_of_the_tree(tmp_path, git, monkeypatch):
    made = applied(git, {"a.c": "1\n"}, {"a.c": "2\n"}, {"a.c": "3\n"}, notices=("moved by 3",))
    monkeypatch.setattr(repo, "diff", lambda store, old, new: b"%b to %b" % (
        git.files(old)["a.c"].strip(), git.files(new)["a.c"].strip()))
    mine = series(patch(number=1), patch(number=2))
    report, _ = run(tmp_path, leaves(series=mine, applied=made))
    assert [p.placed for p in report.series.patches] == [b"1 to 2", b"2 to 3"]
    assert [p.diff for p in report.series.patches] == [p.diff for p in mine.patches]
