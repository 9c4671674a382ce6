# SPDX-License-Identifier: GPL-2.0-or-later
"""The user's choice of rules, checkpatch's words, warnings compared, claims beside figures."""

import pytest

from harness import selection
from harness.build import codecheck
from harness.errors import UsageError
from harness.lint import checkpatch, claims
from harness.model import Change, ChangeKind, Finding, Measurement, PatchFile, Severity, Status
from tests import make

FOUND = (Finding("cover-letter", Severity.NOTE, "no cover"),
         Finding("capability-number", Severity.NOTE, "a hole"),
         Finding("signed-off", Severity.ERROR, "nobody"))


def test_rules_are_chosen():
    kept, notes = selection.read({"cover-letter": "ignore: one patch", "capability-*": "error"}
                              ).apply(FOUND)
    assert [(f.rule, f.severity) for f in kept] == [
        ("capability-number", Severity.ERROR), ("signed-off", Severity.ERROR)]
    assert notes == ("cover-letter: 1 findings ignored: one patch",)
    assert [f.rule for f in selection.read({}, ["sign*"]).apply(FOUND)[0]] == ["signed-off"]


@pytest.mark.parametrize("value", ["ignore", "ignore:", "fatal", ""])
def test_a_choice_without_sense_is_refused(value):
    with pytest.raises(UsageError, match="rule x"):
        selection.read({"x": value})


def test_checkpatch_is_read():
    patch = make.patch(files=(PatchFile("a.c", "a.c", 1, 0, added_lines=((7, "int  a;"),)),))
    found = checkpatch.findings(patch, (
        "a.c:7: WARNING:SPACING: too many spaces\n-:5: ERROR:GERRIT_CHANGE_ID: Remove it\n"
        "-:9: ERROR:MISSING_SIGN_OFF: Missing\nnonsense\n"))
    assert [(f.rule, f.severity, str(f.where)) for f in found] == [
        ("checkpatch-spacing", Severity.NOTE, "a.c:7"),
        ("checkpatch-gerrit-change-id", Severity.WARNING, "")]
    moved = checkpatch.findings(make.patch(files=(
        PatchFile("a.c", "a.c", 1, 0, added_lines=((9, "int  a;"),)),)),
        "a.c:9: WARNING:SPACING: too many spaces\n")
    assert moved[0].id == found[0].id


GCC = """/src/kernel/a.c: In function 'f':
/src/kernel/a.c:{}:5: warning: unused variable 'x' [-Wunused-variable]
/src/kernel/a.c: In function 'g':
/src/kernel/a.c:{}:5: warning: comparison of 3 and 4
"""


def test_moved_warnings_are_no_new_ones():
    before, after = codecheck.parse(GCC.format(10, 20)), codecheck.parse(GCC.format(15, 90))
    assert [w.function for w in before] == ["f", "g"]
    assert list(codecheck.new(before, after)) == []
    twice = codecheck.parse(GCC.format(10, 20) + GCC.format(30, 40))
    assert [w.function for w in codecheck.new(before, twice)] == ["f", "g"]
    assert [w.function for w in codecheck.new((), before)] == ["f", "g"]


def said(message, before=2000.0, after=1000.0, unit="exits", changes=()):
    series = make.series(make.patch(message=message))
    rows = [[Measurement("clock: exits to userspace", v, unit)] for v in (before, after)]
    return [(f.rule, f.message) for f in claims.join(claims.claims(series), *rows, changes)]


@pytest.mark.parametrize(("message", "after", "rule"), [
    ("This halves the userspace exits of a clock.", 1000, "claim"),
    ("Cutting the number of userspace exits by half when reading the clock.", 1000, "claim"),
    ("Exits to userspace for a clock fall from two to one.", 1000, "claim"),
    ("It reduces userspace exits of the clock by 50%.", 1000, "claim"),
    ("It reduces userspace exits of the clock by 90%.", 1000, "claim-differs"),
    ("The clock has 4 times fewer userspace exits.", 1000, "claim-differs"),
])
def test_claims_stand_beside_figures(message, after, rule):
    ((got, text),) = said(message, after=after)
    assert got == rule, text
    assert "2,000 -> 1,000" in text


def test_what_nothing_measures_is_said():
    ((rule, text),) = said("It saves 30% of the memory.")
    assert (rule, text[:30]) == ("claim", "not checked, nothing measures ")
    assert said("It is better.") == []
    assert "nothing measures" in said("This halves the exits of a clock.", unit="ns")[0][1]


def test_no_functional_change():
    same = Change("a.b", Status.PASS, Status.PASS, ChangeKind.SAME)
    worse = Change("a.c", Status.PASS, Status.FAIL, ChangeKind.REGRESSION)
    text = "Move it. No functional change intended."
    assert said(text, changes=(same,))[0][0] == "claim"
    assert said(text, changes=(same, worse))[0][0] == "claim-differs"
    assert "no test looks" in said(text)[0][1]


@pytest.mark.parametrize("message", [
    "This does not reduce the userspace exits of a clock by half.",
    "Previous attempts cut the userspace exits of a clock by 90%.",
    "Without this, userspace exits of the clock go from 10 to 1000.",
    "CPU usage of userspace exits of a clock drops by 30%.",
    "At least 80% fewer userspace exits of the clock.",
    "Exits of the clock fall from 12 to 3 us.",
])
def test_what_is_hedged_or_about_something_else_is_no_claim(message):
    assert said(message) == []


def test_a_long_message_takes_no_time():
    assert said(" less" * 20_000 + " cut half" * 10_000 + "9" * 4000) == []


def test_a_preparatory_patch_may_say_that_it_changes_nothing():
    changes = (Change("a.c", Status.PASS, Status.FAIL, ChangeKind.REGRESSION),)
    series = make.series(make.patch(message="Move it. No functional change intended."),
                         make.patch(number=2, message="Use it."))
    found = list(claims.join(claims.claims(series), [], [], changes, 2))
    assert [f.rule for f in found] == ["claim"]
