# SPDX-License-Identifier: GPL-2.0-or-later
"""Both versions of headers, and what comes before those that do not stand alone."""

import pytest

from harness.arch import NATIVE
from harness.model import Difference, HeaderApi
from harness.uapi import prelude, sides

X = "x.h"
ONE = "struct s { u32 a; };\n#define N 1\n"


def test_each_side_has_its_own_headers_and_the_flags_of_the_abi(both):
    made = both({X: ONE}, {X: ONE})
    old, new = made.pair(NATIVE[1])
    assert (old.headers, new.headers) == (made.old_dir, made.new_dir)
    assert old.flags == new.flags == NATIVE[1].flags
    assert old.program == new.program == NATIVE[1].program
    assert old.sandbox is new.sandbox is made.sandbox


@pytest.mark.parametrize(("after", "does"), [
    (ONE, False), (f"{ONE}/* a comment */\n", False), (ONE.replace("u32", "u64"), True),
    (ONE.replace("N 1", "N 2"), True), (ONE.replace("u32", "long"), True),
])
def test_whether_an_unchanged_header_offers_something_else(both, after, does):
    files = [{X: "#include <y.h>\n", "y.h": text} for text in (ONE, after)]
    assert sides.differs(both(*files), "y.h") == does


def test_the_text_of_a_header_may_be_the_same_and_what_it_offers_not(both):
    files = [{X: "#include <y.h>\nstruct s { kind a; };\n", "y.h": f"typedef {kind} kind;\n"}
             for kind in ("u32", "u64")]
    assert sides.differs(both(*files), X)


def test_a_second_abi_alone_can_differ(both):
    files = [{X: "#include <y.h>\nstruct s { kind a; };\n", "y.h": f"typedef {kind} kind;\n"}
             for kind in ("long", "u64")]
    assert not sides.differs(both(*files, abis=NATIVE[:1]), X)
    assert sides.differs(both(*files), X)


@pytest.mark.parametrize(("before", "after"), [
    ({X: ONE}, {}), ({}, {X: ONE}), ({X: "#error no\n"}, {X: "#error no\n"}),
    ({X: ONE}, {X: f"{ONE}#error no\n"}),
])
def test_what_cannot_be_compared_lightly_is_looked_at_in_full(both, before, after):
    assert sides.differs(both(before, after), X)


def test_a_header_that_stands_alone_gets_nothing_before_it(both):
    (old, new), had, has = sides.offered(both({X: ONE}, {X: ""}), X)[NATIVE[0]]
    assert (old.before, new.before, had.problem) == ("", "", "")
    assert (had.numbers, has.numbers) == ({"N": 1}, {})


def test_both_versions_are_compiled_after_what_the_old_one_needs(both):
    text = f"#error_without linux/if.h unknown type\n{ONE}"
    (old, new), offered, _ = sides.offered(both({X: text}, {X: ONE}), X)[NATIVE[0]]
    assert "#include <linux/if.h>\n" in old.before
    assert old.before == new.before
    assert offered.numbers == {"N": 1}


def test_what_compiles_after_nothing_keeps_its_problem(both):
    (old, _), offered, _ = sides.offered(both({X: "#error no\n"}, {X: ONE}), X)[NATIVE[0]]
    assert (old.before, offered.problem) == ("", "x.h:1: no")


def test_what_moved_to_an_included_header_is_offered_still(both):
    made = both({X: ONE}, {X: "#include <y.h>\n", "y.h": "#define N 2\n#define M 3\n"})
    _, had, has = sides.offered(made, X)[NATIVE[0]]
    assert (had.numbers, has.numbers) == ({"N": 1}, {"N": 2}), "M is none of the header's own"


def needed(both, text):
    return prelude.needed(both({X: text}, {}).pair(NATIVE[0])[0], X)


def test_the_first_lines_after_which_a_header_compiles(both, gcc):
    assert needed(both, ONE) == ""
    assert {flags for _, _, flags in gcc.calls} == {("-fsyntax-only", "-w")}
    assert needed(both, "#error_without stdint.h no\n") == prelude.PRELUDES[0]
    assert "<signal.h>" in needed(both, "#error_without signal.h no\n")
    assert needed(both, "#error no\n") is None


def test_the_lines_come_before_the_header(both, gcc):
    needed(both, "#error_without time.h no\n")
    source = next(s for _, s, _ in gcc.calls if "<time.h>" in s)
    assert source.index("<time.h>") < source.index(f"<{X}>")


def test_kernel_headers_of_the_lines_are_known_and_no_others():
    assert {"linux/types.h", "asm/ptrace.h", "linux/if.h"} <= prelude.HEADERS
    assert all(name.startswith(("linux/", "asm/")) for name in prelude.HEADERS)


def test_the_first_error_says_why_not(both):
    def why(text):
        return prelude.why_not(both({X: text}, {}).pair(NATIVE[0])[0], X)
    assert why("\n#error one\n#error two\n") == "x.h:2: one"
    assert why(ONE) == "the compiler failed"


def test_the_lines_of_another_abi_are_tried_first(both, gcc):
    compiler = both({X: "#error_without signal.h no\n"}, {}).pair(NATIVE[0])[0]
    likely = "#include <signal.h>\n"
    assert prelude.needed(compiler, X, likely) == likely
    assert len(gcc.calls) == 2
    assert prelude.needed(compiler, X, "#include <stdint.h>\n") in prelude.PRELUDES


C = "#ifdef __cplusplus\n#define SHAPE {shape}\n#else\n#define SHAPE 1\n#endif\n"


@pytest.mark.parametrize(("other", "sure"), [
    ("", True), ("struct t { u32 a; };\n", True), ("struct t { u32 a[SHAPE]; };\n", False)])
def test_what_differs_in_another_dialect_alone(both, monkeypatch, other, sure):
    def extracting(compiler, name, text, also=(), **_):
        yield []
        return HeaderApi(difference=Difference(frozenset({"n"}), frozenset()))
    files = [{X: f"#include <y.h>\n{other}", "y.h": C.format(shape=n)} for n in (1, 2)]
    made = both(*files)
    monkeypatch.setattr(sides, "extracting", extracting)
    _, _, new = sides.offered(made, X)[NATIVE[0]]
    if sure:
        assert new.difference.names == {"n", "SHAPE"}
    else:
        assert new.difference is None


def test_what_is_below_a_header_is_told_by_whether_it_changed(both):
    before = {X: "#include <y.h>\n#include <z.h>\n", "y.h": ONE, "z.h": ONE}
    made = both(before, {**before, "y.h": "", "w.h": ONE})
    assert made.changed_below(X) == {"y.h": (ONE, "")}
    assert sorted(made.same_below(X)) == sorted([before[X], ONE])
