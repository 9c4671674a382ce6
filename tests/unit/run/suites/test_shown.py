# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the tests that a series adds show its change."""

import pytest

from harness.evidence import Changed
from harness.model import GuestRun, Outcome, Severity, Status
from harness.run.suites import shown

FOLDER = "tools/testing/selftests/kvm"
NEW = Changed(f"{FOLDER}/x86_64/new_test.c", None, "int main;\n", (), (1,))
OLD = Changed(f"{FOLDER}/old_test.c", "int a;\n", "int b;\n", (1,), (1,))
PLAIN = Changed("virt/kvm/new_test.c", None, "int a;\n", (), (1,))
LIBRARY = Changed(f"{FOLDER}/lib/help.c", None, "int a;\n", (), (1,))


def ran(status, *names):
    return GuestRun(tuple(Outcome(n, status) for n in names), (), (), 1, 1.0, "tcg")


def by(before, after, name="kvm:x86_64_new_test"):
    return shown.by((NEW, OLD, PLAIN, LIBRARY), "kvm", ran(before, name, "kvm:old_test"),
                    ran(after, name, "kvm:old_test"))


@pytest.mark.parametrize("before", [Status.FAIL, Status.SKIP, Status.CRASHED])
def test_one_that_passes_with_the_series_alone_shows_it(before):
    (row,) = by(before, Status.PASS)
    assert (row.program, row.before, row.after) == ("kvm:x86_64_new_test", before, Status.PASS)
    assert shown.findings([row]) == ()


def test_one_that_passes_on_both_does_not():
    (found,) = shown.findings(by(Status.PASS, Status.PASS))
    assert (found.rule, found.severity) == ("test-passes-before", Severity.NOTE)
    assert found.where.path == NEW.path
    assert "kvm:x86_64_new_test, which the series adds" in found.message


def test_one_that_fails_with_the_series_is_found_by_the_comparison():
    assert shown.findings(by(Status.SKIP, Status.FAIL)) == ()


def test_one_that_was_not_built_says_nothing():
    assert by(Status.PASS, Status.PASS, "kvm:other") == ()


def test_one_that_the_base_did_not_run_is_not_run_there():
    (row,) = shown.by((NEW,), "kvm", ran(Status.PASS), ran(Status.PASS, "kvm:x86_64_new_test"))
    assert row.before is Status.NOT_RUN
