# SPDX-License-Identifier: GPL-2.0-or-later
"""A review for a reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.clean import one_line
from harness.report.document import View

_ANSWERS = {"suggestion": "answered: ", "name": "answered: ", "removed": "answered: ",
            "nothing": "",
            "thread": "answered in the thread, by ",
            "look": "whether that answers it: look yourself"}
WIDTH = 48  # columns of each side


def lines(answer: dict[str, Any], view: View, width: int = WIDTH) -> Iterator[str]:  # noqa: ARG001
    """Each comment under its line, old and new side by side."""
    yield (f"{one_line(answer['from'], 60)} on [v{answer['version']} {answer['number']}/"
           f"{answer['total']}] {one_line(answer['title'], 100)}")
    for number, row in enumerate(answer["comments"], 1):
        place = one_line(row["file"]) + (f":{row['line']}" if row["line"] else "")
        by = f"  {one_line(row['by'], 60)}" if row["by"] not in {"", answer["from"]} else ""
        yield ""
        yield f"{number}. {place or 'on the ' + row['where']}  {one_line(row['hunk'], 80)}{by}"
        if row["quoted"]:
            yield f"   > {one_line(row['quoted'], 100)}"
        yield from (f"   {one_line(t, 200)}" for t in row["text"].splitlines() if t.strip())
        if "state" not in row:
            continue
        says = {"changed": "the lines changed",
                "unchanged": "the same lines" if row["answer"]["kind"] else
                "STILL OPEN: the same lines",
                "gone": "the lines are not in the newer version", "": "not about a line"}
        yield f"   -> {says[row['state']]}{' (' + row['now'] + ')' if row['now'] else ''}"
        if row["answer"]["kind"]:
            yield f"      {_ANSWERS[row['answer']['kind']]}{one_line(row['answer']['words'], 200)}"
        if row["state"] == "changed":
            yield from _side_by_side(row["before"], row["after"], width)
    yield ""
    yield from (f"cut: {one_line(c)}" for c in answer["cut"])
    if against := answer["against"]:
        yield (f"{len(answer['comments'])} comments in v{against['version']}: "
               f"{against['answered']} answered, {against['look']} to look at yourself, "
               f"{against['open']} still open")
    else:
        yield f"{len(answer['comments'])} comments"


def _side_by_side(before: list[str], after: list[str], width: int) -> Iterator[str]:
    for n in range(max(len(before), len(after))):
        left, right = (side[n].expandtabs(4) if n < len(side) else "" for side in (before, after))
        yield f"      {_cut(left, width):{width}} | {_cut(right, width)}".rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
