# SPDX-License-Identifier: GPL-2.0-or-later
"""What each stage does: a function from the state to the next one.

``pipeline.STAGES`` says in which order; a sub-command runs some of them.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import replace
from pathlib import Path

from harness import apply, compare, profiles, trees
from harness.build import compiled
from harness.errors import CommandFailedError, InputRefusedError
from harness.evidence import FileKind, kind_of
from harness.generate import programs as generated
from harness.intake import find_topic, read_parts
from harness.lint import claims, lint, on_tree
from harness.model import (
    BAD,
    Finding,
    Severity,
)
from harness.profiles import Profile
from harness.run import build_stages, cache_keys, incoming, workload
from harness.run.state import Candidate, NotRunError, SkippedStage, State, got
from harness.run.workload import NOTHING
from harness.uapi import selftests, suppress
from harness.uapi.check import check_series, export_headers
from harness.uapi.compiler import materialise
from harness.uapi.result import UapiResult


def intake(state: State) -> State:
    """Read the series, in each of its ports that may fit the tree."""
    request = state.request
    topic = find_topic(Path(request.series) if request.series else None, request.patches)
    if topic is None:
        thread = incoming.read(got(request.series), state.settings.cache, request.wish)
        state = replace(state, series=thread.series, own_tree=thread.tree,
                        notices=state.notices + thread.series.notices)
        if request.repair:
            state = tree(state)
            before = got(state.series)
            mended = incoming.mended(before, got(state.tree))
            state = replace(state, series=mended, notices=state.notices
                            + mended.notices[len(before.notices):])
        return replace(state, candidates=(Candidate((), (), got(state.series)),))
    state = replace(state, topic=topic, candidates=tuple(
        Candidate(port.base, port.patches) for port in topic.ports))
    if _tree_is_here(state):  # the mails that are linted are those that apply to it
        return apply_(tree(state))
    return replace(state, series=read_parts(topic.ports[0].patches))


def check_lint(state: State) -> State:
    """Rules over mails and diffs."""
    return replace(state, findings=state.findings + lint(got(state.series)))


def check_on_tree(state: State) -> State:
    """Rules over the series on its tree, and the tree's own checkpatch."""
    series, box = got(state.series), state.box()
    if state.applied is None:
        state = _place_for_lint(state)
    applied = got(state.applied)
    asks = (series, applied.tree, applied.base, box)
    key = cache_keys.mails(state, series)
    found = on_tree.findings(series, applied, state.profiles, lambda: cache_keys.memo(
        state, "maintainers", key, lambda: on_tree.maintainers(*asks))[0])
    notices = state.notices
    if state.request.checkpatch:
        said, _ = cache_keys.memo(state, "checkpatch", key, lambda: on_tree.check_patches(*asks))
        found += said or ()
        notices += () if said is not None else (
            f"checkpatch: NOT_RUN: {applied.tree.name} has no scripts/checkpatch.pl",)
    return replace(state, findings=state.findings + found, notices=notices)


def _tree_is_here(state: State) -> bool:
    """Whether the tree is one that the user gave, or has been imported already."""
    name = state.settings.tree_name
    source = trees.known(name)
    return (source is None or bool(state.settings.tree)
            or trees.cached(state.settings.cache, source) is not None)


def _place_for_lint(state: State) -> State:
    """For lint alone: the tree, when there is one without a download that the series fits.

    Raises ``SkippedStage`` with the reason, but for a tree that the user named.
    """
    if not state.own_tree and not _tree_is_here(state):
        raise SkippedStage("no tree yet: --tree NAME or PATH, or 'harness check' once",
                           applies=True)
    try:
        return choose(apply_(tree(state)))
    except InputRefusedError as error:
        if state.settings.tree:
            raise
        raise SkippedStage(error.message, applies=True) from None


def tree(state: State) -> State:
    """Get the kernel tree, and with it the base: what the mails say, or the user."""
    if state.tree is not None:
        return state
    if state.topic is not None or state.series is None:
        return replace(state, tree=trees.obtain(
            state.settings.tree_name, state.settings.cache, state.say))
    picked = incoming.place(state.series, state.settings, state.say, state.own_tree)
    return replace(state, tree=picked.tree,
                   notices=(*state.notices, incoming.described(picked)))


def apply_(state: State) -> State:
    """Apply what the port needs first, then the series: one commit per patch.

    On a tree of the user's own the first port that applies is taken.
    """
    if state.applied is not None:
        return state
    kernel = got(state.tree)
    refused: InputRefusedError | None = None
    for candidate in state.candidates:
        base = kernel.commit
        try:
            if candidate.base:
                base = cache_keys.applied(state, read_parts(candidate.base), kernel, base).head
            series = candidate.series or read_parts(candidate.patches)
            applied = cache_keys.applied(state, series, kernel, base)
        except InputRefusedError as error:
            refused = refused or error
            continue
        if not apply.touched(applied):
            raise InputRefusedError("the series changes nothing in this tree")
        return replace(state, series=series, base=base, applied=applied,
                       files=compiled.changes(applied), notices=state.notices + applied.notices)
    if refused is None:
        raise InputRefusedError("the topic has no port of the series")
    if state.topic is not None:
        raise InputRefusedError(
            f"{state.topic.title}, {state.topic.name}: none of {len(state.candidates)} ports "
            f"applies to {kernel.name}; the first: {refused.message}",
            hint="give another --tree, or add a port to patches/*/about.toml")
    raise refused


