# SPDX-License-Identifier: GPL-2.0-or-later
import json

from harness.compare import changes
from harness.model import (
    NOWHERE,
    Finding,
    Location,
    Outcome,
    Severity,
    StageResult,
    Status,
    Verdict,
)
from harness.report import FORMATS, json_, load, render, terminal
from tests.make import guest_run, patch, report, series

NASTY = "\x1b[2J</script>::error::\r\n\u202e\udcff[bold]x[/bold]"


def full(**changes_):
    before = guest_run({"p.a": "PASS", "p.b": Outcome("b", Status.SKIP, "CAP is not reported")},
                       [("exits", 2000, ""), ("same", 1, "")])
    after = guest_run({"p.a": Outcome("a", Status.FAIL, log="a.c:1: expected 0"), "p.b": "PASS"},
                      [("exits", 1000, ""), ("same", 1, "")])
    found = (Finding("r", Severity.ERROR, "broken", Location("a.c", 1), "first\nsecond", 1),
             Finding("s", Severity.NOTE, "by the way"))
    return report(verdict=Verdict.FAIL, before=before, after=after, findings=found,
                  changes=changes(before, after), **changes_)


def test_json_has_what_was_promised():
    document = json.loads(json_.render(full()))
    assert {"schema_version", "verdict", "series", "base", "stages", "findings", "tests",
            "measurements", "reproduce"} <= set(document)
    assert document["verdict"] == "fail"
    assert set(document["findings"][0]) == {
        "id", "rule", "severity", "message", "where", "location", "abis", "struct",
        "member", "evidence", "patch", "subject", "inferred"}
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
    assert "same" not in text.split("base  patched")[1].split("FAIL")[0]
    assert "repeat: ./run check" in text
    assert "FAIL" in text


def test_what_did_not_run_is_said():
    stages = (StageResult("boot", Status.NOT_RUN, 0, "QEMU is not installed"),)
    assert "boot: NOT_RUN: QEMU is not installed" in terminal.render(report(stages=stages))


def test_the_id_is_the_same_in_every_format():
    item = full().findings[0]
    for name in FORMATS:
        assert item.id in render(name, full()), name


def test_foreign_text_is_inert_in_every_format():
    nasty = report(
        title=NASTY, series=series(patch(subject=NASTY), title=NASTY),
        findings=(Finding("r", Severity.ERROR, NASTY, Location(NASTY), f"x\n{NASTY}"),),
        notices=(NASTY,))
    for name in FORMATS:
        text = render(name, nasty)
        text.encode("utf-8")
        assert not {"\x1b", "\u202e", "\r"} & set(text), name
        assert "[bold]" in text, "markup of others is text"


def test_no_color_means_no_escapes():
    assert "\x1b" not in terminal.render(full(), color=False)
    assert "\x1b" in terminal.render(full(), color=True)


def old(version):
    """A report as an earlier version wrote it."""
    data = json_.document(full())
    for row in data["findings"]:
        del row["location"], row["abis"], row["struct"], row["member"]
    for row in data["stages"]:
        del row["cached"]
    del data["not_run"]
    return {**data, "schema_version": version}


def test_reports_of_earlier_versions_are_read_and_keep_their_ids():
    rows = [Finding("uapi-layout", Severity.ERROR, "m (i386)", Location("a.h", 7),
                    subject="i386 struct s.m"),
            Finding("runtime-regression", Severity.ERROR, "m", Location(test="p.a"), subject="p.a"),
            Finding("style", Severity.NOTE, "m", Location("a.h")),
            Finding("style", Severity.NOTE, "m")]
    data = old(3)
    data["findings"] = [json_.finding(f) for f in rows]
    for row in data["findings"]:
        del row["location"], row["abis"], row["struct"], row["member"]
    data["notices"] = ["base: x", "checkpatch: NOT_RUN: x has no scripts/checkpatch.pl"]
    assert load.checked(data).notices == ("base: x",)
    assert load.checked(data).not_run == (data["notices"][1],)
    read = load.checked(data).findings
    assert [f.where for f in read] == [f.where for f in rows]
    assert [f.id for f in read] == [f.id for f in rows]


def test_an_abi_is_part_of_the_text_and_of_the_id_but_for_the_usual_one():
    one = Finding("r", Severity.ERROR, "moved", subject="struct s", abis=("x86-64", "i386"))
    other = Finding("r", Severity.ERROR, "moved", subject="struct s", abis=("i386",))
    assert one.text == "moved (x86-64, i386)"
    assert one.id == Finding("r", Severity.ERROR, "moved", subject="struct s").id
    assert other.id == Finding("r", Severity.ERROR, "moved", subject="i386 struct s").id


def test_a_place_in_words():
    assert [str(w) for w in (Location("a.c", 3), Location("a.c"), Location(test="p.t"), NOWHERE)
            ] == ["a.c:3", "a.c", "p.t", ""]
    assert not NOWHERE
