# SPDX-License-Identifier: GPL-2.0-or-later
"""The main job on real kernels: what issue 1 promises, seen."""

import tomllib

import pytest

from harness.settings import ROOT
from tests.vm.conftest import harness

TOPIC = ROOT / "patches" / "coalesced-pio"


@pytest.mark.parametrize("name", ["v2", "v3"])
def test_the_verdict_is_the_one_that_the_topic_expects(check, name):
    about = tomllib.loads((TOPIC / "about.toml").read_text())
    job = check(name)
    assert job.report["verdict"] == about["series"][name]["expect"], job.terminal
    assert job.code == {"pass": 0, "fail": 1}[job.report["verdict"]]


def test_v3_is_clean_and_every_test_ran(check):
    job = check("v3")
    assert job.rules("error") == set()
    ours = [t for t in job.report["tests"] if not t["name"].startswith("kvm:")]
    assert {t["after"] for t in ours} == {"PASS", "XFAIL"}
    assert {t["name"] for t in ours if t["after"] == "XFAIL"} == {
        "ring.the_last_slot_before_zero"}, "a defect of the base: docs/found.md"
    assert {t["change"] for t in ours} == {"same", "newly-available"}
    left = {s["name"]: s["status"] for s in job.report["stages"] if s["status"] != "PASS"}
    # Alone where the base has to be built first; no suite of KUnit is beside what it changes.
    assert left.pop("compile", "SKIP") == "SKIP"
    assert left == dict.fromkeys(("suites", "own", "machines", "blame"), "SKIP")


def test_the_selftests_that_v3_changes_run_beside(check):
    job = check("v3")
    (suite,) = [s for s in job.report["suites"] if s["kind"] == "kselftest"]
    assert (suite["name"], suite["ran"]) == ("kvm", True)
    new = job.test("kvm:coalesced_pio_test.exit")
    assert (new["before"], new["after"], new["change"]) == ("SKIP", "PASS", "newly-available")
    theirs = [t for t in job.report["tests"] if t["name"].startswith("kvm:")]
    assert sum(1 for t in theirs if t["before"] == t["after"] == "PASS") >= 20
    # Their programs wait for one another: on a busy host one fails on the base, twice, and passes.
    assert {t["change"] for t in theirs} <= {"same", "newly-available", "already-failing",
                                             "untested", "flaky", "fixed"}


def test_v3_halves_the_exits(check):
    job = check("v3")
    assert job.measured("RTC, zone at 0x70: exits to userspace") == (2000, 1000)
    assert job.measured("RTC, zone at 0x70: KVM_RUN returns") == (2001, 1001)
    assert job.measured("RTC, zone at 0x70: exits for port 0x70") == (1000, 0)
    assert job.measured("RTC, zone at 0x70: ring entries") == (0, 1000)
    assert job.measured("RTC, no zone: KVM_RUN returns") == (2001, 2001)
    assert "2,001" in job.terminal
    assert "1,001" in job.terminal


def test_the_base_has_no_such_capability_and_that_is_no_pass(check):
    row = check("v3").test("rtc.one_exit_instead_of_two")
    assert row["before"] == "SKIP"
    assert "returned success and had no effect" in row["reason_before"]
    assert "had no effect" in check("v3").terminal


def test_v2_breaks_the_source_of_both_structs_and_takes_a_number_that_is_taken(check):
    found = check("v2").report["findings"]
    broken = [f["message"] for f in found if f["rule"] == "uapi-source"]
    assert len(broken) == 2
    assert any(m.startswith("struct kvm_coalesced_mmio_zone.pad:") for m in broken)
    assert any(m.startswith("struct kvm_coalesced_mmio.pad:") for m in broken)
    (clash,) = [f["message"] for f in found if f["rule"] == "uapi-clash"]
    assert clash == "KVM_CAP_COALESCED_PIO: number 156 is already KVM_CAP_S390_HPAGE_1M"


@pytest.mark.parametrize(("name", "before", "after"), [
    ("register.register_refuses_other_kinds", "SKIP", "FAIL"),
    ("register.unregister_refuses_other_kinds", "SKIP", "FAIL"),
    ("old_binaries.dirty_padding", "PASS", "FAIL"),
    ("unregister.wrong_bus_leaves_a_pio_zone", "SKIP", "CRASHED"),
    ("unregister.wrong_bus_leaves_an_mmio_zone", "SKIP", "CRASHED"),
])
def test_v2_differs_at_run_time(check, name, before, after):
    row = check("v2").test(name)
    assert (row["before"], row["after"]) == (before, after)


