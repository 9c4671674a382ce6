# SPDX-License-Identifier: GPL-2.0-or-later
"""The KUnit suites that files of a tree register."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.suites import kunit
from harness.suites.kunit import Suite, suites

ONE = """static struct kunit_suite one_suite = {
\t.name = "one",
\t.test_cases = cases,
};
"""
TWO = ONE.replace("one", "two")


@pytest.mark.parametrize(("text", "found"), [
    (f"{ONE}kunit_test_suite(one_suite);\n", [("one", 5)]),
    (f"{ONE}kunit_test_suites(&one_suite);\n", [("one", 5)]),
    (f"{ONE}{TWO}kunit_test_suites(&one_suite, &two_suite);\n", [("one", 9), ("two", 9)]),
    (f"{ONE}{TWO}kunit_test_suites(\n\t&one_suite,\n\t&two_suite,\n);\n",
     [("one", 12), ("two", 12)]),
    (f"{ONE}kunit_test_init_section_suites(&one_suite);\n", [("one", 5)]),
    (f"{ONE}kunit_test_init_section_suite(one_suite);\n", [("one", 5)]),
    (f"{ONE}\tkunit_test_suite (one_suite);\n", [("one", 5)]),
    ('static struct kunit_suite s = {.name="a b"};\nkunit_test_suite(s);\n', [("a b", 2)]),
    ("static struct kunit_suite s = {\n\t.name = KBUILD_MODNAME,\n};\nkunit_test_suite(s);\n",
     [("", 4)]),
    ("kunit_test_suite(elsewhere);\n", [("", 1)]), (ONE, []), ("", []),
    ("/* says kunit_test_suite(one_suite); */\n", []),
    ("#define X kunit_test_suites(&a)\n", []), (f"{ONE}kunit_test_suites(&one_suite", []),
    (f"{ONE}kunit_test_suites();\n", [])])
def test_what_a_file_registers(text, found):
    assert [(s.name, s.line) for s in suites("lib/a_kunit.c", text)] == found


def test_a_suite_knows_its_file():
    assert suites("lib/a.c", f"{ONE}kunit_test_suite(one_suite);") == (Suite("one", "lib/a.c", 5),)


def test_a_name_of_another_structure_is_not_taken():
    text = ('static struct kunit_suite s = {\n\t.init = x,\n};\n'
            'static struct bus b = {\n\t.name = "bus",\n};\nkunit_test_suite(s);\n')
    assert [s.name for s in suites("a.c", text)] == [""]


def test_files_and_names_without_end_are_cut(monkeypatch):
    monkeypatch.setattr(kunit, "MOST_SUITES", 2)
    many = "".join(f"kunit_test_suite(s{n});\n" for n in range(5))
    assert len(suites("a.c", many)) == 2
    long = f'struct kunit_suite s = {{ .name = "{"n" * 150}", }};\nkunit_test_suite(s);\n'
    assert len(suites("a.c", long)[0].name) == kunit.MOST_NAME


@given(st.text('kunit_test_suite(s);&,={}."\n struct', max_size=200))
def test_any_text_is_read(text):
    for suite in suites("a.c", text):
        assert 1 <= suite.line <= text.count("\n") + 1


CASES = """static struct kunit_case some[] __refdata = {
\t/* first, of all */
\tKUNIT_CASE_PARAM(first_case, gen),
\tKUNIT_CASE(second_case),
\t{}
};
"""


@pytest.mark.parametrize(("fields", "begins"), [
    (".test_cases = some,", ("first_case",)), ("", ()), (".test_cases = others,", ()),
    (".init = a_init, .test_cases = some, .exit = x,", ("a_init", "first_case")),
    (".suite_init = all, .init = each, .test_cases = some,", ("all", "each", "first_case"))])
def test_what_runs_first_of_a_suite(fields, begins):
    text = f'{CASES}struct kunit_suite s = {{ .name = "s", {fields} }};\nkunit_test_suite(s);\n'
    assert [s.begins for s in suites("lib/a.c", text)] == [begins]
