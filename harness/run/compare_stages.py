# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages that compare what the tests said of both kernels."""

from __future__ import annotations

from dataclasses import replace

from harness import compare
from harness.generate import load_spec
from harness.lint import claims
from harness.model import (
    BAD,
    Change,
    Finding,
    Location,
    Severity,
)
from harness.profiles import Profile
from harness.run.offered import offered
from harness.run.state import State, require
from harness.suites import unsteady


def with_proof(finding: Finding, rows: tuple[Change, ...], chosen: tuple[Profile, ...]) -> Finding:
    """A finding about padding, with what the tests of that struct's hazards saw at run time."""
    if finding.rule != "uapi-padding":
        return finding
    status = {row.name: row for row in rows}
    seen = [
        f"{spec.name}.{test.name}: {row.before} -> {row.after}"
        for profile in chosen for spec in map(load_spec, profile.specs)
        for test in spec.tests
        if test.hazard and finding.tag in test.structs
        and (row := status.get(f"{spec.name}.{test.name}"))]
    return replace(finding, evidence="\n".join((finding.evidence, "seen at run time:", *seen))
                   ) if seen else finding


def compare_(state: State) -> State:
    """Say what changed, and what the series is to blame for."""
    rows = compare.changes(*(unsteady.marked(run, dict(state.request.unsteady))
                             for run in (require(state.before), require(state.after))))
    added = state.uapi.added if state.uapi else frozenset()
    said = claims.join(claims.claims(require(state.series)), require(state.before).measurements,
                       require(state.after).measurements, rows, len(require(state.series).patches))
    tested = state.findings if state.uapi is None else tuple(
        with_proof(f, rows, state.profiles) for f in state.findings)
    told, about = offered(state)
    return replace(state, changes=rows, offers=told, findings=(
        *tested, *compare.findings(rows, added), *said, *about))


def base_failures(state: State) -> State:
    """With --base-only: what fails on the base by itself."""
    found = tuple(
        Finding("base-failure", Severity.ERROR, f"{p.name}.{t.name}: {t.status} {t.reason}".strip(),
                where=Location(test=f"{p.name}.{t.name}"), evidence=t.log,
                subject=f"{p.name}.{t.name}")
        for p in require(state.before).outcomes for t in p.children if t.status in BAD)
    return replace(state, findings=state.findings + found)
