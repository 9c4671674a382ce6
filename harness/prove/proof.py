# SPDX-License-Identifier: GPL-2.0-or-later
"""Results for mutants, as data. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.report.document import Document

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Judged:
    """The result for one mutant; ``by`` holds finding ids and test names."""

    name: str
    status: str  # caught, survived, not-applied, not-compiled, equivalent
    by: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    seconds: float = 0.0
    why: str = ""
    line: str = ""


COUNTED = ("caught", "survived", "not-applied", "not-compiled", "equivalent")


def counts(judged: list[Judged]) -> dict[str, int]:
    """Count the mutants of each status."""
    return {s: sum(1 for j in judged if j.status == s) for s in COUNTED}


def document(judged: list[Judged], right: dict[str, Any], seconds: float, reproduce: str,
             ) -> Document:
    """The result as plain data; ``right`` says what the mutants were compared with."""
    ran = [j.seconds for j in judged if j.status in {"caught", "survived"}]
    count = counts(judged)
    return Document("prove", {
        "schema_version": SCHEMA_VERSION,
        "right": {**right, "failing": list(right["failing"])},
        "mutants": [{"name": j.name, "status": j.status, "by": list(j.by),
                     "differences": list(j.differences), "seconds": round(j.seconds, 1),
                     "why": j.why, "line": j.line} for j in judged],
        "counts": count, "seconds": round(seconds, 1),
        "seconds_per_mutant": round(seconds / max(1, len(judged)), 1),
        "seconds_of_one": round(sum(ran) / max(1, len(ran)), 1),
        "reproduce": reproduce,
    }, 1 if count["survived"] else 0 if count["caught"] else 4)
