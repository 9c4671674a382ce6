# SPDX-License-Identifier: GPL-2.0-or-later
"""Results for mutants, as a table for a reader."""

from __future__ import annotations

from typing import Any

from harness.clean import one_line
from harness.report.document import View

_UNTRIED = ("not-executed", "not-tried")


def _row(mutant: dict[str, Any], width: int) -> str:
    by = ", ".join(mutant["by"][:2]) + (
        f" and {len(mutant['by']) - 2} more" if len(mutant["by"]) > 2 else "")
    differs = ", ".join(mutant["differences"][:2])
    note = by or mutant["why"] or (f"differs in {differs}" if differs else "")
    return (f"{mutant['status']:13} {one_line(mutant['name']):{width}} {mutant['seconds']:5.1f}s "
            f"{one_line(note, 200)}").rstrip()


def lines(data: dict[str, Any], view: View) -> list[str]:  # noqa: ARG001
    """The table, and the lines that no check defends."""
    tried = [m for m in data["mutants"] if m["status"] not in _UNTRIED]
    width = max([len(m["name"]) for m in tried] + [6])
    out = [_row(mutant, width) for mutant in tried]
    idle: dict[str, int] = {}  # the lines that nothing executes, and how many versions that leaves
    for mutant in data["mutants"]:
        if mutant["status"] == "not-executed":
            line = f"{one_line(mutant['name']).partition(' ')[0]}: {one_line(mutant['why'])}"
            idle[line] = idle.get(line, 0) + 1
    out += [f"undefended  {line} ({n} wrong versions, none was built)" for line, n in idle.items()]
    out += [f"no check detects a change to this line: {m['name']}: {one_line(m['line'], 200)}"
            for m in data["mutants"] if m["status"] == "survived" and m["line"]]
    out += [f"note: fails without a mutant too and is not counted: {one_line(t)}"
            for t in data["right"]["failing"]]
    out += [f"note: not asked: {one_line(why)}" for why in data["right"].get("lost", ())]
    words = ", ".join(f"{n} {s}" for s, n in data["counts"].items() if n)
    total = (f"{len(data['mutants'])} mutants: {words}; {data['seconds']:.0f} s, "
             f"{data['seconds_per_mutant']:.1f} s each")
    found = data.get("defended")  # of an answer that was kept before there was any
    if found and found["of"]:
        least, most = (100 * found[n] / found["of"] for n in ("least", "most"))
        share = f"{least:.0f} %" if least == most else f"{least:.0f} to {most:.0f} %"
        by = ", ".join(data["right"].get("ways", ("tests",)))
        out.append(f"noticed by {by}: {share} of {found['of']} wrong versions"
                   f"{' (some were not tried)' * (least != most)}")
    return [*out, total, f"repeat: {data['reproduce']}"]
