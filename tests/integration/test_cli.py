# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line as a user meets it: exit codes, one clear line, no traceback."""

import json

import pytest

from harness import cli, doctor
from harness.settings import ROOT
from tests.integration.conftest import CODE

V2 = str(ROOT / "patches" / "coalesced-pio" / "v2")


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(capsys, *argv):
    code = cli.run(list(argv))
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
        got, _, err = run(capsys, command, str(path))
        assert (got, why in err) == (code, True), err


def test_unknown_tree(capsys, mail):
    code, _, err = run(capsys, "check", str(mail(CODE)), "--tree", "linux-9")
    assert code == 2
    assert "unknown tree 'linux-9'" in err
    assert "debian-6.1" in err


def test_does_not_apply(capsys, mail, fake, tmp_path):
    path = mail(CODE.replace("zone->size", "zone->length"))
    code, out, err = run(capsys, "check", str(path), "--tree", str(tmp_path / "fake"))
    assert code == 3
    assert "does not apply" in err
    assert "REFUSED" in out


def test_a_series_on_a_tree_of_the_users_own_without_a_profile(capsys, mail, tmp_path, fake,
                                                               monkeypatch):
    """Any series works: what cannot be tested at run time is said, not passed over."""
    from harness import kconfig

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tiny.config").write_text("CONFIG_TOY=y\n")
    monkeypatch.setattr(kconfig, "DATA", tmp_path / "data")
    code, out, err = run(capsys, "check", str(mail(CODE)), "--tree", str(tmp_path / "fake"),
                         "--json", "--out", str(tmp_path / "out"))
    document = json.loads(out)
    assert code == 0, err
    stages = {s["name"]: (s["status"], s["reason"]) for s in document["stages"]}
    assert stages["build-patched"][0] == "PASS"
    assert stages["generate"] == (
        "SKIP", "no profile in kselftests/ knows what this series touches")
    assert stages["boot-patched"][0] == "NOT_RUN"
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == document


def test_usage_errors_are_argparse(capsys):
    for argv in ([], ["frobnicate"], ["check", "--no-such-flag"]):
        with pytest.raises(SystemExit) as error:
            cli.run(argv)
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
    from harness import build
    from harness.apply import apply_series  # noqa: F401  (imported before PATH is cut)

    monkeypatch.setattr(build.shutil, "which", lambda tool: None)
    code, _, err = run(capsys, "build", str(mail(CODE)), "--tree", str(tmp_path / "fake"))
    assert code == 5
    assert "apt-get install" in err


def test_trees(capsys):
    code, out, _ = run(capsys, "trees")
    assert code == 0
    assert "debian-6.1" in out
