# SPDX-License-Identifier: GPL-2.0-or-later
"""JUnit XML: tests, stages and findings as cases; for CI systems that read nothing else.

The dialect of Jenkins' and GitLab's readers (the schema of jenkins-junit.xsd). FAIL and
CRASHED are failures; what never came is an error; what did not run is skipped.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterable

from harness.clean import clean
from harness.evidence import FileEvidence
from harness.model import Change, Finding, Report, Severity, StageResult, Status, Verdict
from harness.report import looked, summary

_FAILURE = frozenset({Status.FAIL, Status.CRASHED})


def _case(suite: ET.Element, name: str, seconds: float = 0.0) -> ET.Element:
    return ET.SubElement(suite, "testcase", name=clean(name), time=f"{max(0.0, seconds):.3f}",
                         classname=suite.attrib["name"])


def _say(case: ET.Element, tag: str, message: str, text: str = "") -> None:
    element = ET.SubElement(case, tag, message=clean(message))
    element.text = clean(text) or None


def _suite(root: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(root, "testsuite", name=name)


def _findings(root: ET.Element, findings: Iterable[Finding], blamed: Collection[str]) -> None:
    """The findings; what the case of a test says already is no second failure."""
    suite = _suite(root, "findings")
    for f in findings:
        case = _case(suite, f.id)  # without its line: it is the same where that has moved
        where = f"{f.where}: " if f.where else ""
        if f.severity is Severity.ERROR and f.where.test not in blamed:
            _say(case, "failure", where + f.text, f.evidence)
        else:
            ET.SubElement(case, "system-out").text = clean(
                f"{f.severity.value}: {where}{f.text}\n{f.evidence}".strip())


def _tests(root: ET.Element, changes: Iterable[Change]) -> None:
    suite = _suite(root, "tests")
    for c in changes:
        case = _case(suite, c.name)
        says = f"{c.before.value} -> {c.after.value} ({c.kind.value}) {c.reason_after}".strip()
        if c.kind in summary.BLAMED:
            _say(case, "failure" if c.after in _FAILURE else "error", says, c.log)
        elif c.after is not Status.PASS:
            _say(case, "skipped", says)


def _stages(root: ET.Element, stages: Iterable[StageResult]) -> None:
    suite = _suite(root, "stages")
    for s in stages:
        case = _case(suite, s.name, s.seconds)
        if s.status is not Status.PASS:  # a failure is counted where it was found
            _say(case, "skipped", f"{s.status.value}: {s.reason or 'see the findings'}")


def _verdict(root: ET.Element, report: Report) -> None:
    """The run as one case: passed only when everything was looked at and nothing found.

    A failure is that of what was found, and counted there; ``render`` sees to those without.
    """
    case = _case(_suite(root, "verdict"), report.verdict.value, report.seconds)
    if report.verdict is Verdict.FAIL:
        _say(case, "skipped", f"see the failures: {summary.headline(report)}")
    elif report.verdict is not Verdict.PASS:
        ended = report.verdict in {Verdict.REFUSED, Verdict.INFRASTRUCTURE}
        _say(case, "error" if ended else "skipped", summary.headline(report))


def _evidence(root: ET.Element, files: Iterable[FileEvidence]) -> None:
    """Each file of the series; one that was not looked at in every way is no passed case."""
    suite = _suite(root, "looked at")
    for item in files:
        case = _case(suite, item.path)
        if item.gaps:
            _say(case, "skipped", "; ".join(looked.gap_lines([item])))
        else:
            ET.SubElement(case, "system-out").text = clean(
                ", ".join(f"{s.look} {s.where}".strip() for s in item.seen))


def render(report: Report) -> str:
    """The report as XML."""
    root = ET.Element("testsuites", name=clean(report.title), time=f"{report.seconds:.3f}")
    _verdict(root, report)
    _stages(root, report.stages)
    _evidence(root, report.evidence)
    blamed = {c.name for c in report.changes if c.kind in summary.BLAMED}
    _findings(root, summary.ordered(report.findings), blamed)
    _tests(root, report.changes)
    if report.verdict is Verdict.FAIL and not root.findall("testsuite/testcase/failure") + (
            root.findall("testsuite/testcase/error")):  # --fail-on warning
        _say(root[0][0], "failure", summary.headline(report))
    for bug in report.bugs:
        _say(_case(_suite(root, "bug"), "harness"), "error", bug)
    if report.ended:
        _say(_case(_suite(root, "run"), "run"), "error", summary.headline(report))
    for suite in root:
        for attribute, tag in (("failures", "failure"), ("errors", "error"),
                               ("skipped", "skipped")):
            suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))
        suite.set("tests", str(len(suite)))
    properties = ET.Element("properties")
    root[0].insert(0, properties)
    for name, value in (("verdict", report.verdict.value), ("looked-at", summary.looked_at(report)),
                        ("reproduce", report.reproduce),
                        *(("inferred", t) for t in report.inferred),
                        *(("not-checked", row) for row in summary.unchecked(report))):
        ET.SubElement(properties, "property", name=name, value=clean(value))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"
