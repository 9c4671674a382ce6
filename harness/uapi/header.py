# SPDX-License-Identifier: GPL-2.0-or-later
"""One header, before and after, in every ABI and dialect."""

from __future__ import annotations

from harness.model import Finding, HeaderApi, Location, Severity
from harness.uapi import api, exporting, source_breaks, standalone
from harness.uapi.context import HeaderContext
from harness.uapi.extract import extract
from harness.uapi.result import Comparison, UapiResult
from harness.uapi.sides import Pair, Sides, offered


def compare(sides: Sides, header: str, path: str) -> UapiResult:
    """Everything about one header; ``path`` is where it is in the tree."""
    if header not in sides.before:
        return standalone.compiles(sides, header, path)
    if header not in sides.after:
        return UapiResult((Finding(
            "uapi-header", Severity.ERROR, f"{header} is gone: source that includes it no longer "
            "compiles", where=Location(path), subject=f"{header} gone"),),
            tuple(Comparison(header, path, abi.name) for abi in sides.abis), affects=True)
    findings: list[Finding] = []
    rows: list[Comparison] = []
    apis: dict[str, tuple[HeaderApi, HeaderApi]] = {}
    for abi in sides.abis:
        pair, old = offered(sides, header, abi)
        if old.problem:
            rows.append(standalone.not_compared(header, path, abi, old.problem))
            continue
        found, new = _in_abi(sides, header, HeaderContext(path, abi.name), (pair, old),
                             first=not apis and abi.program == "gcc")
        rows.append(Comparison(header, path, abi.name))
        findings += found
        if not new.problem:
            apis[abi.name] = (old, new)
    findings += exporting.texts(sides.before[header], sides.after[header], path)
    findings += exporting.c90(header, path, sides.pair(sides.abis[0]))
    findings += api.across(apis, path)
    one = next(iter(apis.values()), None)
    return UapiResult(
        tuple(findings), tuple(rows),
        frozenset(one[1].numbers) - frozenset(one[0].numbers) if one else frozenset(),
        affects=len(apis) < len(sides.abis) or any(api.affects(*a) for a in apis.values()),
        layouts=api.differing(*one) if one else ())


def _in_abi(sides: Sides, header: str, context: HeaderContext,
            known: tuple[Pair, HeaderApi], *, first: bool,
            ) -> tuple[list[Finding], HeaderApi]:
    """Changes in one ABI, and the API of the new header there."""
    pair, old = known
    new = extract(pair[1], header, sides.after[header])
    if new.problem:
        return [Finding(
            "uapi-header", Severity.ERROR, f"{header} no longer compiles by itself",
            where=context.where(0), evidence=new.problem,
            subject=f"{header} broken", abis=(context.abi,))], new
    findings = api.changes(old, new, context)
    if first:  # source does not depend on the ABI
        findings += source_breaks.broken(old, new, header, pair, context)
    return findings, new
