# SPDX-License-Identifier: GPL-2.0-or-later
"""The run is one tuple, ``STAGES``: read it to know what happens, in order.

A stage takes the state and returns the next one. What it finds wrong with the
series is added to the state as findings; a broken tool is an exception and
ends the run. A stage whose needs are not met is NOT_RUN, with the reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from harness import apply, build, compare, kconfig, profiles, sandbox, trees
from harness.arch import X86_64
from harness.errors import (
    CommandFailedError,
    HarnessError,
    InputRefusedError,
    InterruptedRunError,
    NothingTestedError,
    UsageError,
)
from harness.generate import programs as generated
from harness.guest import boot, qemu
from harness.intake import Port, Topic, find_topic, read_series
from harness.lint import lint
from harness.model import (
    Applied,
    Change,
    ChangeKind,
    Finding,
    GuestRun,
    Kconfig,
    KernelImage,
    Program,
    Report,
    Series,
    Severity,
    StageResult,
    Status,
    Tree,
    Verdict,
)
from harness.profiles import Profile
from harness.sandbox import Sandbox
from harness.settings import ROOT, Settings
from harness.uapi.check import UapiResult, check_series, export_headers
from harness.uapi.compiler import materialise

Say = Callable[[str], None]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    series: Path | None
    settings: Settings
    out: Path
    reproduce: str
    base_only: bool = False
    kept: bool = True  # whether ``out`` outlives the run
    patches: Path = ROOT / "patches"
    kselftests: Path = ROOT / "kselftests"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A port of the series: what to apply first, and the series itself."""

    port: Port | None
    base: Series | None
    series: Series


@dataclass(frozen=True, slots=True)
class State:
    """What is known so far. Each stage fills in what it is named for."""

    request: Request
    say: Say
    work: Path
    topic: Topic | None = None
    candidates: tuple[Candidate, ...] = ()
    series: Series | None = None
    tree: Tree | None = None
    base: str = ""
    applied: Applied | None = None
    uapi: UapiResult | None = None
    profiles: tuple[Profile, ...] = ()
    programs: tuple[Program, ...] = ()
    image_base: KernelImage | None = None
    image_patched: KernelImage | None = None
    before: GuestRun | None = None
    after: GuestRun | None = None
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    notices: tuple[str, ...] = ()
    stages: tuple[StageResult, ...] = field(default=())

    @property
    def settings(self) -> Settings:
        """The request's settings."""
        return self.request.settings

    @property
    def log(self) -> Path:
        """The log of every command of this run."""
        return self.request.out / "log"

    def box(self) -> Sandbox:
        """The sandbox, or a refusal."""
        return sandbox.get(enabled=self.settings.sandbox)


class SkippedStage(Exception):  # noqa: N818  (not an error: the stage has nothing to do)
    """A stage has nothing to do here; the reason goes into the report."""


def _got(value: _T | None) -> _T:
    """A value that an earlier stage must have left; STAGES sees to it."""
    if value is None:
        raise HarnessError("a stage ran before the one that it needs: a bug of the harness")
    return value


def intake(state: State) -> State:
    """Read the series, in each of its ports that may fit the tree."""
    request = state.request
    topic = find_topic(request.series, request.patches)
    if topic is None:
        series = read_series(_got(request.series))
        return replace(state, series=series, candidates=(Candidate(None, None, series),))
    name = request.settings.tree
    candidates = tuple(
        Candidate(port, read_series(port.base) if port.base else None, read_series(port.patches))
        for port in topic.ports_for(name, known=trees.known(name) is not None))
    return replace(state, topic=topic, series=candidates[0].series, candidates=candidates)


def check_lint(state: State) -> State:
    """Rules over mails and diffs."""
    return replace(state, findings=state.findings + lint(_got(state.series)))


def tree(state: State) -> State:
    """Get the kernel tree."""
    return replace(state, tree=trees.obtain(state.settings.tree, state.settings.cache, state.say))


def apply_(state: State) -> State:
    """Apply what the port needs first, then the series: one commit per patch.

    On a tree of the user's own the first port that applies is taken.
    """
    kernel = _got(state.tree)
    refused: InputRefusedError | None = None
    for candidate in state.candidates:
        base = kernel.commit
        try:
            if candidate.base is not None:
                base = apply.apply_series(candidate.base, kernel, base).head
            applied = apply.apply_series(candidate.series, kernel, base)
        except InputRefusedError as error:
            refused = refused or error
            continue
        if not apply.touched(applied):
            raise InputRefusedError("the series changes nothing in this tree")
        return replace(state, series=candidate.series, base=base, applied=applied)
    raise refused or InputRefusedError("no port of the series is for this tree")


def check_uapi(state: State) -> State:
    """Compare the headers that userspace sees."""
    result = check_series(_got(state.applied), state.box())
    return replace(state, uapi=result, findings=state.findings + result.findings,
                   notices=state.notices + (result.notices if result.headers else ()))


