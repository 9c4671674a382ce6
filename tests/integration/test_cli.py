# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line as a user meets it: exit codes, one clear line, no traceback."""

import json
import shutil

import pytest

from harness.cli import doctor, main
from harness.settings import ROOT
from tests.integration.conftest import BROKEN, CODE, MENDED, RENAME

V2 = str(ROOT / "patches" / "coalesced-pio" / "v2")


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(capsys, *argv):
    code = main.run(list(argv))
    got = capsys.readouterr()
    assert "Traceback" not in got.err
    return code, got.out, got.err


def test_lint(capsys):
    code, out, _ = run(capsys, "lint", V2)
    assert code == 0
    assert "PASS" in out


def test_json_is_the_only_thing_on_standard_output(capsys):
    code, out, _ = run(capsys, "lint", V2, "--json")
    assert code == 0
    assert json.loads(out)["series"]["version"] == 2


@pytest.mark.parametrize(("name", "text", "code", "why"), [
    ("empty", "", 3, "empty"), ("prose", "hello\n", 3, "not a mail"),
    ("gone", None, 2, "no such file"),
])
def test_bad_input(capsys, tmp_path, name, text, code, why):  # noqa: PLR0917
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    for command in ("lint", "check"):
        got, out, err = run(capsys, command, str(path))
        assert (got, why in out + err) == (code, True), out + err
        assert ("REFUSED" in out) != ("harness: " in err), "it is said once"


def test_unknown_tree(capsys, mail):
    code, _, err = run(capsys, "check", str(mail(CODE)), "--tree", "linux-9")
    assert code == 2
    assert "unknown tree 'linux-9'" in err
    assert "debian-6.1" in err


def test_does_not_apply(capsys, mail, fake, tmp_path):
    path = mail(CODE.replace("zone->size", "zone->length"))
    code, out, _ = run(capsys, "check", str(path), "--tree", str(tmp_path / "fake"))
    assert code == 3
    assert out.startswith("REFUSED  ")
    assert "does not apply" in out
    assert len(out.splitlines()) <= 6


def test_a_series_on_a_tree_of_the_users_own_without_a_profile(capsys, mail, tmp_path, fake,
                                                               monkeypatch):
    """Any series works: what does not boot or has no test is said, not passed over."""
    from harness.build import kconfig

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tiny.config").write_text("CONFIG_TOY=y\n")
    monkeypatch.setattr(kconfig, "DATA", tmp_path / "data")
    code, out, err = run(capsys, "check", str(mail(CODE)), "--tree", str(tmp_path / "fake"),
                         "--json", "--out", str(tmp_path / "out"))
    document = json.loads(out)
    assert code == 5, err  # a toy kernel is nothing that QEMU could boot
    assert "the guest does not boot" in err
    stages = {s["name"]: (s["status"], s["reason"]) for s in document["stages"]}
    assert stages["build-patched"][0] == "PASS"
    status, reason = stages["generate"]
    assert status == "SKIP"
    assert reason.startswith("no profile in kselftests/ knows what this series touches")
    assert stages["compare"][0] == "NOT_RUN"
    (file,) = document["evidence"]
    assert {"look": "compiled", "where": "x86_64"} in file["seen"]
    assert [g["look"] for g in file["gaps"]] == ["booted"]
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == document


def test_usage_errors_are_argparse(capsys):
    for argv in ([], ["frobnicate"], ["check", "--no-such-flag"]):
        with pytest.raises(SystemExit) as error:
            main.run(argv)
        assert error.value.code == 2
    capsys.readouterr()


def test_run_needs_a_kernel_that_exists(capsys):
    assert run(capsys, "run", "--kernel", "/no/bzImage")[0] == 2


def test_generate_writes_programs_that_stand_alone(capsys, tmp_path):
    code, out, _ = run(capsys, "generate", "--out", str(tmp_path / "c"))
    assert code == 0
    assert "pio.c" in out
    assert list((tmp_path / "c").rglob("ktap.h"))


def test_doctor_names_what_is_missing(capsys, monkeypatch):
    gone = doctor.Tool("no-such-tool", "its-package", "nothing")
    monkeypatch.setattr(doctor, "TOOLS", (*doctor.TOOLS[:1], gone))
    code, out, _ = run(capsys, "doctor")
    assert code == 5
    assert "apt-get install its-package" in out
    monkeypatch.setattr(doctor, "TOOLS", doctor.TOOLS[:1])
    code, out, _ = run(capsys, "doctor", "--json")
    assert code == 0
    assert json.loads(out)["install"] == ""


def test_missing_tools_say_how_to_get_them(capsys, monkeypatch, mail, tmp_path, fake):
    from harness.apply import apply_series  # noqa: F401  (imported before PATH is cut)
    from harness.build import kernel

    monkeypatch.setattr(kernel.shutil, "which", lambda tool: None)
    code, _, err = run(capsys, "build", str(mail(CODE)), "--tree", str(tmp_path / "fake"))
    assert code == 5
    assert "apt-get install" in err


def test_trees(capsys):
    code, out, _ = run(capsys, "trees")
    assert code == 0
    assert "debian-6.1" in out


