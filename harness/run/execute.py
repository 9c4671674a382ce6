# SPDX-License-Identifier: GPL-2.0-or-later
"""Run a row of stages, and say what came of it."""

from __future__ import annotations

import datetime as dt
import re
import time
from dataclasses import replace
from pathlib import Path

from harness.cache import housekeeping
from harness.errors import (
    HarnessError,
    InputRefusedError,
    InterruptedRunError,
    UsageError,
)
from harness.evidence import FileEvidence, Look
from harness.intake.topic import Inferred
from harness.model import ChangeKind, Finding, Report, Say, Series, Severity, Status, Verdict
from harness.run import file_evidence, required
from harness.run.schedule import Stage, StageFailedError, run_row
from harness.run.state import Request, State
from harness.system import repo

MOST_UNTRACED = 3  # reasons that are told


def _verdict(state: State, files: tuple[FileEvidence, ...], looks: frozenset[Look],
             request: Request) -> Verdict:
    """The verdict of a run: no pass while a change of the series was not looked at."""
    if _bad(state, request.settings.fail_on):
        return Verdict.FAIL
    ran = [s for s in state.stages if s.name in _CHECKS and s.status is Status.PASS]
    if not ran or (state.changes and all(
            c.kind is ChangeKind.UNTESTED for c in state.changes)):
        return Verdict.NOT_TESTED
    if request.base_only:
        return Verdict.PASS
    missing = any(s.status is Status.NOT_RUN for s in state.stages)
    gaps = not files or any(g.look in looks for f in files for g in f.gaps)
    return Verdict.INCOMPLETE if missing or gaps or state.unread or state.bugs else Verdict.PASS


_CHECKS = frozenset({"lint", "lint-tree", "uapi", "tools", "compile", "build-patched", "compare",
                     "boot-base"})


def _bad(state: State, fail_on: str) -> bool:
    if fail_on == "regression":
        return any(f.rule.startswith("runtime-") for f in state.findings)
    weight = {"error": {Severity.ERROR}, "never": set[Severity](),
              "warning": {Severity.ERROR, Severity.WARNING}}
    return any(f.severity in weight[fail_on] for f in state.findings)


def run(request: Request, row: tuple[Stage, ...], say: Say, scope: str = "check",
        ) -> tuple[Report, BaseException | None]:
    """Run the stages in ``row`` and return the report, and the error that ended the run, if any.

    ``scope`` is the sub-command: what it is for decides which gaps count.
    ``UsageError`` is raised: nothing has been done then that would be worth a report.
    """
    if request.settings.fail_on not in {"error", "warning", "regression", "never"}:
        raise UsageError(f"fail_on = {request.settings.fail_on!r} is not one of error, warning, "
                         "regression, never")
    if request.base_only and request.arches:
        raise UsageError("--base-only looks at this machine's own architecture alone",
                         hint="harness run --kernel IMAGE --arch NAME runs the programs on another")
    began = time.monotonic()
    request.out.mkdir(parents=True, exist_ok=True)
    with housekeeping.scratch(request.settings.cache) as name:
        state = State(request, say, Path(name), not_run=request.not_run)
        if not request.settings.sandbox:
            state = replace(state, notices=(
                *state.notices, "the sandbox was off (--no-sandbox)"))
        error: BaseException | None = None
        verdict: Verdict | None
        try:
            state = run_row(state, row)
            verdict = None
        except StageFailedError as failure:
            state, error = failure.state, failure.cause
            if isinstance(error, UsageError):
                raise error from None
            refused = isinstance(error, InputRefusedError)
            verdict = Verdict.REFUSED if refused else Verdict.INFRASTRUCTURE
            if isinstance(error, KeyboardInterrupt):
                error = InterruptedRunError("interrupted", hint=(
                    f"harness check --resume {request.out} goes on where it was"
                    if request.out_is_kept else ""))
    looks = file_evidence.LOOKS[scope]
    files = file_evidence.evidence(state, looks)
    files, found = required.asked(request.required, files, file_evidence.unknown(state))
    state = replace(state, findings=state.findings + found)
    report = _report(state, verdict or _verdict(state, files, looks, request), error, began)
    return replace(report, scope=scope, evidence=() if request.base_only else files), error


def _report(state: State, verdict: Verdict, error: BaseException | None, began: float,
            ) -> Report:
    given = Path(state.request.series or "?").name  # all that is known of what was refused
    title = state.topic.title if state.topic else state.series.title if state.series else given
    if state.topic:
        title = f"{title} ({state.topic.name})"
    unknown = file_evidence.unknown(state)[:MOST_UNTRACED]
    notices = state.notices + tuple(f"whether it ran is not known: {why}" for why in unknown)
    ended = ""
    inferred = state.topic.inferred if state.topic else ()
    if isinstance(error, HarnessError):
        notices += (error.message + (f"; next: {error.hint}" if error.hint else ""),)
        ended = error.message
    elif error is not None:
        ended = f"{type(error).__name__}: {error}"
    return Report(
        verdict, title, _placed(state), state.tree, state.base, state.stages,
        tuple(tagged(attributed(f, state.series), inferred) for f in state.findings),
        state.changes, state.before, state.after, state.request.reproduce, state.request.out,
        state.request.out_is_kept, notices, state.uapi.layouts if state.uapi else (),
        dt.datetime.fromtimestamp(time.time(), dt.UTC).isoformat(timespec="seconds"),
        time.monotonic() - began, ended, bugs=state.bugs,
        # each configuration lacks the same tool
        not_run=tuple(dict.fromkeys(state.not_run + state.unread)),
        suites=state.suites, offers=state.offers, inferred=tuple(i.what for i in inferred))


def _placed(state: State) -> Series | None:
    """The series with its diffs as they are on the tree, where git had to move some hunks."""
    if state.series is None or state.applied is None or not state.applied.notices:
        return state.series
    store, commits = state.applied.tree.repo, (state.applied.base, *state.applied.commits)
    return replace(state.series, patches=tuple(
        replace(patch, placed=repo.diff(store, old, new))
        for patch, old, new in zip(state.series.patches, commits, commits[1:], strict=False)))


def tagged(finding: Finding, inferred: tuple[Inferred, ...]) -> Finding:
    """A finding with the rebuilt part of the series that it is about, if it is about one."""
    text = f"{finding.where} {finding.text}"
    part = next((i.what for i in inferred if re.search(i.about, text)), "")
    return replace(finding, inferred=part) if part else finding


def attributed(finding: Finding, series: Series | None) -> Finding:
    """A finding with the patch that it belongs to: the last one to touch the file."""
    if finding.patch or series is None:
        return finding
    return replace(finding, patch=series.last_to_touch(finding.where.path))
