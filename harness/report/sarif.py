# SPDX-License-Identifier: GPL-2.0-or-later
"""SARIF 2.1.0 (OASIS standard of March 2020), as GitHub's code scanning reads it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from harness import __version__
from harness.clean import clean
from harness.model import Finding, Report, Severity, Verdict
from harness.report import summary

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
MOST = 5000  # results that GitHub shows of one run


def _result(item: Finding, rules: dict[str, int], report: Report) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": item.rule, "ruleIndex": rules[item.rule], "level": _LEVEL[item.severity],
        "message": {"text": clean("\n".join(filter(None, (item.text, item.evidence))))},
        "partialFingerprints": {"findingId/v1": item.id},
        "properties": {"id": item.id, "patch": item.patch, "where": clean(str(item.where)),
                       **({"inferred": clean(item.inferred)} if item.inferred else {})},
    }
    # GitHub refuses a file in which a result has a location without a physical one.
    spot = summary.in_series(item, report.series.paths if report.series else ())
    path, line = spot or summary.place(report)
    where: dict[str, Any] = {"physicalLocation": {
        "artifactLocation": {"uri": quote(clean(path)), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": line or 1}}}
    if spot is None:
        where["logicalLocations"] = [{"name": clean(str(item.where)) or "series"}]
    result["locations"] = [where]
    return result


def render(report: Report) -> str:
    """The report as one SARIF run."""
    found = summary.ordered(report.findings)[:MOST]
    names = sorted({f.rule for f in found})
    rules = {name: n for n, name in enumerate(names)}
    # Without results a run that did not look at everything would read as a clean one.
    whole = report.verdict in {Verdict.PASS, Verdict.FAIL} and not report.ended and not report.bugs
    invocation: dict[str, Any] = {
        "executionSuccessful": whole, "commandLine": clean(report.reproduce),
        "toolExecutionNotifications": [
            {"level": "warning", "message": {"text": f"not checked: {row}"}}
            for row in summary.unchecked(report)]}
    if report.ended:
        invocation["exitCodeDescription"] = clean(report.ended)
    return json.dumps({
        "$schema": SCHEMA, "version": "2.1.0", "runs": [{
            "tool": {"driver": {
                "name": "kernel-patch-harness", "semanticVersion": __version__,
                "rules": [{"id": name, "help": {"text": f"harness explain {name}"}}
                          for name in names]}},
            "automationDetails": {"description": {"text": clean(summary.told(report))}},
            "invocations": [invocation],
            "originalUriBaseIds": {"%SRCROOT%": {"description": {
                "text": "the top of the kernel tree"}}},
            "columnKind": "unicodeCodePoints",
            "results": [_result(f, rules, report) for f in found],
            "properties": {"verdict": report.verdict.value, "title": clean(report.title),
                           "lookedAt": clean(summary.looked_at(report)),
                           "inferred": [clean(t) for t in report.inferred]},
        }]}, indent=2, ensure_ascii=False) + "\n"
