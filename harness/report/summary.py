# SPDX-License-Identifier: GPL-2.0-or-later
"""Text about a report that several formats share. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness import evidence
from harness.clean import one_line
from harness.model import (
    BOOT_TEST,
    Change,
    ChangeKind,
    Finding,
    Measurement,
    Offer,
    Report,
    StageResult,
    Status,
    Verdict,
)
from harness.report import looked
from harness.report.causes import ORDER, ordered, sentence

__all__ = ["ORDER", "ordered"]
BLAMED = frozenset({ChangeKind.REGRESSION, ChangeKind.NEW_FAILURE, ChangeKind.LOST})


def counts(report: Report) -> str:
    """``1 error, 2 warnings, 0 notes``."""
    return ", ".join(evidence.plural(sum(1 for f in report.findings if f.severity is s), s.value)
                     for s in ORDER)


SCOPES = {"lint": "lint only, nothing was built, booted or compared",
          "compile": "lint and single objects only, no kernel was built or booted",
          "uapi": "headers only, nothing was linted, built or booted",
          "build": "build only, nothing was linted, booted or compared",
          **dict.fromkeys(("b4-check", "static"),
                          "lint and headers only, nothing was built or booted")}
_BUILDS_NOTHING = frozenset({"lint", "uapi", "b4-check", "static"})
_RESULT = frozenset({Status.PASS, Status.XFAIL, Status.FAIL, Status.CRASHED, Status.TIMEOUT,
                     Status.FLAKY})


def _booted(report: Report) -> str:
    """Describe which kernels booted; those that did not are listed as gaps."""
    if report.before is not None and report.after is not None:
        return "both booted"
    return "only the base booted" if report.before is not None else (
        "only the patched kernel booted" if report.after is not None else "")


def _tests(report: Report) -> str:
    """Describe how many tests ran; the boot itself is not counted."""
    rows = [c for c in report.changes if c.name != BOOT_TEST]
    both = sum(1 for c in rows if c.before in _RESULT and c.after in _RESULT)
    new = sum(1 for c in rows if c.before not in _RESULT and c.after in _RESULT)
    old = sum(1 for c in rows if c.before in _RESULT and c.after not in _RESULT)
    if not both + new + old:
        return "no test ran" if report.before or report.after else ""
    return ", ".join(filter(None, (
        f"{evidence.plural(both, 'test')} ran on both", f"{new} only with the series" * bool(new),
        f"{old} only on the base" * bool(old))))


def _suites(report: Report) -> str:
    """Describe which of the tree's own tests are among them, or that none belongs to the change."""
    ran = [s for s in report.suites if s.ran]
    every = sum(1 for s in report.suites if s.kind == "kunit")
    kunit = sum(1 for s in ran if s.kind == "kunit")
    parts = [f"{kunit} of the tree's {evidence.plural(every, 'KUnit suite')}"] if kunit else []
    parts += [f"the selftests {one_line(s.name, 60)}" for s in ran if s.kind != "kunit"]
    if parts:
        return f"among them {' and '.join(parts)}"
    return f"none of the tree's {evidence.plural(every, 'KUnit suite')} ran" if every else ""


def looked_at(report: Report) -> str:
    """Summarise what was looked at in one sentence; a slice begins by saying that it is one."""
    scope = SCOPES.get(report.scope, "")
    tests = ", ".join(filter(None, (_tests(report), _suites(report))))
    said = looked.sentence(report.evidence, _booted(report), tests,
                             builds=report.scope not in _BUILDS_NOTHING)
    if scope and not any(f.has(look) for f in report.evidence for look in (
            evidence.Look.COMPARED, evidence.Look.COMPILED)):
        said = f"{evidence.plural(len(report.evidence), 'file')} read" if report.evidence else ""
    return "; ".join(filter(None, (scope, said)))


def unseen(stage: StageResult) -> bool:
    """Whether a stage that applies to the series did not look at it."""
    return stage.status is Status.NOT_RUN or (stage.status is Status.SKIP and stage.applies)


def unchecked(report: Report) -> tuple[str, ...]:
    """List what applies and was not checked, with reasons; every format shows it."""
    rows = [one_line(b, 300) for b in report.bugs]
    groups: dict[str, list[str]] = {}  # stages by what is said of them
    for stage in report.stages:
        if unseen(stage):
            groups.setdefault(f"{stage.status.value}: {one_line(stage.reason)}",
                              []).append(stage.name)
    rows += [f"{evidence.few(names)}: {why}" for why, names in groups.items()]
    rows += [one_line(n, 300) for n in report.not_run]
    rows += looked.gap_lines(report.evidence)
    if nothing := looked.not_executed(report.evidence):
        rows.append(f"executed by nothing: {one_line('; '.join(nothing), 300)}")
    untested = [c for c in report.changes if c.kind is ChangeKind.UNTESTED]
    if untested:
        why = next((w for c in untested if (w := c.reason_after or c.reason_before)), "")
        words = why.lstrip(" -#") and f", the first because of: {one_line(why.lstrip(' -#'), 120)}"
        rows.append(f"{evidence.plural(len(untested), 'test')} {SKIPPED}"
                    f"{words or ', without a reason'}")
    return tuple(rows)


