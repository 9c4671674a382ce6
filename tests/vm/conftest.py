# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the main job once per series; the tests look at what came of it.

The cache is the user's own, so that a second run of the tests does not build
the base again. HARNESS_TEST_CACHE=DIR chooses another.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.settings import ROOT, load


@dataclass(frozen=True)
class Job:
    code: int
    report: dict
    terminal: str
    errors: str
    out: Path

    def test(self, name):
        return next(t for t in self.report["tests"] if t["name"] == name)

    def measured(self, name):
        row = next(m for m in self.report["measurements"] if m["name"] == name)
        return row["before"], row["after"]

    def rules(self, severity):
        return {f["rule"] for f in self.report["findings"] if f["severity"] == severity}


@pytest.fixture(scope="session")
def cache():
    return Path(os.environ.get("HARNESS_TEST_CACHE") or load({}, os.environ).cache)


def harness(*argv, cache=None):
    extra = [] if cache is None else ["--cache", str(cache)]
    return subprocess.run([sys.executable, "-m", "harness", *argv, *extra], cwd=ROOT, check=False,
                          capture_output=True, text=True)


@pytest.fixture(scope="session")
def check(cache, tmp_path_factory):
    """``check("v3")`` runs the main job, once."""
    done = {}

    def run(name):
        if name not in done:
            out = tmp_path_factory.mktemp(name)
            series = [] if name == "default" else [f"patches/coalesced-pio/{name}"]
            got = harness("check", *series, "--out", str(out), cache=cache)
            report = out / "report.json"
            assert report.is_file(), got.stderr
            done[name] = Job(got.returncode, json.loads(report.read_text()), got.stdout,
                             got.stderr, out)
        return done[name]
    return run


@pytest.fixture(scope="session")
def kernel(check, cache):
    """The base of v3, as the harness built it: a cache may hold other kernels too."""
    commit = check("v3").report["base"]["commit"]
    for done in sorted(Path(cache, "kernels").glob("*/done")):
        out, made = done.parent / "out", json.loads(done.read_text())
        config = (out / ".config").read_text()
        if made["commit"] == commit and made["image"] == "vmlinux" and (
                "CONFIG_KASAN=y" not in config and "CONFIG_KVM_AMD=y" in config
                and "CONFIG_X86_64=y" in config):
            return out / "vmlinux"
    raise AssertionError("the base of v3 is not in the cache")
