# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run ends with, whatever ends it; and what the command line asks of the pipeline."""

import io
import json
import os
import signal
import sys

import pytest

from harness import settings
from harness.cli import history, main
from harness.errors import (
    InfrastructureError,
    InputRefusedError,
    InterruptedRunError,
    UsageError,
)
from harness.model import Verdict
from harness.report import BUG, TOOLS
from harness.report.checks import MODES
from harness.run import execute
from harness.system import proc
from tests import make


@pytest.fixture
def pipeline(monkeypatch):
    """A pipeline that answers at once: ``given`` has the request, the stages and the scope."""
    class Pipeline:
        given = None
        report = make.report()
        error = None
        raises = None

        def run(self, request, row, say, scope):
            self.given = (request, [stage.name for stage in row], scope)
            if self.raises is not None:
                raise self.raises
            return make.report(verdict=self.report.verdict, bugs=self.report.bugs,
                               out=request.out), self.error
    fake = Pipeline()
    monkeypatch.setattr(execute, "run", fake.run)
    return fake


CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.REFUSED: 3, Verdict.NOT_TESTED: 4,
         Verdict.INCOMPLETE: 4, Verdict.INFRASTRUCTURE: 5}


@pytest.mark.parametrize("command", ["check", "lint", "uapi", "build"])
@pytest.mark.parametrize("verdict", Verdict)
def test_the_verdict_is_the_exit_code(cli, pipeline, command, verdict):
    pipeline.report = make.report(verdict=verdict)
    said = cli(command, "a.patch")
    assert said.code == CODES[verdict]
    assert said.out, "and it is shown"
    assert pipeline.given[2] == command


def test_incomplete_is_allowed_on_request_and_nothing_else_is(cli, pipeline):
    pipeline.report = make.report(verdict=Verdict.INCOMPLETE)
    assert cli("check", "a.patch", "--allow-incomplete").code == 0
    pipeline.report = make.report(verdict=Verdict.NOT_TESTED)
    assert cli("check", "a.patch", "--allow-incomplete").code == 4


@pytest.mark.parametrize(("error", "code"), [
    (UsageError("bad use", hint="do this"), 2), (InputRefusedError("bad mail", hint="do this"), 3),
    (InfrastructureError("no disk", hint="do this"), 5),
    (InterruptedRunError("interrupted", hint="do this"), 130)])
def test_an_error_that_ended_the_run_has_its_code_and_the_next_step(cli, pipeline, error, code):
    pipeline.error = error
    said = cli("check", "a.patch")
    assert said.code == code
    assert f"harness: {error.message}\n" in said.err
    assert "next: do this" in said.err


@pytest.mark.parametrize(("error", "code"), [
    (KeyboardInterrupt(), 130), (BrokenPipeError(), 141), (OSError(28, "No space", "/x"), 5),
    (ZeroDivisionError("oops"), BUG)])
def test_what_is_raised_has_its_code(cli, pipeline, monkeypatch, error, code):
    monkeypatch.setattr(proc, "interrupt_all", lambda: None)
    monkeypatch.setattr(sys.stderr, "close", lambda: None)
    pipeline.raises = error
    said = cli("check", "a.patch")
    assert said.code == code
    if code == 5:
        assert "/x: No space" in said.err


def test_the_traceback_of_a_bug_is_kept_in_a_file(cli, pipeline):
    pipeline.raises = ZeroDivisionError("oops")
    said = cli("check", "a.patch")
    assert "ZeroDivisionError: oops" in said.err
    path = said.err.rpartition(" with ")[2].strip()
    with open(path, encoding="utf-8") as log:  # noqa: PTH123
        assert "Traceback" in log.read()
    os.unlink(path)  # noqa: PTH108


def test_a_bug_of_a_stage_is_said_and_is_70(cli, pipeline):
    pipeline.report = make.report(bugs=("lint: KeyError: x",))
    for mode, code in (("", BUG), ("b4", BUG), ("nipa", 250), ("bisect", 128)):
        said = cli("check", "a.patch", *(["--as", mode] if mode else []))
        assert said.code == code
    assert "lint: KeyError: x" in cli("check", "a.patch").err


def test_modes_and_what_is_offered_agree():
    assert set(MODES) == set(TOOLS)


@pytest.mark.parametrize("mode", TOOLS)
@pytest.mark.parametrize("verdict", Verdict)
def test_other_tools_get_their_own_words_and_codes(cli, pipeline, mode, verdict):
    pipeline.report = make.report(verdict=verdict)
    said = cli("check", "a.patch", "--as", mode)
    text, code = MODES[mode](make.report(verdict=verdict))
    assert said.code == TOOLS[mode].get(code, code)
    assert said.out.strip() == text.strip()


