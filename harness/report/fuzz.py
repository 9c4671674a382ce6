# SPDX-License-Identifier: GPL-2.0-or-later
"""A campaign of random operations, for a reader."""

from __future__ import annotations

from typing import Any

from harness.clean import one_line
from harness.report.document import View


def lines(data: dict[str, Any], view: View) -> list[str]:  # noqa: ARG001
    """Each difference with its shortest script, then the figures."""
    if data["skipped"]:
        return [f"NOT TESTED  {one_line(data['skipped'])}"]
    out = []
    for row in data["differences"]:
        why = f" ({one_line(row['may_differ'])})" if row["may_differ"] else ""
        out += [f"difference in {row['kind']}{why}", f"  {one_line(row['says'], 300)}",
                "  the shortest script:", *(f"    {one_line(t, 300)}" for t in row["script"])]
        out += [f"  the kernel said: {one_line(row['kernel_said'])}"] if row["kernel_said"] else []
        out += [f"  as a spec: {row['spec']}", f"  as C:      {row['source']}"]
    found = len(data["differences"])
    verdict = (f"{'FAIL' if found else 'PASS'}  {data['operations']} operations, "
               f"{found} differences, {data['operations_per_minute']} operations a minute; "
               f"kernel: {data['kernel']}")
    return [*out, verdict, f"repeat: {data['reproduce']}"]
