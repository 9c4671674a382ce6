# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose fault it is when a patched kernel does not boot."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import NoBootError
from harness.model import KernelImage, Severity, Sources
from harness.report import checks
from harness.run import boot_stages
from harness.run.state import Request, State
from harness.settings import Settings
from tests.make import report

IMAGE = KernelImage(Path("/k"), Path("/out"), "", cached=True, seconds=0,
                    sources=Sources(Path("/")))
SILENT = NoBootError("the guest does not boot: the kernel panicked",
                     "Kernel panic - not syncing: x")


@pytest.fixture
def boots(tmp_path, monkeypatch):
    """``boots(base)``: the patched kernel does not boot; whether the base does."""
    def go(base):
        def fails(*_):
            raise SILENT

        monkeypatch.setattr(boot_stages, "_boot", fails)
        monkeypatch.setattr(boot_stages, "guest", lambda *_: None)
        monkeypatch.setattr(boot_stages.boot, "boot_once", lambda *_: SimpleNamespace(bye=base))
        request = Request(None, Settings(cache=tmp_path), tmp_path, "./run check")
        state = State(request, lambda _: None, tmp_path)
        return boot_stages.boot_patched(replace(state, image_base=IMAGE, image_patched=IMAGE))
    return go


def test_a_patched_kernel_that_does_not_boot_is_the_series_fault(boots):
    state = boots(base=True)
    (found,) = state.findings
    assert (found.rule, found.severity) == ("boot-failure", Severity.ERROR)
    assert "the kernel panicked" in found.message
    assert "Kernel panic" in found.evidence
    assert state.after is None


def test_when_the_base_does_not_boot_either_it_is_our_trouble(boots):
    with pytest.raises(NoBootError):
        boots(base=False)


def test_no_check_calls_it_green():
    made = report(findings=(boot_stages.Finding("boot-failure", Severity.ERROR, "does not boot"),))
    assert checks.bisect(replace(made, verdict=checks.Verdict.FAIL))[1] == 1
    assert "ERROR: " in checks.b4_lines(made)[0]
