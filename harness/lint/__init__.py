# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules over a series, one row each. Pure: values in, findings out."""

from __future__ import annotations

from harness.lint import mail, text
from harness.lint.rule import Hit, PatchRule, Rule
from harness.model import Finding, Patch, Series

RULES: tuple[Rule, ...] = (*mail.RULES, *text.RULES)


def _finding(rule: Rule, hit: Hit, patch: Patch | None) -> Finding:
    number = patch.number if patch else 0
    place = hit.where.rpartition(":")[0] or hit.where
    return Finding(rule.id, rule.severity, hit.message, hit.where, hit.evidence, number,
                   subject=f"{number} {place} {hit.evidence or hit.message}")


def lint(series: Series, rules: tuple[Rule, ...] = RULES) -> tuple[Finding, ...]:
    """Everything that the rules find, in the order of the patches."""
    findings = []
    for rule in rules:
        if isinstance(rule, PatchRule):
            findings += [_finding(rule, hit, patch)
                         for patch in series.patches for hit in rule.check(patch)]
        else:
            findings += [_finding(rule, hit, None) for hit in rule.check(series)]
    return tuple(sorted(findings, key=lambda f: f.patch))
