# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings about a mutant that need no build."""

from __future__ import annotations

from harness.intake import read_series
from harness.lint import lint, on_tree, text
from harness.model import Applied, Finding, Severity
from harness.prove.baseline import Baseline
from harness.prove.mutants import Mutant
from harness.uapi.result import Options
from harness.uapi.series import check_series


def findings(right: Baseline, mutant: Mutant, commit: str) -> tuple[Finding, ...]:
    """Findings that need no build: the UAPI check, and the rules about added lines."""
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


def names(findings: tuple[Finding, ...], *severities: Severity) -> tuple[str, ...]:
    """The ids of findings of these severities; of those at run time the tests."""
    return tuple(f.where.test if f.rule.startswith("runtime-") else f.id
                 for f in findings if f.severity in severities)
