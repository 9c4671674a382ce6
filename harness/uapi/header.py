# SPDX-License-Identifier: GPL-2.0-or-later
"""One header, before and after, in every ABI and dialect."""

from __future__ import annotations

from harness.model import Finding, HeaderApi, Location, Severity
from harness.uapi import api, exporting, growth, meets, standalone
from harness.uapi.context import HeaderContext
from harness.uapi.headers import WORD
from harness.uapi.result import Comparison, UapiResult
from harness.uapi.sides import Sides, offered


def compare(sides: Sides, header: str, path: str) -> UapiResult:
    """Everything about one header; ``path`` is where it is in the tree."""
    if header not in sides.before:
        return standalone.compiles(sides, header, path)
    if header not in sides.after:
        return UapiResult((Finding(
            "uapi-header", Severity.ERROR, f"{header} is gone: source that includes it no longer "
            "compiles", where=Location(path), subject=f"{header} gone"),),
            tuple(Comparison(header, path, abi.name) for abi in sides.abis),
            altered=frozenset(WORD.findall(sides.before[header])))
    findings: list[Finding] = []
    rows: list[Comparison] = []
    apis: dict[str, tuple[HeaderApi, HeaderApi]] = {}
    for abi, (pair, old, new) in offered(sides, header).items():
        if old.problem:
            rows.append(standalone.not_compared(header, path, abi, old.problem))
            continue
        context = HeaderContext(path, abi.name, sides.before[header], sides.after[header])
        rows.append(Comparison(header, path, abi.name))
        if new.problem:
            findings.append(Finding(
                "uapi-header", Severity.ERROR, f"{header} no longer compiles by itself",
                where=context.where(0), evidence=new.problem,
                subject=f"{header} broken", abis=(context.abi,)))
            continue
        findings += api.changes(old, new, context)
        if not apis and abi.program == "gcc":  # most source does not depend on the ABI
            findings += meets.everywhere(sides, header, (pair, old, new), context)
        elif apis:
            known = {(f.rule, f.subject) for f in findings}
            findings += [f for f in meets.in_other_programs(
                sides, header, (pair, old, new), context) if (f.rule, f.subject) not in known]
        apis[abi.name] = (old, new)
    findings += exporting.texts(sides.before[header], sides.after[header], path)
    findings += exporting.guards(header, sides.before, sides.after, path)
    if exporting.AS_C90 not in sides.knows(header):
        findings += exporting.c90(header, path, sides.pair(sides.abis[0]))
    findings += api.across(apis, path)
    one = next(iter(apis.values()), None)
    return UapiResult(
        tuple(findings), tuple(rows),
        frozenset(one[1].numbers) - frozenset(one[0].numbers) if one else frozenset(),
        altered=frozenset(n for a in apis.values() for n in api.altered(*a)).union(
            _changed_words(sides, header) if len(apis) < len(sides.abis) else ()),
        gained=frozenset(n for a in apis.values() for n in api.gained(*a)),
        layouts=api.differing(*one) if one else (),
        grew=frozenset(n for a in apis.values() for n in growth.grown(*a)),
        held=tuple(h for a in apis.values() for h in growth.holders(*a)))


def _changed_words(sides: Sides, header: str) -> set[str]:
    """The words of the lines that differ: all that is known of what was not compared."""
    old, new = (set(side[header].splitlines()) for side in (sides.before, sides.after))
    return {word for line in old ^ new for word in WORD.findall(line)}
