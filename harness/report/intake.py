# SPDX-License-Identifier: GPL-2.0-or-later
"""A series as it was understood, for a reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.clean import one_line
from harness.report.document import View


def lines(answer: dict[str, Any], view: View) -> Iterator[str]:  # noqa: ARG001
    """The patches with their files and damage, then whether they apply."""
    yield (f"{one_line(answer['title'])}  (v{answer['version']}, {len(answer['patches'])} of "
           f"{answer['total']} patches{', with a cover letter' if answer['cover'] else ''})")
    for patch in answer["patches"]:
        yield (f"  {patch['number']}/{patch['total']} {one_line(patch['subject'], 90)}  "
               f"({one_line(patch['author'], 40)} <{one_line(patch['email'], 60)}>)")
        for file in patch["files"]:
            what = "binary" if file["binary"] else f"+{file['added']} -{file['removed']}"
            new = " new" if file["new"] else " deleted" if file["deleted"] else ""
            if file["old_path"] not in {file["path"], "/dev/null"} and not new:
                new = f" from {one_line(file['old_path'])}"
            mode = file.get("mode", "")  # earlier documents have none
            mode = f" mode {one_line(mode)}" if mode and mode != "100644" else ""
            yield f"      {one_line(file['path'])}  {what}{new}{mode}"
        yield from (f"      damage: {one_line(d['message'], 300)}" for d in patch["damage"]
                    if d["kind"] not in {"mail", "flowed", "repair"})
    if answer["base_commit"]:
        yield f"base-commit: {answer['base_commit']}"
    yield from (f"needs: {one_line(need)}" for need in answer["prerequisites"])
    replies = answer["replies"]
    if replies:
        bots = sum(r["kind"] == "bot" for r in replies)
        yield f"replies: {len(replies) - bots}, from bots: {bots}"
    yield from (f"  {trailer}  (on patch {r['on']})" for r in replies for trailer in r["trailers"])
    yield from (f"note: {one_line(n, 300)}" for n in answer["notices"])
    if (result := answer["applied"]) is None:
        yield "not applied: no tree was named (--tree)"
    elif result["applies"]:
        yield one_line(result["why"], 300)
        yield from (f"note: {one_line(n, 300)}" for n in result["offsets"])
        yield f"applies to {result['tree']}: {len(result['commits'])} commits"
    yield from (f"written: {one_line(path)}" for path in answer["written"])
