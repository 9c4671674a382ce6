# SPDX-License-Identifier: GPL-2.0-or-later
"""Each kind of rule over a function, on the smallest code that breaks it."""

import pytest

from harness.errors import UsageError
from harness.lint import lint_tree, source
from harness.lint.rule import TreeContext
from harness.model import Severity
from tests import make

ORDER = 'order = ["store", "barrier", "publish"]'
LOCK = "lock = {take = '\\block\\(', drop = 'unlock\\(', around = ['touch\\(']}"
ONCE = "once = {read = 'ring->last', until = 'publish'}"
COMPARE = 'compare = ["first", "last"]'
UNDER = "under = {line = 'case CAP', symbol = 'CONFIG_X'}"


def row(kind, more=""):
    return (f'[[rule]]\nid = "r"\n{make.RULE_TEXT}file = "a.c"\nfunction = "f"\n'
            f"{kind}\n{more}\n")


def loaded(tmp_path, *texts):
    (tmp_path / "rules").mkdir(exist_ok=True)
    for n, text in enumerate(texts):
        (tmp_path / "rules" / f"{n}.toml").write_text(text)
    return source.load(tmp_path)


def c(*lines, name="f"):
    """A function with one statement a line, the first in line 3."""
    return "int {}(void)\n{{\n{}}}\n".format(name, "".join(f"\t{t}\n" for t in lines))


@pytest.fixture
def lines(tmp_path):
    """The lines that a rule names in code that was ``before``."""
    def call(kind, *code, before="", more=""):
        rules = source.tree_rules(loaded(tmp_path, row(kind, more)))
        after = code[0] if len(code) == 1 and "{" in code[0] else c(*code)
        tree = TreeContext(make.series(), ("a.c",), {"a.c": before.encode()}.get,
                       {"a.c": after.encode()}.get, None, None, None)
        return [f.where.line for f in lint_tree(tree, rules)]
    return call


@pytest.mark.parametrize(("code", "found"), [
    (["store();", "barrier();", "publish();"], []),
    (["store();", "publish();"], [4]), (["barrier();", "store();", "publish();"], [5]),
    (["store();", "publish();", "barrier();"], [4]),
    (["publish();", "x();", "store();"], [5]),
    (["store();", "barrier();", "publish();", "store();"], [6]),
    (["store();", "barrier();", "store();", "publish();"], [6]),
    (["store();"], []), (["publish();"], []), (["x();"], []),
    (["store(publish());"], []), (["store();", "publish(barrier());"], []),
])
def test_stores_are_ordered_before_they_are_published(lines, code, found):
    assert lines(ORDER, *code) == found


@pytest.mark.parametrize(("code", "found"), [
    (["lock();", "touch();", "unlock();"], []),
    (["touch();"], [3]), (["lock();", "unlock();", "touch();"], [5]),
    (["lock();", "touch();", "return 1;"], [5]),
    (["lock();", "touch();", "unlock();", "return 1;"], []),
    (["lock();", "if (x) {", "unlock();", "return 1;", "}", "touch();", "unlock();"], []),
    (["lock();", "if (x) {", "return 1;", "}", "touch();", "unlock();"], [5]),
    (["if (x) {", "lock();", "}", "touch();"], [6]),
    (["while (x) {", "lock();", "touch();", "unlock();", "}"], []),
    (["lock();", "while (x) {", "touch();", "}", "unlock();"], []),
    (["{", "lock();", "}", "touch();", "unlock();"], []),
    (["lock();", "goto out;", "out:", "touch();", "unlock();"], []),
    (["out:", "touch();"], [4]), (["return x;"], []), (["lock();", "return 1;"], []),
    (["guard(spinlock)(x);", "touch();"], []), (["scoped_guard(x) touch();"], []),
    (["if (trylock())", "touch();"], []),
])
def test_what_needs_a_lock_happens_with_it_held(lines, code, found):
    assert lines(LOCK, *code) == found


@pytest.mark.parametrize(("code", "found"), [
    (["a = ring->last;", "publish();"], []), (["a = ring->last;", "b = ring->last;"], [4]),
    (["a = ring->last + ring->last;"], [3]),
    (["a = ring->last;", "if (ring->last)", "x();"], [4]),
    (["a = ring->last;", "while (ring->last)", "x();"], [4]),
    (["a = ring->last;", "publish();", "b = ring->last;"], []),
    (["a = ring->last;", "publish(ring->last);"], [4]), (["if (ring->last)", "x();"], []),
    (["x();"], []),
])
def test_what_another_may_change_is_read_once(lines, code, found):
    assert lines(ONCE, *code) == found


