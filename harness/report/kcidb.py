# SPDX-License-Identifier: GPL-2.0-or-later
"""KCIDB v5.3: one checkout, the builds before and after, their tests (kcidb-io's schema)."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from harness.arch import NATIVE_TARGET
from harness.clean import clean
from harness.model import Change, Report, StageResult, Status, Verdict
from harness.report import summary

ORIGIN = "harness"
# FAIL: the kernel's fault; ERROR: the test's; MISS: the harness's
_STATUS = {Status.PASS: "PASS", Status.FAIL: "FAIL", Status.CRASHED: "FAIL",
           Status.TIMEOUT: "FAIL", Status.SKIP: "SKIP", Status.XFAIL: "PASS",
           Status.MISSING: "ERROR", Status.FLAKY: "ERROR", Status.NOT_RUN: "MISS"}
_HASH = re.compile(r"^[0-9a-f]{40}([0-9a-f]{24})?$")


def _patchset(report: Report) -> str:
    """The hash of KCIDB's documentation: sha256 over the sha256 of each patch, a line each."""
    if report.series is None:
        return ""
    lines = "".join(hashlib.sha256(p.diff).hexdigest() + "\n" for p in report.series.patches)
    return hashlib.sha256(lines.encode()).hexdigest()


def _path(name: str) -> str:
    """A dotted test path of the characters that the schema has."""
    return "harness." + re.sub(r"[^a-z0-9_.-]", "_", name.lower())


def _build(report: Report, checkout: str, side: str, stage: StageResult | None,
           ) -> dict[str, Any] | None:
    if stage is None or stage.status in {Status.NOT_RUN, Status.SKIP}:
        return None
    row: dict[str, Any] = {
        "id": f"{checkout}_{side}", "checkout_id": checkout, "origin": ORIGIN,
        "architecture": NATIVE_TARGET.name, "duration": stage.seconds,
        # What is no finding about the series is our own trouble.
        "status": "PASS" if stage.status is Status.PASS else "FAIL" if any(
            f.rule == "build-error" for f in report.findings) else "ERROR",
        "command": clean(report.reproduce), "comment": f"the kernel {side} the series"}
    if report.began:
        row["start_time"] = report.began
    return row


def _test(build: str, row: Change, side: str) -> dict[str, Any]:
    status = row.before if side == "before" else row.after
    reason = row.reason_before if side == "before" else row.reason_after
    test: dict[str, Any] = {
        "id": f"{build}_{hashlib.sha256(row.name.encode()).hexdigest()[:16]}", "build_id": build,
        "origin": ORIGIN, "path": _path(row.name), "status": _STATUS[status],
        "misc": {"status": status.value, "change": row.kind.value}}
    if reason:
        test["comment"] = clean(reason)
    if side == "after" and row.log:
        test["log_excerpt"] = clean(row.log)[:16384]
    return test


def render(report: Report) -> str:
    """The report as a KCIDB document."""
    patchset = _patchset(report)
    commit = report.base if _HASH.match(report.base) else ""
    name = hashlib.sha256(f"{commit} {patchset} {report.began}".encode()).hexdigest()[:32]
    checkout = f"{ORIGIN}:{name}"
    row: dict[str, Any] = {
        "id": checkout, "origin": ORIGIN, "patchset_hash": patchset,
        "valid": report.verdict is not Verdict.REFUSED,
        "comment": clean(f"{summary.told(report)}: {report.title}"),
        "misc": {"verdict": report.verdict.value, "not_checked": list(summary.unchecked(report)),
                 "looked_at": clean(summary.looked_at(report)), "scope": clean(report.scope),
                 "inferred": [clean(t) for t in report.inferred],
                 "findings": [{"id": f.id, "severity": f.severity.value,
                               "message": clean(f.text), "where": clean(str(f.where))}
                              for f in report.findings]}}
    if report.began:
        row["start_time"] = report.began
    if commit:
        row["git_commit_hash"] = commit
    if report.tree is not None:
        row["tree_name"] = re.sub(r"[^a-z0-9_-]", "_", report.tree.name.lower())[:60]
    if report.series and (ids := [p.message_id.strip("<>") for p in report.series.patches
                                  if p.message_id]):
        row["message_id"] = clean(ids[0])
    stages = {s.name: s for s in report.stages}
    builds, tests = [], list[dict[str, Any]]()
    for side, stage in (("before", "build-base"), ("after", "build-patched")):
        build = _build(report, checkout, side, stages.get(stage))
        if build is not None:
            builds.append(build)
            tests += [_test(build["id"], c, side) for c in report.changes]
    document = {"version": {"major": 5, "minor": 3}, "checkouts": [row], "builds": builds,
                "tests": tests}
    return json.dumps({k: v for k, v in document.items() if v}, indent=2,
                      ensure_ascii=False) + "\n"
