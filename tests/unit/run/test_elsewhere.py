# SPDX-License-Identifier: GPL-2.0-or-later
"""What is said of a file of another architecture: was it in a kernel that booted, was it tested."""

import pytest

from harness.arch import MACHINES, NATIVE_TARGET
from harness.compare import changes
from harness.model import StageResult, Status
from harness.run import elsewhere
from tests.make import guest_run, patch, series
from tests.unit.run.test_file_evidence import profile, state

ROW = next(m for m in MACHINES if m.target != NATIVE_TARGET)
NAME, PATH = ROW.target.name, f"arch/{ROW.target.srcarch}/kvm/mmio.c"


def said(path=PATH, inside=(PATH,), tests=None, **more):
    run = guest_run({f"{NAME}:kernel.boot": "PASS", **(tests or {})})
    after = more.pop("after", None)
    one = state(path, changes=changes(run, guest_run(after) if after else run),
                inside=() if inside is None else ((NAME, frozenset(inside)),), **more)
    return [(row.look.value, getattr(row, "where", "") or getattr(row, "reason", ""))
            for row in elsewhere.ran(one, one.files[0])]


def test_a_file_in_the_kernel_that_booted_there_is_booted():
    assert said() == [("booted", NAME), (
        "tested", f"no test that ran on both kernels of {NAME} is about it")]


@pytest.mark.parametrize(("tests", "tested"), [
    ({f"{NAME}:p.a": "PASS"}, True), ({f"{NAME}:p.a": "FAIL"}, True), ({"p.a": "PASS"}, False),
    ({f"{NAME}:p.a": "SKIP"}, False), ({f"{NAME}:q.a": "PASS"}, False)])
def test_tests_of_its_own_machine_count(tests, tested):
    diff = f"diff --git a/{PATH} b/{PATH}\n--- a/{PATH}\n+++ b/{PATH}\n@@ -1 +1 @@\n-a\n+b\n"
    rows = said(tests=tests, profiles=(profile(PATH),),
                series=series(patch(diff=diff.encode())))
    assert (rows[1] == ("tested", "toy")) is tested


def test_what_is_not_in_that_kernel_is_not_booted():
    assert said(inside=("arch/x/other.c",)) == [
        ("booted", f"it is not in the kernel of {NAME} that boots")]


@pytest.mark.parametrize(("more", "why"), [
    ({"not_run": (f"{NAME}: no kernel was booted: gcc is not installed",)},
     f"{NAME}: no kernel was booted: gcc is not installed"),
    ({"stages": (StageResult("machines", Status.NOT_RUN, 0, "no compiler"),)},
     f"no kernel of {NAME} was booted on both sides: no compiler"),
    ({}, f"no kernel of {NAME} was booted on both sides")])
def test_where_nothing_was_booted_the_reason_is_said(more, why):
    assert said(inside=None, **more) == [("booted", why)]


@pytest.mark.parametrize("after", ["NOT_RUN", "MISSING", "SKIP"])
def test_a_kernel_that_gave_no_sign_did_not_boot(after):
    ((look, why),) = said(after={f"{NAME}:kernel.boot": after})
    assert (look, "was booted on both sides" in why) == ("booted", True)


@pytest.mark.parametrize("path", [
    "fs/a.c", f"arch/{NATIVE_TARGET.srcarch}/a.c", "arch/sparc/a.c",
    f"arch/{ROW.target.srcarch}/include/asm/a.h", f"arch/{ROW.target.srcarch}/Kconfig"])
def test_of_other_files_it_says_nothing(path):
    assert said(path) == []
