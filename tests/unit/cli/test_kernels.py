# SPDX-License-Identifier: GPL-2.0-or-later
"""``run``, ``fuzz`` and ``prove`` up to the guests; headers side by side; programs."""

import json
import shutil

import pytest

from harness.arch import MACHINES
from harness.bench import campaign as campaign_
from harness.bench import made
from harness.model import Outcome, Status
from harness.prove import baseline, fuzz, mutants, proof, replayers, right, trials
from harness.report.document import Document
from harness.run import one_kernel
from harness.system import sandbox
from tests import make


@pytest.fixture
def kernel(tmp_path):
    path = tmp_path / "bzImage"
    path.touch()
    return path


@pytest.mark.parametrize("command", ["run", "fuzz"])
def test_a_kernel_that_is_not_there_is_wrong_use(cli, tmp_path, command):
    said = cli(command, "--kernel", tmp_path / "none")
    assert said.code == 2
    assert str(tmp_path / "none") in said.err


@pytest.mark.parametrize("words", [("run", "--kernel"), ("fuzz", "--kernel")])
def test_an_unknown_profile_names_those_there_are(cli, kernel, words):
    said = cli(*words, kernel, "--profile", "cake")
    assert said.code == 2
    assert "cake" in said.err


@pytest.mark.parametrize(("status", "code", "word"), [
    (Status.PASS, 0, "PASS"), (Status.FAIL, 1, "FAIL"), (Status.SKIP, 4, "NOT-TESTED")])
def test_run(cli, kernel, tmp_path, monkeypatch, status, code, word):  # noqa: PLR0917
    asked = []
    monkeypatch.setattr(one_kernel, "run_kernel", lambda path, profiles, values, how: (
        asked.append((path, how)) or (make.guest_run({"p.t": Outcome("t", status)}), "a note")))
    (tmp_path / "out").mkdir()
    said = cli("run", "--kernel", kernel, "--out", tmp_path / "out")
    assert said.code == code
    assert f"{word}  {kernel}" in said.out
    assert "note: a note" in said.out
    assert asked[0][0] == kernel
    kept = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (kept["document"], kept["tests"][0]["status"]) == ("run", status.value)


@pytest.mark.parametrize("lacks", ["", "compiler", "emulator"])
def test_a_kernel_of_another_architecture_needs_its_tools(cli, kernel, monkeypatch, lacks):
    (row,) = (m for m in MACHINES if m.name == "arm64")
    gone = {"compiler": row.abi.program, "emulator": row.emulator.program}.get(lacks)
    monkeypatch.setattr(shutil, "which", lambda name: None if name == gone else f"/bin/{name}")
    hows = []
    monkeypatch.setattr(one_kernel, "run_kernel", lambda *given: (
        hows.append(given[-1]) or (make.guest_run({"p.t": "PASS"}), "")))
    said = cli("run", "--kernel", kernel, "--arch", row.name)
    assert said.code == (5 if lacks else 0)
    assert [how.machine for how in hows] == ([] if lacks else [row])
    if lacks:
        assert f"{gone} is not installed: apt-get install " in said.err


@pytest.mark.parametrize("words", [
    ("run", "--kernel", "{}", "--shell", "--arch", "arm64"), ("fuzz", "--host", "--arch", "arm64")])
def test_what_is_this_machines_alone_goes_with_no_other(cli, kernel, monkeypatch, words):
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    said = cli(*(kernel if w == "{}" else w for w in words))
    assert said.code == 2
    assert "--shell" in said.err or "--host" in said.err


def test_a_shell_or_a_dry_run_has_no_results(cli, kernel, monkeypatch):
    monkeypatch.setattr(one_kernel, "run_kernel", lambda *_: (None, "qemu -kernel x"))
    said = cli("run", "--kernel", kernel, "--dry-run")
    assert (said.code, said.out) == (0, "qemu -kernel x\n")


@pytest.fixture
def campaign(monkeypatch):
    plans = []
    monkeypatch.setattr(sandbox, "get", lambda *, enabled: sandbox.Sandbox(enabled=False))
    monkeypatch.setattr(replayers, "driver", lambda *_: None)
    monkeypatch.setattr(replayers, "on_host", lambda *_: None)
    monkeypatch.setattr(fuzz, "campaign", lambda model, run, plan, say: plans.append(plan)
                        or fuzz.Campaign(plan.seed, 100, 6.0, None, (), "no /dev/kvm here"))
    return plans


