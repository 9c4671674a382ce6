# SPDX-License-Identifier: GPL-2.0-or-later
"""Reports of earlier runs: by folder, by file, by number; compared, sent, shown again."""

import json
import webbrowser

import pytest

from harness.cli import history
from harness.model import (
    Finding,
    Location,
    Severity,
    StageResult,
    Status,
    Verdict,
)
from harness.report import FORMATS, document, json_
from harness.report.document import Document
from harness.system import sandbox
from tests import make

WRONG = Finding("uapi-layout", Severity.ERROR, "it grew", Location("a.h", 1))
WORSE = Finding("build-error", Severity.ERROR, "it broke", Location("a.c", 2))
SOFT = Finding("fixes", Severity.WARNING, "no title", Location("a.c", 3))
RAN = (StageResult("lint", Status.PASS, 0.1), StageResult("uapi", Status.FAIL, 0.1))


@pytest.fixture
def keep(tmp_path):
    """Writes a report into a folder of its own."""
    def write(name, **changes):
        (tmp_path / name).mkdir()
        report = make.report(**{"stages": RAN, **changes})
        (tmp_path / name / "report.json").write_text(json_.render(report))
        return tmp_path / name
    return write


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_offered_and_written(cli, keep, tmp_path, name):
    folder = keep("run", findings=(WRONG,), verdict=Verdict.FAIL)
    said = cli("report", folder, "--format", name)
    assert said.code == 0
    assert WRONG.id in said.out
    assert cli("report", folder, "--format", name, "-o", tmp_path / "file").out == ""
    assert WRONG.id in (tmp_path / "file").read_text()


def test_by_file_and_by_number(cli, keep, tmp_path):
    folder = keep("run", title="toy: The one")
    assert "toy: The one" in cli("report", folder / "report.json").out
    number = history.add(tmp_path / "cache", make.report(title="toy: Kept"))
    assert "toy: Kept" in cli("report", number, "--cache", tmp_path / "cache").out
    assert cli("report", 99, "--cache", tmp_path / "cache").code == 2
    assert cli("report", tmp_path / "nowhere").code == 2


def test_a_file_that_cannot_be_written_is_wrong_use(cli, keep, tmp_path):
    said = cli("report", keep("run"), "-o", tmp_path)
    assert said.code == 2
    assert str(tmp_path) in said.err


def test_a_page_for_the_browser(cli, keep, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda uri: opened.append(uri) or True)
    folder = keep("run")
    assert cli("report", folder, "--open").code == 0
    assert opened == [(folder / "report.html").as_uri()]
    assert "<html" in (folder / "report.html").read_text()
    monkeypatch.setattr(webbrowser, "open", lambda uri: False)
    assert str(folder / "report.html") in cli("report", folder, "--open").err
    again = cli("report", folder / "report.json", "--open")
    assert "harness-" in again.err, "a file alone gets a page of its own"


def test_answers_of_other_commands_are_shown_again(cli, tmp_path):
    answer = Document("fuzz", {"skipped": "no /dev/kvm"})
    (tmp_path / "report.json").write_text(document.as_json(answer))
    assert cli("report", tmp_path).out == "NOT TESTED  no /dev/kvm\n"
    assert json.loads(cli("report", tmp_path, "--format", "json").out)["document"] == "fuzz"
    for more in (["--format", "junit"], ["--open"], ["-o", tmp_path / "x"], ["--to", "patchwork"]):
        assert cli("report", tmp_path, *more).code == 2


def test_patchwork_needs_a_server_and_a_patch(cli, keep, monkeypatch):
    from harness.farm import patchwork
    folder, sent = keep("run"), []
    monkeypatch.setattr(patchwork, "send", lambda where, patch, checks: sent.append(
        (where.base, where.token, patch)) or len(checks))
    assert cli("report", folder, "--to", "patchwork").code == 2
    assert cli("report", folder, "--to", "patchwork", "--server", "https://p.org").code == 2
    monkeypatch.setenv(patchwork.TOKEN, "secret")
    said = cli("report", folder, "--to", "patchwork", "--server", "https://p.org/", "--patch", 7,
               "--patch", 8)
    assert said.code == 0
    assert sent == [("https://p.org", "secret", 7), ("https://p.org", "secret", 8)]
    assert "secret" not in said.out + said.err


def test_history_lists_the_newest_first(cli, tmp_path):
    cache = tmp_path / "cache"
    assert "no runs" in cli("history", "--cache", cache).out
    for title in ("first", "second"):
        history.add(cache, make.report(title=title, findings=(WRONG,), verdict=Verdict.FAIL))
    lines = cli("history", "--cache", cache).out.splitlines()
    assert [line.split()[-1] for line in lines] == ["second", "first"]
    assert "fail" in lines[0]
    data = json.loads(cli("history", "--cache", cache, "--json", "--limit", 1).out)
    assert [(r["title"], r["errors"], r["warnings"]) for r in data] == [("second", 1, 0)]


@pytest.mark.parametrize(("old", "new", "code", "words"), [
    ((WRONG,), (), 0, ["1 gone", "0 new", "0 same"]),
    ((), (WRONG,), 1, ["0 gone", "1 new", "0 same"]),
    ((WRONG,), (WRONG,), 0, ["0 gone", "0 new", "1 same"]),
    ((WRONG,), (SOFT,), 0, ["1 gone", "1 new", "0 same"]),
    ((WRONG,), (WORSE,), 1, ["1 gone", "1 new", "0 same"]),
])
def test_diff(cli, keep, old, new, code, words):  # noqa: PLR0917
    said = cli("diff", keep("old", findings=old), keep("new", findings=new))
    assert said.code == code
    for word in words:
        assert word in said.out.splitlines()


def test_diff_for_a_program_and_what_stayed_on_request(cli, keep):
    old, new = keep("old", findings=(WRONG,)), keep("new", findings=(WRONG,))
    assert WRONG.id not in cli("diff", old, new).out
    assert WRONG.id in cli("diff", old, new, "-v").out
    assert json.loads(cli("diff", old, new, "--json").out)["same"] == [WRONG.id]


@pytest.mark.parametrize(("changes", "word"), [
    ({"stages": (RAN[0],)}, "uapi"),
    ({"stages": (RAN[0], StageResult("uapi", Status.NOT_RUN, 0.0))}, "uapi"),
    ({"ended": "no space left"}, "no space left")])
def test_what_was_not_looked_at_is_not_gone(cli, keep, changes, word):
    said = cli("diff", keep("old", findings=(WRONG,)), keep("new", **changes))
    assert said.code == 4
    assert word in said.err


def test_a_stage_that_no_longer_applies_is_not_missed(cli, keep):
    skip = StageResult("uapi", Status.SKIP, 0.0, applies=False)
    assert cli("diff", keep("old"), keep("new", stages=(RAN[0], skip))).code == 0


def test_b4_gets_its_rows_and_never_another_exit_code(cli, mail, monkeypatch):
    import io
    import sys

    def given(text):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    monkeypatch.setattr(sandbox, "why_unusable", lambda: "not here")
    given(mail().read_text())
    said = cli("b4-check")
    rows = json.loads(said.out)
    assert said.code == 0
    assert rows
    assert all({"tool", "status", "summary"} <= set(r) for r in rows)
    given("hello\n")
    said = cli("b4-check")
    assert said.code == 0
    assert {r["status"] for r in json.loads(said.out)} >= {"fail"}
