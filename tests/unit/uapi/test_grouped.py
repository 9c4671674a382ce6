# SPDX-License-Identifier: GPL-2.0-or-later
"""Many headers in one source, with a compiler in memory."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.arch import ABIS, NATIVE
from harness.uapi import grouped

NAMES = [f"linux/h{n}.h" for n in range(30)]


@pytest.fixture
def quiet(both):
    def ask(wrong, names=NAMES, abis=NATIVE):
        headers = dict.fromkeys(names, "struct s { u32 a; };\n") | wrong
        with ThreadPoolExecutor(1) as pool:
            return grouped.quiet(both(headers, headers, abis=abis), names, pool)
    return ask


def test_sound_headers_take_few_sources(quiet, gcc):
    assert quiet({}) == set(NAMES)
    assert len({s for _, s, _ in gcc.calls if s.startswith("#include <linux/h")
                and "<errno.h>" not in s}) == 6, "thirty headers are three groups, once and twice"
    flags = {(c.flags, f) for c, _, f in gcc.calls}
    assert any("-std=c90" in f for _, f in flags)
    assert any("-std=gnu89" in c for c, _ in flags)
    assert any("<errno.h>" in s for _, s, _ in gcc.calls)


@pytest.mark.parametrize("why", ["#error no\n", "#error_with -std=c99 no\n",
                                 "#error_with -std=c90 // comment\n"])
def test_the_others_of_a_group_stay_quiet(quiet, why):
    assert quiet({"linux/h7.h": why, "linux/h29.h": why}) == (
        set(NAMES) - {"linux/h7.h", "linux/h29.h"})


def test_one_that_does_not_end_is_asked_by_itself(quiet):
    assert quiet({"linux/h7.h": "#hang -std=c99\n"}) == set(NAMES) - {"linux/h7.h"}


def test_a_few_are_each_asked_by_themselves(quiet, gcc):
    assert quiet({}, NAMES[:2]) == frozenset()
    assert quiet({}, NAMES, abis=tuple(a for a in ABIS if a.name == "s390x")) == frozenset()
    assert gcc.calls == []
