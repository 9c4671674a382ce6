# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run says in the end: verdicts of stages that do nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import InfrastructureError, InputRefusedError, UsageError
from harness.intake.topic import Inferred
from harness.model import Finding, Location, Severity, Status, Verdict
from harness.run import execute
from harness.run.schedule import Stage
from harness.run.state import Request, SkippedStage
from harness.settings import Settings
from tests.make import series


def run(tmp_path, *stages, scope="lint", **changes):
    settings = Settings(cache=tmp_path / "cache", **changes)
    request = Request(None, settings, tmp_path / "out", "./run check")
    return execute.run(request, stages, lambda _: None, scope)


def reads(state):
    return replace(state, series=series())


def finds(severity, rule="r"):
    return lambda state: replace(
        state, findings=(*state.findings, Finding(rule, severity, "m")))


def fails(error):
    def stage(state):
        raise error
    return stage


def skips(state):
    raise SkippedStage("nothing to do")


def same(state):
    return state


LINT = Stage("lint", same, ("series",))


def test_what_stops_what(tmp_path):
    report, error = run(tmp_path, Stage("intake", same, makes="series"), LINT)
    assert error is None
    assert [(s.name, s.status) for s in report.stages] == [
        ("intake", Status.FAIL), ("lint", Status.NOT_RUN)]
    assert "intake" in report.stages[1].reason
    assert report.verdict is Verdict.NOT_TESTED


@pytest.mark.parametrize(("severity", "fail_on", "verdict"), [
    (Severity.ERROR, "error", Verdict.FAIL), (Severity.WARNING, "error", Verdict.PASS),
    (Severity.WARNING, "warning", Verdict.FAIL), (Severity.NOTE, "warning", Verdict.PASS),
    (Severity.ERROR, "never", Verdict.PASS), (Severity.ERROR, "regression", Verdict.PASS),
])
def test_findings_and_what_fails(tmp_path, severity, fail_on, verdict):
    report, _ = run(tmp_path, Stage("intake", reads), Stage("lint", finds(severity)),
                    Stage("uapi", same), fail_on=fail_on)
    assert report.verdict is verdict


def test_a_regression_fails_with_fail_on_regression(tmp_path):
    stage = Stage("compare", finds(Severity.ERROR, "runtime-regression"))
    assert run(tmp_path, stage, fail_on="regression")[0].verdict is Verdict.FAIL


@pytest.mark.parametrize(("error", "verdict"), [
    (InputRefusedError("no"), Verdict.REFUSED),
    (InfrastructureError("no"), Verdict.INFRASTRUCTURE),
    (KeyboardInterrupt(), Verdict.INFRASTRUCTURE),
])
def test_an_error_ends_the_run_and_the_rest_is_not_run(tmp_path, error, verdict):
    report, raised = run(tmp_path, Stage("intake", reads), Stage("tree", fails(error)), LINT)
    assert raised is not None
    assert report.verdict is verdict
    ended = Status.FAIL if verdict is Verdict.REFUSED else Status.NOT_RUN
    assert [s.status for s in report.stages] == [Status.PASS, ended, Status.NOT_RUN]


def test_any_error_that_ends_a_run_is_said_in_the_report(tmp_path):
    error = OSError(28, "No space left on device")
    report, raised = run(tmp_path, Stage("intake", reads), Stage("tree", fails(error)), LINT)
    assert raised is error
    assert type(error).__name__ in report.ended


def test_a_bug_of_ours_ends_one_stage_and_is_no_pass(tmp_path):
    bug = Stage("tree", fails(ZeroDivisionError("x")))
    report, raised = run(tmp_path, Stage("intake", reads), bug, LINT)
    assert raised is None
    assert [s.status for s in report.stages] == [Status.PASS, Status.NOT_RUN, Status.PASS]
    assert report.verdict is Verdict.INCOMPLETE
    assert "a bug in harness, in the stage tree: ZeroDivisionError: x" in report.bugs[0]
    assert "Traceback" in (tmp_path / "out" / "log").read_text()


