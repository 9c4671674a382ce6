# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a capability is documented, reported and works, and what of that is a finding."""

import pytest

from harness.arch import MACHINES, NATIVE_TARGET
from harness.lint import offers
from harness.model import GuestRun, Offer, Outcome, Severity, Status
from harness.profiles import Offered

ROW = Offered("KVM_CAP_NEW", "cap.is_one", ("new.works", "new.works_too"))
OTHER = next(m for m in MACHINES if m.target.srcarch != NATIVE_TARGET.srcarch)
DOC = "Documentation/virt/kvm/api.rst"
PASS, SKIP, FAIL, TIMEOUT = Status.PASS, Status.SKIP, Status.FAIL, Status.TIMEOUT


def document(arches):
    text = ("x\n\n4.1 KVM_NEW\n-----------\n\n:Capability: KVM_CAP_NEW\n"
            f":Architectures: {arches}\n\nNew.\n")
    return {DOC: text.encode()}.get if arches else {}.get


def run(*tests):
    """A guest run of (machine's prefix, program, test, status)."""
    return GuestRun(tuple(Outcome(f"{prefix}{program}", status, children=(
        Outcome(test, status, f"why {test}" if status is SKIP else ""),))
        for prefix, program, test, status in tests), (), (), 1, 1.0, "tcg")


def seen(reported, works, prefix=""):
    return [(prefix, "cap", "is_one", reported), *((prefix, "new", "works", s) for s in works)]


def rows(before, after, documents=("", "")):
    sides = tuple((document(d), run(*tests)) for d, tests in zip(
        documents, (before, after), strict=True))
    return offers.table((ROW,), sides)


def test_what_a_kernel_has_that_is_documented_reported_and_works():
    (row,) = rows(seen(SKIP, [SKIP]), seen(PASS, [PASS]), ("", "x86"))
    assert row == Offer("KVM_CAP_NEW", NATIVE_TARGET.name, ("no", "yes"), ("no", "yes"),
                        ("no", "yes"), "why works")


def test_each_architecture_that_was_run_has_a_row():
    other = f"{OTHER.name}:"
    tests = seen(PASS, [PASS]) + seen(PASS, [SKIP], other)
    one, two = rows(tests, tests, ("all", "all"))
    assert (one.machine, one.works[1]) == (NATIVE_TARGET.name, "yes")
    assert (two.machine, two.reported[1], two.works[1]) == (OTHER.name, "yes", "no")


def test_what_was_not_run_has_none():
    assert rows([], []) == ()
    assert rows([("", "other", "test", PASS)], []) == ()


@pytest.mark.parametrize(("status", "answer"), [
    (PASS, "yes"), (SKIP, "no"), (FAIL, "fails"), (TIMEOUT, f"not known: {TIMEOUT.value}")])
def test_what_a_test_says(status, answer):
    (row,) = rows(seen(status, [status]), seen(PASS, [PASS]))
    assert (row.reported[0], row.works[0]) == (answer, answer)


def test_one_test_that_passes_is_enough():
    both = GuestRun((Outcome("new", FAIL, children=(
        Outcome("works", FAIL), Outcome("works_too", PASS))),), (), (), 1, 1.0, "tcg")
    (row,) = offers.table((ROW,), ((document(""), both), (document(""), both)))
    assert row.works == ("yes", "yes")
    assert row.reported == ("not run", "not run")


@pytest.mark.parametrize(("listed", "known"), [
    ("x86", {"x86"}), ("x86_64, aarch64", {"x86", "arm64"}), ("all", {"x86", "arm64", "riscv"}),
    ("all but arm64", {"x86", "arm64", "riscv"}), ("ppc", {"powerpc"}), ("", set())])
def test_architectures_as_documents_call_them(listed, known):
    read = document(listed)
    assert {a for a in ("x86", "arm64", "riscv", "powerpc") if offers.documented(
        read, "KVM_CAP_NEW", a) == "yes"} >= known
    assert offers.documented(read, "KVM_CAP_OTHER", "x86") == "no"


def told(documented, reported, works):
    row = Offer("KVM_CAP_NEW", "klingon", documented, reported, works, "klingon has no ports")
    return list(offers.findings((row,), document("x86")))


def test_what_is_reported_and_does_nothing():
    (found,) = told(("no", "yes"), ("no", "yes"), ("no", "no"))
    assert (found.rule, found.severity) == ("capability-no-effect", Severity.WARNING)
    assert found.message == ("KVM_CAP_NEW is reported on klingon and does nothing there: "
                             "klingon has no ports")
    assert (found.where.path, found.where.line) == (DOC, 3)
    assert "reported: no on the base, yes with the series" in found.evidence


def test_what_is_documented_and_not_reported():
    (found,) = told(("no", "yes"), ("no", "no"), ("no", "no"))
    assert (found.rule, found.severity) == ("capability-not-reported", Severity.WARNING)


@pytest.mark.parametrize("row", [
    (("yes", "yes"), ("yes", "yes"), ("no", "no")), (("yes", "yes"), ("no", "no"), ("no", "no"))])
def test_what_is_so_on_the_base_too_is_a_note(row):
    (found,) = told(*row)
    assert found.severity is Severity.NOTE
    assert found.message.endswith(", as on the base")


@pytest.mark.parametrize("row", [
    (("yes", "yes"), ("yes", "yes"), ("yes", "yes")), (("no", "no"), ("no", "no"), ("no", "no")),
    (("yes", "no"), ("yes", "no"), ("yes", "no")),
    (("yes", "yes"), ("yes", "not run"), ("yes", "not run")),
    (("yes", "yes"), ("yes", "yes"), ("yes", "not known: TIMEOUT")),
    (("yes", "yes"), ("yes", "yes"), ("yes", "fails")),
    (("yes", "yes"), ("yes", "fails"), ("yes", "yes"))])
def test_what_is_well_or_not_known_is_no_finding(row):
    assert told(*row) == []


def test_what_only_the_kernel_that_was_booted_lacks_is_a_note():
    row = Offer("KVM_CAP_NEW", OTHER.name, ("no", "yes"), ("no", "no"), ("no", "no"))
    (hard,) = offers.findings([row], document("all"))
    (mild,) = offers.findings([row], document("all"), lambda _: "KVM_NEW")
    assert (hard.rule, hard.severity) == ("capability-not-reported", Severity.WARNING)
    assert (mild.rule, mild.severity) == ("capability-not-reported", Severity.NOTE)
    assert "has no CONFIG_KVM_NEW, others have" in mild.message
