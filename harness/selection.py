# SPDX-License-Identifier: GPL-2.0-or-later
"""The user's selection of rules and severities. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatch

from harness.errors import UsageError
from harness.model import Finding, Severity

_LEVELS = tuple(s.value for s in Severity)


@dataclass(frozen=True, slots=True)
class RuleSelection:
    """The user's word on rules, which are named by patterns.

    ``only`` are those that count (none: all), ``ignored`` has their reasons.
    """

    only: tuple[str, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()
    levels: tuple[tuple[str, Severity], ...] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """All names and patterns of rules that the user has written."""
        return (*self.only, *(rule for rule, _ in (*self.ignored, *self.levels)))

    def apply(self, findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        """The findings that are left, and one line for each rule that hid some."""
        kept, hidden = [], dict[str, int]()
        levels = dict(self.levels)
        reasons = dict(self.ignored)
        for finding in findings:
            if self.only and not any(fnmatch(finding.rule, o) for o in self.only):
                continue
            pattern = next((p for p in reasons if fnmatch(finding.rule, p)), None)
            if pattern is not None:
                hidden[pattern] = hidden.get(pattern, 0) + 1
                continue
            level = next((v for p, v in levels.items() if fnmatch(finding.rule, p)), None)
            kept.append(replace(finding, severity=level) if level else finding)
        notes = tuple(f"{pattern}: {count} findings ignored: {reasons[pattern]}"
                      for pattern, count in hidden.items())
        return tuple(kept), notes


def read(rows: Mapping[str, str], only: Iterable[str] = ()) -> RuleSelection:
    """From ``rule = "error" | "warning" | "note" | "ignore: reason"``.

    Raises ``UsageError`` naming the rule when a value is none of these.
    """
    ignored, levels = [], []
    for rule, value in rows.items():
        word, _, reason = value.partition(":")
        if word.strip() == "ignore":
            if not reason.strip():
                raise UsageError(f"rule {rule}: to ignore it takes a reason",
                                 hint=f'{rule} = "ignore: why"')
            ignored.append((rule, reason.strip()))
        elif value in _LEVELS:
            levels.append((rule, Severity(value)))
        else:
            raise UsageError(f"rule {rule}: {value!r} is none of {', '.join(_LEVELS)}",
                             hint=f'{rule} = "warning", or {rule} = "ignore: why"')
    return RuleSelection(tuple(only), tuple(ignored), tuple(levels))
