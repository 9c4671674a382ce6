# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of a base have reached is learnt once, and says which belong to a change."""

from dataclasses import replace

import pytest

from harness.cover.reached import Function, Reach, symbols
from harness.evidence import Changed, few
from harness.guest import trace
from harness.run.suites import reach
from harness.run.suites.choice import FAR, UNKNOWN, chosen
from harness.suites.kunit import Suite
from tests.unit.run.toys import applied, image, reusing, state

SYMBOLS = """
 1: 0000000000000000     0 FILE    LOCAL  DEFAULT  ABS one_kunit.c
 2: 0000000000000010    16 FUNC    LOCAL  DEFAULT    1 one_case
 3: 0000000000000000     0 FILE    LOCAL  DEFAULT  ABS two_test.c
 4: 0000000000000020    16 FUNC    LOCAL  DEFAULT    1 two_case
 5: 0000000000000030    16 FUNC    LOCAL  DEFAULT    1 setup
 6: 0000000000000000     0 FILE    LOCAL  DEFAULT  ABS lib.c
 7: 0000000000000040    16 FUNC    LOCAL  DEFAULT    1 included_case
 8: 0000000000000050    16 FUNC    GLOBAL DEFAULT    1 get_one
 9: 0000000000000060    16 FUNC    GLOBAL DEFAULT    1 get_two
10: 0000000000000070    16 FUNC    GLOBAL DEFAULT    1 never
11: 0000000000000080    16 FUNC    GLOBAL DEFAULT    1 booted
"""
KNOWN = symbols(SYMBOLS)
TESTS = {"lib/one_kunit.c": "static void setup(void) { }\nstatic void one_case(void) { }\n",
         "lib/two_test.c": "static void setup(void) { }\nstatic void two_case(void) { }\n",
         "lib/inner_test.c": "static void included_case(void) { }\n"}
CODE = "int get_one(void)\n{\n\treturn 1;\n}\n\nint never(void)\n{\n\treturn 2;\n}\n"
ONE, TWO = Suite("one", "lib/one_kunit.c", 9), Suite("two", "lib/two_test.c", 5)


@pytest.fixture
def known(tmp_path, git, versions, monkeypatch):
    monkeypatch.setattr(reach, "functions", lambda *_: KNOWN)
    one = reusing(state(tmp_path, applied=applied(
        git, {**TESTS, "lib/one.c": CODE}, {"lib/one.c": CODE.replace("1", "3")})))
    return changing(one, 3)


def changing(one, line, path="lib/one.c"):
    return replace(one, files=(Changed(path, CODE, CODE.replace("1", "3"), (line,), (line,)),))


def leave(one, place, *addresses):
    folder = one.request.out / place / "boot0"
    folder.mkdir(parents=True)
    (folder / trace.RAN).write_text("".join(f"{a:x}\n" for a in addresses))


def learn(one, tmp_path, control=(0x80,)):
    leave(one, "kunit-before", 0x80, 0x10, 0x50, 0x30, 0x20, 0x60, 0x40)
    if control:
        leave(one, "control-kunit-before", *control)
    return reach.of_suites(one, image(tmp_path / "k"), "kunit-before", TESTS)


def test_each_suite_has_what_follows_its_own_functions(known, tmp_path):
    learn(known, tmp_path)
    found = reach.known(known, reach.KUNIT)
    assert {g: {f.name for f in rows} for g, rows in found.by.items()} == {
        "lib/one_kunit.c": {"one_case", "get_one"},
        "lib/two_test.c": {"two_case", "get_two", "setup"},
        "lib/inner_test.c": {"included_case"}}
    assert {f.name for f in found.boot} == {"booted"}


def test_without_a_boot_that_ran_none_nothing_is_known(known, tmp_path):
    learn(known, tmp_path, control=())
    assert reach.known(known, reach.KUNIT) is None


def test_another_base_is_another_question(known, tmp_path, git):
    learn(known, tmp_path)
    other = replace(known, applied=applied(git, {"x": "1\n"}, {"x": "2\n"}))
    assert reach.known(replace(other, tree=other.applied.tree), reach.KUNIT) is None
    assert reach.known(replace(known, request=replace(known.request, reuse=False)), "kunit") is None


def test_the_programs_of_a_target_are_one(known, tmp_path):
    leave(known, "kvm-before", 0x50, 0x80)
    leave(known, "control-kvm-before", 0x80)
    reach.of_target(known, image(tmp_path / "k"), "kvm-before", "kvm")
    assert reach.of_targets(known, ("net", "kvm")) == {"kvm": "it runs get_one() on the base"}
    assert reach.of_targets(changing(known, 8), ("kvm",)) == {}


def test_functions_that_a_series_changes(known):
    assert reach.changed(known.files) == (("lib/one.c", "get_one"),)
    new = CODE.replace("2;", "2 + 0;") + "int fresh(void)\n{\n\treturn 5;\n}\n"
    files = (Changed("lib/one.c", CODE, new, (8,), (8, 10, 11, 12)),
             Changed("lib/new.c", None, CODE, (), (1,)), Changed("a.rst", "a", "b", (1,), (1,)))
    assert reach.changed(files) == (
        ("lib/one.c", "never"), ("lib/one.c", ""), ("lib/new.c", ""))
    table = CODE + "static const int table[] = { 1 };\n"
    assert reach.changed((Changed("lib/one.c", table, table.replace("{ 1 }", "{ 2 }"), (10,), (
        10,)),)) == (("lib/one.c", ""),)


def test_what_a_trace_has_seen_belongs_to_the_change(known, tmp_path):
    rows = (ONE, TWO)
    assert chosen(known, rows) == ({ONE: "it is called after lib/one.c",
                                    TWO: "it is beside lib/one.c"}, UNKNOWN)
    learn(known, tmp_path)
    found, why = chosen(known, rows)
    assert found[ONE] == "it is called after lib/one.c"
    assert why == f"{FAR}, and none is known to run it"
    far = replace(ONE, path="fs/x.c")
    assert chosen(known, (far,))[0] == {}
    assert chosen(changing(known, 3, "mm/one.c"), rows)[0] == {ONE: "it runs get_one() on the base"}


def test_what_no_suite_runs_needs_none_that_is_near(known, tmp_path):
    learn(known, tmp_path)
    found, why = chosen(changing(known, 8), (ONE, TWO))
    assert (found, why) == ({}, "no KUnit suite runs never(), as a trace of the base shows")
    other = replace(known, files=(*changing(known, 8).files, Changed(
        "lib/one.h", "int a;\n", "int b;\n", (1,), (1,))))
    assert chosen(other, (ONE, TWO))[0] != {}, "of the header nothing is known"


def test_what_the_boot_runs_too_is_not_known_to_be_missed():
    seen = Reach({}, frozenset({Function("booted")}), frozenset({Function("booted")}))
    assert reach.missed(seen, [("lib/lib.c", "booted")]) == ()
    assert reach.missed(seen, []) == ()


def test_few_functions_are_named():
    assert few(["a()", "b()", "c()", "d()", "e()"], reach.MOST_SAID) == "a(), b(), c() and 2 more"
