# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of rules.toml, and what is said of a row that is wrong."""

import pytest

from harness.errors import UsageError
from harness.model import Severity, rules

ROW = {"looks_at": "tree", "severity": "note", "summary": "it is bad", "why": "because",
       "fix": "mend it", "bad": "\n-a\n+b\n", "good": "c"}


def test_a_row_becomes_a_rule_without_the_newlines_around_examples():
    made = rules.from_row("x", ROW)
    assert (made.id, made.severity, made.bad) == ("x", Severity.NOTE, "-a\n+b")


@pytest.mark.parametrize("key", sorted(rules.KEYS))
def test_a_missing_key_is_named(key):
    with pytest.raises(UsageError, match=key):
        rules.from_row("x", {k: v for k, v in ROW.items() if k != key})


@pytest.mark.parametrize("change", [{"severity": "bad"}, {"looks_at": "moon"}])
def test_unknown_words_are_refused(change):
    with pytest.raises(UsageError):
        rules.from_row("x", {**ROW, **change})


@pytest.mark.parametrize("text", rules.table().values(), ids=lambda t: t.id)
def test_every_row_says_something_in_every_field(text):
    assert all((text.summary, text.why, text.fix, text.bad, text.good))
    assert text.bad != text.good
    assert not text.summary.endswith("."), "it is put into sentences"
    assert text.summary[0].islower() or text.summary.split()[0] in text.bad + text.good + "Co-"


def test_the_row_of_an_id():
    assert rules.rule_text("fixes").looks_at == "patch"
    with pytest.raises(KeyError):
        rules.rule_text("nobody")
