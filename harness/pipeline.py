# SPDX-License-Identifier: GPL-2.0-or-later
"""The run is one tuple, ``STAGES``: read it to know what happens, in order.

A stage takes the state and returns the next one. What it finds wrong with the
series is added to the state as findings; a broken tool is an exception and
ends the run. A stage whose needs are not met is NOT_RUN, with the reason. A row
that names the stages it comes after runs beside others (``schedule``).
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from pathlib import Path

from harness import dry, guests, housekeeping, stages
from harness.errors import (
    HarnessError,
    InputRefusedError,
    InterruptedRunError,
    UsageError,
)
from harness.model import ChangeKind, Finding, Report, Series, Severity, Status, Verdict
from harness.schedule import Stage, StageFailedError, run_row
from harness.state import Request, Say, State

_HEADERS = ("apply", "profiles")  # from here on, what follows is of several kinds
STAGES: tuple[Stage, ...] = (
    Stage("intake", stages.intake, makes="series"),
    Stage("lint", stages.check_lint, ("series",)),
    Stage("tree", stages.tree, makes="tree"),
    Stage("apply", stages.apply_, ("series", "tree"), "applied"),
    Stage("profiles", stages.choose, ("series",)),
    Stage("build-base", stages.build_base, ("applied",), "image_base", _HEADERS),
    Stage("build-patched", stages.build_patched, ("image_base",), "image_patched",
          ("build-base",)),
    Stage("lint-tree", stages.check_on_tree, ("series",), after=("intake", "lint", *_HEADERS)),
    Stage("uapi", stages.check_uapi, ("applied",), "uapi", ("lint-tree", *_HEADERS)),
    Stage("generate", stages.generate, ("applied",), "load", ("uapi", *_HEADERS)),
    Stage("accelerator", guests.accelerator, ("image_base", "load"),
          after=("build-base", "generate")),
    Stage("boot-base", guests.boot_base, ("image_base", "load"), "before",
          ("accelerator",)),
    Stage("boot-patched", guests.boot_patched, ("image_patched", "load"), "after",
          ("build-patched", "accelerator")),
    Stage("warnings", stages.check_code, ("image_patched",), after=("build-patched",)),
    Stage("build-extra", stages.build_extra, ("image_patched",)),
    Stage("compare", stages.compare_, ("before", "after")),
)
_BASE_ONLY = {"intake", "tree", "apply", "profiles", "build-base", "generate", "accelerator",
              "boot-base"}
BASE_STAGES: tuple[Stage, ...] = (
    *(s for s in STAGES if s.name in _BASE_ONLY),
    Stage("base-failures", stages.base_failures, ("before",)),
)
SLICES: dict[str, tuple[str, ...]] = {
    "lint": ("intake", "lint", "lint-tree"),
    "b4-check": ("intake", "lint", "lint-tree", "uapi"),
    "uapi": ("intake", "tree", "apply", "profiles", "uapi"),
    "build": ("intake", "tree", "apply", "profiles", "build-base", "build-patched",
              "warnings", "build-extra"),
}


DRY_STAGES: tuple[Stage, ...] = (
    *(s for s in STAGES if s.name in {"intake", "tree", "apply", "profiles"}),
    Stage("lines", dry.lines, ("applied",)),
)


def stages_of(name: str, *, base_only: bool = False, extra: bool = False, dry_run: bool = False,
              ) -> tuple[Stage, ...]:
    """The stages of a sub-command; ``extra``: with other configurations."""
    if dry_run:
        return DRY_STAGES
    if name == "check" and base_only:
        return BASE_STAGES
    return tuple(s for s in STAGES if (name == "check" or s.name in SLICES[name])
                 and (extra or s.name != "build-extra"))


def _verdict(state: State, fail_on: str) -> Verdict:
    weight = {"error": {Severity.ERROR}, "never": set[Severity](),
              "warning": {Severity.ERROR, Severity.WARNING}}
    if fail_on == "regression":
        bad = any(f.rule.startswith("runtime-") for f in state.findings)
    else:
        bad = any(f.severity in weight[fail_on] for f in state.findings)
    if bad:
        return Verdict.FAIL
    ran = [c for c in state.changes if c.kind is not ChangeKind.UNTESTED]
    if state.changes and not ran:
        return Verdict.NOT_TESTED
    checks = {"lint", "lint-tree", "uapi", "build-patched", "compare", "boot-base"}
    if not any(s.name in checks and s.status is Status.PASS for s in state.stages):
        return Verdict.NOT_TESTED
    return Verdict.PASS


def run(request: Request, row: tuple[Stage, ...], say: Say,
        ) -> tuple[Report, BaseException | None]:
    """Run the stages in ``row`` and return the report, and the error that ended the run, if any.

    ``UsageError`` is raised: nothing has been done then that would be worth a report.
    """
    if request.settings.fail_on not in {"error", "warning", "regression", "never"}:
        raise UsageError(f"fail_on = {request.settings.fail_on!r} is not one of error, warning, "
                         "regression, never")
    began = time.monotonic()
    request.out.mkdir(parents=True, exist_ok=True)
    with housekeeping.scratch(request.settings.cache) as name:
        state = State(request, say, Path(name), notices=request.notices)
        if not request.settings.sandbox:
            state = replace(state, notices=(
                *state.notices, "the sandbox was off (--no-sandbox)"))
        error: BaseException | None = None
        try:
            state = run_row(state, row)
            verdict = _verdict(state, request.settings.fail_on)
        except StageFailedError as failure:
            state, error = failure.state, failure.cause
            if isinstance(error, UsageError):
                raise error from None
            refused = isinstance(error, InputRefusedError)
            verdict = Verdict.REFUSED if refused else Verdict.INFRASTRUCTURE
            if isinstance(error, KeyboardInterrupt):
                error = InterruptedRunError("interrupted")
    return _report(state, verdict, error, began), error


def _report(state: State, verdict: Verdict, error: BaseException | None, began: float,
            ) -> Report:
    title = state.topic.title if state.topic else state.series.title if state.series else "?"
    if state.topic:
        title = f"{title} ({state.topic.name})"
    notices, ended = state.notices, ""
    if isinstance(error, HarnessError):
        notices += (error.message + (f"; next: {error.hint}" if error.hint else ""),)
        ended = error.message
    elif error is not None:
        ended = f"{type(error).__name__}: {error}"
    return Report(
        verdict, title, state.series, state.tree, state.base, state.stages,
        tuple(attributed(f, state.series) for f in state.findings),
        state.changes, state.before, state.after, state.request.reproduce, state.request.out,
        state.request.kept, notices, state.uapi.layouts if state.uapi else (),
        dt.datetime.fromtimestamp(time.time(), dt.UTC).isoformat(timespec="seconds"),
        time.monotonic() - began, ended)


def attributed(finding: Finding, series: Series | None) -> Finding:
    """A finding with the patch that it belongs to: the last one to touch the file."""
    if finding.patch or series is None:
        return finding
    path = finding.where.rpartition(":")[0] or finding.where
    return replace(finding, patch=series.last_to_touch(path))