def test_nipa_reads_its_words_from_a_descriptor(cli, pipeline, monkeypatch):
    reader, writer = os.pipe()
    monkeypatch.setenv("DESC_FD", str(writer))
    said = cli("check", "a.patch", "--as", "nipa")
    os.close(writer)
    with os.fdopen(reader) as answer:
        assert answer.read().strip() == MODES["nipa"](make.report())[0]
    assert said.out == ""
    monkeypatch.setenv("DESC_FD", "99999999999999")
    assert cli("check", "a.patch", "--as", "nipa").out, "else on standard output"


@pytest.mark.parametrize("mode", TOOLS)
def test_wrong_use_is_no_word_about_the_patch(cli, mode):
    code = cli("check", "a.patch", "--as", mode, "--rule", "no-such-rule").code
    assert code == TOOLS[mode].get(2, 2)


def test_the_report_is_kept_and_so_is_its_place_in_the_history(cli, pipeline, tmp_path):
    said = cli("check", "a.patch", "--out", tmp_path / "out", "--cache", tmp_path / "cache")
    kept = json.loads((tmp_path / "out" / "report.json").read_text())
    assert kept["verdict"] == "pass"
    assert [r.title for r in history.rows(tmp_path / "cache")] == ["toy: Do it"]
    assert "PASS" in said.out
    assert json.loads(cli("check", "a.patch", "--json").out)["verdict"] == "pass"


def test_a_static_slice_leaves_nothing_behind_unasked(cli, pipeline, tmp_path):
    for command in ("lint", "uapi"):
        cli(command, "a.patch", "--cache", tmp_path / "cache")
        assert not pipeline.given[0].out_is_kept
        assert not pipeline.given[0].out.exists()
    assert not (tmp_path / "cache" / "history.sqlite").exists()
    cli("lint", "a.patch", "--cache", tmp_path / "cache", "--out", tmp_path / "out")
    assert (tmp_path / "out" / "report.json").is_file()


def test_a_history_that_cannot_be_written_does_not_hide_the_report(cli, pipeline, monkeypatch):
    def full(place, report):
        raise InfrastructureError("history.sqlite: disk full")
    monkeypatch.setattr(history, "add", full)
    said = cli("check", "a.patch")
    assert said.code == 0
    assert "disk full" in said.err
    assert "PASS" in said.out


def test_flags_become_the_request(cli, pipeline, tmp_path):
    cli("check", "a.patch", "--repair", "--no-checkpatch", "--fresh", "--keep", "--base-only",
        "--config", "allmodconfig", "--version", "3", "--unquote", "--rule", "fixes",
        "--severity", "fixes=error", "--ignore", "blanks=ours", "--tree", "debian-6.1")
    request = pipeline.given[0]
    assert request.series == "a.patch"
    assert (request.repair, request.checkpatch, request.reuse) == (True, False, False)
    assert (request.keep_build, request.base_only, request.out_is_kept) == (True, True, True)
    assert request.configs == ("allmodconfig",)
    assert (request.reading.version, request.reading.unquote, request.reading.damaged) == (
        3, True, True)
    assert request.settings.tree == "debian-6.1"
    assert request.settings.choice.only == ("fixes",)
    assert "--fresh" in request.reproduce
    cli("check", "a.patch")
    request = pipeline.given[0]
    assert (request.repair, request.checkpatch, request.reuse) == (False, True, True)


def test_lint_compiles_on_request_what_a_series_touches(cli, pipeline):
    cli("lint", "a.patch", "--compile")
    request, row, scope = pipeline.given
    assert request.compile_only
    assert scope == "compile"
    assert {"lint", "configure", "compile"} <= set(row)
    assert not {"build-base", "build-patched", "boot-base"} & set(row)
    assert not request.out_is_kept, "it is a lint all the same"
    assert "--compile" in request.reproduce
    cli("lint", "a.patch")
    request, row, scope = pipeline.given
    assert (request.compile_only, scope) == (False, "lint")
    assert "compile" not in row


@pytest.mark.parametrize(("compiled", "code"), [(True, 0), (False, 4)])
def test_what_was_compiled_alone_ends_as_any_other_check_does(cli, pipeline, compiled, code):
    pipeline.report = make.report(verdict=Verdict.PASS if compiled else Verdict.INCOMPLETE)
    assert cli("lint", "a.patch", "--compile").code == code


@pytest.mark.parametrize("command", ["check", "build", "uapi"])
def test_only_lint_compiles_single_objects_alone(cli, pipeline, command):
    cli(command, "a.patch")
    assert not pipeline.given[0].compile_only
    assert pipeline.given[2] == command
    with pytest.raises(SystemExit) as end:
        cli(command, "a.patch", "--compile")
    assert end.value.code == 2