@pytest.mark.parametrize(("argv", "why"), [
    (("fuzz", "--kernel", "/nonexistent"), "no such file"),
    (("fuzz", "--host", "--expect", "a pony"), "knows no expectation"),
    (("prove",), "--mutants DIR says what to try"),
    (("prove", "--mutants", "/nonexistent", "--tree", "debian-6.1"), "no mutants there"),
    (("generate",), "nowhere to write to"),
    (("check", "--flavour", "strange"), None),
])
def test_wrong_use_of_what_proves_tests(capsys, argv, why):
    if why is None:  # argparse ends the process itself
        with pytest.raises(SystemExit) as end:
            main.run(list(argv))
        assert end.value.code == 2
        return
    code, _, err = run(capsys, *argv)
    assert code == 2
    assert why in err
    assert "next:" in err or "knows no" in err or "no such file" in err


def test_a_patch_for_a_tree_without_such_selftests_is_refused(capsys, tmp_path):
    fake = str(ROOT / "tests" / "fakelinux")
    code, _, err = run(capsys, "generate", "--as-patch", "--tree", fake, "--out", str(tmp_path))
    assert code == 3
    assert "tools/testing/selftests/kvm/Makefile" in err


def test_a_patch_for_a_tree_with_them_adds_a_program_and_a_line(capsys, tmp_path):
    folder = tmp_path / "tree" / "tools" / "testing" / "selftests" / "kvm"
    folder.mkdir(parents=True)
    (tmp_path / "tree" / "Makefile").write_text("VERSION = 6\n")
    (folder / "Makefile").write_text(
        "TEST_GEN_PROGS_x86_64 += x86_64/one\nTEST_GEN_PROGS_x86_64 += other\n")
    code, out, _ = run(capsys, "generate", "--as-patch", "--tree", str(tmp_path / "tree"),
                       "--out", str(tmp_path / "out"))
    assert code == 0
    text = (tmp_path / "out" / "0001-coalesced_io.patch").read_text()
    assert out.strip().endswith("0001-coalesced_io.patch")
    assert text.startswith("From ")
    assert ("\n TEST_GEN_PROGS_x86_64 += x86_64/one\n"
            "+TEST_GEN_PROGS_x86_64 += x86_64/coalesced_io_spec_test\n"
            " TEST_GEN_PROGS_x86_64 += other\n") in text
    assert "+++ b/tools/testing/selftests/kvm/x86_64/coalesced_io_spec_test.c" in text


@pytest.mark.usefixtures("toy_config", "fake")
def test_an_extra_configuration_is_built_on_both_sides(capsys, mail, tmp_path):
    (tmp_path / "mine.config").write_text("CONFIG_MINE=y\n")
    code, out, err = run(capsys, "build", str(mail(CODE)), "--tree", str(tmp_path / "fake"),
                         "--config", str(tmp_path / "mine.config"), "--json")
    assert code == 0, err
    stages = {s["name"]: s["status"] for s in json.loads(out)["stages"]}
    assert stages["build-extra"] == "PASS"
    assert run(capsys, "build", str(mail(CODE)), "--tree", str(tmp_path / "fake"),
               "--config", "help")[0] == 2


@pytest.mark.usefixtures("toy_config", "fake")
def test_what_a_series_touches_is_compiled_alone(capsys, mail, tmp_path):
    code, out, err = run(capsys, "lint", "--compile", str(mail(CODE)), "--tree",
                         str(tmp_path / "fake"), "--json")
    assert code == 0, err
    data = json.loads(out)
    assert "1 of 1 changed line of code" in data["looked_at"]
    (file,) = data["evidence"]
    assert [(n["line"], n["state"], n["why"]) for n in file["lines"]] == [
        (6, "compiled", "x86_64")]
    assert "build-base" not in {s["name"] for s in data["stages"]}


@pytest.mark.usefixtures("toy_config", "fake")
def test_an_error_is_found_by_compiling_alone_and_a_patch_that_mends_it(capsys, mail, tmp_path):
    lint = ("lint", "--compile", "--tree", str(tmp_path / "fake"), "--json")
    code, out, _ = run(capsys, *lint, str(mail(BROKEN)))
    assert code == 1
    (found,) = [f for f in json.loads(out)["findings"] if f["rule"] == "build-error"]
    assert (found["location"]["path"], found["location"]["line"]) == ("drivers/toy/toy.c", 6)
    for n, diff in enumerate((BROKEN, MENDED), 1):
        folder = mail(diff, f" {n}/2", f"{n}.patch").parent
    (folder / "0001.patch").unlink()
    code, out, _ = run(capsys, *lint, str(folder))
    assert code == 1
    assert [(f["rule"], f["patch"]) for f in json.loads(out)["findings"]
            if f["severity"] == "error"] == [("not-bisectable", 1)]


