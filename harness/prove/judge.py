# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the tests see a wrong implementation? Each mutant is built, booted and compared.

A mutant is a patch of a directory, or a wrong version of a line that the
series adds (``mutate``). It is caught when a check that the right version
passes finds an error; what is a difference and no failure is listed apart.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from harness import apply, compare
from harness.build import kernel
from harness.clean import one_line
from harness.errors import CommandFailedError, InputRefusedError, UsageError
from harness.guest import boot
from harness.guest.run import USUAL, Patience
from harness.intake import read_series
from harness.lint import lint, on_tree, text
from harness.model import BAD, Applied, Finding, GuestRun, Patch, Series, Severity, Status
from harness.prove import mutate
from harness.prove.proof import Judged
from harness.run import build_stages, stages, workload
from harness.run.state import Say, State
from harness.system import proc, repo
from harness.uapi.check import check_series
from harness.uapi.result import Options

# A kernel that is wrong dies often, and one death is enough to know. One or two
# failing tests may be the weather; more are not.
PATIENCE = Patience(boots=3, retried=frozenset({Status.FAIL}), most=2)
TEST_TIMEOUT, SILENCE = 6.0, 8.0  # seconds: tests take less than two
_SUFFIXES = {".patch", ".diff", ".eml", ".mbox"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong version: a patch of somebody's, or an edit of our own."""

    name: str
    patch: Path | None = None
    edit: mutate.Edit | None = None

    @property
    def line(self) -> str:
        """What an edit did to a line."""
        return f"{self.edit.before}  ->  {self.edit.after or '(nothing)'}" if self.edit else ""


@dataclass(frozen=True, slots=True)
class Ground:
    """The right version that mutants are held against."""

    state: State
    head: str
    start: kernel.Start
    digest: str
    init: Path
    before: GuestRun


@dataclass(frozen=True, slots=True)
class Plan:
    """What the user asked for."""

    mutants: Path | None = None
    only: tuple[str, ...] = ()
    limit: int = 0
    workers: int = 2
    own: bool = True


def patches_in(folder: Path) -> list[Path]:
    """The mutants of a directory; raises ``UsageError`` when there are none."""
    found = sorted(p for p in folder.glob("*") if p.suffix in _SUFFIXES) if folder.is_dir() else []
    if not found:
        raise UsageError(f"{folder}: no mutants there", hint="a directory of *.patch files")
    return found


def _mutant_series(paths: list[Path]) -> Series:
    """All mutants as one series: what they touch chooses the profiles."""
    patches: list[Patch] = []
    for path in paths:
        try:
            patches += read_series(path).patches
        except InputRefusedError:
            continue
    return Series("mutants", 1, tuple(patches))


def ground(state: State, plan: Plan) -> Ground:
    """Build the right version and run everything on it once."""
    if state.request.series is not None:
        steps: tuple[Callable[[State], State], ...] = (
            stages.intake, stages.tree, stages.apply_, stages.choose,
            build_stages.build_base, build_stages.build_patched, stages.generate)
    else:
        if plan.mutants is None:
            raise UsageError("without a series, --mutants DIR says what to try",
                             hint="harness prove --tree debian-6.1 --mutants DIR")
        state = replace(stages.tree(state), series=_mutant_series(patches_in(plan.mutants)))
        assert state.tree is not None  # noqa: S101  (for mypy)
        commit = state.tree.commit
        state = replace(state, base=commit, applied=Applied(state.tree, commit, ()))
        steps = (stages.choose, build_stages.build_base, stages.generate)
    for step in steps:
        state.say(f"{step.__name__.strip('_')} ...")
        state = step(state)
    image = state.image_patched or state.image_base
    if image is None or state.applied is None or (
            state.request.series is not None and state.image_patched is None):
        raise InputRefusedError("the series itself does not build: nothing to prove",
                                hint="harness check says why")
    init = boot.compile_init(state.work / "init", state.box(), state.log)
    state.say("the right version ...")
    before = workload.run(_guest(state, init, state.request.out / "right"), image.path,
                          state.load, USUAL, quiet=True)
    return Ground(state, state.applied.head, kernel.Start(
        image.sources, image.build_dir, state.applied.head,
        str(image.path.relative_to(image.build_dir))), _digest(image.path), init, before)


def _guest(state: State, init: Path, out: Path) -> boot.Guest:
    longer = state.settings.patience
    return replace(workload.guest(state.settings, state.box(), out, init, lambda _: None),
                   test_timeout=TEST_TIMEOUT * longer, silence=SILENCE * longer)


def _digest(image: Path) -> str:
    return hashlib.sha256(image.read_bytes()).hexdigest()


def collect(right: Ground, plan: Plan) -> list[Mutant]:
    """Every mutant that ``plan`` wants."""
    given = patches_in(plan.mutants) if plan.mutants else []
    found = [Mutant(path.stem, patch=path) for path in given]
    found += _own(right) if plan.own else ()
    found = [m for m in found if not plan.only or any(
        fnmatch.fnmatch(m.name, glob) for glob in plan.only)]
    if plan.limit and len(found) > plan.limit:  # evenly over all of them
        found = [found[n * len(found) // plan.limit] for n in range(plan.limit)]
    return found


def _own(right: Ground) -> Iterator[Mutant]:
    state = right.state
    if state.request.series is None or state.tree is None or state.series is None:
        return
    for path in state.series.paths:
        new = repo.show(state.tree.repo, right.head, path)
        if new is None or path.startswith(("tools/", "Documentation/", "samples/")):
            continue
        old = repo.show(state.tree.repo, state.base, path) or b""
        yield from (Mutant(edit.name, edit=edit) for edit in mutate.edits(path, old, new))


def _commit(right: Ground, mutant: Mutant) -> str:
    """The mutant on the right version; raises ``InputRefusedError`` when it does not apply."""
    tree = right.state.tree
    assert tree is not None  # noqa: S101  (for mypy)
    if mutant.patch is not None:
        return apply.apply_series(read_series(mutant.patch), tree, right.head).head
    assert mutant.edit is not None  # noqa: S101  (for mypy)
    files = {mutant.edit.path: mutant.edit.content}
    return apply.commit_content(tree, right.head, files, mutant.name)


def _static(right: Ground, mutant: Mutant, commit: str) -> tuple[Finding, ...]:
    """What is found without a build: the UAPI check, and the rules about added lines."""
    state, tree = right.state, right.state.tree
    assert tree is not None  # noqa: S101  (for mypy)
    probes = tuple(p.consumers for p in state.profiles if p.consumers)
    applied = Applied(tree, right.head, (commit,))
    found = check_series(applied, state.box(), Options(consumers=probes)).findings
    series = read_series(mutant.patch) if mutant.patch is not None else state.series
    if mutant.patch is not None:
        found += lint(read_series(mutant.patch), text.RULES)
    if series is not None:
        found += on_tree.findings(series, applied, state.profiles, lambda: (
            on_tree.maintainers(series, tree, applied.base, state.box())))
    return found


def _names(findings: tuple[Finding, ...], *severities: Severity) -> tuple[str, ...]:
    return tuple(f.where if f.rule.startswith("runtime-") else f.id
                 for f in findings if f.severity in severities)


def judge(right: Ground, mutant: Mutant, bench: Path, seen: dict[str, Judged]) -> Judged:
    """Check one mutant; ``seen`` are those that were built, by their image."""
    started = time.monotonic()

    def done(status: str, by: tuple[str, ...] = (), differences: tuple[str, ...] = (),
             why: str = "") -> Judged:
        return Judged(mutant.name, status, by, differences, time.monotonic() - started, why,
                      mutant.line)

    try:
        commit = _commit(right, mutant)
    except InputRefusedError as error:
        return done("not-applied", why=error.message)
    out = right.state.request.out / "mutants" / mutant.name.replace("/", "_").replace(" ", "_")
    out.mkdir(parents=True, exist_ok=True)
    static = _static(right, mutant, commit)
    by = _names(static, Severity.ERROR)
    differences = _names(static, Severity.WARNING)
    builder = build_stages.builder(right.state)
    builder = replace(builder, log=out / "log", say=lambda _: None, jobs=2,
                      sandbox=replace(builder.sandbox, nice=workload.GIVE_WAY))
    assert right.state.tree is not None  # noqa: S101  (for mypy)
    try:
        image = kernel.variant(builder, right.state.tree, right.start, commit, bench)
    except CommandFailedError as error:
        return done("caught" if by else "not-compiled", by, why=one_line(error.tail, 200))
    digest = _digest(image)
    if digest == right.digest:
        if by:
            return done("caught", by, differences)
        why = "the same machine code here: no test on this architecture can see it"
        return done("equivalent" if mutant.edit else "survived", (), differences, why)
    if digest in seen:
        twin = seen[digest]
        both = tuple(dict.fromkeys((*by, *twin.by)))
        return done("caught" if both else "survived", both, twin.differences,
                    f"the same code as {twin.name}")
    after = workload.run(_guest(right.state, right.init, out), image, right.state.load,
                         PATIENCE, quiet=True)
    changed = [c for c in compare.changes(right.before, after) if c.after is not Status.NOT_RUN]
    runtime = compare.findings(tuple(changed), frozenset())
    by += _names(runtime, Severity.ERROR)
    differences += _names(runtime, Severity.WARNING, Severity.NOTE)
    judged = done("caught" if by else "survived", by, differences)
    seen[digest] = judged
    return judged


def _key(right: Ground, mutant: Mutant) -> str:
    what = mutant.patch.read_bytes() if mutant.patch else (
        mutant.edit.content if mutant.edit else b"")
    parts = (right.digest.encode(), what, *(p.path.read_bytes() for p in right.state.load.programs))
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _kept(place: Path, key: str) -> Judged | None:
    """The result of an earlier, interrupted run, when it was about the same."""
    try:
        data = json.loads(place.read_text("utf-8"))
        if data.pop("key") != key:
            return None
        by, differences = tuple(data.pop("by")), tuple(data.pop("differences"))
        return Judged(**data, by=by, differences=differences)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def prove(right: Ground, mutants: list[Mutant], plan: Plan, say: Say) -> list[Judged]:
    """Judge all mutants, two at a time; what is done already is not done again."""
    benches: SimpleQueue[Path] = SimpleQueue()
    for n in range(plan.workers):
        benches.put(right.state.work / f"bench{n}")
    seen: dict[str, Judged] = {}
    kept = right.state.request.out / "judged"
    kept.mkdir(parents=True, exist_ok=True)

    def one(mutant: Mutant) -> Judged:
        key = _key(right, mutant)
        place = kept / f"{hashlib.sha256(mutant.name.encode()).hexdigest()[:16]}.json"
        if (old := _kept(place, key)) is not None:
            return old
        bench = benches.get()
        try:
            judged = judge(right, mutant, bench, seen)
        finally:
            benches.put(bench)
        place.write_text(json.dumps({"key": key, **asdict(judged)}), "utf-8")
        return judged

    with ThreadPoolExecutor(plan.workers) as pool:
        futures = [pool.submit(one, m) for m in mutants]
        try:
            _follow(futures, say)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            proc.shut()  # a worker would boot the next guest otherwise
            raise
    return [f.result() for f in futures]


def _follow(futures: list[Future[Judged]], say: Say) -> None:
    """Say what comes in; the first error ends it."""
    started, left = time.monotonic(), set(futures)
    while left:
        done, left = wait(left, timeout=1.0, return_when=FIRST_COMPLETED)
        for future in done:
            judged = future.result()
            count = len(futures) - len(left)
            rest = (time.monotonic() - started) / count * len(left)
            say(f"{count}/{len(futures)} {judged.name}: {judged.status}"
                f"{' by ' + judged.by[0] if judged.by else ''}"
                f"{f', about {int(rest) // 60}:{int(rest) % 60:02d} left' if left else ''}")


def described(right: Ground) -> dict[str, Any]:
    """What the mutants were held against, and what fails there already."""
    state = right.state
    return {"title": state.series.title if state.series and state.request.series else "",
            "tree": state.tree.name if state.tree else "", "commit": right.head,
            "failing": [f"{p.name}.{t.name}" for p in right.before.outcomes
                        for t in p.children if t.status in BAD]}
