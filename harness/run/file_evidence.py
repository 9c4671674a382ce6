# SPDX-License-Identifier: GPL-2.0-or-later
"""Derive the evidence for each file from the results of the stages. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.arch import NATIVE_TARGET, TARGETS
from harness.csource import regions
from harness.evidence import (
    RUN,
    BuiltFile,
    Changed,
    FileEvidence,
    FileKind,
    Gap,
    Look,
    Sight,
    arch_of,
    kind_of,
)
from harness.model import BAD, BOOT_TEST, GOOD, ChangeKind, GuestRun, StageResult, Status
from harness.run import elsewhere, executed, line_evidence
from harness.run.line_evidence import Traced
from harness.run.state import State

# What a sub-command is for: the gaps that make its answer incomplete.
LOOKS: dict[str, frozenset[Look]] = {
    "check": frozenset(Look), "lint": frozenset({Look.LINTED}),
    "compile": frozenset({Look.LINTED, Look.COMPILED}), "uapi": frozenset({Look.COMPARED}),
    **dict.fromkeys(("b4-check", "static"), frozenset({Look.LINTED, Look.COMPARED})),
    "build": frozenset({Look.COMPILED}),
}
_BUILT_HERE = NATIVE_TARGET.srcarch
RAN = frozenset({Status.PASS, Status.FAIL})


def evidence(state: State, looks: frozenset[Look]) -> tuple[FileEvidence, ...]:
    """Every file of the series, with what was seen of it and what was not."""
    files = state.files or tuple(
        Changed(path, None, None, (), ()) for path in (state.series.paths if state.series else ()))
    shown = executed.traced(state)
    return tuple(_file(state, item, looks, shown) for item in files)


def unknown(state: State) -> tuple[str, ...]:
    """Why it is not known of some code whether it ran."""
    return executed.reasons(state)


def _file(state: State, item: Changed, looks: frozenset[Look], shown: Traced) -> FileEvidence:
    kind = kind_of(item.path)
    seen: list[Sight] = []
    gaps: list[Gap] = []
    rows = [_linted(state)]
    if kind is FileKind.UAPI:
        rows += _compared(state, item.path)
    if item.same:
        rows.append(Sight(Look.UNCHANGED, "only comments and blanks differ"))
    elif kind is not FileKind.DOCUMENT:
        rows += _compiled(state, item, kind)
        rows += _ran(state, item, kind, shown)
    for row in rows:
        if isinstance(row, Sight):
            seen.append(row)
        elif row is not None and row.look in looks:
            gaps.append(row)
    told = Look.COMPILED in looks and (state.compiled or any(
        row.look is Look.COMPILED for row in gaps))
    rows_of = ((name, row) for name, built in state.compiled for row in built)
    lines = line_evidence.of_file(item, rows_of, gaps, shown) if told else ()
    gaps += line_evidence.unsaid(lines, gaps)
    return FileEvidence(item.path, kind, tuple(dict.fromkeys(seen)), tuple(dict.fromkeys(gaps)),
                        lines)


def _stage(state: State, *names: str) -> StageResult | None:
    """The first of these stages that did not run, else the last."""
    rows = [s for s in state.stages if s.name in names]
    return next((s for s in rows if s.status not in RAN), rows[-1] if rows else None)


def _why(state: State, *names: str) -> str:
    row = _stage(state, *names)
    if row is None:
        return f"{names[-1]} is no part of this run"
    return row.reason if row.status not in RAN and row.reason else f"{row.name} found errors"


def _linted(state: State) -> Sight | Gap:
    row = _stage(state, "lint")
    return Sight(Look.LINTED) if row and row.status in RAN else Gap(
        Look.LINTED, _why(state, "lint"))


def _compared(state: State, path: str) -> Iterator[Sight | Gap]:
    rows = [c for c in (state.uapi.comparisons if state.uapi else ()) if c.path == path]
    for row in rows:
        yield Gap(Look.COMPARED, f"{row.abi}: {row.problem}", row.hint) if row.problem else Sight(
            Look.COMPARED, row.abi)
    if not rows:
        yield Gap(Look.COMPARED, _why(state, "uapi") if state.uapi is None else
                  "it is not exported to userspace")


def _compiled(state: State, item: Changed, kind: FileKind) -> Iterator[Sight | Gap]:
    if kind is FileKind.TOOL:
        rows = [t for t in state.tools if t.path == item.path]
        for tool in rows:
            yield Gap(Look.COMPILED, tool.problem, tool.hint) if tool.problem else Sight(
                Look.COMPILED, "tools")
        if not rows:
            yield Gap(Look.COMPILED, _why(state, "tools"))
        return
    if kind is FileKind.OTHER:
        yield Gap(Look.COMPILED, "nothing here builds or runs files of this kind")
        return
    builds = [(name, row) for name, rows in state.compiled for row in rows if row.path == item.path]
    having = [(name, row) for name, row in builds if row.objects]
    for name, row in having:
        yield Sight(Look.COMPILED, name)
        if row.same:
            yield Sight(Look.UNCHANGED, "the same object code")
    if not having:
        yield from _nowhere(state, item, kind)
        return
    off = set.intersection(*({line for line, _ in row.off} for _, row in having))
    if off:
        reason, hint = _left_out(off, [row for _, row in having])
        why = _unmet(state, item.path, off)
        # For another architecture a compiler may be had.
        _, needs = _unbuilt(state, item.path) or ("", "")
        yield Gap(Look.COMPILED, f"{reason}: {why}" if why else reason, needs if why else hint)


def _left_out(off: set[int], rows: list[BuiltFile]) -> tuple[str, str]:
    """The reason and the next step for lines that a configuration leaves out."""
    first = min(off, key=lambda line: (abs(line), line < 0))
    words = next(w for row in rows for line, w in row.off if line == first)
    more = f" and {len(off) - 1} more" if len(off) > 1 else ""
    where = f"line {first}" if first > 0 else f"line {-first}, which goes,"
    names = ",".join(f"{s}=y" for s in regions.symbols_in(words))
    return (f"{where}{more} left out by {words}",
            f"--config {names} builds it too" if names else "")


def _nowhere(state: State, item: Changed, kind: FileKind) -> Iterator[Sight | Gap]:
    """Why no build has a file in it."""
    arch = arch_of(item.path)
    if arch and arch != _BUILT_HERE:
        yield _not_for(state, item.path, arch)
        return
    if kind is FileKind.UAPI and any(isinstance(s, Sight) for s in _compared(state, item.path)):
        return  # a header for userspace alone: that it compiles there is what counts
    if not state.compiled:
        yield Gap(Look.COMPILED, _why(state, "build-base", "build-patched", "compile", "compiled"))
        return
    if state.broken:
        yield Gap(Look.COMPILED, "the series does not compile")
        return
    word = {FileKind.KCONFIG: "the configuration does not read it",
            FileKind.MAKEFILE: "make does not enter its folder in this configuration",
            FileKind.HEADER: "no file that this configuration compiles includes it"}.get(
                kind, "this configuration does not compile it")
    reason = _unmet(state, item.path, set())
    if not reason and not arch and (known := _unbuilt(state, item.path)):
        yield Gap(Look.COMPILED, *known)
    else:
        yield Gap(Look.COMPILED, f"{word}: {reason}" if reason else word)


def _not_for(state: State, path: str, arch: str) -> Gap:
    """Why a file of another architecture is in no object."""
    target = next((t for t in TARGETS if t.srcarch == arch), None)
    if target is None:
        return Gap(Look.COMPILED, f"no compiler is known here for {arch}")
    if any(f.rule == "build-error" and f.where.path == path for f in state.findings):
        return Gap(Look.COMPILED, f"it does not compile for {target.name}")
    tried = any(name.partition(",")[0] == target.name for name, _ in state.compiled)
    reason, hint = _unbuilt(state, path) or (
        f"make does not build it for {target.name} in {target.start} with what its Makefile "
        "waits for" if tried else f"nothing was compiled for {target.name}", "")
    return Gap(Look.COMPILED, reason, hint)


def _unbuilt(state: State, path: str) -> tuple[str, str] | None:
    """Why a file has no object, and the next step, where a compiler or its absence said so."""
    return next(((why, hint) for p, why, hint in state.unbuilt if p == path), None)


def _unmet(state: State, path: str, lines: set[int]) -> str:
    """Why no configuration was found for a file, or for some lines of it."""
    return next((w.reason for w in state.configured.unmet if w.path == path
                 and (lines & set(w.lines) if lines else not w.lines)), "")


def _ran(state: State, item: Changed, kind: FileKind, shown: Traced) -> Iterator[Sight | Gap]:
    """Whether a kernel with the change has booted, and a test reached it."""
    found = [(name, row) for name, rows in state.compiled for row in rows
             if row.path == item.path and row.objects]
    built = [row for name, row in found if name == NATIVE_TARGET.name]  # that one boots
    if _runs_nowhere(state, item, kind, built):
        yield from elsewhere.ran(state, item)
        return
    if state.before is None or state.after is None or not (
            _came_up(state.before) and _came_up(state.after)):
        yield Gap(Look.BOOTED, _why(state, "build-base", "build-patched", "boot-base",
                                    "boot-patched"))
        return
    yield from _booted(built, elsewhere=len(found) > len(built))
    if kind in RUN and built and not all(row.same for row in built):
        tests = _tests(state, item.path) or executed.tested(shown, item)
        yield Sight(Look.TESTED, tests) if tests else _untested(state, item, shown)


def _untested(state: State, item: Changed, shown: Traced) -> Gap:
    """That nothing shows that a test reaches a file; a suite's name is no evidence of it."""
    path = item.path
    if left := executed.left(shown, item):
        return Gap(Look.TESTED, left)
    named = next((s for s in state.suites if s.ran and (
        s.path == path or s.why.endswith(f" {path}"))), None)
    if named is not None:
        return Gap(Look.TESTED, f"the suite {named.name} ran ({named.why}), and nothing "
                   "shows that it reaches the change")
    return Gap(Look.TESTED, "no test that ran on both kernels is about it",
               "docs/specs.md says how to write one")


