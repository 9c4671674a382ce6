# SPDX-License-Identifier: GPL-2.0-or-later
"""The plain types that travel from stage to stage. The standard library and ``clean`` only.

All are frozen and slotted; collections are tuples. Nothing here does I/O.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from harness.clean import clean
from harness.evidence import FileEvidence


class Severity(StrEnum):
    """How much a finding weighs; ``ERROR`` alone fails a run by default."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Status(StrEnum):
    """What became of a test or a stage. Only ``PASS`` is success."""

    PASS = "PASS"  # noqa: S105  (the word, not a password)
    FAIL = "FAIL"
    SKIP = "SKIP"
    XFAIL = "XFAIL"
    CRASHED = "CRASHED"
    TIMEOUT = "TIMEOUT"
    MISSING = "MISSING"  # planned, but no result ever came
    NOT_RUN = "NOT_RUN"  # never started; the reason says why
    FLAKY = "FLAKY"  # failed and passed on the same kernel; both results are kept


BOOT_TEST = "kernel.boot"  # that every kernel gets: no word about what a series changes
# What a test that ran must not end with; SKIP and NOT_RUN are no result, and no success either.
BAD = frozenset({Status.FAIL, Status.CRASHED, Status.TIMEOUT, Status.MISSING})


@dataclass(frozen=True, slots=True)
class PatchFile:
    """One file that a patch touches; paths are relative to the tree."""

    path: str
    old_path: str
    added: int
    removed: int
    new: bool = False
    deleted: bool = False
    binary: bool = False
    added_lines: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Damage:
    """What happened to a patch on its way; ``fatal`` when it cannot be applied like that.

    ``kind`` is one of: hunk, wrapped, message-diff, no-prefix (these are fatal), blanks,
    diffstat, disagreement, repair (what --repair did) and mail (how it was read).
    """

    kind: str
    says: str
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch of a series, split by ``git mailinfo``.

    ``number`` counts from 1; ``diff`` is the raw text handed to git.
    """

    number: int
    total: int
    subject: str
    author: str
    email: str
    date: str
    message: str
    diff: bytes
    files: tuple[PatchFile, ...]
    source: str
    raw_subject: str = ""
    message_id: str = ""
    notes: str = ""
    damage: tuple[Damage, ...] = ()
    recipients: tuple[str, ...] = ()  # addresses of To and Cc, in lower case
    placed: bytes = b""  # the diff with the line numbers of the tree, where git had to move it

    @property
    def shown(self) -> bytes:
        """The diff whose line numbers are those of findings."""
        return self.placed or self.diff


@dataclass(frozen=True, slots=True)
class Series:
    """A patch series in the order in which it applies.

    ``base_commit`` and ``prerequisites`` (patch ids) are what its own mails say.
    """

    title: str
    version: int
    patches: tuple[Patch, ...]
    cover: str = ""
    source: str = ""
    base_commit: str = ""
    prerequisites: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()  # how it was understood, what was left out

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that any patch touches, sorted, each once."""
        return tuple(sorted({f.path for p in self.patches for f in p.files}))

    def last_to_touch(self, path: str) -> int:
        """The number of the patch to which a finding about a file belongs; 0 when none does."""
        return max((p.number for p in self.patches if any(f.path == path for f in p.files)),
                   default=0)


@dataclass(frozen=True, slots=True)
class Tree:
    """A kernel tree: a commit in a bare repository of our own."""

    name: str
    repo: Path
    commit: str
    origin: str


@dataclass(frozen=True, slots=True)
class Applied:
    """A series as commits on a base, made without any checkout."""

    tree: Tree
    base: str
    commits: tuple[str, ...]
    notices: tuple[str, ...] = ()  # what git had to move

    @property
    def head(self) -> str:
        """The commit after the last patch."""
        return self.commits[-1] if self.commits else self.base


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or worth knowing, with its evidence.

    ``where`` is ``path:line`` or a struct member or a test name; ``subject``
    is what the id is made of, so that it stays the same when lines move.
    """

    rule: str
    severity: Severity
    message: str
    where: str = ""
    evidence: str = ""
    patch: int = 0
    subject: str = ""
    inferred: str = ""  # the part of the series, rebuilt and not as posted, that it is about

    @property
    def id(self) -> str:
        """Stable from run to run and in every format."""
        # Of what is shown: so a report that was read back has the same ids.
        text = f"{self.rule}\0{clean(self.subject or self.where or self.message)}"
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.rule}-{digest[:8]}"


@dataclass(frozen=True, slots=True)
class Member:
    """One field as userspace reaches it.

    ``name`` is the path from the struct with anonymous members left out
    (``kind``, ``hw.vector``); offset and size are bytes, ``bits`` is the width of
    a bit-field (0: none) and ``bit_offset`` then counts from the struct's start.
    """

    name: str
    offset: int
    size: int
    type: str
    signed: bool = False
    bits: int = 0
    bit_offset: int = 0


@dataclass(frozen=True, slots=True)
class StructLayout:
    """A struct, union or enum of a header; ``name`` includes the keyword."""

    name: str
    size: int
    align: int
    members: tuple[Member, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class HeaderApi:
    """What one header offers to userspace in one ABI, all of it found by compiling.

    ``numbers`` are object-like macros and enum constants with values, and
    function-like ones with small arguments (``NAME(1)``); ``ioctls`` those that
    are made by ``_IOC``, ``arity`` the number of parameters of function-like
    macros (-1: variadic), ``lines`` where a name is defined, ``visible`` which
    file each type and macro comes from that including the header brings in.
    """

    structs: tuple[StructLayout, ...]
    numbers: dict[str, int]
    ioctls: frozenset[str]
    arity: dict[str, int]
    macros: frozenset[str]
    lines: dict[str, int]
    strings: dict[str, str] = field(default_factory=dict)
    functions: frozenset[str] = frozenset()
    visible: dict[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Kconfig:
    """Wanted configuration: what make's target ``start`` gives, then fragments, later ones win."""

    fragments: tuple[str, ...]
    start: str = "tinyconfig"


