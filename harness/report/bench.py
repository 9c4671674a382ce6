# SPDX-License-Identifier: GPL-2.0-or-later
"""A benchmark on both kernels, for a reader: the table as perf prints it, and what differs."""

from __future__ import annotations

from typing import Any

from harness.clean import one_line
from harness.evidence import plural
from harness.report.document import View

SIDES = ("base", "patched")
LEAST = 20  # runs, as in bench.ranks
TCG = ("the guests are emulated (TCG): how long an exit takes there says nothing about a machine; "
       "counts are exact")


def lines(data: dict[str, Any], view: View) -> list[str]:  # noqa: ARG001
    """Both tables of each arm, its counts, and its times where a difference may be claimed."""
    names = ("base", "base again") if data["twice"] else SIDES
    title = one_line(data["title"])
    out = [f"{title}: {names[0]} and {names[1]}, {data['runs']} runs of each in turns"]
    out += [f"note: {TCG}"] if data["accelerator"] == "tcg" else []
    out += [f"note: {one_line(n, 300)}" for n in data["notices"]]
    for arm in data["arms"]:
        for side, name in zip(SIDES, names, strict=True):
            rows = _table(arm["tables"][side], data["table"])
            out += ["", f"{one_line(arm['arm'], 40)}, {name}", *rows]
        out += ["", *_compared(arm)]
    asked = [_claimed(row) for arm in data["arms"] for row in arm["times"]]
    end = (f"{sum(asked)} of {plural(len(asked), 'comparison')} of times differ by more than "
           "chance")
    return [*out, "", f"{end}; {data['seconds']:.0f} s", f"repeat: {data['reproduce']}"]


def _table(rows: list[dict[str, Any]], title: str) -> list[str]:
    if not rows:
        return ["  not traced: the kernel has no tracepoints, or the program says why"]
    return [f"  {one_line(title, 15):16}{'Samples':>9}{'Samples%':>10}{'Time%':>9}{'Avg time':>12}",
            *(f"  {one_line(r['access'], 15):16}{r['samples']:9,.0f}{r['samples_share']:10.2%}"
              f"{r['time_share']:9.2%}{r['average_us']:10.2f}us ( +- {r['spread']:.2%} )"
              for r in rows)]


def _compared(arm: dict[str, Any]) -> list[str]:
    """The counts and the times of an arm, base and patched."""
    return [*(f"  {one_line(row['what'], 60)}: {_count(row['base'])} -> {_count(row['patched'])}"
              for row in arm["counts"]),
            *(f"  {one_line(row['what'], 60)}: {_time(row)}" for row in arm["times"])]


def _count(least_most: list[float]) -> str:
    """A count of every worker in every run: one figure where they agree."""
    if not least_most:
        return "not measured"
    least, most = least_most
    return f"{least:,.0f}" if least == most else f"{least:,.0f} to {most:,.0f}"


def _claimed(row: dict[str, Any]) -> bool:
    return bool(row["factor"] and row["factor"]["claimed"])


def _time(row: dict[str, Any]) -> str:
    """A factor with its range, or that none was seen; a figure without a range is no figure."""
    found = row["factor"]
    runs = min(len(row[side]["values"]) for side in SIDES)
    if found is None:
        return "not measured on both" if not runs else "one of the figures is 0: no factor"
    if not found["claimed"]:
        why = "no difference seen" if runs >= LEAST else f"fewer than {LEAST} runs claim nothing"
        return f"{why}: {found['low']:.2f} to {found['high']:.2f} times"
    return (f"{found['times']:.2f} times ({found['low']:.2f} to {found['high']:.2f}; "
            f"p = {found['p']:.1g}), {_middle(row['base'], row['unit'])} -> "
            f"{_middle(row['patched'], row['unit'])}")


def _middle(side: dict[str, Any], unit: str) -> str:
    return f"{side['median']:.1f} {unit} [{side['low']:.1f}, {side['high']:.1f}]"