SKIPPED = "skipped on both kernels"


def blamed(report: Report) -> tuple[Change, ...]:
    """The tests that the series is to blame for."""
    return tuple(c for c in report.changes if c.kind in BLAMED)


def measured(report: Report) -> tuple[dict[str, Measurement], dict[str, Measurement]]:
    """Measurements on the base and on the patched kernel, by name."""
    one, two = ({m.name: m for m in (run.measurements if run else ())}
                for run in (report.before, report.after))
    return one, two


def figures(report: Report, *, every: bool = False) -> tuple[tuple[str, str, str, str], ...]:
    """Name, unit, base and patched of what was measured and differs (or all)."""
    old, new = measured(report)
    rows = []
    for name in dict.fromkeys((*new, *old)):
        one, two = old.get(name), new.get(name)
        if every or one is None or two is None or one.value != two.value:
            rows.append((one_line(name), (two or one or Measurement("", 0, "")).unit,
                         figure(one), figure(two)))
    return tuple(rows)


OFFERS = "Documented, reported, works"


def offers(report: Report) -> tuple[tuple[str, str, str], ...]:
    """Where each capability is documented, reported and works: what, base, patched.

    Nothing where all that is documented works, on the one architecture that was run.
    """
    alone = len({row.machine for row in report.offers}) < 2
    if alone and all({row.documented[1], row.reported[1], row.works[1]} == {"yes"}
                     for row in report.offers):
        return ()
    return tuple((one_line(f"{row.capability} on {row.machine}", 80), _offer(row, 0),
                  _offer(row, 1)) for row in report.offers)


def _offer(row: Offer, side: int) -> str:
    return one_line(", ".join((row.documented[side], row.reported[side], row.works[side])), 60)


def figure(row: Measurement | None) -> str:
    """A figure for people; "-" when there is none."""
    if row is None:
        return "-"
    unit = one_line(row.unit, 12)
    return f"{row.value:,.4g}{unit}" if unit else f"{row.value:,.0f}"


def verdict(report: Report) -> str:
    """The verdict in one sentence of plain English, and what it is not about."""
    if report.ended:
        return f"the run ended early: {one_line(report.ended, 300)}"
    words = {Verdict.PASS: "no blocking findings",
             Verdict.FAIL: "warnings, which count here (--fail-on)",
             Verdict.INCOMPLETE: "nothing wrong was found, but not all was looked at",
             Verdict.REFUSED: "the series was refused",
             Verdict.NOT_TESTED: _nothing(report),
             Verdict.INFRASTRUCTURE: "the run failed, not the series"}
    wrong = sentence(report.findings) if report.verdict is Verdict.FAIL else ""
    scope = SCOPES.get(report.scope, "")
    return "; ".join(filter(None, (wrong or words[report.verdict], scope)))


def _nothing(report: Report) -> str:
    """That nothing was tested, and what the stages say of it, the last one first."""
    why = next((one_line(s.reason, 160) for s in reversed(report.stages)
                if s.reason and s.status in {Status.SKIP, Status.NOT_RUN}), "")
    return "nothing could be tested" + (f": {why}" if why else "")


def headline(report: Report) -> str:
    """The verdict in one line, with counts."""
    return verdict(report) if report.ended else f"{verdict(report)} ({counts(report)})"


def told(report: Report) -> str:
    """``FAIL: it does not build (1 error, ...)``: the first line of formats for programs."""
    return f"{report.verdict.value.upper()}: {headline(report)}"


def place(report: Report) -> tuple[str, int]:
    """Where what is about no file of the series is shown: the first code that it changes."""
    rows = [(kind_order(f.path), n, f) for n, f in enumerate(
        f for p in (report.series.patches if report.series else ()) for f in p.files)]
    if not rows:
        return "Makefile", 1
    file = min(rows)[2]
    return file.path, next((n for n, _ in file.added_lines), 1)


def kind_order(path: str) -> int:
    """0 for code, then headers, then what else there is; tests and documents last."""
    if re.match(r"Documentation/|tools/testing/", path) or path.endswith((".rst", ".txt")):
        return 3
    return 0 if path.endswith((".c", ".S", ".rs")) else 1 if path.endswith(".h") else 2


def in_series(finding: Finding, paths: Iterable[str]) -> tuple[str, int] | None:
    """Path and line of a finding that is about a file of the series; line 0: the whole file."""
    here = finding.where
    return (here.path, here.line) if here.path and here.path in frozenset(paths) else None
