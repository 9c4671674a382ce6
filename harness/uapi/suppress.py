# SPDX-License-Identifier: GPL-2.0-or-later
"""Suppressions: findings that were looked at, each with a reason and a last day.

A row is ``[[suppress]]`` with ``rule`` (or the ``id`` of one finding), ``subject``
(a glob over what the finding is about), ``reason`` and ``until``, a date.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from harness.errors import UsageError
from harness.model import Finding, Severity

_KEYS = {"rule", "id", "subject", "reason", "until"}


@dataclass(frozen=True, slots=True)
class Suppression:
    """One row; an empty pattern matches everything."""

    rule: str
    id: str
    subject: str
    reason: str
    until: dt.date


def load(path: Path) -> tuple[Suppression, ...]:
    """Read a file; raises ``UsageError`` naming what is wrong in which row."""
    try:
        rows = tomllib.loads(path.read_text("utf-8")).get("suppress", [])
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{path}: suppress is no list of tables", hint="[[suppress]]")
    found = []
    for number, row in enumerate(rows, 1):
        where = f"{path}: suppress {number}"
        if unknown := set(row) - _KEYS:
            raise UsageError(f"{where}: unknown key {min(unknown)!r}")
        if wrong := [k for k in _KEYS - {"until"} if not isinstance(row.get(k, ""), str)]:
            raise UsageError(f"{where}: {min(wrong)} is no text")
        if not row.get("reason") or type(row.get("until")) is not dt.date:  # nor a time of day
            raise UsageError(f"{where}: a reason and a date (until = 2027-01-31) are needed")
        if not row.get("rule") and not row.get("id"):
            raise UsageError(f"{where}: rule or id is needed")
        found.append(Suppression(row.get("rule", ""), row.get("id", ""), row.get("subject", ""),
                                 row["reason"], row["until"]))
    return tuple(found)


def apply(findings: tuple[Finding, ...], rows: tuple[Suppression, ...], today: dt.date,
          ) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Turn suppressed findings into notes that say why; returns (findings, notices).

    A row whose day has passed no longer counts; a notice says so.
    """
    notices = tuple(f"suppression of {r.rule or r.id} {r.subject} ended on {r.until}: {r.reason}"
                    for r in rows if r.until < today)
    valid = [r for r in rows if r.until >= today]
    out = []
    for finding in findings:
        row = next((r for r in valid if _matches(r, finding)), None)
        out.append(finding if row is None else replace(
            finding, severity=Severity.NOTE,
            message=f"{finding.message} [suppressed until {row.until}: {row.reason}]"))
    return tuple(out), notices


def _matches(row: Suppression, finding: Finding) -> bool:
    return (row.id in {"", finding.id} and row.rule in {"", finding.rule}
            and (not row.subject or fnmatch(finding.subject, row.subject)))
