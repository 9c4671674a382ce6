# SPDX-License-Identifier: GPL-2.0-or-later
"""The request and the state of a run: the values that stages take and return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from harness.arch import NATIVE_TARGET, Machine, Target
from harness.cover.wants import Want
from harness.evidence import BuiltFile, Changed, Lost, Place
from harness.intake import ReadOptions, Topic
from harness.model import (
    Applied,
    Change,
    Finding,
    GuestRun,
    KernelImage,
    Offer,
    Say,
    Series,
    StageResult,
    Suite,
    Tree,
)
from harness.profiles import Profile
from harness.run.workload import NOTHING, Workload
from harness.settings import ROOT, Settings
from harness.system import sandbox
from harness.system.sandbox import Sandbox
from harness.uapi.result import NONE, Options, ToolLook, UapiResult

Tell = Callable[[str, tuple[Finding, ...], str], None]  # stage, what it found, its summary
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Request:
    """The user's request."""

    series: str | None
    settings: Settings
    out: Path
    reproduce: str
    base_only: bool = False
    boots: bool = True  # kernels of other machines, and not only builds them
    keep_build: bool = False  # the patched kernel's build directory too
    out_is_kept: bool = True  # whether ``out`` outlives the run
    reading: ReadOptions = field(default_factory=ReadOptions)
    repair: bool = False
    checkpatch: bool = True
    reuse: bool = True  # results of earlier runs, where nothing that they depend on has changed
    configs: tuple[str, ...] = ()  # to build in besides
    kconfig: Path | None = None  # the user's own configuration
    start: str = "tinyconfig"  # what kernels' configurations begin from
    suites: tuple[str, ...] = ()  # of the tree, or "all", "none"; (): those of the change
    bisect: bool = True  # name the patch since which a test fails
    required: tuple[str, ...] = ()  # what is an error where it is not so: "executed"
    own: tuple[Path, ...] = ()  # the user's programs, to run on both kernels
    arches: tuple[str, ...] = ()  # to compile the touched objects for besides, by name
    compile_only: bool = False  # no kernel is built: the objects alone that the series touches
    uapi: Options = NONE
    suppress: Path | None = None
    unsteady: tuple[tuple[str, str], ...] = ()  # tests that blame nobody, and what is known of each
    not_run: tuple[str, ...] = ()  # what was asked for and cannot be had, and why
    tell: Tell | None = None  # hears of each check's findings as soon as it ends
    patches: Path = ROOT / "patches"
    kselftests: Path = ROOT / "kselftests"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A port of the series: what to apply first, and the series, or where it is to be read."""

    base: tuple[Path, ...]
    patches: tuple[Path, ...]
    series: Series | None = None


@dataclass(frozen=True, slots=True)
class Configured:
    """The configurations that compile what the series changes.

    ``settings``: for each, what is set on top of the plain one, as (symbol, value); the first is
    that of the kernel that boots. ``unmet``: what none of them compiles, and why. ``users``: for
    each header sources that include it. ``sound``: the search came to an end.
    """

    settings: tuple[tuple[tuple[str, str], ...], ...] = ()
    unmet: tuple[Want, ...] = ()
    users: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sound: bool = True


PLAIN = Configured()


@dataclass(frozen=True, slots=True)
class State:
    """The state of a run so far; each stage fills in its own fields."""

    request: Request
    say: Say
    work: Path
    topic: Topic | None = None
    own_tree: str = ""  # of a git range
    cached: frozenset[str] = frozenset()  # stages whose result an earlier run had
    candidates: tuple[Candidate, ...] = ()
    series: Series | None = None
    tree: Tree | None = None
    base: str = ""
    target: Target = NATIVE_TARGET  # whose objects are compiled
    machine: Machine | None = None  # another one, whose kernels these are
    applied: Applied | None = None
    uapi: UapiResult | None = None
    files: tuple[Changed, ...] = ()  # that the series changes in the tree
    configured: Configured = PLAIN
    unbuilt: tuple[tuple[str, str, str], ...] = ()  # path, why it has no object, the next step
    boots_plain: bool = False  # the configuration that compiles the series does not boot
    broken: bool = False  # what it touches does not compile
    compiled: tuple[tuple[str, tuple[BuiltFile, ...]], ...] = ()  # by each build, with its name
    tools: tuple[ToolLook, ...] = ()
    profiles: tuple[Profile, ...] = ()
    load: Workload = NOTHING
    suites: tuple[Suite, ...] = ()  # of the tree, that were run or belong to the change
    offers: tuple[Offer, ...] = ()  # capabilities, by architecture
    inside: tuple[tuple[str, frozenset[str]], ...] = ()  # files in a machine's patched kernel
    symbols: tuple[tuple[str, frozenset[str]], ...] = ()  # that are on there
    image_base: KernelImage | None = None
    image_patched: KernelImage | None = None
    before: GuestRun | None = None
    after: GuestRun | None = None
    with_code: frozenset[Place] = frozenset()  # changed lines that have instructions
    passed: frozenset[Place] = frozenset()  # those that may have run as part of another line
    executed: tuple[tuple[str, frozenset[Place]], ...] = ()  # those that ran, by group of tests
    untraced: tuple[Lost, ...] = ()  # code of which it is not known whether it ran
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    notices: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()  # what a stage could not ask, and why, though it ran
    unread: tuple[str, ...] = ()  # what of the series a check that ran did not read, and why
    stages: tuple[StageResult, ...] = field(default=())
    bugs: tuple[str, ...] = ()  # of the harness itself: the run went on where it could

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
    """A stage does not run; the reason goes into the report.

    ``applies``: it would have something to do here, and cannot. ``state``: what it knows besides.
    """

    def __init__(self, reason: str, *, applies: bool = False, state: State | None = None) -> None:
        super().__init__(reason)
        self.applies = applies
        self.state = state


class NotRunError(Exception):
    """A stage applies and could look at nothing; carries what it knows all the same."""

    def __init__(self, reason: str, state: State) -> None:
        super().__init__(reason)
        self.state = state


def require(value: _T | None) -> _T:
    """A value that an earlier stage must have left; STAGES sees to it."""
    if value is None:
        raise RuntimeError("internal error: stage ran before its prerequisite")
    return value
