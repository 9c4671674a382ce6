# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs on kernels of other architectures, where compilers and machines are installed."""

import json
import shutil

import pytest

from harness.arch import MACHINES
from tests.vm.conftest import harness

NESTING = [m for m in MACHINES if m.name in {"arm64", "riscv64"}]


@pytest.mark.parametrize("row", NESTING, ids=lambda row: row.name)
def test_v3_on_another_architecture(row, cache, tmp_path):
    for program in (row.target.program, row.emulator.program):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    done = harness("check", "patches/coalesced-pio/v3", "--arch", row.name, "--suite", "none",
                   "--out", str(tmp_path / "out"), cache=cache)
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["verdict"] == "pass", done.stdout
    theirs = [t for t in report["tests"] if t["name"].startswith(f"{row.name}:")]
    assert len(theirs) > 90
    assert {t["after"] for t in theirs} == {"PASS", "SKIP", "XFAIL"}
    assert {t["change"] for t in theirs} == {"same", "newly-available", "untested"}
    skipped = [t for t in theirs if t["after"] == "SKIP"]
    assert all("does not have" in t["reason_after"] or " has no " in t["reason_after"]
               for t in skipped), skipped
    assert any(t["name"] == f"{row.name}:mmio.writes_of_every_width" for t in theirs
               if t["before"] == t["after"] == "PASS")
    offers = {(o["capability"], o["machine"]): o for o in report["offers"]}
    pio = offers["KVM_CAP_COALESCED_PIO", row.name]
    assert (pio["documented"], pio["reported"], pio["works"]) == (
        ["no", "yes"], ["no", "yes"], ["no", "no"])
    assert offers["KVM_CAP_COALESCED_MMIO", row.name]["works"] == ["yes", "yes"]
    found = [f for f in report["findings"] if f["rule"] == "capability-no-effect"]
    assert [f["subject"] for f in found] == [f"KVM_CAP_COALESCED_PIO {row.name}"]
