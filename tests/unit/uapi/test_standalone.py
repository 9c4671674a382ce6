# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether headers compile by themselves, with a compiler in memory."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.arch import ABIS, NATIVE
from harness.model import Severity
from harness.uapi import standalone

X, PATH = "linux/x.h", "include/uapi/linux/x.h"
NOTE = "/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */\n"
STUBS = "#error_with -m32 stubs-32.h: No such file or directory\n"


@pytest.fixture
def new(both):
    return lambda text: standalone.compiles(both({}, {X: text}), X, PATH)


def test_a_new_header_that_compiles_was_looked_at_in_every_abi(new):
    result = new(NOTE)
    assert result.findings == ()
    assert [(c.header, c.path, c.abi, c.problem) for c in result.comparisons] == [
        (X, PATH, "x86-64", ""), (X, PATH, "i386", "")]


def test_a_new_header_that_does_not_compile_is_an_error(new):
    result = new(f"{NOTE}#error no\n")
    assert [(f.rule, f.severity, f.abis, f.evidence) for f in result.findings] == [
        ("uapi-header", Severity.ERROR, (a.name,), "x.h:2: no") for a in NATIVE]
    assert {f.where.path for f in result.findings} == {PATH}
    assert result.headers == (X,)


def test_one_that_only_compiles_after_others_is_an_error(new):
    result = new(f"{NOTE}#error_without stdint.h no uint64_t\n")
    assert {(f.rule, f.severity) for f in result.findings} == {
        ("uapi-header", Severity.ERROR)}, "usr/include/Makefile compiles each alone"


def test_a_machine_without_32_bit_headers_is_no_fault_of_the_header(new):
    result = new(f"{NOTE}{STUBS}")
    assert result.findings == ()
    (missed,) = result.missed
    assert (missed.abi, missed.hint) == ("i386", "apt-get install libc6-dev-i386")


def test_a_new_header_has_to_be_exportable(new):
    result = new("/* SPDX-License-Identifier: GPL-2.0 */\n#error_with -std=c90 no inline\n")
    assert [f.subject for f in result.findings] == [f"{PATH} licence", f"{PATH} c90"]


@pytest.mark.parametrize(("why", "hint"), [
    ("a.h:1: stubs-32.h", True), ("a.h:1: foo.h: No such file or directory", True),
    ("a.h:1: unknown type", False)])
def test_what_to_install_where_that_is_why(why, hint):
    row = standalone.not_compared(X, PATH, ABIS[2], why)
    assert (row.header, row.path, row.abi) == (X, PATH, "arm64")
    assert why in row.problem
    assert bool(row.hint) == hint
    assert row.hint in {"", f"apt-get install {ABIS[2].package}"}


@pytest.fixture
def still(both):
    def ask(before, after, **more):
        made = both({"z.h": "", **before}, {"z.h": "", **after}, **more)
        with ThreadPoolExecutor(1) as pool:
            return standalone.still_compile(made, ["gone.h", *before], pool)
    return ask


def found(results):
    return [(f.rule, f.severity, f.subject, f.abis) for r in results for f in r.findings]


def test_unchanged_headers_that_compile_were_compared(still):
    results = still({"a.h": "", "b.h": ""}, {"a.h": "", "b.h": ""})
    assert found(results) == []
    assert [(c.header, c.path, c.abi) for r in results for c in r.comparisons] == [
        (h, f"include/uapi/{h}", a.name) for a in NATIVE for h in ("a.h", "b.h")]
    assert not any(r.missed for r in results)


def test_one_that_no_longer_compiles_is_an_error_of_its_abi(still):
    results = still({"a.h": "", "b.h": ""}, {"a.h": "", "b.h": "#error_with -m32 no\n"})
    assert found(results) == [("uapi-header", Severity.ERROR, "b.h broken", ("i386",))]
    assert results[1].findings[0].where.path == "include/uapi/b.h"
    assert not any(r.missed for r in results)


def test_what_did_not_compile_before_is_said_and_not_blamed(still):
    bad = {"b.h": "#error never\n"}
    results = still(bad, bad)
    assert found(results) == []
    assert [c.header for r in results for c in r.missed] == ["b.h", "b.h"]
    assert "b.h:1: never" in results[0].missed[0].problem


def test_what_needs_others_before_it_is_asked_after_them(still):
    needs = "#error_without stdint.h no uint64_t\n"
    assert found(still({"b.h": needs}, {"b.h": needs})) == []
    broken = still({"b.h": needs}, {"b.h": f"{needs}#error no\n"})
    assert [subject for _, _, subject, _ in found(broken)] == ["b.h broken", "b.h broken"]
    assert not any(r.missed for r in broken)
    # the same lines must do: others are no help to who includes those
    other = still({"b.h": needs}, {"b.h": f"{needs}#error_without time.h no\n"}, abis=NATIVE[:1])
    assert len(found(other)) == 1
