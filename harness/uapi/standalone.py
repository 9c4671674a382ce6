# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether headers compile by themselves: new ones, and those whose includes gained names."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace

from harness.arch import STUBS, Abi
from harness.model import Finding, Location, Severity
from harness.uapi import exporting, meets, prelude
from harness.uapi.compiler import failing
from harness.uapi.context import HeaderContext
from harness.uapi.result import Comparison, UapiResult
from harness.uapi.sides import Sides


def not_compared(header: str, path: str, abi: Abi, why: str) -> Comparison:
    """The row of a header that does not compile, with what to install where that is why."""
    lacking = STUBS in why or "No such file" in why
    return Comparison(header, path, abi.name, f"does not compile before the series: {why}",
                      f"apt-get install {abi.package}" if lacking else "")


def compiles(sides: Sides, header: str, path: str) -> UapiResult:
    """Whether a header that was not there before compiles, and would be exported."""
    findings = [*exporting.texts(None, sides.after[header], path),
                *exporting.guards(header, sides.before, sides.after, path)]
    rows = []
    likely = ""
    for abi in sides.abis:
        new = sides.pair(abi)[1]
        lines = prelude.needed(new, header, likely)
        likely = lines or likely
        why = prelude.why_not(new, header) if lines != "" else ""
        if STUBS in why:
            rows.append(not_compared(header, path, abi, why))
            continue
        rows.append(Comparison(header, path, abi.name))
        if why:
            findings.append(Finding(
                "uapi-header", Severity.ERROR,
                f"{header} is new and does not compile by itself", where=Location(path),
                evidence=why, subject=f"{header} new", abis=(abi.name,)))
        elif abi == sides.abis[0]:
            context = HeaderContext(path, abi.name)
            findings += meets.fresh(sides, header, context)
    if exporting.AS_C90 not in sides.knows(header):
        findings += exporting.c90(header, path, (None, sides.pair(sides.abis[0])[1]))
    return UapiResult(tuple(findings), tuple(rows))


_TOGETHER = 40  # headers that are asked by one compiler


def still_compile(sides: Sides, headers: Sequence[str], pool: Executor) -> list[UapiResult]:
    """Ask whether unchanged headers, whose includes only gained names, still compile."""
    there = [h for h in headers if h in sides.before and h in sides.after]
    parts = [(abi, there[n:n + _TOGETHER]) for abi in sides.abis
             for n in range(0, len(there), _TOGETHER)]
    return list(pool.map(lambda part: _still_compile(sides, *part), parts))


def _still_compile(sides: Sides, abi: Abi, headers: list[str]) -> UapiResult:
    old, new = sides.pair(abi)
    bad = failing(new, headers)
    was = set(failing(old, bad)) if bad else set()
    rows = {h: Comparison(h, f"include/uapi/{h}", abi.name) for h in headers}
    broken = [h for h in bad if h not in was]
    for h in sorted(was):  # it needs something before it
        lines = prelude.needed(old, h)
        if lines is None:
            rows[h] = replace(rows[h], problem="does not compile before the series: "
                              + prelude.why_not(old, h))
        elif prelude.needed(replace(new, before=lines), h) != "":
            broken.append(h)
    return UapiResult(tuple(Finding(
        "uapi-header", Severity.ERROR, f"{h} no longer compiles by itself",
        where=Location(f"include/uapi/{h}"), subject=f"{h} broken", abis=(abi.name,))
        for h in broken), tuple(rows.values()))