def choose(state: State) -> State:
    """Find the profiles whose subject the series touches."""
    every = profiles.load_all(state.request.kselftests)
    return replace(state, profiles=profiles.applying(every, _got(state.series)))


def _config(state: State) -> Kconfig:
    return kconfig.combine(kconfig.DATA / "tiny.config", *(p.config for p in state.profiles))


def _builder(state: State) -> build.Builder:
    settings = state.settings
    return build.Builder(settings.cache, state.box(), settings.parallel, settings.build_timeout,
                         state.say, state.log)


def build_base(state: State) -> State:
    """Build the kernel without the series, or take it from the cache."""
    return replace(state, image_base=build.base(
        _builder(state), _got(state.tree), state.base, _config(state)))


def build_patched(state: State) -> State:
    """Build the kernel with the series; if it does not build, that is a finding."""
    try:
        image = build.patched(_builder(state), _got(state.applied), _got(state.image_base),
                              _config(state), state.work / "kernel")
    except CommandFailedError as error:
        return replace(state, findings=(*state.findings, build.finding(error)))
    return replace(state, image_patched=image)


def generate(state: State) -> State:
    """Turn the profiles' specs into programs, compiled against the patched headers."""
    if not state.profiles:
        raise SkippedStage("no profile in kselftests/ knows what this series touches")
    commit = state.base if state.request.base_only else _got(state.applied).head
    headers = materialise(export_headers(_got(state.tree), commit), state.work / "headers")
    programs: list[Program] = []
    for profile in state.profiles:
        target = state.request.out / "programs" / profile.name
        try:
            programs += generated.build_programs(profile, headers, target, state.box(), state.log)
        except CommandFailedError as error:
            finding = Finding(
                "tests-do-not-compile", Severity.ERROR,
                f"the tests of {profile.name} do not compile against the patched headers: "
                f"{generated.why(error)}", evidence=error.tail, subject=profile.name)
            return replace(state, findings=(*state.findings, finding))
    return replace(state, programs=tuple(programs))


def guest(state: State, side: str) -> boot.Guest:
    """How the guests of this run are booted."""
    settings = state.settings
    init = boot.compile_init(state.work / "init", state.box(), state.log)
    return boot.Guest(
        qemu.Machine(X86_64, settings.accel, settings.memory, settings.cpus), state.box(),
        state.request.out / side, settings.boot_timeout, settings.test_timeout,
        settings.run_timeout, state.say, init)


def boot_base(state: State) -> State:
    """Run the programs on the base."""
    return replace(state, before=boot.run_programs(
        guest(state, "before"), _got(state.image_base).path, state.programs))


def boot_patched(state: State) -> State:
    """Run the same programs on the patched kernel."""
    return replace(state, after=boot.run_programs(
        guest(state, "after"), _got(state.image_patched).path, state.programs))


def compare_(state: State) -> State:
    """Say what changed, and what the series is to blame for."""
    rows = compare.changes(_got(state.before), _got(state.after))
    added = state.uapi.added if state.uapi else frozenset()
    return replace(state, changes=rows, findings=state.findings + compare.findings(rows, added))


def base_failures(state: State) -> State:
    """With --base-only: what fails on the base by itself."""
    bad = {Status.FAIL, Status.CRASHED, Status.TIMEOUT, Status.MISSING}
    found = tuple(
        Finding("base-failure", Severity.ERROR, f"{p.name}.{t.name}: {t.status} {t.reason}".strip(),
                where=f"{p.name}.{t.name}", evidence=t.log, subject=f"{p.name}.{t.name}")
        for p in _got(state.before).outcomes for t in p.children if t.status in bad)
    return replace(state, findings=state.findings + found)


@dataclass(frozen=True, slots=True)
class Stage:
    """A row of ``STAGES``. ``needs`` are the fields that must be there before it can run."""

    name: str
    run: Callable[[State], State]
    needs: tuple[str, ...] = ()
    makes: str = ""  # the field whose absence afterwards means that the stage failed


STAGES: tuple[Stage, ...] = (
    Stage("intake", intake, makes="series"),
    Stage("lint", check_lint, ("series",)),
    Stage("tree", tree, makes="tree"),
    Stage("apply", apply_, ("series", "tree"), "applied"),
    Stage("uapi", check_uapi, ("applied",), "uapi"),
    Stage("profiles", choose, ("series",)),
    Stage("build-base", build_base, ("applied",), "image_base"),
    Stage("build-patched", build_patched, ("image_base",), "image_patched"),
    Stage("generate", generate, ("applied",), "programs"),
    Stage("boot-base", boot_base, ("image_base", "programs"), "before"),
    Stage("boot-patched", boot_patched, ("image_patched", "programs"), "after"),
    Stage("compare", compare_, ("before", "after")),
)
_BASE_ONLY = {"intake", "tree", "apply", "profiles", "build-base", "generate", "boot-base"}
BASE_STAGES: tuple[Stage, ...] = (
    *(s for s in STAGES if s.name in _BASE_ONLY),
    Stage("base-failures", base_failures, ("before",)),
)
SLICES: dict[str, tuple[str, ...]] = {
    "lint": ("intake", "lint"),
    "uapi": ("intake", "tree", "apply", "uapi"),
    "build": ("intake", "tree", "apply", "profiles", "build-base", "build-patched"),
}


