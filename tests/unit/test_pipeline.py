# SPDX-License-Identifier: GPL-2.0-or-later
"""The machinery around the stages, with stages that do nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness import pipeline
from harness.errors import InfrastructureError, InputRefusedError, UsageError
from harness.model import Finding, Severity, Status, Verdict
from harness.pipeline import Stage
from harness.settings import Settings
from harness.state import Request, SkippedStage
from tests.make import series


def run(tmp_path, *stages, **changes):
    settings = Settings(cache=tmp_path / "cache", **changes)
    request = Request(None, settings, tmp_path / "out", "./run check")
    return pipeline.run(request, stages, lambda _: None)


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
    assert [s.status for s in report.stages] == [Status.PASS, Status.FAIL, Status.NOT_RUN]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ZeroDivisionError()])
def test_any_error_that_ends_a_run_is_said_in_the_report(tmp_path, error):
    report, raised = run(tmp_path, Stage("intake", reads), Stage("tree", fails(error)), LINT)
    assert raised is error
    assert type(error).__name__ in report.ended


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


def test_slices_are_slices():
    names = [s.name for s in pipeline.STAGES]
    for command, wanted in pipeline.SLICES.items():
        assert [s.name for s in pipeline.stages_of(command, extra=True)] == list(wanted)
        assert set(wanted) <= set(names)
