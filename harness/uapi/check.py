# SPDX-License-Identifier: GPL-2.0-or-later
"""Headers before and after -> findings."""

from __future__ import annotations

import contextlib
import gc
import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from harness.errors import DeadlineError
from harness.system.sandbox import Sandbox
from harness.uapi import exporting, grouped, others, standalone
from harness.uapi import header as one_header
from harness.uapi.headers import Reach, includers
from harness.uapi.result import NONE, Comparison, Options, UapiResult, merge
from harness.uapi.sides import differs, laid_out

_SELDOM = 200_000  # objects between two looks
_TOGETHER = 24  # headers that are compared at a time, for each processor


def check_headers(before: Mapping[str, str], after: Mapping[str, str], paths: Mapping[str, str],
                  sandbox: Sandbox, options: Options = NONE) -> UapiResult:
    """Compare installed headers; ``paths`` maps changed ones to their path in the tree."""
    reached = includers({**before, **after}, paths)
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory())
        sides = laid_out((before, after), Path(name), {*reached, *others.included(options)},
                         sandbox, options.abis)

        bare = all(path == name for name, path in paths.items())  # directories of headers

        def place(header: str) -> str:
            return paths.get(header, header if bare else f"include/uapi/{header}")

        def full(header: str) -> UapiResult:
            try:
                return one_header.compare(sides, header, place(header))
            except DeadlineError:
                return UapiResult(comparisons=tuple(
                    Comparison(header, place(header), abi.name, "the compiler did not end",
                               passing=True)
                    for abi in sides.abis))

        def light(header: str) -> UapiResult:
            try:
                if differs(sides, header):
                    return full(header)
            except DeadlineError:
                return full(header)
            return UapiResult(comparisons=tuple(
                Comparison(header, place(header), abi.name) for abi in sides.abis))

        # Debug information is many objects that name one another, and short-lived: looking for
        # what is no longer named takes a tenth of the time.
        stack.callback(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(_SELDOM)
        # The threads wait for compilers, and what they wait for is compiled together (``batch``);
        # each stays alive for as long as its child does.
        with ThreadPoolExecutor(_TOGETHER * (os.cpu_count() or 1)) as pool:
            # Where comments changed, nothing is compiled that would not be without the change.
            still = [h for h in paths if exporting.same_code(before.get(h), after.get(h))]
            changed = [h for h in reached if h in paths and h not in still]
            programs = pool.submit(others.of_others, sides, reached, place, options,
                                   Path(name) / "also")
            there = [h for h in changed if h in after]
            sides = replace(sides, content=grouped.content(sides, there, pool))
            # Headers that only include a changed one can change with what it changed; when they
            # say none of its words, all that can happen is that they no longer compile.
            results = [UapiResult(tuple(exporting.texts(before[h], after[h], paths[h])))
                       for h in still]
            reach = Reach(before)
            rest, touched, look = list(reached), changed, full
            while touched:
                rest = [h for h in rest if h not in touched]
                found = dict(zip(touched, pool.map(look, touched), strict=True))
                results += found.values()
                touched, look = reach.touched(
                    rest, {h: r.altered for h, r in found.items()},
                    {h: r.gained for h, r in found.items()}), light
            results += others.guarded(rest, lambda: standalone.still_compile(sides, rest, pool))
            results += programs.result()
    whole = merge(results)
    return others.together(whole)
