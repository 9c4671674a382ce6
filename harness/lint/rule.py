# SPDX-License-Identifier: GPL-2.0-or-later
"""What a rule is. A rule is one row in a module's table and one pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.model import Patch, Series, Severity


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule is broken. ``where`` is ``path:line`` or empty."""

    message: str
    where: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class PatchRule:
    """A rule that looks at each patch alone."""

    id: str
    severity: Severity
    says: str
    check: Callable[[Patch], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class SeriesRule:
    """A rule that looks at the series as a whole."""

    id: str
    severity: Severity
    says: str
    check: Callable[[Series], Iterable[Hit]]


Rule = PatchRule | SeriesRule