@pytest.mark.parametrize(("code", "found"), [
    (["if (first < last)", "x();"], []), (["while (last != first)", "x();"], []),
    (["return first < last ? 1 : 0;"], []), (["if (first)", "x();", "if (last)", "y();"], [1]),
    (["x(first, last);"], [1]),
])
def test_two_things_are_compared_in_a_condition(lines, code, found):
    assert lines(COMPARE, *code) == found


def test_where_the_function_or_its_occasion_is_not_there_nothing_is_said(lines):
    assert lines(COMPARE, c("x();", name="g")) == []
    assert lines(COMPARE, "x();", more='when = "occasion"') == []
    assert lines(COMPARE, "occasion();", more='when = "occasion"') == [1]


def test_what_was_so_before_is_not_said_of_other_lines(lines):
    assert lines(ORDER, "x();", "store();", "publish();", before=c("store();", "publish();")) == []
    assert lines(ORDER, "store();", "publish();", before=c("x();")) == [4]


def test_a_file_that_is_not_touched_or_gone_is_not_asked(tmp_path):
    rules = source.tree_rules(loaded(tmp_path, row(COMPARE)))
    code = {"a.c": c("x();").encode()}.get
    for paths, after in ((("b.c",), code), (("a.c",), lambda _: None)):
        tree = TreeContext(make.series(), paths, lambda _: None, after, None, None, None)
        assert lint_tree(tree, rules) == ()


def test_a_finding_names_rule_function_and_statement_and_keeps_its_id(tmp_path):
    rules = source.tree_rules(loaded(tmp_path, row(ORDER, 'severity = "warning"')))

    def one(*code):
        tree = TreeContext(make.series(), ("a.c",), lambda _: b"", lambda _: c(*code).encode(),
                           None, None, None)
        return lint_tree(tree, rules)[0]

    got = one("store();", "publish();")
    assert (got.rule, got.severity) == ("r", Severity.WARNING)
    assert all(word in got.message for word in ("f()", "it is so", "store()", "publish()"))
    assert got.id == one("x();", "store();", "publish();").id
    assert got.id != one("store(1);", "publish();").id


def test_rules_come_from_all_files_in_order(tmp_path):
    both = loaded(tmp_path, row(ORDER), row(COMPARE).replace('"r"', '"s"'))
    assert [(r.text.id, r.text.severity, r.file, r.function, r.when) for r in both] == [
        ("r", Severity.ERROR, "a.c", "f", ""), ("s", Severity.ERROR, "a.c", "f", "")]
    assert source.load(tmp_path / "rules") == ()


@pytest.mark.parametrize(("text", "why"), [
    (row(ORDER, "onec = 1"), "onec"), (row(""), "'r'"), (row(ORDER, COMPARE), "'r'"),
    (row(ORDER, 'severity = "fatal"'), "fatal"), (row("lock = {take = 'a'}"), "drop"),
    (row("order = 3").replace("summary", "other"), "other"), ("x = 1\n", "rule"),
    ("x = ", "0.toml"),
    ("# \udcff\n", "0.toml")])
def test_a_rules_file_that_is_wrong_is_named(tmp_path, text, why):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "0.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=r"0\.toml") as error:
        source.load(tmp_path)
    assert why in error.value.message


@pytest.mark.parametrize(("code", "found"), [
    (["#ifdef CONFIG_X", "case CAP: return 1;", "#endif"], []),
    (["#if defined(CONFIG_X) && 1", "case CAP: return 1;", "#endif"], []),
    (["#ifndef CONFIG_X", "x();", "#else", "case CAP: return 1;", "#endif"], []),
    (["case CAP: return 1;"], [3]),
    (["#ifdef CONFIG_X", "x();", "#endif", "case CAP: return 1;"], [6]),
    (["#ifdef CONFIG_X", "x();", "#else", "case CAP: return 1;", "#endif"], [6]),
    (["#ifndef CONFIG_X", "case CAP: return 1;", "#endif"], [4]),
    (["#ifdef CONFIG_XY", "case CAP: return 1;", "#endif"], [4]),
    (["#ifdef CONFIG_Y", "#ifdef CONFIG_X", "case CAP: return 1;", "#endif", "#endif"], []),
    (["#ifdef CONFIG_X", "case CAP1: x();", "#endif", "case CAP2: return 1;"], [6]),
    (["x();"], [])])
def test_a_line_waits_for_its_symbol(lines, code, found):
    assert lines(UNDER, *code) == found


def test_what_the_base_does_not_wait_for_is_not_the_series_fault(lines):
    assert lines(UNDER, "case CAP: return 1;", before=c("case CAP: return 1;")) == []
