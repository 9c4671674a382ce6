# SPDX-License-Identifier: GPL-2.0-or-later
import json

from harness.compare import changes
from harness.model import Finding, Outcome, Severity, StageResult, Status, Verdict
from harness.report import RENDERERS, json_, terminal
from tests.make import guest_run, patch, report, series

NASTY = "\x1b[2J</script>::error::\r\n\u202e\udcff[bold]x[/bold]"


def full(**changes_):
    before = guest_run({"p.a": "PASS", "p.b": Outcome("b", Status.SKIP, "CAP is not reported")},
                       [("exits", 2000, ""), ("same", 1, "")])
    after = guest_run({"p.a": Outcome("a", Status.FAIL, log="a.c:1: expected 0"), "p.b": "PASS"},
                      [("exits", 1000, ""), ("same", 1, "")])
    found = (Finding("r", Severity.ERROR, "broken", "a.c:1", "first\nsecond", 1),
             Finding("s", Severity.NOTE, "by the way"))
    return report(verdict=Verdict.FAIL, before=before, after=after, findings=found,
                  changes=changes(before, after), **changes_)


def test_json_has_what_was_promised():
    document = json.loads(json_.render(full()))
    assert {"schema_version", "verdict", "series", "base", "stages", "findings", "tests",
            "measurements", "reproduce"} <= set(document)
    assert document["verdict"] == "fail"
    assert set(document["findings"][0]) == {
        "id", "rule", "severity", "message", "where", "evidence", "patch", "subject",
        "inferred"}
    assert document["tests"][0] == {
        "name": "p.a", "before": "PASS", "after": "FAIL", "change": "regression",
        "reason_before": "", "reason_after": "", "log": "a.c:1: expected 0"}
    assert document["measurements"][0] == {
        "name": "exits", "unit": "", "before": 2000.0, "after": 1000.0}


def test_terminal_shows_the_worst_first_and_how_to_repeat():
    text = terminal.render(full())
    assert text.index("broken") < text.index("by the way")
    assert "1 regression" in text
    assert "CAP is not reported" in text
    assert "2,000" in text
    assert "same" not in text.split("Measured")[1].split("more figures")[0]
    assert "repeat: ./run check" in text
    assert "FAIL" in text


def test_what_did_not_run_is_said():
    stages = (StageResult("boot", Status.NOT_RUN, 0, "QEMU is not installed"),)
    assert "boot: NOT_RUN: QEMU is not installed" in terminal.render(report(stages=stages))


def test_the_id_is_the_same_in_every_format():
    item = full().findings[0]
    for name, render in RENDERERS.items():
        assert item.id in render(full()), name


def test_foreign_text_is_inert_in_every_format():
    nasty = report(
        title=NASTY, series=series(patch(subject=NASTY), title=NASTY),
        findings=(Finding("r", Severity.ERROR, NASTY, NASTY, f"x\n{NASTY}"),), notices=(NASTY,))
    for name, render in RENDERERS.items():
        text = render(nasty)
        text.encode("utf-8")
        assert not {"\x1b", "\u202e", "\r"} & set(text), name
        assert "[bold]" in text, "markup of others is text"


def test_no_color_means_no_escapes():
    assert "\x1b" not in terminal.render(full(), color=False)
    assert "\x1b" in terminal.render(full(), color=True)