def test_the_wrong_bus_is_a_use_after_free_and_is_named_so(check):
    row = check("v2").test("unregister.wrong_bus_leaves_a_pio_zone")
    assert "use after free" in row["reason_after"]
    assert "__kvm_io_bus_write" in row["reason_after"]


def test_a_crash_costs_one_test_and_not_the_rest(check):
    # those of the tree may be too slow, or crash on the base too
    statuses = [t["after"] for t in check("v2").report["tests"] if ":" not in t["name"]]
    assert "MISSING" not in statuses
    assert "NOT_RUN" not in statuses
    # two tests of the hazard, and the random operations that meet it
    assert 2 <= statuses.count("CRASHED") <= 6


def test_the_summary_fits_one_screen_and_repeats(check):
    for name in ("v2", "v3"):
        job = check(name)
        assert len(job.terminal.splitlines()) <= 50
        assert f"&& ./run check patches/coalesced-pio/{name}" in job.terminal


def test_raw_logs_are_kept(check):
    out = check("v3").out
    for path in ("log", "report.json", "before/guest1/boot1/console", "after/guest2/boot1/results",
                 "programs/coalesced_io/pio.c"):
        assert (out / path).stat().st_size > 0, path
    # A mark for each test, without which a crash could not be told to the test that ran.
    consoles = "".join(p.read_text("utf-8", "replace") for p in out.glob("after/*/boot1/console"))
    assert "ktap: pio.reads_exit" in consoles


def test_any_kernel_can_be_run_alone(kernel, cache, tmp_path):
    got = harness("run", "--kernel", str(kernel), "--out", str(tmp_path), cache=cache)
    assert got.returncode == 0, got.stdout + got.stderr
    assert "SKIP" in got.stdout
    assert not [line for line in got.stdout.splitlines() if line.startswith("FAIL")]


def test_a_kernel_that_does_not_boot_is_said(cache, tmp_path):
    (tmp_path / "bzImage").write_bytes(b"\0" * 4096)
    got = harness("run", "--kernel", str(tmp_path / "bzImage"), "--out", str(tmp_path / "out"),
                  "--boot-timeout", "5", cache=cache)
    assert got.returncode == 5
    assert "does not boot" in got.stderr
    assert "console" in got.stderr


def test_base_only(cache, tmp_path):
    got = harness("check", "--base-only", "--out", str(tmp_path / "out"), cache=cache)
    assert got.returncode == 0, got.stdout + got.stderr


def test_v3_was_looked_at_whole_and_every_format_says_it(check):
    report = check("v3").report
    assert [f["path"] for f in report["evidence"] if f["gaps"]] == []
    seen = {f["path"]: {s["look"] for s in f["seen"]} for f in report["evidence"]}
    assert seen["virt/kvm/coalesced_mmio.c"] == {"linted", "compiled", "booted", "tested"}
    assert seen["include/uapi/linux/kvm.h"] == {"linted", "compared", "compiled", "booted",
                                                "tested"}
    assert ("compiled 5 of 5 files and 24 of 24 changed lines of code (x86_64, tools), 11 executed "
            "by tests, 13 unknown (no instruction of their own), 1 header compared (x86-64, i386)"
            ) in report["looked_at"]
    ran = {n["line"]: n["by"] for f in report["evidence"] for n in f["lines"]
           if n["ran"] == "tests"}
    assert len(ran) == 11
    # Each by a test that is named: of a program of others the program is.
    tests = {n for t in report["tests"] for n in (t["name"], t["name"].rpartition(".")[0])}
    assert all(by and set(by) <= tests for by in ran.values())
    assert not [n for n in report["notices"] if "whether it ran" in n], "macros have no code"
    for name in ("mail", "junit", "sarif", "kcidb", "ktap", "github", "html", "terminal"):
        text = harness("report", str(check("v3").out), "--format", name).stdout
        assert "compiled 5 of 5 files" in " ".join(text.split()), name


def test_what_of_v2_was_rebuilt_is_said_and_nobody_is_blamed_for_it(check):
    job = check("v2")
    assert len(job.report["inferred"]) == 3
    tagged = {f["rule"]: f["inferred"] for f in job.report["findings"] if f["inferred"]}
    assert "KVM_CAP_COALESCED_PIO 156" in tagged["uapi-clash"]
    assert "uapi-source" not in tagged, "the renamed fields stand in the review mail"
    mail = harness("report", str(job.out), "--format", "mail").stdout
    assert "Rebuilt in part, and not judged here" in mail
    assert "156 is already" not in mail
    assert "struct kvm_coalesced_mmio_zone.pad" in mail
