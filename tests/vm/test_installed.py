# SPDX-License-Identifier: GPL-2.0-or-later
"""An installed harness, used from elsewhere: the lead case, and the programs on a kernel."""

import json
import subprocess

import pytest

from tests.integration.test_installed import fresh  # noqa: F401  (a fixture)


@pytest.fixture
def installed(fresh, cache, tmp_path):  # noqa: F811
    def run(*argv):
        return subprocess.run([fresh / "harness", *argv, "--cache", cache, "--out",
                               tmp_path / "out"], cwd=tmp_path, check=False, capture_output=True,
                              text=True)
    return run


def test_the_lead_case_passes_installed(installed, check, tmp_path):
    check("v3")  # the base is built then
    done = installed("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    data = json.loads((tmp_path / "out" / "report.json").read_text())
    assert data["verdict"] == "pass"
    assert sum(t["change"] == "newly-available" for t in data["tests"]) > 40
    assert "&& harness demo" in data["reproduce"]


def test_programs_on_a_kernel_installed(installed, kernel):
    done = installed("run", "--kernel", str(kernel))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS" in done.stdout