def test_a_campaign_that_could_not_run_is_not_tested(cli, campaign):
    said = cli("fuzz", "--host", "--seed", 7, "--ops", 100)
    assert said.code == 4
    assert "no /dev/kvm here" in said.out
    assert (campaign[0].seed, campaign[0].operations, campaign[0].expect) == (7, 100, "")


def test_without_a_seed_a_new_one_is_named_so_that_it_can_be_repeated(cli, campaign):
    again = json.loads(cli("fuzz", "--host", "--json").out)["reproduce"]
    assert again.endswith(f"--seed {campaign[0].seed}")


def test_an_unknown_expectation_names_those_there_are(cli, campaign):
    said = cli("fuzz", "--host", "--expect", "cake")
    assert said.code == 2
    assert not campaign


@pytest.mark.parametrize(("statuses", "code"), [
    (["caught"], 0), (["caught", "survived"], 1), (["not-applied"], 4), ([], 4)])
def test_prove(cli, monkeypatch, mail, statuses, code):
    plans = []
    monkeypatch.setattr(right, "build_baseline", lambda state, plan: plans.append(plan))
    monkeypatch.setattr(baseline, "described", lambda right: {"failing": []})
    monkeypatch.setattr(mutants, "collect", lambda right, plan: ())
    monkeypatch.setattr(trials, "prove", lambda *_: [
        proof.Judged(f"m{n}", s) for n, s in enumerate(statuses)])
    said = cli("prove", mail(), "--only", "m*", "--limit", 3, "--workers", 0, "--budget", "2m")
    assert said.code == code
    assert plans[0].budget == 120
    with pytest.raises(SystemExit, match="2"):
        cli("prove", mail(), "--budget", "soon")
    assert f"{len(statuses)} mutants" in said.out
    assert (plans[0].only, plans[0].limit, plans[0].workers) == (("m*",), 3, 1)


def test_a_benchmark_runs_both_in_turns(cli, monkeypatch, mail):
    asked = []
    monkeypatch.setattr(made, "prepare", lambda state, plan: asked.append(plan))
    monkeypatch.setattr(campaign_, "run", lambda bench, plan: {})
    monkeypatch.setattr(campaign_, "document", lambda *_: Document("bench", {
        "title": "toy", "runs": 3, "twice": True, "accelerator": "tcg", "table": "T", "notices": [],
        "arms": [], "seconds": 1.0, "reproduce": "x"}, 4))
    said = cli("bench", mail(), "--runs", 3, "--twice")
    assert (said.code, asked) == (4, [made.BenchPlan(3, twice=True)])
    assert "base and base again, 3 runs of each in turns" in said.out
    assert cli("bench", mail(), "--runs", 0).code == 2


def test_programs_are_written_and_named(cli, tmp_path):
    said = cli("generate", "--out", tmp_path)
    assert said.code == 0
    paths = said.out.splitlines()
    assert paths
    assert all(p.startswith(str(tmp_path)) for p in paths)
    assert json.loads(cli("generate", "--out", tmp_path, "--json").out)["written"] == paths
    assert cli("generate").code == 2


def test_options_of_a_comparison(cli, tmp_path, monkeypatch):
    from harness.uapi import pair
    from harness.uapi.result import Comparison, UapiResult
    asked = []
    monkeypatch.setattr(pair, "check_pair", lambda old, new, values, options, say: (
        asked.append(options) or UapiResult(comparisons=(Comparison("a.h", "a.h", "x86-64"),))))
    monkeypatch.setattr(shutil, "which", lambda name: None if "aarch64" in name else name)
    (tmp_path / "users").mkdir()
    said = cli("uapi", "a.h", "b.h", "--arch", "arm64", "--arch", "s390x", "--consumers",
               tmp_path / "users")
    assert said.code == 4, "an architecture that was asked for was not compared"
    assert said.out.splitlines()[-2].startswith("incomplete")
    assert [a.name for a in asked[0].abis] == ["x86-64", "i386", "s390x"]
    assert asked[0].consumers == (tmp_path / "users",)
    assert "arm64: NOT_RUN" in said.out
    assert "gcc-aarch64-linux-gnu" in said.out
    assert cli("uapi", "a.h", "b.h", "--consumers", tmp_path / "none").code == 2
