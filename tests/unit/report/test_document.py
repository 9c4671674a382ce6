# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers that are no report: one interface, and what it shows when something is wrong."""

import json
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model import (
    Finding,
    GuestRun,
    Location,
    Measurement,
    Outcome,
    Severity,
    Splat,
    Status,
    Verdict,
)
from harness.prove import proof
from harness.report import document, headers, kernel_run
from harness.report.document import Document, View
from tests import make

NASTY = "\x1b[2Jowned\u202e"
TESTS = (Outcome("good", Status.PASS), Outcome("bad", Status.FAIL, NASTY, log="line\nx = 1"),
         Outcome("no", Status.SKIP, "no device"))


def run(*tests, measurements=(), splats=()):
    return GuestRun((Outcome("prog", Status.PASS, children=tests),), measurements, splats, 1, 1.0,
                    "tcg")


def of_a_run(*tests, note="", **more):
    return kernel_run.document(run(*tests, **more), Path("bzImage"), Path("out"), "again", note)


def error(severity=Severity.ERROR, rule="uapi-layout", abis=()):
    return Finding(rule, severity, "it grew", Location("include/uapi/a.h", 3), abis=abis)


def of_headers(*findings, missed=(), compared=("a.h",), allow=False):
    return headers.document(findings, compared, missed, ("a notice",), "again",
                            allow_incomplete=allow)


ANSWERS = {
    "run": of_a_run(*TESTS, note=NASTY, measurements=(Measurement("exits", 3.0, "n"),),
                    splats=(Splat(f"BUG: {NASTY}", "text", "prog"),)),
    "prove": proof.document([proof.Judged(NASTY, "survived", line="x = 1;")],
                            {"failing": [NASTY]}, 3.0, "again"),
    "headers": of_headers(error(), missed=[f"b.h: {NASTY}"]),
}


@pytest.mark.parametrize("kind", document.KINDS)
def test_every_kind_has_lines(kind):
    module = __import__(f"harness.report.{document.KINDS[kind]}", fromlist=["lines"])
    assert callable(module.lines)


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_that_was_kept_is_shown_as_it_was(kind, tmp_path):
    answer = ANSWERS[kind]
    assert answer.kind == kind
    (tmp_path / "report.json").write_text(document.as_json(answer), "utf-8")
    again = document.read(tmp_path)
    for view in (View(), View(verbose=True)):
        assert document.render(again, view) == document.render(answer, view)
    assert document.as_json(again) == document.as_json(answer)


@pytest.mark.parametrize("kind", ANSWERS)
def test_foreign_text_is_inert_and_colours_come_only_when_asked_for(kind):
    text = document.render(ANSWERS[kind], View(verbose=True)) + document.as_json(ANSWERS[kind])
    assert not {"\x1b", "\u202e"} & set(text)
    assert "owned" in text


def test_a_damaged_answer_is_refused_and_another_file_is_none(tmp_path):
    path = tmp_path / "x.json"
    assert document.read(path) is None
    for text in ("no json", "[]", "{}", '{"document": "cake"}', '{"schema_version": 4}'):
        path.write_text(text)
        assert document.read(path) is None
    for text in ('{"document": "run"}', '{"document": "fuzz", "skipped": 0}',
                 '{"document": "headers", "findings": [1]}'):
        path.write_text(text)
        with pytest.raises(UsageError, match="damaged"):
            document.read(path)


def test_colours():
    answer = of_a_run(TESTS[1])
    assert "\x1b" in document.render(answer, View(color=True))
    assert "\x1b" not in document.render(answer, View())


@pytest.mark.parametrize(("tests", "word", "code"), [
    ((TESTS[0],), "pass", 0), (TESTS, "fail", 1), ((TESTS[2],), "not-tested", 4),
    ((), "not-tested", 4)])
def test_one_kernel(tests, word, code):
    answer = of_a_run(*tests)
    assert (answer.data["verdict"], answer.code) == (word, code)
    assert document.render(answer, View()).splitlines()[-1].startswith(word.upper())


