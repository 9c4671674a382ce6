# SPDX-License-Identifier: GPL-2.0-or-later
"""Which functions tests have reached, out of addresses and a kernel's own symbols."""

from hypothesis import given
from hypothesis import strategies as st

from harness.cover import reached
from harness.cover.reached import Function, Reach, groups, reach, symbols

TEXT = """
Symbol table '.symtab' contains 9 entries:
   Num:    Value          Size Type    Bind   Vis      Ndx Name
     0: 0000000000000000     0 NOTYPE  LOCAL  DEFAULT  UND
     1: 0000000000000000     0 FILE    LOCAL  DEFAULT  ABS lib/one.c
     2: ffffffff81000010    16 FUNC    LOCAL  DEFAULT    1 helper.isra.0
     3: ffffffff82000000    64 OBJECT  LOCAL  DEFAULT    7 table
     4: 0000000000000000     0 FILE    LOCAL  DEFAULT  ABS one_kunit.c
     5: ffffffff81000040    16 FUNC    LOCAL  DEFAULT    1 first_case
     6: ffffffff81000000     0 NOTYPE  GLOBAL DEFAULT    1 _stext
     7: ffffffff81000020    32 FUNC    GLOBAL DEFAULT    1 get_one
     8: ffffffff81100000     0 NOTYPE  GLOBAL DEFAULT    1 _etext
     9: ffffffff81000050 0x10000 FUNC    WEAK   DEFAULT    1 weak_one
"""
KNOWN = symbols(TEXT)
HELPER, GET, CASE = Function("helper", "one.c"), Function("get_one"), Function(
    "first_case", "one_kunit.c")
AT = 0xffffffff81000000


def test_functions_with_their_files_and_what_is_code():
    assert [f for _, f in KNOWN.functions] == [HELPER, GET, CASE, Function("weak_one")]
    assert KNOWN.text == (AT, 0x100000)


def test_an_address_belongs_to_the_function_around_it():
    assert [KNOWN.at(AT + n) for n in (0x10, 0x1f, 0x20, 0x3f, 0x40, 0x10050)] == [
        HELPER, HELPER, GET, GET, CASE, None]
    assert KNOWN.at(AT) is None
    assert symbols("").at(5) is None
    assert symbols("").text is None


def test_what_follows_a_suites_own_function_is_reached_by_it():
    def mark(function):
        return "one" if function == CASE else ""
    order = [AT + 0x10, AT + 0x40, AT + 0x20, 1]
    assert list(groups(KNOWN, order, mark)) == [("one", CASE), ("one", GET)]


def test_what_the_boot_runs_too_is_no_tests_merit():
    seen = reach(KNOWN, [("one", CASE), ("one", GET), ("two", HELPER)], [AT + 0x10])
    assert seen.by == {"one": {CASE, GET}}
    assert seen.of("lib/one.c", "get_one") == ("one",)
    assert seen.of("lib/one.c", "helper") == ()
    assert not seen.misses("lib/one.c", "helper")  # the boot runs it, and perhaps a test does
    assert seen.misses("x.c", "weak_one")
    assert not seen.misses("x.c", "inlined")  # it is not there: nothing is known


def test_a_static_function_is_that_of_its_file():
    seen = Reach({"one": frozenset({HELPER})})
    assert seen.of("lib/one.c", "helper") == ("one",)
    assert seen.of("lib/two.c", "helper") == ()


@given(st.text(alphabet=st.sampled_from("0123456789abcdefx: \nFUNCLOGABETYPI_st."), max_size=400))
def test_any_text_can_be_read(text):
    symbols(text)


def test_there_is_an_end(monkeypatch):
    monkeypatch.setattr(reached, "MOST", 3)
    assert len(symbols(TEXT).starts) == 1
