# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages that look at what userspace compiles."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from harness.evidence import FileKind, kind_of
from harness.run import cache_keys
from harness.run.state import NotRunError, SkippedStage, State, require
from harness.uapi import selftests, suppress
from harness.uapi.result import UapiResult
from harness.uapi.series import check_series


def check_uapi(state: State) -> State:
    """Compare the headers that userspace sees."""
    options = state.request.uapi
    probes = tuple(p.consumers for p in state.profiles if p.consumers)
    options = replace(options, consumers=(*options.consumers, *probes),
                      usual=state.request.kselftests / "consumers")
    result, state = cache_keys.memo(state, "uapi", cache_keys.uapi(state), lambda: check_series(
        require(state.applied), state.box(), options), keep=lambda r: not any(
            c.passing for c in r.comparisons))
    result, notices = suppressed(result, state.request.suppress)
    state = replace(state, uapi=result, notices=state.notices + notices)
    if not result.comparisons and not result.findings:
        raise SkippedStage(result.notices[0], state=state)
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
        lambda: selftests.check(require(state.applied), paths, state.box(), state.log),
        keep=lambda r: not any(t.passing for t in r[0]))
    return replace(state, tools=looks, findings=state.findings + found)


def suppressed(result: UapiResult, path: Path | None) -> tuple[UapiResult, tuple[str, ...]]:
    """Turn findings that were accepted with a reason into notes."""
    if path is None:
        return result, ()
    today = dt.datetime.now(dt.UTC).date()
    findings, notices = suppress.apply(result.findings, suppress.load(path), today)
    return replace(result, findings=findings), notices