@pytest.mark.parametrize("words", [
    ["--severity", "fixes"], ["--severity", "fixes=cake"], ["--ignore", "fixes="],
    ["--rule", "no-such-rule"], ["--fail-on", "moon"], ["--as", "cake"]])
def test_wrong_flags_are_wrong_use(cli, pipeline, words):
    try:
        code = cli("check", "a.patch", *words).code
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert pipeline.given is None


def test_a_rule_may_be_a_pattern_and_checkpatch_has_its_own(cli, pipeline):
    for rule in ("capability-*", "checkpatch-long-line", "ring-lock", "uapi-layout"):
        assert cli("check", "a.patch", "--rule", rule).code == 0


def test_without_a_series_ones_own_commits_or_the_lead_case(cli, pipeline, monkeypatch, tmp_path):
    tree = tmp_path / "linux"
    (tree / "drivers").mkdir(parents=True)
    for name in ("Kconfig", "Makefile", "MAINTAINERS", ".git"):
        (tree / name).touch()
    monkeypatch.chdir(tree / "drivers")
    cli("check")
    assert pipeline.given[0].series == f"{tree}@@{{upstream}}..HEAD"
    (tree / "MAINTAINERS").unlink()
    said = cli("check")
    assert said.code == 2
    assert "harness demo" in said.err
    cli("demo")
    assert (pipeline.given[0].series, pipeline.given[2]) == (None, "check")
    monkeypatch.chdir(settings.ROOT)
    monkeypatch.setattr(settings, "CHECKOUT", True)
    cli("check")
    assert pipeline.given[0].series is None


def test_dry_run_prints_the_lines_and_takes_the_stage_for_it(cli, pipeline, monkeypatch):
    from harness.run import dry_run
    original = pipeline.run

    def run(request, row, say, scope):
        (request.out / dry_run.NAME).write_text("make -j2\n")
        return original(request, row, say, scope)
    monkeypatch.setattr(execute, "run", run)
    said = cli("check", "a.patch", "--dry-run")
    assert (said.code, said.out) == (0, "make -j2\n")
    assert pipeline.given[1][-1] == dry_run.STAGE.name


def test_a_run_goes_on_where_it_was_interrupted(cli, pipeline, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    cli("check", "a.patch", "--repair", "--out", out)
    monkeypatch.chdir("/")
    cli("check", "--resume", out)
    request = pipeline.given[0]
    assert (request.series, request.repair, request.out) == ("a.patch", True, out)
    assert os.getcwd() == str(tmp_path)  # noqa: PTH109


@pytest.mark.parametrize("command", ["check", "lint", "uapi"])
def test_a_series_from_standard_input_can_be_asked_for_again(cli, pipeline, tmp_path, monkeypatch,
                                                             command):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"From: x\n")))
    cli(command, "-", "--out", tmp_path / "out")
    request = pipeline.given[0]
    kept = tmp_path / "out" / "series.mbox"
    assert (request.series, kept.read_bytes()) == (str(kept), b"From: x\n")
    assert request.reproduce.endswith(f"{command} {kept} --out {tmp_path}/out")
    assert str(kept) in (tmp_path / "out" / main.ARGUMENTS).read_text()


@pytest.mark.parametrize("text", [
    None, "", "[]", "{}", "7", '["/nowhere", "check"]', '["/", "check", "-"]',
    '["/", "check", "--resume", "x"]'])
def test_nothing_to_go_on_with_is_wrong_use(cli, tmp_path, text, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / main.ARGUMENTS).write_text(text)
    assert cli("check", "--resume", tmp_path).code == 2


def test_uapi_takes_a_series_or_two_sides(cli, pipeline, monkeypatch):
    from harness.cli import headers
    asked = []
    monkeypatch.setattr(headers, "compare", lambda args, argv: asked.append(args.series) or 1)
    assert cli("uapi", "a.h", "b.h").code == 1
    assert asked == [["a.h", "b.h"]]
    assert cli("uapi", "a", "b", "c").code == 2
    cli("uapi", "a.patch", "--arch", "sparc64")
    request = pipeline.given[0]
    assert request.series == "a.patch"
    assert request.uapi is not None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_sigterm_ends_a_run_as_ctrl_c_does(cli, pipeline, monkeypatch, number):
    shut = []
    monkeypatch.setattr(proc, "interrupt_all", lambda: shut.append(True))
    before = signal.getsignal(number)

    def run(*_):
        os.kill(os.getpid(), number)
    monkeypatch.setattr(execute, "run", run)
    said = cli("check", "a.patch")
    assert (said.code, shut) == (130, [True])
    assert "nothing is left running" in said.err
    assert signal.getsignal(number) is before