@pytest.mark.usefixtures("toy_config", "fake")
def test_a_configuration_in_which_the_base_does_not_build_is_no_pass(
        capsys, mail, tmp_path):
    (tmp_path / "mine.config").write_text("CONFIG_BROKEN=y\n")
    code, out, _ = run(capsys, "build", str(mail(CODE)), "--tree", str(tmp_path / "fake"),
                       "--config", str(tmp_path / "mine.config"), "--json")
    assert code == 4
    data = json.loads(out)
    extra = next(s for s in data["stages"] if s["name"] == "build-extra")
    assert extra["status"] == "NOT_RUN"
    assert "the base does not build" in extra["reason"]
    assert "no-such-header.h" in extra["reason"]
    assert not [f for f in data["findings"] if f["severity"] == "error"]


@pytest.mark.usefixtures("toy_config", "fake")
def test_a_patch_that_does_not_build_by_itself_in_another_configuration_is_named(
        capsys, mail, tmp_path):
    (tmp_path / "mine.config").write_text("CONFIG_MINE=y\n")
    for n, diff in enumerate((BROKEN, MENDED), 1):
        folder = mail(diff, f" {n}/2", f"{n}.patch").parent
    code, out, _ = run(capsys, "build", str(folder), "--tree", str(tmp_path / "fake"),
                       "--config", str(tmp_path / "mine.config"), "--json")
    assert code == 1
    named = [f["message"] for f in json.loads(out)["findings"] if f["rule"] == "not-bisectable"]
    assert len(named) == 2
    assert [m for m in named if m.startswith(str(tmp_path / "mine.config"))]


@pytest.mark.usefixtures("fake")
def test_an_abi_that_was_asked_for_and_cannot_be_had_is_said_above(
        capsys, mail, tmp_path, monkeypatch):
    real = shutil.which
    monkeypatch.setattr(shutil, "which", lambda n: None if n.startswith("riscv64") else real(n))
    code, out, _ = run(capsys, "uapi", str(mail(RENAME)), "--tree", str(tmp_path / "fake"),
                       "--arch", "riscv64")
    assert code == 1
    assert "not looked at: riscv64: NOT_RUN: riscv64-linux-gnu-gcc is not installed" in out


def test_explain(capsys):
    code, out, _ = run(capsys, "explain", "fixes-0123abcd")
    assert code == 0
    assert "What to do:" in out
    assert run(capsys, "explain", "uapi-clash")[0] == 0
    assert "LONG_LINE" in run(capsys, "explain", "checkpatch-long-line")[1]
    assert "virt/kvm/coalesced_mmio.c" in run(capsys, "explain", "ring-lock")[1]
    assert run(capsys, "explain", "nothing")[0] == 2


def test_rules_can_be_chosen(capsys):
    _, out, _ = run(capsys, "lint", V2, "--rule", "capability-*", "--json")
    assert {f["rule"] for f in json.loads(out)["findings"]} <= {"capability-number"}
    assert run(capsys, "lint", V2, "--ignore", "cover-letter=")[0] == 2
    with pytest.raises(SystemExit):
        main.run(["lint", V2, "--severity", "x"])


def test_lint_says_when_there_is_no_tree(capsys):
    code, out, _ = run(capsys, "lint", V2)
    assert code == 0
    assert "no tree yet" in out.replace("\n", " ")


def test_the_hook_is_one_that_pre_commit_reads():
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert "id: harness-lint" in text
    entry = next(t for t in text.splitlines() if "entry:" in t).split("entry: harness ")[1]
    from harness.cli.parser import build_parser
    build_parser().parse_args([*entry.split(), "@{u}..HEAD"])


def test_what_nothing_has_changed_is_taken_from_the_run_before(capsys, mail, tmp_path, fake,
                                                               monkeypatch):
    from harness.build import kconfig

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tiny.config").write_text("CONFIG_TOY=y\n")
    monkeypatch.setattr(kconfig, "DATA", tmp_path / "data")

    def check(*more):
        code, out, err = run(capsys, "build", str(mail(CODE)), "--tree", str(tmp_path / "fake"),
                             "--json", "--out", str(tmp_path / "out"), *more)
        assert code == 0, err
        document = json.loads(out)
        return document, {s["name"] for s in document["stages"] if s["cached"]}

    first, none = check()
    again, cached = check()
    assert none == set()
    assert cached == {"build-patched", "compiled", "configure", "warnings"}
    assert first["evidence"] == again["evidence"]
    assert [f["id"] for f in first["findings"]] == [f["id"] for f in again["findings"]]
    assert check("--fresh")[1] == set()


def test_lint_and_headers_in_one_report(capsys, fake, mail, tmp_path):
    code, out, err = run(capsys, "lint", "--headers", str(mail(RENAME.replace(
        "+\t__u32 kind;", "+\t__u32 kind; "))), "--tree", str(tmp_path / "fake"), "--json")
    assert code == 1, err
    report = json.loads(out)
    rules = {f["rule"] for f in report["findings"]}
    assert {"uapi-source", "trailing-whitespace"} <= rules
    assert report["scope"] == "static"
    code, out, _ = run(capsys, "lint", "--headers", str(mail(CODE)), "--tree",
                       str(tmp_path / "fake"))
    assert code == 0
    assert "lint and headers only, nothing was built or booted" in out
