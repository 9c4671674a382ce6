# SPDX-License-Identifier: GPL-2.0-or-later
"""Uses of the old header, tried on both versions by a compiler in memory."""

from harness.arch import NATIVE
from harness.uapi.dialects import CPLUSPLUS, FIRST, OTHERS
from harness.uapi.steps import drive
from harness.uapi.tried import broken_by, broken_in
from harness.uapi.uses import Use

X = "linux/x.h"
ZONE = "struct zone { u32 pad; u32 size; };\n"
USES = [Use("struct zone.pad", "read", "void f(struct zone *p) { (void)(p->pad); }"),
        Use("struct zone.size", "read", "void g(struct zone *p) { (void)(p->size); }"),
        Use("struct zone.odd", "read", "void g(struct zone *p) { (void)(p->odd); }")]


def breaks(both, new, dialect=FIRST, uses=USES):
    pair = both({X: ZONE}, {X: new}).pair(NATIVE[0])
    return [(b.use.name, b.warning, b.command)
            for b in drive(broken_in(uses, X, pair, dialect))[0]]


def test_only_what_compiled_before_can_break(both):
    assert breaks(both, ZONE.replace("pad", "pio")) == [
        ("struct zone.pad", False, "gcc -m64 -std=gnu11")]
    assert breaks(both, ZONE) == []


def test_without_uses_nothing_is_compiled(both, gcc):
    assert breaks(both, ZONE, uses=[]) == []
    assert gcc.calls == []


def test_a_warning_that_is_new_is_said_of_its_line(both):
    new = f"{ZONE}#deprecated size\n"
    assert breaks(both, new) == [
        ("struct zone.size", True, "gcc -m64 -std=gnu11 -Wall -Werror")]
    assert breaks(both, new, OTHERS[0]) == [], "in the first dialect only"


def test_a_warning_that_was_there_is_none(both):
    pair = both({X: f"{ZONE}#deprecated size\n"}, {X: f"{ZONE}#deprecated size\n"}).pair(NATIVE[0])
    assert drive(broken_in(USES, X, pair, FIRST)) == [[]]


def test_what_the_new_header_is_content_with_is_not_tried_on_the_old(both, gcc):
    breaks(both, ZONE, uses=USES[:2])
    assert len(gcc.calls) == 1


def test_what_neither_takes_is_left_out_once(both, gcc):
    assert breaks(both, ZONE, OTHERS[0]) == []
    assert len(gcc.calls) == 4, "all of it, the header alone, the old one, and the rest"
    assert "p->odd" not in gcc.calls[-1][1]


def test_what_no_cplusplus_takes_is_not_tried_there(both, gcc):
    uses = [USES[0], Use("struct zone.size", "read", USES[1].code, c_alone=True)]
    breaks(both, ZONE, CPLUSPLUS, uses)
    assert not any("p->size" in source for _, source, _ in gcc.calls)
    breaks(both, ZONE, OTHERS[0], uses)
    assert any("p->size" in source for _, source, _ in gcc.calls)


def test_what_the_first_dialect_of_a_language_refuses_is_not_asked_in_others(both, gcc):
    pair = both({X: ZONE}, {X: ZONE.replace("pad", "pio")}).pair(NATIVE[0])
    asked = [(USES[:2], d) for d in (OTHERS[0], FIRST, CPLUSPLUS, OTHERS[6])]
    assert [(b.use.name, b.command) for b in broken_by(asked, X, pair)] == [
        ("struct zone.pad", "gcc -m64 -std=gnu11"),
        ("struct zone.pad", "g++ -m64 -x c++ -std=c++17")]
    later = [(c.flags[-1], s) for c, s, _ in gcc.calls if c.flags[-1] in {
        "-std=gnu89", "-std=c++98"}]
    assert {flag for flag, _ in later} == {"-std=gnu89", "-std=c++98"}
    assert all("p->size" in s and "p->pad" not in s for _, s in later)


def test_a_header_that_is_known_to_compile_is_not_compiled_by_itself(both, gcc):
    pair = both({X: ZONE}, {X: ZONE.replace("pad", "pio")}).pair(NATIVE[0])
    for known, times in (((), 1), (("gnu11",), 0)):
        gcc.calls.clear()
        assert len(broken_by([(USES[:2], FIRST)], X, pair, known)) == 1
        assert sum(s == f"#include <{X}>\n" for _, s, _ in gcc.calls) == times