def test_one_kernel_for_a_reader():
    text = document.render(ANSWERS["run"], View())
    assert "FAIL    prog.bad  \\x1b[2Jowned" in text
    assert "          x = 1" in text, "the log of what failed"
    assert "SKIP    prog.no  no device" in text
    assert "exits: 3 n" in text
    assert "splat: BUG: \\x1b[2Jowned" in text
    assert "note: \\x1b[2Jowned" in text
    assert json.loads(document.as_json(ANSWERS["run"]))["tests"][1]["status"] == "FAIL"


def test_the_log_of_what_passed_is_shown_on_request():
    answer = of_a_run(Outcome("good", Status.PASS, log="all is well"))
    assert "all is well" not in document.render(answer, View())
    assert "all is well" in document.render(answer, View(verbose=True))


@pytest.mark.parametrize(("answer", "verdict", "code"), [
    (of_headers(), "compatible", 0),
    (of_headers(error()), "breaking", 1),
    (of_headers(error(Severity.WARNING)), "warning", 0),
    (of_headers(error(Severity.NOTE)), "compatible", 0),
    (of_headers(missed=["b.h: no"]), "incomplete", 4),
    (of_headers(missed=["b.h: no"], allow=True), "incomplete", 0),
    (of_headers(missed=["b.h: no"], compared=()), "not-compared", 4),
    (of_headers(error(), missed=["b.h: no"]), "breaking", 1),
    (of_headers(error(rule="uapi-clash")), "warning", 1),
])
def test_headers(answer, verdict, code):
    assert (answer.data["verdict"], answer.code) == (verdict, code)
    assert document.render(answer, View()).splitlines()[-2].startswith(verdict)
    assert document.render(answer, View()).startswith(verdict)


def test_headers_for_a_reader():
    text = document.render(of_headers(error(), missed=[f"{n}.h: no" for n in range(23)]), View())
    assert "it grew" in text
    assert "include/uapi/a.h:3" in text
    assert text.count("not compared: ") == 20
    assert "and 3 more" in text
    assert "note: a notice" in text
    assert "breaking: abi  (1 header compared, 1 finding)" in text


def test_a_report_of_uapi_alone_has_both_verdicts():
    from harness.report import json_, load
    data = json_.document(make.report(scope="uapi", findings=(error(),)))
    assert (data["verdict"], data["breaks"]) == ("breaking", ["abi"])
    assert load.load(data).verdict.value == data["result"]
    assert "breaks" not in json_.document(make.report(findings=(error(),)))


def test_an_answer_of_an_unknown_kind_is_a_bug():
    with pytest.raises(KeyError):
        document.render(Document("cake", {}), View())


@pytest.mark.parametrize("text", ['{"document": ["run"]}', '{"document": {"a": 1}}',
                                  '{"document": null}'])
def test_a_kind_that_is_no_word_is_no_kind(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    assert document.read(tmp_path / "x.json") is None


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_edited_answer_is_inert_wherever_it_was_edited(kind, tmp_path):
    def nasty(value):
        if isinstance(value, dict):
            return {k: nasty(v) for k, v in value.items()}
        if isinstance(value, list):
            return [nasty(v) for v in value]
        return f"{NASTY}{value}" if isinstance(value, str) and value not in WORDS else value
    data = json.loads(document.as_json(ANSWERS[kind]))
    (tmp_path / "report.json").write_text(json.dumps({**nasty(data), "document": kind}))
    text = document.render(document.read(tmp_path), View(verbose=True))
    assert not {"\x1b", "\u202e"} & set(text)


WORDS = {*Status, *Severity, "pass", "fail", "survived"}


def test_a_name_that_is_no_utf_8_can_be_written():
    answer = kernel_run.document(run(), Path("b\udcff"), Path("out\udcff"), "again \udcff")
    document.as_json(answer).encode("utf-8")


@pytest.mark.parametrize(("verdict", "word"), [
    (Verdict.REFUSED, "not-compared"), (Verdict.INFRASTRUCTURE, "not-compared"),
    (Verdict.NOT_TESTED, "not-compared"), (Verdict.PASS, "compatible")])
def test_headers_that_nobody_came_to_are_not_compatible(verdict, word):
    from harness.report import json_
    assert json_.document(make.report(scope="uapi", verdict=verdict))["verdict"] == word
