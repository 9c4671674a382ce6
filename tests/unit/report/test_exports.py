# SPDX-License-Identifier: GPL-2.0-or-later
"""Which lines tests have executed, as other tools read it."""

import xml.etree.ElementTree as ET

import pytest

from harness.evidence import FileEvidence, Line, LineState, Ran, kind_of
from harness.model import StageResult, Status, Verdict
from harness.report import EXPORTS, render
from tests import make

ROWS = ((9, Ran.NOT), (3, Ran.TESTS), (4, Ran.BOOT), (5, Ran.UNKNOWN), (6, Ran.UNASKED))


def file(path, rows=ROWS):
    return FileEvidence(path, kind_of(path), lines=tuple(
        Line(number, LineState.COMPILED, "x86_64", "", ran) for number, ran in rows))


def report(*files, **changes):
    return make.report(evidence=files, **changes)


def test_lcov_has_the_lines_of_which_it_is_known():
    text = render("lcov", report(file("mm/a.c"), file("mm/b.c", [(1, Ran.UNKNOWN)])))
    assert text.splitlines()[-7:] == [
        "SF:mm/a.c", "DA:3,1", "DA:4,0", "DA:9,0", "LF:3", "LH:1", "end_of_record"]
    assert "mm/b.c" not in text


def test_cobertura_has_the_same_figures():
    root = ET.fromstring(render("cobertura", report(  # noqa: S314
        file("mm/a.c"), file("mm/x.c", [(1, Ran.TESTS)]), file("fs/c.c", [(2, Ran.NOT)]))))
    assert (root.get("lines-valid"), root.get("lines-covered"), root.get("line-rate")) == (
        "5", "2", "0.4000")
    assert [(p.get("name"), p.get("line-rate")) for p in root.iter("package")] == [
        ("mm", "0.5000"), ("fs", "0.0000")]
    assert [(c.get("filename"), [(n.get("number"), n.get("hits")) for n in c.iter("line")])
            for c in root.iter("class")] == [
        ("mm/a.c", [("3", "1"), ("4", "0"), ("9", "0")]), ("mm/x.c", [("1", "1")]),
        ("fs/c.c", [("2", "0")])]


@pytest.mark.parametrize("name", EXPORTS)
def test_what_was_not_looked_at_is_said_where_no_tool_counts(name):
    text = render(name, report(
        file("mm/a.c"), verdict=Verdict.INFRASTRUCTURE, ended="QEMU -- was --- killed", not_run=(
            "no gcc here\nDA:1,1", "<!-- x -->"), stages=(
            StageResult("warnings", Status.NOT_RUN, 0.0, "no sparse"),)))
    assert "\nDA:1,1" not in text
    for word in ("INFRASTRUCTURE", "no gcc here", "no sparse", "killed"):
        assert word in text
    if name == "cobertura":
        ET.fromstring(text)  # noqa: S314  (ours)


@pytest.mark.parametrize("name", EXPORTS)
def test_a_run_that_executed_nothing_has_no_lines(name):
    text = render(name, report(verdict=Verdict.NOT_TESTED))
    assert "NOT-TESTED" in text.replace("_", "-")
    assert "DA:" not in text
    assert "<line " not in text


@pytest.mark.parametrize("path", ["a\nDA:9,9.c", '"><evil>.c', "\ufffe.c"])
def test_a_hostile_path_stays_a_path(path):
    text = render("lcov", report(file(path)))
    assert text.count("\nSF:") == 1
    assert "\nDA:9,9" not in text
    root = ET.fromstring(render("cobertura", report(file(path))))  # noqa: S314
    assert len(list(root.iter("class"))) == 1
