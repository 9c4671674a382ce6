# SPDX-License-Identifier: GPL-2.0-or-later
"""Every rule and every id that a finding can have, as rows of rules.toml beside this file."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.model import Severity

PATH = Path(__file__).with_name("rules.toml")
LOOKS_AT = ("patch", "series", "tree", "uapi", "build", "run")


@dataclass(frozen=True, slots=True)
class RuleText:
    """The texts of a rule: ``summary`` states what is wrong, ``why`` the reason and its source.

    ``fix`` is what to do about it; ``bad`` and ``good`` are examples, of some lines at most.
    ``severity`` is that of most findings: some weigh less where less is known.
    """

    id: str
    looks_at: str
    severity: Severity
    summary: str
    why: str
    fix: str
    bad: str
    good: str


KEYS = frozenset(f.name for f in fields(RuleText)) - {"id"}


def from_row(name: str, row: Mapping[str, Any]) -> RuleText:
    """A rule out of a table; raises ``UsageError`` naming the key that is wrong or missing."""
    if missing := KEYS - set(row):
        raise UsageError(f"rule {name!r}: {min(missing)} is missing",
                         hint=f"a rule has {', '.join(sorted(KEYS))}")
    texts = {key: str(row[key]).strip("\n") for key in KEYS}
    for key, known in (("severity", tuple(Severity)), ("looks_at", LOOKS_AT)):
        if texts[key] not in known:
            raise UsageError(f"rule {name!r}: {key} {texts[key]!r} is not one of "
                             f"{', '.join(known)}")
    return RuleText(id=name, severity=Severity(texts.pop("severity")), **texts)


@functools.cache
def table() -> dict[str, RuleText]:
    """All rows, by their ids, in the order of the file."""
    rows = tomllib.loads(PATH.read_text("utf-8"))
    return {name: from_row(name, row) for name, row in rows.items()}


def rule_text(name: str) -> RuleText:
    """The row of that id; a ``KeyError`` is a bug of ours."""
    return table()[name]
