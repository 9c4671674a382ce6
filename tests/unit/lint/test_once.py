# SPDX-License-Identifier: GPL-2.0-or-later
"""What is found in several patches alike, and the ids of what is found twice."""

from harness.lint.once import once
from harness.model import Finding, Location, Severity


def finding(message="bad", patch=1, where=None, **more):
    return Finding("r", Severity.ERROR, message, where or Location(), patch=patch,
                   subject=more.pop("subject", message), **more)


def test_the_same_words_about_several_patches_are_one_finding():
    (one,) = once(finding(patch=n) for n in (1, 3, 2))
    assert (one.message, one.patch) == ("bad (and in patches 2, 3)", 1)
    assert one.id == once([finding(patch=7)])[0].id, "no number of a patch is in it"
    (two,) = once(finding(patch=n) for n in (4, 9))
    assert two.message == "bad (and in patch 9)"


def test_many_patches_are_counted():
    (one,) = once(finding(patch=n) for n in range(1, 40))
    assert one.message == "bad (and in patches 2, 3, 4, 5, 6, 7, 8 and 31 more)"


def test_what_is_about_a_line_or_other_words_stays_apart():
    places = [Location("a.c", 3), Location("a.c", 9)]
    found = once([*(finding(where=p, subject="a.c bad") for p in places), finding("other")])
    assert [f.message for f in found] == ["bad", "bad", "other"]
    assert len({f.id for f in found}) == 3, "no two share an id"


def test_findings_about_the_whole_series_stay_as_they_are():
    assert len(once([finding(patch=0, evidence="a"), finding(patch=0, evidence="b")])) == 2
