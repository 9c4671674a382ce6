# SPDX-License-Identifier: GPL-2.0-or-later
"""A review as plain data."""

from __future__ import annotations

from typing import Any

from harness.clean import clean
from harness.model import Series
from harness.review.against import status_of
from harness.review.answered import LOOK, NOTHING, answer_to
from harness.review.parse import Review

SCHEMA_VERSION = 2


def document(review: Review, newer: Series | None, again: str) -> dict[str, Any]:
    """The answer of ``review --json``."""
    rows = []
    for comment in review.comments:
        row: dict[str, Any] = {
            "by": clean(comment.by), "where": comment.where, "file": clean(comment.path),
            "hunk": clean(comment.hunk),
            "line": comment.line, "quoted": clean(comment.quoted), "text": clean(comment.text),
            "before": [clean(f"-{t}") for t in comment.removed]
            + [clean(f"+{t}") for t in comment.added]}
        if newer is not None:
            became = status_of(comment, newer)
            answer = answer_to(comment, became, newer, review.stood)
            row |= {"state": became.state, "after": [clean(t) for t in became.lines],
                    "now": f"{clean(became.path)}:{became.line}" if became.line else "",
                    "answer": {"kind": answer.kind, "words": clean(answer.words)}}
        rows.append(row)
    still = [r for r in rows if r.get("state") == "unchanged" and not r["answer"]["kind"]]
    look = [r for r in rows if "answer" in r and r["answer"]["kind"] == LOOK]
    return {
        "schema_version": SCHEMA_VERSION, "subject": clean(review.subject),
        "from": clean(review.sender), "date": clean(review.date),
        "message_id": clean(review.message_id), "title": clean(review.title),
        "version": review.version, "number": review.number, "total": review.total,
        "files": [clean(f) for f in review.files],
        "hunks": [{"file": clean(q.path), "header": clean(q.header), "said": list(q.said),
                   "quoted": list(q.have), "complete": q.complete} for q in review.hunks],
        "cut": [clean(c) for c in review.cut], "comments": rows,
        "against": None if newer is None else {
            "title": clean(newer.title), "version": newer.version, "open": len(still),
            "look": len(look), "answered": sum(
                r["answer"]["kind"] not in {"", LOOK, NOTHING} for r in rows)},
        "reproduce": again}