def test_findings_of_a_bug_ridden_run_still_fail_it(tmp_path):
    report, _ = run(tmp_path, Stage("intake", reads), Stage("tree", fails(ZeroDivisionError())),
                    Stage("lint", finds(Severity.ERROR)))
    assert report.verdict is Verdict.FAIL


def test_a_check_of_code_that_nothing_compiled_is_incomplete(tmp_path):
    report, _ = run(tmp_path, Stage("intake", reads), Stage("lint", same), scope="check")
    assert report.verdict is Verdict.INCOMPLETE
    (file,) = report.evidence
    assert [g.look for g in file.gaps] == ["compiled", "booted"]


def test_a_stage_that_did_not_run_is_no_pass(tmp_path):
    report, _ = run(tmp_path, Stage("intake", reads), LINT,
                    Stage("build", same, ("image_base",)))
    assert report.stages[2].status is Status.NOT_RUN
    assert report.verdict is Verdict.INCOMPLETE


def test_what_a_skipped_stage_would_have_made_is_not_missed(tmp_path):
    report, _ = run(tmp_path, Stage("intake", reads), LINT,
                    Stage("build-base", skips, makes="image_base"),
                    Stage("boot", same, ("image_base",)))
    assert (report.stages[3].status, report.stages[3].reason) == (Status.SKIP, "nothing to do")
    assert not report.stages[3].applies
    assert report.verdict is Verdict.PASS


def test_a_stage_cannot_add_without_end(tmp_path):
    def floods(state):
        return replace(state, notices=("n",) * 5000, findings=(
            *(Finding("r", Severity.NOTE, f"m{n}") for n in range(5000)),
            Finding("r", Severity.ERROR, "the one that counts")))

    report, _ = run(tmp_path, Stage("intake", reads), Stage("lint", floods))
    assert len(report.findings) == 2000
    assert report.findings[0].severity is Severity.ERROR
    assert len(report.notices) == 501
    assert report.notices[0] == "lint: at least 3001 more findings are left out"


def test_wrong_use_is_raised(tmp_path):
    with pytest.raises(UsageError):
        run(tmp_path, Stage("intake", fails(UsageError("no"))))


def test_a_skipped_stage_says_why_and_is_no_success(tmp_path):
    report, _ = run(tmp_path, Stage("lint", skips))
    assert (report.stages[0].status, report.stages[0].reason) == (Status.SKIP, "nothing to do")
    assert report.verdict is Verdict.NOT_TESTED


def test_the_work_folder_is_gone_afterwards(tmp_path):
    seen: list[Path] = []

    def look(state):
        assert state.work.is_dir()
        seen.append(state.work)
        return state

    run(tmp_path, Stage("lint", look))
    assert not seen[0].exists()


def test_no_sandbox_is_said(tmp_path):
    assert "--no-sandbox" in run(tmp_path, LINT, sandbox=False)[0].notices[0]


def test_findings_about_what_was_rebuilt_carry_its_name():
    parts = (Inferred("a.c: the half", r"a\.c"), Inferred("the number", "156"))
    one = Finding("r", Severity.ERROR, "number 156 is taken", Location("b.h", 1))
    assert execute.tagged(one, parts).inferred == "the number"
    assert execute.tagged(replace(one, message="m"), parts).inferred == ""
    assert execute.tagged(replace(one, where=Location("a.c", 3)), parts).inferred == "a.c: the half"
    assert execute.tagged(one, ()) is one


def test_what_a_check_did_not_read_of_the_series_is_incomplete(tmp_path):
    def half(state):
        return replace(state, unread=("checkpatch: NOT_RUN: patch 2: too long",))

    reading = Stage("intake", reads, makes="series")
    report, _ = run(tmp_path, reading, Stage("lint", half, ("series",)))
    assert report.verdict is Verdict.INCOMPLETE
    assert report.not_run == ("checkpatch: NOT_RUN: patch 2: too long",)
    report, _ = run(tmp_path, reading, LINT)
    assert (report.verdict, report.not_run) == (Verdict.PASS, ())