@dataclass(frozen=True, slots=True)
class Sources:
    """A kernel tree on disk: a directory, and what lies over it, later rows on top.

    The rows are paths in the tree and where the file or directory is in truth.
    """

    root: Path
    over: tuple[tuple[str, Path], ...] = ()

    def binds(self, top: str) -> dict[Path, str]:
        """What to mount where, so that the tree is at ``top``."""
        return {self.root: top, **{place: f"{top}/{name}" for name, place in self.over}}

    def find(self, name: str) -> Path:
        """Where a file or directory of the tree lies."""
        for folder, place in reversed(self.over):
            if name == folder or name.startswith(f"{folder}/"):
                return place / name[len(folder) + 1:]
        return self.root / name


@dataclass(frozen=True, slots=True)
class KernelImage:
    """A bootable kernel and how it came about."""

    path: Path
    build_dir: Path
    key: str
    cached: bool
    seconds: float
    sources: Sources


@dataclass(frozen=True, slots=True)
class Program:
    """A static test binary and its tests; ``parallel``: it needs CPUs at the same time."""

    name: str
    path: Path
    tests: tuple[str, ...]
    parallel: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one test, or of a program with its tests as children."""

    name: str
    status: Status
    reason: str = ""
    children: tuple[Outcome, ...] = ()
    log: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A figure that a test reported: never a gate."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Splat:
    """A kernel's own complaint on the console: oops, BUG, WARNING, panic."""

    title: str
    text: str
    during: str = ""


@dataclass(frozen=True, slots=True)
class GuestRun:
    """What one kernel did with the programs."""

    outcomes: tuple[Outcome, ...]
    measurements: tuple[Measurement, ...]
    splats: tuple[Splat, ...]
    boots: int
    seconds: float
    accelerator: str
    replayed: tuple[str, ...] = ()  # what a driver that replays scripts answered


class ChangeKind(StrEnum):
    """How a test's result moved from base to patched."""

    SAME = "same"
    REGRESSION = "regression"
    NEW_FAILURE = "new-failure"
    FIXED = "fixed"
    NEWLY_AVAILABLE = "newly-available"
    ALREADY_FAILING = "already-failing"
    LOST = "lost"
    UNTESTED = "untested"
    DIFFERENT = "different"  # where kernels may differ: to be looked at, no failure
    FLAKY = "flaky"


@dataclass(frozen=True, slots=True)
class Change:
    """One test, before and after."""

    name: str
    before: Status
    after: Status
    kind: ChangeKind
    reason_before: str = ""
    reason_after: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True)
class StageResult:
    """What became of one stage of the run; ``started``: seconds after the run's beginning."""

    name: str
    status: Status
    seconds: float
    reason: str = ""
    started: float = 0.0
    applies: bool = True  # False: the stage has nothing to do with this series


class Verdict(StrEnum):
    """What the whole run says."""

    PASS = "pass"  # noqa: S105  (the word, not a password)
    FAIL = "fail"
    INCOMPLETE = "incomplete"  # nothing wrong was found, and something was looked at by nothing
    REFUSED = "refused"
    NOT_TESTED = "not-tested"
    INFRASTRUCTURE = "infrastructure"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a renderer may show; ``to_json`` in report.json fixes its form."""

    verdict: Verdict
    title: str
    series: Series | None
    tree: Tree | None
    base: str
    stages: tuple[StageResult, ...]
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    before: GuestRun | None
    after: GuestRun | None
    reproduce: str
    out: Path
    kept: bool = True
    notices: tuple[str, ...] = field(default=())
    layouts: tuple[tuple[StructLayout, StructLayout], ...] = ()  # that differ: before, after
    began: str = ""  # RFC 3339, UTC
    seconds: float = 0.0
    ended: str = ""  # why the run ended before its end
    scope: str = "check"  # the sub-command: a slice looks at less
    evidence: tuple[FileEvidence, ...] = ()
    bugs: tuple[str, ...] = ()  # of the harness, met on the way
    inferred: tuple[str, ...] = ()  # parts of the series that were rebuilt, not as posted
