# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules over a series, one row each. Pure: values in, findings out."""

from __future__ import annotations

import itertools

from harness.lint import contract, interface, mail, text, trailers
from harness.lint.once import once
from harness.lint.rule import Hit, PatchRule, Rule, SeriesRule, TreeContext, TreeRule
from harness.model import Finding, Series

RULES: tuple[Rule, ...] = (*mail.RULES, *trailers.RULES, *text.RULES, *contract.RULES,
                           *interface.RULES)

MOST = 10_000  # findings of one rule in one patch: a report shows fewer, and says so

__all__ = ["RULES", "TreeContext", "TreeRule", "lint", "lint_tree"]


def _finding(rule: Rule, hit: Hit, number: int) -> Finding:
    return Finding(rule.id, rule.severity, hit.message, hit.where, hit.evidence, number,
                   subject=f"{hit.where.path} {hit.key or hit.evidence or hit.message}")


def lint(series: Series, rules: tuple[Rule, ...] = RULES) -> tuple[Finding, ...]:
    """Apply the rules that need no tree; findings are in the order of the patches."""
    findings: list[Finding] = []
    for rule in rules:
        if isinstance(rule, PatchRule):
            findings += [_finding(rule, hit, patch.number) for patch in series.patches
                         for hit in itertools.islice(rule.check(patch), MOST)]
        elif isinstance(rule, SeriesRule):
            findings += [_finding(rule, hit, 0)
                         for hit in itertools.islice(rule.check(series), MOST)]
    return once(sorted(findings, key=lambda f: f.patch))


def lint_tree(tree: TreeContext, rules: tuple[Rule, ...] = RULES) -> tuple[Finding, ...]:
    """Apply the rules that look at the series on its tree."""
    return once(
        _finding(rule, hit, tree.series.last_to_touch(hit.where.path))
        for rule in rules if isinstance(rule, TreeRule)
        for hit in itertools.islice(rule.check(tree), MOST))