def _runs_nowhere(state: State, item: Changed, kind: FileKind, built: list[BuiltFile]) -> bool:
    """Whether nothing of a file runs in a kernel, or it is in none that boots here."""
    if kind is FileKind.UAPI and state.compiled and not built:
        return True
    arch = arch_of(item.path) or _BUILT_HERE
    return kind in {FileKind.TOOL, FileKind.OTHER} or (not built and arch != _BUILT_HERE)


def _booted(built: list[BuiltFile], *, elsewhere: bool) -> Iterator[Sight | Gap]:
    """Say what of a file is in the kernel that booted; ``elsewhere``: it is in another one too."""
    if not built:
        if elsewhere:
            yield Gap(Look.BOOTED, "it is not in the kernel that boots")
        return
    yield Sight(Look.BOOTED, NATIVE_TARGET.name)
    if built[0].off and elsewhere:
        yield Gap(Look.BOOTED, _left_out({line for line, _ in built[0].off}, built)[0]
                  + " in the kernel that boots")


def _came_up(run: GuestRun) -> bool:
    """Whether a kernel showed that it boots: a guest that was killed all the time did not."""
    shown = [t.status for p in run.outcomes for t in p.children
             if f"{p.name}.{t.name}" == BOOT_TEST]
    return bool(shown) and not set(shown) & {Status.MISSING, Status.NOT_RUN}


