# SPDX-License-Identifier: GPL-2.0-or-later
"""Results for mutants, as data. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.report.document import Document

SCHEMA_VERSION = 2


@dataclass(frozen=True, slots=True)
class Judged:
    """The result for one mutant; ``by`` holds finding ids and test names."""

    name: str
    status: str  # one of COUNTED
    by: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    seconds: float = 0.0
    why: str = ""
    line: str = ""


NOT_TRIED = "not-tried"  # the budget was spent
COUNTED = ("caught", "survived", "not-executed", NOT_TRIED, "not-applied", "not-compiled",
           "equivalent")


def counts(judged: list[Judged]) -> dict[str, int]:
    """Count the mutants of each status."""
    return {s: sum(1 for j in judged if j.status == s) for s in COUNTED}


def defended(count: dict[str, int]) -> dict[str, int]:
    """How many wrong versions are noticed: at least, at most where some were not tried, of all."""
    caught, left = count["caught"], count[NOT_TRIED]
    return {"least": caught, "most": caught + left,
            "of": caught + left + count["survived"] + count["not-executed"]}


def document(judged: list[Judged], right: dict[str, Any], seconds: float, reproduce: str,
             ) -> Document:
    """The result as plain data; ``right`` says what the mutants were compared with."""
    ran = [j.seconds for j in judged if j.status in {"caught", "survived"}]
    count = counts(judged)
    return Document("prove", {
        "schema_version": SCHEMA_VERSION,
        "right": right,
        "mutants": [{"name": j.name, "status": j.status, "by": list(j.by),
                     "differences": list(j.differences), "seconds": round(j.seconds, 1),
                     "why": j.why, "line": j.line} for j in judged],
        "counts": count, "defended": defended(count), "seconds": round(seconds, 1),
        "seconds_per_mutant": round(seconds / max(1, len(judged)), 1),
        "seconds_of_one": round(sum(ran) / max(1, len(ran)), 1),
        "reproduce": reproduce,
    }, _code(count, lost=bool(right.get("lost"))))


def _code(count: dict[str, int], *, lost: bool) -> int:
    """The exit code: a line is undefended, or not all could be tried."""
    if count["survived"] or count["not-executed"]:
        return 1
    return 4 if lost or count[NOT_TRIED] or count["not-applied"] or not count["caught"] else 0