def stages_of(name: str, *, base_only: bool = False) -> tuple[Stage, ...]:
    """The stages of a sub-command."""
    if name == "check":
        return BASE_STAGES if base_only else STAGES
    return tuple(s for s in STAGES if s.name in SLICES[name])


def _step(state: State, stage: Stage) -> State:
    """Run one stage and record what became of it."""
    started = time.monotonic()
    missing = [n for n in stage.needs if not getattr(state, n)]
    if missing:
        maker = next((s.name for s in STAGES if s.makes == missing[0]), missing[0])
        result = StageResult(stage.name, Status.NOT_RUN, 0.0, f"{maker} gave nothing to work on")
        return replace(state, stages=(*state.stages, result))
    state.say(f"{stage.name} ...")
    try:
        after = stage.run(state)
    except SkippedStage as reason:
        result = StageResult(stage.name, Status.SKIP, time.monotonic() - started, str(reason))
        return replace(state, stages=(*state.stages, result))
    except BaseException as error:
        text = error.message if isinstance(error, HarnessError) else type(error).__name__
        result = StageResult(stage.name, Status.FAIL, time.monotonic() - started, text)
        raise StageFailedError(replace(state, stages=(*state.stages, result)), error) from error
    new = after.findings[len(state.findings):]
    failed = any(f.severity is Severity.ERROR for f in new) or (
        stage.makes and not getattr(after, stage.makes))
    result = StageResult(stage.name, Status.FAIL if failed else Status.PASS,
                         time.monotonic() - started,
                         f"{len(new)} findings" if new else "")
    return replace(after, stages=(*after.stages, result))


class StageFailedError(Exception):
    """A stage ended the run; carries what was known until then."""

    def __init__(self, state: State, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.state = state
        self.cause = cause


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
    checks = {"lint", "uapi", "build-patched", "compare", "boot-base"}
    if not any(s.name in checks and s.status is Status.PASS for s in state.stages):
        return Verdict.NOT_TESTED
    return Verdict.PASS


_ENDED = {InputRefusedError: Verdict.REFUSED, NothingTestedError: Verdict.NOT_TESTED}


def run(request: Request, stages: tuple[Stage, ...], say: Say,
        ) -> tuple[Report, BaseException | None]:
    """Run ``stages`` and return the report, and the error that ended the run, if any.

    ``UsageError`` is raised: nothing has been done then that would be worth a report.
    """
    if request.settings.fail_on not in {"error", "warning", "regression", "never"}:
        raise UsageError(f"fail_on = {request.settings.fail_on!r} is not one of error, warning, "
                         "regression, never")
    request.out.mkdir(parents=True, exist_ok=True)
    with build.scratch(request.settings.cache) as name:
        state = State(request, say, Path(name))
        if not request.settings.sandbox:
            state = replace(state, notices=("the sandbox was off (--no-sandbox)",))
        error: BaseException | None = None
        rest = iter(stages)
        try:
            for stage in rest:
                state = _step(state, stage)
            verdict = _verdict(state, request.settings.fail_on)
        except StageFailedError as failure:
            state, error = failure.state, failure.cause
            if isinstance(error, UsageError):
                raise error from None
            verdict = _ENDED.get(type(error), Verdict.INFRASTRUCTURE)  # type: ignore[arg-type]
            left = tuple(StageResult(s.name, Status.NOT_RUN, 0.0, "the run ended before")
                         for s in rest)
            state = replace(state, stages=state.stages + left)
            if isinstance(error, KeyboardInterrupt):
                error = InterruptedRunError("interrupted")
    return _report(state, verdict, error), error


def _report(state: State, verdict: Verdict, error: BaseException | None) -> Report:
    title = state.topic.title if state.topic else state.series.title if state.series else "?"
    if state.topic:
        title = f"{title} ({state.topic.name})"
    notices = state.notices
    if isinstance(error, HarnessError):
        notices += (error.message + (f"; next: {error.hint}" if error.hint else ""),)
    return Report(
        verdict, title, state.series, state.tree, state.base, state.stages, state.findings,
        state.changes, state.before, state.after, state.request.reproduce, state.request.out,
        state.request.kept, notices)
