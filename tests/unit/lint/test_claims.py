# SPDX-License-Identifier: GPL-2.0-or-later
"""What messages say of figures, beside the figures."""

import pytest

from harness.lint import claims
from harness.model import BOOT_TEST, Change, ChangeKind, Measurement, Severity, Status
from tests import make


def joined(message, *, before=2000.0, after=1000.0, unit="exits", changes=(),
           name="clock: exits to userspace"):
    series = make.series(make.patch(message=message))
    rows = [[Measurement(name, v, unit)] for v in (before, after)]
    return list(claims.join(claims.claims(series), *rows, changes))


def said(message, **more):
    return [(f.rule, f.message) for f in joined(message, **more)]


def ratios(message, **changes):
    series = make.series(make.patch(message=message, **changes))
    return [round(c.ratio, 3) for c in claims.claims(series)]


@pytest.mark.parametrize(("text", "ratio"), [
    ("It cuts the exits by half.", 0.5), ("Cut exits in half.", 0.5), ("This halves exits.", 0.5),
    ("Exits are reduced to 40%.", 0.4), ("Lowers exits to 25 %.", 0.25),
    ("It saves 30% of the exits.", 0.7), ("30% fewer exits.", 0.7), ("There are 20 % less exits.",
                                                                    0.8),
    ("Exits go from 10 to 4.", 0.4), ("Exits go from four to one.", 0.25),
    ("Exits go from 1,000 to 1,500.", 1.5), ("Exits go from 2.5 to 5.", 2.0),
    ("Exits go from ten per loop to two.", 0.2),
    ("There are 4 times fewer exits.", 0.25), ("Three times less exits.", 0.333),
])
def test_a_ratio_is_after_over_before(text, ratio):
    assert ratios(text) == [ratio]


@pytest.mark.parametrize("text", [
    "It is better.", "Exits are reduced to 100%.", "Exits drop by 0%.", "It saves 100%.",
    "Reduced by 130%.", "Exits go from 0 to 4.", "One times fewer exits.", "Zero times less exits.",
    "Exits are reduced to 0%.", "It grew by 50%.", "Go from here to there."])
def test_what_gives_no_ratio_is_no_claim(text):
    assert ratios(text) == []


@pytest.mark.parametrize("message", [
    "This does not reduce the userspace exits of a clock by half.",
    "Previous attempts cut the userspace exits of a clock by 90%.",
    "Without this, userspace exits of the clock go from 10 to 1000.",
    "CPU usage of userspace exits of a clock drops by 30%.",
    "At least 80% fewer userspace exits of the clock.",
    "Exits of the clock fall from 12 to 3 us.",
    "It saves ~30% of the exits.", "Commit 0123456789ab halves the exits.",
])
def test_what_is_hedged_or_about_something_else_is_no_claim(message):
    assert said(message) == []


def test_sentences_stand_alone_and_trailers_quotes_and_diffstats_are_none():
    text = ("It is good. It halves\nexits; and saves 30% of the\nrings!\n\nFixes: cut by half\n"
            "> it halves exits\n a.c | halves it\n")
    got = claims.claims(make.series(make.patch(number=7, message=text), cover="Halves rings."))
    assert [(c.patch, c.text) for c in got] == [
        (0, "Halves rings."), (7, "It halves exits;"), (7, "and saves 30% of the rings!")]
    assert got[1].words == {"halve", "exit"}


def test_a_paragraph_ends_a_sentence():
    assert ratios("It cuts\n\nexits by half") == []


@pytest.mark.parametrize(("message", "after", "rule"), [
    ("This halves the userspace exits of a clock.", 1000, "claim"),
    ("Cutting the number of userspace exits by half when reading the clock.", 1000, "claim"),
    ("Exits to userspace for a clock fall from two to one.", 1000, "claim"),
    ("It reduces userspace exits of the clock by 50%.", 1000, "claim"),
    ("It reduces userspace exits of the clock by 50%.", 1099, "claim"),
    ("It reduces userspace exits of the clock by 50%.", 901, "claim"),
    ("It reduces userspace exits of the clock by 50%.", 1200, "claim-differs"),
    ("It reduces userspace exits of the clock by 50%.", 800, "claim-differs"),
    ("The clock has 4 times fewer userspace exits.", 1000, "claim-differs"),
])
def test_claims_stand_beside_figures(message, after, rule):
    (one,) = joined(message, after=float(after))
    assert one.rule == rule, one.message
    assert one.severity is (Severity.NOTE if rule == "claim" else Severity.WARNING)
    assert f"2,000 -> {after:,}" in one.message
    assert f"{after / 2000:.2f} of before" in one.message
    assert (one.patch, one.subject) == (1, message)


