# SPDX-License-Identifier: GPL-2.0-or-later
"""From what a rule says of a patch, a series or a tree to findings."""

from harness.lint import RULES, lint, lint_tree
from harness.lint.rule import Hit, PatchRule, SeriesRule, TreeContext, TreeRule
from harness.model import Location, PatchFile, Severity
from harness.model.rules import RuleText
from tests import make

ERROR, NOTE = Severity.ERROR, Severity.NOTE


def hits(*rows):
    return lambda _: rows


def text(name, severity):
    return RuleText(name, "patch", severity, "", "", "", "", "")


def one(hit, number=1):
    rule = PatchRule(text("r", ERROR), hits(hit))
    return lint(make.series(make.patch(number=number)), (rule,))[0]


def test_every_rule_has_a_name_of_its_own():
    assert len({r.id for r in RULES}) == len(RULES)
    assert all(r.text.summary for r in RULES)


def test_a_hit_becomes_a_finding_with_the_number_of_its_patch():
    rules = (PatchRule(text("p", ERROR), hits(Hit("one", Location("a.c", 3), "int a;"))),
             SeriesRule(text("s", NOTE), hits(Hit("two"))),
             TreeRule(text("t", NOTE), hits(Hit("x"))))
    got = lint(make.series(make.patch(number=2), make.patch(number=1)), rules)
    assert [(f.rule, f.severity, f.message, f.patch) for f in got] == [
        ("s", NOTE, "two", 0), ("p", ERROR, "one", 1), ("p", ERROR, "one", 2)]
    assert (got[1].where, got[1].evidence) == (Location("a.c", 3), "int a;")


def test_an_id_is_made_of_the_key_else_of_the_evidence_else_of_the_message():
    assert one(Hit("a", key="k", evidence="e")).id == one(Hit("b", key="k", evidence="f")).id
    assert one(Hit("a", evidence="e")).id == one(Hit("b", evidence="e")).id
    assert one(Hit("a")).id != one(Hit("b")).id
    assert one(Hit("a", evidence="e")).id != one(Hit("a", evidence="f")).id


def test_an_id_tells_files_apart_but_not_lines_and_patches():
    assert one(Hit("a", Location("a.c", 1))).id == one(Hit("a", Location("a.c", 9))).id
    assert one(Hit("a", Location("a.c", 1))).id != one(Hit("a", Location("b.c", 1))).id
    assert one(Hit("a")).id == one(Hit("a"), number=2).id


def test_what_is_wrong_on_the_tree_belongs_to_the_last_patch_that_touched_the_file():
    touched = (PatchFile("b.c", "b.c", 1, 1),)
    series = make.series(make.patch(), make.patch(number=2, files=touched))
    rules = (PatchRule(text("p", ERROR), hits(Hit("x"))), TreeRule(text("t", NOTE), hits(
        Hit("a", Location("b.c")), Hit("b", Location("a.c")), Hit("c"))))
    tree = TreeContext(series, (), None, None, None, None, None)
    assert [(f.rule, f.severity, f.message, f.patch) for f in lint_tree(tree, rules)] == [
        ("t", NOTE, "a", 2), ("t", NOTE, "b", 1), ("t", NOTE, "c", 0)]
