# SPDX-License-Identifier: GPL-2.0-or-later
"""Two sides of headers, compared: as data and for a reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.text import Text

from harness.clean import one_line
from harness.evidence import plural
from harness.model import Finding, Severity
from harness.report import json_, load, promises, summary
from harness.report.causes import sentence
from harness.report.document import Document, View
from harness.report.terminal import finding_lines

_SHOWN = 20  # headers that were not compared


def document(findings: Sequence[Finding], compared: Iterable[str], missed: Sequence[str],
             notices: Iterable[str], reproduce: str, *, allow_incomplete: bool) -> Document:
    """The comparison as plain data; ``missed`` says what was not compared and why."""
    headers = list(compared)
    left_out = promises.left_out(compared=bool(headers)) if missed else ""
    wrong = any(f.severity is Severity.ERROR for f in findings)
    return Document("headers", {
        "schema_version": json_.SCHEMA_VERSION, "verdict": promises.verdict(findings, left_out),
        "breaks": promises.breaks(findings), "headers": headers, "not_compared": list(missed),
        "notices": list(notices),
        "findings": [json_.finding(f) for f in findings], "reproduce": reproduce,
    }, 1 if wrong else 4 if missed and not allow_incomplete else 0)


def lines(data: dict[str, Any], view: View) -> list[Text | str]:
    """The verdict in a sentence, the findings, what was not compared, and the verdict again."""
    findings = summary.ordered(load.load_finding(f) for f in data["findings"])
    broken = f": {', '.join(data['breaks'])}" if data["breaks"] else ""
    words = sentence(findings)
    rows: list[Text | str] = [f"{data['verdict']}{broken}{'; ' if words else ''}{words}", ""]
    rows += [t for f in findings for t in finding_lines(f, verbose=view.verbose)]
    missed = data["not_compared"]
    rows += [f"not compared: {one_line(m, 300)}" for m in missed[:_SHOWN]]
    rows += [f"and {len(missed) - _SHOWN} more"] if len(missed) > _SHOWN else []
    rows += [f"note: {one_line(n, 300)}" for n in data["notices"]]
    counts = (f"{plural(len(data['headers']), 'header')} compared, "
              f"{plural(len(findings), 'finding')}")
    return [*rows, f"{data['verdict']}{broken}  ({counts})", f"repeat: {data['reproduce']}"]
