# SPDX-License-Identifier: GPL-2.0-or-later
"""What came of mutants, as data and as a table. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.clean import clean, one_line

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a mutant. ``by`` are finding ids and test names."""

    name: str
    status: str  # caught, survived, not-applied, not-compiled, equivalent
    by: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    seconds: float = 0.0
    why: str = ""
    line: str = ""


COUNTED = ("caught", "survived", "not-applied", "not-compiled", "equivalent")


def counts(judged: list[Judged]) -> dict[str, int]:
    """How many of each status."""
    return {s: sum(1 for j in judged if j.status == s) for s in COUNTED}


def document(judged: list[Judged], right: dict[str, Any], seconds: float, reproduce: str,
             ) -> dict[str, Any]:
    """The result as plain data; ``right`` says what the mutants were held against."""
    ran = [j.seconds for j in judged if j.status in {"caught", "survived"}]
    return {
        "schema_version": SCHEMA_VERSION, "right": right,
        "mutants": [{"name": clean(j.name), "status": j.status, "by": list(j.by),
                     "differences": list(j.differences), "seconds": round(j.seconds, 1),
                     "why": clean(j.why), "line": clean(j.line)} for j in judged],
        "counts": counts(judged), "seconds": round(seconds, 1),
        "seconds_per_mutant": round(seconds / max(1, len(judged)), 1),
        "seconds_of_one": round(sum(ran) / max(1, len(ran)), 1),
        "reproduce": reproduce,
    }


def lines(data: dict[str, Any]) -> list[str]:
    """The table, and the lines that nothing defends."""
    width = max([len(m["name"]) for m in data["mutants"]] + [6])
    out = []
    for mutant in data["mutants"]:
        by = ", ".join(mutant["by"][:2]) + (
            f" and {len(mutant['by']) - 2} more" if len(mutant["by"]) > 2 else "")
        differs = ", ".join(mutant["differences"][:2])
        note = by or mutant["why"] or (f"differs in {differs}" if differs else "")
        out.append(f"{mutant['status']:13} {mutant['name']:{width}} {mutant['seconds']:5.1f}s "
                   f"{one_line(note, 200)}".rstrip())
    alive = [m for m in data["mutants"] if m["status"] == "survived"]
    out += [f"nothing defends this line: {m['name']}: {one_line(m['line'], 200)}"
            for m in alive if m["line"]]
    words = ", ".join(f"{n} {s}" for s, n in data["counts"].items() if n)
    failing = data["right"]["failing"]
    out += [f"note: fails on the right version too, and counts for nothing: {t}" for t in failing]
    total = (f"{len(data['mutants'])} mutants: {words}; {data['seconds']:.0f} s, "
             f"{data['seconds_per_mutant']:.1f} s each")
    return [*out, total, f"repeat: {data['reproduce']}"]