def test_a_figure_that_is_about_more_than_the_sentence_contradicts_nothing():
    text = "It reduces userspace exits by 90%."
    ((rule, message),) = said(text, name="clock: exits to userspace")
    assert rule == "claim"
    assert "otherwise" in message
    assert said(text, name="exits to userspace")[0][0] == "claim-differs"


@pytest.mark.parametrize("more", [
    {"unit": "ns"}, {"unit": "x"}, {"before": 0.0}, {"name": "clock: entries"},
    {"name": "exits"}])
def test_times_figures_of_nothing_and_other_figures_measure_no_claim(more):
    ((rule, message),) = said("This halves the exits of a clock.", **more)
    assert rule == "claim"
    assert "nothing measures" in message


def test_what_is_not_measured_on_both_kernels_measures_nothing():
    said = claims.claims(make.series(make.patch(message="This halves the exits of a clock.")))
    (one,) = claims.join(said, [], [Measurement("clock: exits", 1.0, "exits")], ())
    assert "nothing measures" in one.message


def test_the_figure_that_agrees_is_shown_and_then_the_one_with_more_words():
    said = claims.claims(make.series(make.patch(
        message="This halves the exits to userspace of a clock.")))

    def rows(*values):
        names = ("clock: exits", "clock: exits to userspace", "clock: userspace")
        return [Measurement(n, v, "exits") for n, v in zip(names, values, strict=True)]

    (one,) = claims.join(said, rows(100, 100, 100), rows(90, 90, 51), ())
    assert "clock: userspace: 100 -> 51" in one.message
    (one,) = claims.join(said, rows(100, 100, 100), rows(90, 80, 90), ())
    assert "clock: exits to userspace: 100 -> 80" in one.message
    assert one.rule == "claim-differs"


SAME = Change("a.b", Status.PASS, Status.PASS, ChangeKind.SAME)
WORSE = [Change(f"a.{k}", Status.PASS, Status.FAIL, k) for k in (
    ChangeKind.REGRESSION, ChangeKind.LOST, ChangeKind.DIFFERENT)]
NFC = "Move it. No functional change intended."


def test_no_functional_change_stands_beside_the_tests():
    (one,) = joined(NFC, changes=(SAME,))
    assert (one.rule, one.severity, one.patch) == ("claim", Severity.NOTE, 1)
    assert one.message.startswith("1 ")
    assert one.subject == "No functional change intended."
    assert said("NFC", changes=(SAME,))[0][0] == "claim"


@pytest.mark.parametrize("worse", WORSE)
def test_a_test_that_moved_contradicts_no_functional_change(worse):
    (one,) = joined(NFC, changes=(SAME, worse))
    assert (one.rule, one.severity) == ("claim-differs", Severity.WARNING)
    assert worse.name in one.message
    assert SAME.name not in one.message
    assert (one.patch, one.subject) == (1, "No functional change intended.")


def test_that_a_kernel_boots_is_no_test_of_it():
    boots = Change(BOOT_TEST, Status.PASS, Status.PASS, ChangeKind.SAME)
    fixed = Change("a.b", Status.FAIL, Status.PASS, ChangeKind.FIXED)
    for changes in ((), (boots,), (fixed,)):
        ((rule, message),) = said(NFC, changes=changes)
        assert rule == "claim"
        assert "no test looks" in message


@pytest.mark.parametrize("text", ["Not an NFC.", "No functional change for Intel.", "No change.",
                                  "No functional change, except for x."])
def test_a_hedged_no_functional_change_is_no_claim(text):
    assert said(text) == []


def test_no_functional_change_and_a_figure_are_two_kinds_of_claim():
    assert ratios("No functional change. It halves exits.") == [0.0, 0.5]


def test_a_long_message_takes_no_time():
    assert said(" less" * 20_000 + " cut half" * 10_000 + "9" * 4000) == []


def test_a_preparatory_patch_may_say_that_it_changes_nothing():
    series = make.series(make.patch(message=NFC), make.patch(number=2, message="Use it."))
    (one,) = claims.join(iter(claims.claims(series)), [], [], (WORSE[0],), 2)
    assert one.rule == "claim"
    both = make.series(make.patch(message=NFC), make.patch(number=2, message=NFC))
    assert [f.rule for f in claims.join(claims.claims(both), [], [], (WORSE[0],), 2)] == [
        "claim-differs", "claim-differs"]