def check_uapi(state: State) -> State:
    """Compare the headers that userspace sees."""
    options = state.request.uapi
    probes = tuple(p.consumers for p in state.profiles if p.consumers)
    options = replace(options, consumers=(*options.consumers, *probes))
    result, state = cache_keys.memo(state, "uapi", cache_keys.uapi(state), lambda: check_series(
        got(state.applied), state.box(), options), keep=lambda r: not any(
            c.passing for c in r.comparisons))
    result, notices = suppressed(result, state.request.suppress)
    state = replace(state, uapi=result, notices=state.notices + notices)
    if not result.comparisons and not result.findings:
        raise SkippedStage(result.notices[0])
    if not result.headers and not result.findings:  # each has its own gap besides
        raise NotRunError(f"no header was compared: {result.missed[0].header}: "
                          f"{result.missed[0].problem}", state)
    return replace(state, findings=state.findings + result.findings,
                   notices=state.notices + result.notices)


def check_tools(state: State) -> State:
    """Compile what the series changes below tools/ and samples/."""
    paths = tuple(f.path for f in state.files if kind_of(f.path) is FileKind.TOOL and not f.same)
    if not paths:
        raise SkippedStage("the series changes no program below tools/ or samples/")
    (looks, found), state = cache_keys.memo(
        state, "tools", cache_keys.tools(state),
        lambda: selftests.check(got(state.applied), paths, state.box(), state.log),
        keep=lambda r: not any(t.passing for t in r[0]))
    return replace(state, tools=looks, findings=state.findings + found)


def suppressed(result: UapiResult, path: Path | None) -> tuple[UapiResult, tuple[str, ...]]:
    """What was looked at and accepted, with a reason, becomes a note."""
    if path is None:
        return result, ()
    today = dt.datetime.now(dt.UTC).date()
    findings, notices = suppress.apply(result.findings, suppress.load(path), today)
    return replace(result, findings=findings), notices


def choose(state: State) -> State:
    """Find the profiles whose subject the series touches."""
    every = profiles.load_all(state.request.kselftests)
    return replace(state, profiles=profiles.applying(every, got(state.series)))


def generate(state: State) -> State:
    """Turn the profiles' specs into programs, compiled against the patched headers."""
    if not state.request.base_only:
        build_stages.of_the_kernel(state)
    if not state.profiles:
        raise SkippedStage("no profile in kselftests/ knows what this series touches: both kernels "
                           "are only booted")
    commit = state.base if state.request.base_only else got(state.applied).head
    ready = NOTHING
    headers, state = cache_keys.memo(state, "headers", cache_keys.headers(state, commit), lambda: (
        cache_keys.digest_of(export_headers(got(state.tree), commit))))
    for profile in state.profiles:
        target = state.request.out / "programs" / profile.name
        try:
            rows, state = cache_keys.memo(state, "generate", cache_keys.programs(profile, headers),
                                     functools.partial(_compile, state, profile, commit, target))
            ready += workload.with_scripts(profile, cache_keys.unpack(rows, target),
                                           state.settings.operations)
        except CommandFailedError as error:
            if why := _fails_on_base(state, profile):
                raise NotRunError(f"the tests of {profile.name} do not compile against the "
                                  f"headers of the base: {why}", state) from None
            finding = Finding(
                "tests-do-not-compile", Severity.ERROR,
                f"the tests of {profile.name} do not compile against the patched headers: "
                f"{generated.why(error)}", evidence=error.tail, subject=profile.name)
            return replace(state, findings=(*state.findings, finding))
    return replace(state, load=ready)


def _fails_on_base(state: State, profile: Profile) -> str:
    """Why the programs of a profile do not compile without the series either; "" if they do."""
    try:
        _compile(state, profile, state.base, state.work / "base-programs" / profile.name)
    except CommandFailedError as error:
        return generated.why(error)
    return ""


def _compile(state: State, profile: Profile, commit: str, target: Path,
             ) -> tuple[cache_keys.Compiled, ...]:
    exported = export_headers(got(state.tree), commit)
    headers = materialise(exported, state.work / f"headers-{commit}", exported)
    return cache_keys.pack(generated.build_programs(
        profile, headers, target, state.box(), state.log))


def compare_(state: State) -> State:
    """Say what changed, and what the series is to blame for."""
    rows = compare.changes(got(state.before), got(state.after))
    added = state.uapi.added if state.uapi else frozenset()
    said = claims.join(claims.claims(got(state.series)), got(state.before).measurements,
                       got(state.after).measurements, rows, len(got(state.series).patches))
    tested = state.findings if state.uapi is None else tuple(
        workload.with_proof(f, rows, state.profiles) for f in state.findings)
    return replace(state, changes=rows, findings=(
        *tested, *compare.findings(rows, added), *said))


def base_failures(state: State) -> State:
    """With --base-only: what fails on the base by itself."""
    found = tuple(
        Finding("base-failure", Severity.ERROR, f"{p.name}.{t.name}: {t.status} {t.reason}".strip(),
                where=f"{p.name}.{t.name}", evidence=t.log, subject=f"{p.name}.{t.name}")
        for p in got(state.before).outcomes for t in p.children if t.status in BAD)
    return replace(state, findings=state.findings + found)
