# SPDX-License-Identifier: GPL-2.0-or-later
from pathlib import Path

from harness.arch import ABIS, NATIVE
from harness.model import Finding, Location, Severity
from harness.uapi.result import Comparison, Options, UapiResult, for_arch, merge
from tests.make import struct

ARM = next(a for a in ABIS if a.name == "arm64")
GOOD, BAD = Comparison("a.h", "p/a.h", "x86-64"), Comparison("a.h", "p/a.h", "i386", "no")
WORSE = Comparison("b.h", "p/b.h", "i386", "no")


def test_a_header_that_was_compared_in_one_abi_counts_and_what_was_not_is_missed():
    result = UapiResult(comparisons=(GOOD, BAD, WORSE, Comparison("a.h", "p/a.h", "arm64")))
    assert result.headers == ("a.h",)
    assert result.missed == (BAD, WORSE)


def test_options_for_one_architecture():
    options = Options((Path("users"),), {"a.h": ""}, "v7.0", (*NATIVE, ARM))
    native, arm = for_arch(options, "x86"), for_arch(options, "arm64")
    assert (native.abis, arm.abis) == (NATIVE, (ARM,))
    assert (native.consumers, native.also) == ((Path("users"),), {"a.h": ""})
    assert (arm.consumers, arm.also) == ((), None), "they are asked once, on the native one"
    assert native.also_name == arm.also_name == "v7.0"


def test_results_are_put_together():
    pair = (struct("struct a"), struct("struct a", size=8))
    one = UapiResult((Finding("r", Severity.ERROR, "1"),), (GOOD,), frozenset({"A"}), ("n",),
                     layouts=(pair,))
    two = UapiResult((Finding("r", Severity.ERROR, "2"),), (GOOD, BAD), frozenset({"B"}),
                     ("n", "m"), altered=frozenset({"w"}), gained=frozenset({"v"}))
    both = merge(iter([one, two]))
    assert [f.message for f in both.findings] == ["1", "2"]
    assert both.comparisons == (GOOD, BAD)
    assert (both.added, both.notices, both.layouts) == ({"A", "B"}, ("n", "m"), (pair,))
    assert (both.altered, both.gained) == ({"w"}, {"v"})
    assert merge([]) == UapiResult()


def said(message="m", line=1, rule="r", abis=("x86-64",)):
    return UapiResult((Finding(rule, Severity.ERROR, message, Location("a.h", line), abis=abis),))


def test_only_the_same_finding_is_said_once():
    others = [said(), said("other"), said(line=2), said(rule="q")]
    assert len(merge(others).findings) == 4
    assert len(merge([said(), said()]).findings) == 1


def test_a_finding_names_each_abi_once_in_order():
    rows = [said(), said(abis=("i386",)), said(abis=("arm64", "x86-64"))]
    (found,) = merge(rows).findings
    assert found.abis == ("x86-64", "i386", "arm64")
