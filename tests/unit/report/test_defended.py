# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of a report with what a proof says of them."""

import json
from dataclasses import replace

import jsonschema
import pytest

from harness.errors import UsageError
from harness.evidence import FileEvidence, FileKind, Line, LineState
from harness.report import json_, load, render
from harness.report.defended import with_proof
from tests.make import report, series

FILE = FileEvidence("fs/a.c", FileKind.CODE, lines=tuple(
    Line(n, LineState.COMPILED, "x86_64", f"line {n};") for n in range(1, 7)))
JOB = report(series=series(title="toy: Do it"), evidence=(FILE,))


def mutant(line, status, by=(), why=""):
    return {"name": f"fs/a.c:{line} drop-1", "status": status, "by": list(by), "why": why,
            "line": "" if why else f"x{line}  ->  (nothing)"}


RIGHT = {"title": "toy: Do it", "version": JOB.series.version, "base": JOB.base}
PROOF = {"right": RIGHT, "mutants": [
    mutant(1, "caught", ["p.a", "p.b", "p.c", "p.d"]), mutant(1, "caught", ["p.a"]),
    mutant(1, "equivalent"), mutant(2, "caught", ["p.a"]), mutant(2, "survived"),
    mutant(3, "not-executed", why="no test executes this line"), mutant(4, "not-compiled"),
    mutant(5, "caught", ["p.a"]), mutant(5, "not-tried"),
    {**mutant(6, "caught", ["p.a"]), "name": "given.patch"}, mutant(9, "survived")]}


def test_a_line_is_defended_where_all_its_wrong_versions_were_noticed():
    (file,) = with_proof(JOB, PROOF).evidence
    assert [(n.number, n.defended, n.defence) for n in file.lines] == [
        (1, True, "p.a, p.b, p.c and 1 more"), (2, False, "not noticed: x2 -> (nothing)"),
        (3, False, "no test executes this line"), (4, None, ""), (5, None, ""), (6, None, "")]


def test_the_page_says_it_beside_each_line_and_in_sum():
    page = render("html", with_proof(JOB, PROOF))
    assert "defended by p.a, p.b, p.c and 1 more" in page
    assert "undefended: no test executes this line" in page
    assert "lines defended" in page
    assert "defended" not in render("html", JOB)


def test_programs_are_told_where_there_is_a_proof():
    text = render("json", with_proof(JOB, PROOF))
    jsonschema.validate(json.loads(text), json.loads(json_.SCHEMA.read_text()))
    assert load.checked(json.loads(text)).evidence == with_proof(JOB, PROOF).evidence
    assert "defended" not in render("json", JOB)


@pytest.mark.parametrize("change", [
    {"title": "other"}, {"version": 7}, {"base": "b" * 40}, {"version": None}])
def test_a_proof_of_another_series_version_or_base_is_wrong_use(change):
    with pytest.raises(UsageError, match="another series, version or base"):
        with_proof(JOB, {**PROOF, "right": {**RIGHT, **change}})
    with pytest.raises(UsageError):
        with_proof(replace(JOB, series=None), PROOF)
