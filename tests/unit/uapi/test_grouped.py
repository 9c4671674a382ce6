# SPDX-License-Identifier: GPL-2.0-or-later
"""Many headers in one source, with a compiler in memory."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.arch import ABIS, NATIVE
from harness.uapi import environments, exporting, grouped

NAMES = [f"linux/h{n}.h" for n in range(30)]


@pytest.fixture
def known(both, installed):
    """What is known of headers, of which ``wrong`` have another text: of what, and what not."""
    installed("gcc", "g++")

    def ask(wrong, names=NAMES, abis=NATIVE, new=False):
        headers = dict.fromkeys(names, "struct s { u32 a; };\n") | wrong
        with ThreadPoolExecutor(1) as pool:
            found = grouped.content(both({} if new else headers, headers, abis=abis), names, pool)
        everything = {q.name for q in grouped._questions(beside=new)}
        return {h: everything - found[h] for h in found if found[h] != everything}
    return ask


def test_sound_headers_take_few_sources(known, gcc):
    assert known({}) == {}
    assert len({s for _, s, _ in gcc.calls if s.startswith("#include <linux/h")
                and "<errno.h>" not in s}) == 6, "thirty headers are three groups, once and twice"
    flags = {(c.flags, f) for c, _, f in gcc.calls}
    assert any("-std=c90" in f for _, f in flags)
    assert any("-std=gnu89" in c for c, _ in flags)
    assert not any("<errno.h>" in s for _, s, _ in gcc.calls)


@pytest.mark.parametrize(("why", "asked", "new"), [
    ("#error_with -std=c99 no\n", {"c99"}, False),
    ("#error_with -std=c90 // comment\n", {exporting.AS_C90}, False),
    ("#error_with -std=c99 no\n", {"c99"}, True),
    ("#error_beside errno.h no\n", None, True)])
def test_what_a_header_does_not_stand_is_asked_of_it_alone(known, why, asked, new):
    asked = asked or set(environments.questions())
    assert known({"linux/h7.h": why, "linux/h29.h": why}, new=new) == {
        "linux/h7.h": asked, "linux/h29.h": asked}


def test_of_one_that_never_compiles_nothing_is_known(known):
    found = known({"linux/h7.h": "#error no\n"})
    assert found == {"linux/h7.h": {q.name for q in grouped._questions(beside=False)}}


def test_one_that_does_not_end_is_asked_by_itself(known):
    assert set(known({"linux/h7.h": "#hang -std=c99\n"})) == set()


def test_a_few_are_each_asked_by_themselves(known, gcc):
    assert known({}, NAMES[:2]) == {}
    assert known({}, NAMES, abis=tuple(a for a in ABIS if a.name == "s390x")) == {}
    assert gcc.calls == []