_SURE = GOOD | {Status.FAIL, Status.CRASHED}  # no chance: neither flaky, nor for want of time
_SHOWS = frozenset({ChangeKind.REGRESSION, ChangeKind.FIXED})


def _alone(path: str, paths: Iterable[str]) -> bool:
    """Whether a file is the only one of these that a kernel is made of."""
    others = {FileKind.DOCUMENT, FileKind.TOOL}
    return [p for p in paths if kind_of(p) not in others] == [path]


def _tests(state: State, path: str) -> str:
    """The profiles whose subject a file is and whose own tests have run on both kernels.

    Where it is all that changes, or all that a patch changes since which a test ends otherwise,
    that test has reached it.
    """
    differ = [c.name for c in state.changes if c.kind in _SHOWS and c.name != BOOT_TEST
              and {c.before, c.after} <= _SURE]
    if differ and _alone(path, (f.path for f in state.files if not f.same)):
        return f"{differ[0]} ends otherwise"
    patches = {p.number: p for p in state.series.patches} if state.series else {}
    for finding in state.findings:
        patch = patches.get(finding.patch)
        if patch and finding.where.test in differ and _alone(path, (f.path for f in patch.files)):
            return f"{finding.where.test} ends otherwise since patch {patch.number}"
    return elsewhere.of_profiles(state, path, {
        c.name.partition(".")[0] for c in state.changes
        if c.before not in {Status.NOT_RUN, Status.MISSING} and c.after in GOOD | BAD})
