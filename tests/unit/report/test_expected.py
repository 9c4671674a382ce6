# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole outputs, as they are: a change of words is seen in the diff of tests/expected/."""

import json

import pytest

from harness.guest import splat
from harness.report import FORMATS, document, render
from harness.report.document import View
from tests.make import DATA
from tests.unit.report.test_document import ANSWERS
from tests.unit.report.test_formats import REPORTS


@pytest.fixture(autouse=True)
def _a_wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.parametrize(("kind", "name"), [
    (kind, name) for kind in REPORTS if kind != "nasty" for name in FORMATS
    if name != "html" or kind == "good"])  # one page is enough: most of it is style
def test_a_report_in_every_format(kind, name, expected):
    expected(f"report/{kind}.{name}", render(name, REPORTS[kind]()))


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_for_a_reader_and_for_a_program(kind, expected):
    expected(f"answer/{kind}.txt", document.render(ANSWERS[kind], View(verbose=True)))
    expected(f"answer/{kind}.json", document.as_json(ANSWERS[kind]))


@pytest.mark.parametrize("path", sorted((DATA / "console").glob("*.log")), ids=lambda p: p.stem)
def test_what_a_kernel_complained_of(path, expected):
    found = splat.find(path.read_text("utf-8").splitlines())
    expected(f"console/{path.stem}.json", json.dumps(
        [{"title": s.title, "during": s.during, "lines": s.text.count("\n") + 1} for s in found],
        indent=1) + "\n")
