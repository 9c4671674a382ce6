# SPDX-License-Identifier: GPL-2.0-or-later
"""The promises to userspace that findings break, and the verdict on headers. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from harness.arch import NATIVE
from harness.evidence import Look
from harness.model import Finding, Report, Severity, Verdict

_SOURCE_RULES = {"uapi-source", "uapi-header", "uapi-include", "uapi-consumer", "uapi-export",
                 "uapi-names"}


def breaks(findings: Iterable[Finding]) -> list[str]:
    """List the promises that are broken: ``abi`` (x86-64), ``abi32`` (only i386), ``source``.

    A number that is taken is an error of the series and breaks no old program.
    """
    kinds = set()
    for finding in findings:
        if finding.severity is Severity.ERROR and finding.rule != "uapi-clash":
            kinds.add("source" if finding.rule in _SOURCE_RULES
                      else "abi32" if finding.abis == (NATIVE[1].name,) else "abi")
    if "abi" in kinds:
        kinds.discard("abi32")
    return sorted(kinds)


def verdict(findings: Iterable[Finding], not_compared: str = "") -> str:
    """``breaking``, else ``not_compared`` when given, else ``warning`` or ``compatible``.

    A positional initialiser that wants more braces is a finding, and no more than
    that: nobody promised the order of fields.
    """
    found = tuple(findings)
    if breaks(found):
        return "breaking"
    if not_compared:
        return not_compared
    weighs = {Severity.ERROR, Severity.WARNING}
    return "warning" if any(f.severity in weighs for f in found) else "compatible"


def not_compared(report: Report) -> str:
    """``not-compared`` or ``incomplete`` when headers were left out, or the run ended, else ""."""
    if report.verdict in {Verdict.PASS, Verdict.FAIL}:
        return ""
    return left_out(compared=any(f.has(Look.COMPARED) for f in report.evidence))


def left_out(*, compared: bool) -> str:
    """The word where headers were left out; ``compared``: others were not."""
    return "incomplete" if compared else "not-compared"
